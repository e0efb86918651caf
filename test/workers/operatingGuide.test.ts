import { readFileSync } from 'node:fs';
import { SETTINGS } from '../../workers/config';

test.each(Object.values(SETTINGS))(
  'docs/operating.md tells $name with its unit and default',
  ({ name, unit, ...setting }) => {
    const row = readFileSync('docs/operating.md', 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`| \`${name}\``));
    expect(row?.split('|').map((cell) => cell.trim().replaceAll('`', ''))).toEqual(
      expect.arrayContaining([name, unit, setting.default]),
    );
  },
);
