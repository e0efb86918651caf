export { csvFiles } from './csvFiles';
export { ndjsonFiles } from './ndjsonFiles';
export { parquetFiles } from './parquetFiles';
