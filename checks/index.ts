export { acceptedValues } from './acceptedValues';
export { between } from './between';
export { expression } from './expression';
export { notNull } from './notNull';
export { references } from './references';
export { rowCount } from './rowCount';
export { unique } from './unique';
