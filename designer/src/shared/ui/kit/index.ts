// The parts that field types are drawn with; what plugins/fields/<kind>/ui imports.
export * from './cells';
export * from './later';
export type { CellProps, EditProps, FieldUI } from './types';
