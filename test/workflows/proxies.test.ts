import * as errors from '../../model/run/errors';
import { CALLS, NOT_RETRYABLE } from '../../workflows/shared/proxies';

type PipelineErrorClass = new (message: string, more: unknown) => errors.PipelineError;

const ABSTRACT = ['PipelineError', 'PermanentError', 'TransientError'];

describe('the table of policies', () => {
  test('does not retry exactly the classes of errors that say so', () => {
    const classes = Object.entries(errors).filter(
      ([name, value]) =>
        !ABSTRACT.includes(name) && (value as PipelineErrorClass).prototype instanceof errors.PipelineError,
    ) as [string, PipelineErrorClass][];
    const final = classes.filter(([, Class]) => !new Class('x', '22012').retryable).map(([name]) => name);
    expect(final).toEqual(expect.arrayContaining(['SourceMissing', 'Fenced', 'StageLost']));
    expect([...NOT_RETRYABLE].sort()).toEqual(final.sort());
    for (const { policy } of Object.values(CALLS)) expect(policy.retry?.nonRetryableErrorTypes).toBe(NOT_RETRYABLE);
  });

  test('bounds every try; what works on rows for long also beats', () => {
    for (const [name, { policy }] of Object.entries(CALLS)) {
      expect([name, policy.startToCloseTimeout]).not.toEqual([name, undefined]);
      if (String(policy.startToCloseTimeout).includes('hour'))
        expect([name, policy.heartbeatTimeout]).toEqual([name, '15s']);
    }
  });
});
