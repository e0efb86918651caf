import { cleaned, date, everyRecord, float, integer, text, timestamptz, type Row } from '../../../model';

const columns = {
  at: timestamptz().format('dd.MM.yyyy HH:mm').zone('Europe/Berlin').ambiguous('earlier').unit('minute'),
  seen: timestamptz().epoch('ms').nullable(),
  day: date().nullable().format('dd.MM.yyyy').describe('of the till'),
  channel: text().oneOf('web', 'shop').nullable(),
  share: float().allow('NaN', 'Infinity'),
};
export const orders = cleaned({ name: 'orders', columns, key: everyRecord(), eventTime: 'at' });

const row: Row<typeof columns> = {} as Row<typeof columns>;
export const web: 'web' | 'shop' | null = row.channel;
export const mail = row.channel === 'mail'; // @error

integer().format('dd'); // @error
text().zone('UTC'); // @error
date().zone('UTC'); // @error
date().epoch('s'); // @error
timestamptz().epoch('us'); // @error
timestamptz().zone('UTC').ambiguous('both'); // @error
text().oneOf(); // @error
integer().oneOf('a'); // @error
float().allow('inf'); // @error
