import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readPath } from '../../model/definition/paths/pathPattern';
import { hintOf } from '../../sources/missingFile';

describe('of a file that is not there', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'missing-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const hint = (path: string, origin: string, files: readonly string[]): Promise<string> => {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), '');
    }
    const whole = join(folder, path);
    const { unit, match } = readPath(whole);
    const place = { path: whole, unit, names: (name: string) => match(name) !== null };
    return hintOf(join(folder, origin), place).then((said) => said.replace(`${folder}/`, ''));
  };

  test.each([
    [
      'the newest is named, and no other hour is meant',
      [
        '{date}/o-{hour}.csv',
        '2024-05-02/o-03.csv',
        ['2024-05-01/o-22.csv', '2024-05-02/o-00.csv', '2024-05-02/o-02.csv'],
      ],
      '; the newest there is "2024-05-02/o-02.csv"',
    ],
    [
      'also where its folder is not there, or the newest folder is empty of its kind',
      ['{date}/o-{hour}.csv', '2024-05-04/o-03.csv', ['2024-05-02/o-22.csv', '2024-05-03/notes.txt']],
      '; the newest there is "2024-05-02/o-22.csv"',
    ],
    ['nothing of its kind', ['{date}.csv', '2024-05-04.csv', ['readme.txt']], '; none of its kind is'],
    [
      'a misspelt name is a near miss still',
      ['o-{date}.csv', 'o-2024-05-04.csv', ['o-2024-05-03.csv', 'o_2024-05-04.csv']],
      ', did you mean "o_2024-05-04.csv"?',
    ],
    ['so is that of a path of one file', ['sales.csv', 'sales.csv', ['slaes.csv']], ', did you mean "slaes.csv"?'],
    ['a path of one file has no newest', ['sales.csv', 'sales.csv', ['other.txt']], ''],
  ] as const)('%s', async (_, [path, origin, files], said) => {
    expect(await hint(path, origin, files)).toBe(said);
  });
});
