import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { toFailure } from '../../activities/failures';
import { Busy, StatementRefused, Unavailable } from '../../model/run/errors';

const aborted = (reason: unknown): AbortSignal => AbortSignal.abort(reason);

describe('what an activity throws, as Temporal stores it', () => {
  test('an error of ours keeps its class, message and fields; the class is the retry decision', () => {
    const error = new StatementRefused('PostgreSQL refused (42703): no such column', '42703', {
      next: 'weir check',
      stillTrue: 'nothing was written',
      cause: new Error('column "orgin" does not exist'),
    });
    const failure = toFailure(error) as ApplicationFailure;
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type: 'StatementRefused',
      nonRetryable: true,
      message: 'PostgreSQL refused (42703): no such column',
      details: [{ sqlstate: '42703', next: 'weir check', stillTrue: 'nothing was written' }],
      cause: { message: 'column "orgin" does not exist' },
    });
    expect(toFailure(new Unavailable('away'))).toMatchObject({ type: 'Unavailable', nonRetryable: false });
  });

  test('waiting for somebody is no failure worth a warning, and is tried again within a second', () => {
    expect(toFailure(new Busy('another run has it'))).toMatchObject({
      type: 'Busy',
      nonRetryable: false,
      category: 'BENIGN',
      nextRetryDelay: '1s',
    });
  });

  test('details stay within 1 KiB: a field that is too long is left out, the others stay', () => {
    const failure = toFailure(new Unavailable('x', { next: 'n'.repeat(2_000), stillTrue: 'all of it' }));
    expect((failure as ApplicationFailure).details).toEqual([{ stillTrue: 'all of it' }]);
  });

  test('what nobody classified passes as it is, to be tried again', () => {
    const error = new Error('the weather');
    expect(toFailure(error)).toBe(error);
  });

  test('a mistake in code is not tried again: it would make itself each time', () => {
    expect(toFailure(new TypeError('x is not a function'))).toMatchObject({ type: 'TypeError', nonRetryable: true });
  });

  test.each([
    ['the signal itself', (reason: unknown) => reason],
    ['an abort of Node', () => Object.assign(new Error('aborted'), { name: 'AbortError', code: 'ABORT_ERR' })],
    ['the statement that was stopped', () => Object.assign(new Error('canceling statement'), { code: '57014' })],
  ])('cancellation stays cancellation: %s', (_, thrown) => {
    const reason = new CancelledFailure('CANCELLED');
    expect(toFailure(thrown(reason), aborted(reason))).toBe(reason);
  });

  test('an error of its own during a cancellation is not hidden', () => {
    const error = new StatementRefused('division by zero', '22012');
    expect(toFailure(error, aborted(new CancelledFailure('CANCELLED')))).toMatchObject({ type: 'StatementRefused' });
  });

  test('a statement stopped by its own timeout is no cancellation', () => {
    const error = Object.assign(new Error('statement timeout'), { code: '57014' });
    expect(toFailure(error, new AbortController().signal)).toBe(error);
  });
});
