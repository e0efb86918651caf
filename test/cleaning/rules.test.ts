import { acceptedValues, between } from '../../checks';
import { cleaned, date, everyRecord, integer, numeric, timestamptz, uuid } from '../../model';
import { cleanFile, referFile } from './cleanFile';

const stays = cleaned({
  name: 'stays',
  columns: {
    day: date().nullable(),
    price: numeric().nullable(),
    guest: uuid().nullable(),
    until: timestamptz().nullable(),
    nights: integer().nullable(),
  },
  key: everyRecord(),
  checks: [
    acceptedValues('day', ['2024-05-01', '2024-05-02']).deadLetter(),
    acceptedValues('price', ['1.5', '-20']).deadLetter(),
    acceptedValues('guest', ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11']).deadLetter(),
    between('nights', 1, 9).deadLetter(),
  ],
});
const DAY = 'accepted_values(day, ["2024-05-01", "2024-05-02"])';
const PRICE = 'accepted_values(price, ["1.5", "-20"])';
const GUEST = 'accepted_values(guest, ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"])';
const NIGHTS = 'between(nights, 1, 9)';

describe('dead-lettering rules', () => {
  test.each([
    ['2024-05-01,1.50,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,,1', null, null],
    [' 2024-05-02 ,15e-1,,,', null, null],
    [',-20.000,,,', null, null],
    ['2024-05-03,,,,', DAY, '2024-05-03'],
    [',1.51,,,', PRICE, '1.51'],
    [',-0.0120,,,', PRICE, '-0.0120'],
    [',20,,,', PRICE, '20'],
    [',12345678.5,,,', PRICE, '12345678.5'],
    [',,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12,,', GUEST, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'],
    ['1999-12-31,3,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12,,10', `${DAY}; ${PRICE}; ${GUEST}; ${NIGHTS}`, '1999-12-31'],
  ])('%j: values compare as the column has them, and all rules are named', async (record, reason, value) => {
    const file = await cleanFile(stays, 'csv', Buffer.from(`day,price,guest,until,nights\n${record}\n`));
    const letters = file.letters.map((letter) => [letter.reason, letter.value]);
    expect(letters).toEqual(reason === null ? [] : [[reason, value]]);
    const referred = await referFile(stays, 'csv', file);
    expect(referred.flatMap((one) => ('reason' in one ? [one.reason] : []))).toEqual(reason === null ? [] : [reason]);
  });

  test('an accepted value that its column cannot hold is refused with its name', async () => {
    const wrong = cleaned({
      name: 'wrong',
      columns: stays.columns,
      key: everyRecord(),
      checks: [acceptedValues('day', ['May 1']).deadLetter()],
    });
    await expect(cleanFile(wrong, 'csv', Buffer.from('day,price,guest,until,nights\n'))).rejects.toMatchObject({
      name: 'DefinitionInvalid',
      message: 'accepted_values(day, ["May 1"]): "May 1" is not a date',
    });
  });
});
