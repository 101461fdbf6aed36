/** Columns that clients were told when they prepared a statement. */

import type { Schema } from "apache-arrow";
import { differenceOf } from "../../arrow/types/field_difference.ts";
import { sameType } from "../../arrow/types/same_type.ts";
import { FlightError } from "../../core/flight_error.ts";

/** The columns of a statement, and the state of the database that they are of. */
export interface AnnouncedColumns {
  /** The columns; `undefined` where the statement gives no rows. */
  readonly schema: Schema | undefined;
  /** Number of the state of the schema. */
  readonly generation: number;
}

/**
 * Checks that a statement still has the columns that were announced.
 *
 * @param now Its columns now.
 * @param announced The columns that clients were told.
 * @throws {FlightError} ABORTED when they have changed.
 */
export function checkColumns(
  now: Schema | undefined,
  announced: Schema | undefined,
): void {
  const problem = differenceOf(
    now?.fields ?? [],
    announced?.fields ?? [],
    sameType,
  );
  if (problem === undefined) return;
  throw new FlightError(
    "ABORTED",
    `Cannot run the statement: its columns have changed since it was prepared: ${problem}; prepare it again`,
  );
}
