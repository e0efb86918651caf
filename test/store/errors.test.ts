import { classify } from '../../store/postgres/errors';

const refused = (code: string, message = 'no'): Error => Object.assign(new Error(message), { code });

describe('what an SQLSTATE means for a retry', () => {
  test.each([
    ['57P01', true],
    ['57P03', true],
    ['40001', true],
    ['40P01', true],
    ['53300', true],
    ['55P03', true],
    ['08006', true],
    ['ECONNREFUSED', true],
    ['22012', false],
    ['23505', false],
    ['42703', false],
    ['28P01', false],
    ['3D000', false],
  ])('%s: another try is worth it: %s', (code, retryable) => {
    expect(classify(refused(code))).toMatchObject({ retryable, stillTrue: expect.any(String) as string });
  });

  test('a full disk is said, with what to do; the step is tried again', () => {
    expect(classify(refused('53100', 'could not extend file: No space left on device'))).toMatchObject({
      name: 'Unavailable',
      retryable: true,
      message: expect.stringContaining('disk is full') as string,
      next: expect.stringContaining('free space') as string,
    });
  });
});
