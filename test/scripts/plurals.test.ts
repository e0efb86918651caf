import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { counted } from '../../model/run/counted';
import { accountingLine } from '../../scripts/terminal/accounting';

describe('counts for people', () => {
  test('one is one: 1 dead letter, 2 dead letters', () => {
    expect([0, 1, 2_000].map((n) => counted(n, 'dead letter'))).toEqual([
      '0 dead letters',
      '1 dead letter',
      '2,000 dead letters',
    ]);
    expect(counted(1, 'row fails', 'rows fail')).toBe('1 row fails');
    expect(
      accountingLine({ records: 1, live: 0, beaten: 0, deadLetters: 1, waiting: 0, balanced: true, outside: 0 }),
    ).toMatch(/^1 record in = 0 live \+ 0 beaten \+ 1 dead letter(?!s)/);
  });

  test('no verb writes a noun in the plural behind any number', () => {
    const bare = /count\([^`$]*\)\} (?!of )(dead letters|comparisons|[a-z]+s)\b/;
    const found = ['scripts/commands', 'scripts/terminal'].flatMap((folder) =>
      readdirSync(folder).flatMap((file) =>
        readFileSync(join(folder, file), 'utf8')
          .split('\n')
          .filter((line) => bare.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      ),
    );
    expect(found).toEqual([]);
  });
});
