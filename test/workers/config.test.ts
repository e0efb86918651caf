import { Misused } from '../../model/run/errors';
import { SETTINGS, loadConfig } from '../../workers/config';

describe('settings', () => {
  test('have defaults that fit together', () => {
    expect(loadConfig({ PATH: '/bin', TEMPORAL_ADDRESS: 'localhost:7233' })).toEqual({
      home: '.weir',
      poolMax: 14,
      freshSlots: 4,
      backfillSlots: 8,
      maxCachedWorkflows: 200,
      shutdownGraceMs: 20_000,
      logLevel: 'warn',
      deployment: 'weir',
      buildId: '',
      webUi: '',
    });
  });

  test('are read from the environment, with their units', () => {
    const env = { WEIR_POOL_MAX: '30', WEIR_BACKFILL_SLOTS: '16', WEIR_SHUTDOWN_GRACE: '2m', WEIR_LOG: 'info' };
    expect(loadConfig(env)).toMatchObject({
      poolMax: 30,
      backfillSlots: 16,
      shutdownGraceMs: 120_000,
      logLevel: 'info',
    });
  });

  test.each([
    [{ WEIR_POOL_MX: '30' }, 'unknown setting WEIR_POOL_MX, did you mean WEIR_POOL_MAX? (WEIR_HOME, WEIR_POOL_MAX'],
    [{ WEIR_COLOUR: 'red' }, 'unknown setting WEIR_COLOUR'],
    [{ WEIR_POOL_MAX: 'many' }, 'WEIR_POOL_MAX="many" is not a whole number'],
    [{ WEIR_POOL_MAX: '2' }, 'WEIR_POOL_MAX="2" is not between 4 and 1000'],
    [{ WEIR_SHUTDOWN_GRACE: '20' }, 'WEIR_SHUTDOWN_GRACE="20" is not a duration: write 20s, 5m, 1h'],
    [{ WEIR_BUILD_ID: '1.2' }, 'WEIR_BUILD_ID="1.2" is not made of letters, digits, _ and - alone'],
    [{ WEIR_WEB_UI: 'temporal.example' }, 'WEIR_WEB_UI="temporal.example" is no URL: write https://temporal.example'],
    [{ WEIR_LOG: 'loud' }, 'WEIR_LOG="loud" is none of debug, info, warn, error'],
    [{ WEIR_POOL_MAX: '13' }, 'WEIR_POOL_MAX=13 is too small for 4 fresh and 8 backfill slots'],
  ])('refuse %j', (env, message) => {
    expect(() => loadConfig(env)).toThrow(Misused);
    expect(() => loadConfig(env)).toThrow(message);
  });

  test('leave alone what tests and benches read', () => {
    expect(() => loadConfig({ WEIR_TEST_DATABASE_URL: 'x', WEIR_BENCH_ROUNDS: '5' })).not.toThrow();
  });

  test('each say what they are', () => {
    for (const { name, unit, meaning } of Object.values(SETTINGS)) {
      expect([name, unit.length > 0, meaning.length > 20]).toEqual([name, true, true]);
    }
  });
});
