/** A column whose field no record of a delivery has, so that it holds nothing of it. */
export interface AbsentField {
  readonly column: string;
  readonly field: string;
}
