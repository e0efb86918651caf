import { integer, text } from '../../../model';

export const bare = text().parse((field) => field); // @error

export const nameOnly = text().parse('trimmed@1'); // @error

export const notText = integer().parse('number@1', (field) => Number(field)); // @error
