import { cleaned, curated, sql, text } from '../../../model';

const columns = { origin: text(), city: text() };

export const misspelt = cleaned({ name: 'misspelt', columns, key: ['orgin'] }); // @error

export const missing = cleaned({ name: 'missing', columns }); // @error

export const misspeltAgain = curated({ name: 'misspelt_again', columns, key: ['town'], select: () => sql`` }); // @error

export const missingAgain = curated({ name: 'missing_again', columns, select: () => sql`` }); // @error

export const misspeltLatest = cleaned({ name: 'latest', columns, key: ['origin'], latestBy: 'updated_at' }); // @error
