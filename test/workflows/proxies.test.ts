import * as errors from '../../model/errors';
import { NOT_RETRYABLE, POLICIES } from '../../workflows/proxies';

type PipelineErrorClass = new (message: string, more: unknown) => errors.PipelineError;

describe('the table of policies', () => {
  test('does not retry exactly the classes of errors that say so', () => {
    const classes = Object.entries(errors).filter(
      ([name, value]) =>
        name !== 'PipelineError' && (value as PipelineErrorClass).prototype instanceof errors.PipelineError,
    ) as [string, PipelineErrorClass][];
    const final = classes.filter(([, Class]) => !new Class('x', '22012').retryable).map(([name]) => name);
    expect([...NOT_RETRYABLE].sort()).toEqual(final.sort());
    for (const { retry } of Object.values(POLICIES)) expect(retry?.nonRetryableErrorTypes).toBe(NOT_RETRYABLE);
  });

  test('bounds every try; what works on rows for long also beats', () => {
    for (const [name, policy] of Object.entries(POLICIES)) {
      expect([name, policy.startToCloseTimeout]).not.toEqual([name, undefined]);
      if (String(policy.startToCloseTimeout).includes('hour'))
        expect([name, policy.heartbeatTimeout]).toEqual([name, '15s']);
    }
  });
});
