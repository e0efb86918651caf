export { postgresTable } from './postgresTable';
