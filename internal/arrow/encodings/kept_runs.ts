/** The runs with which arrays arrived. */

import type { Data } from "apache-arrow";

/** The runs of an array. */
export interface Runs {
  /** For each run the number of the row after its last, ascending. */
  readonly ends: Int32Array;
  /** A value for each run. */
  readonly values: Data;
}

/** Runs of the arrays that arrived as such. A slice of an array has none. */
const KEPT = new WeakMap<Data, Runs>();

/** Returns the runs with which an array arrived. */
export function keptRuns(data: Data): Runs | undefined {
  return KEPT.get(data);
}

/** Notes the runs with which an array arrived. */
export function keepRuns(data: Data, runs: Runs): void {
  KEPT.set(data, runs);
}
