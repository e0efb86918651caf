export { csvFiles } from './csvFiles';
export { jsonFiles } from './jsonFiles';
export { ndjsonFiles } from './ndjsonFiles';
export { parquetFiles } from './parquetFiles';
