import { cleaned, date, everyColumn, text, timestamptz } from '../../../model';

const columns = { at: timestamptz(), day: date(), origin: text() };

export const misspelt = cleaned({ name: 'misspelt', columns, key: everyColumn(), eventTime: 'att' }); // @error

export const ofText = cleaned({ name: 'of_text', columns, key: everyColumn(), eventTime: 'origin' }); // @error

export const ofDay = cleaned({ name: 'of_day', columns, key: everyColumn(), eventTime: 'day' }); // @error
