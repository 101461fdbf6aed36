/** Values of columns, and columns of values, for every type and without loss. */

import type { DataType, Vector } from "apache-arrow";
import { shown } from "../../core/check_option.ts";
import { newVector } from "../arrow_objects.ts";
import { columnOf } from "./column_builder.ts";
import { valueReader } from "./value_reader.ts";

/** Options of {@linkcode exactValues}. */
export interface ExactValueOptions {
  /**
   * True for dates and times as values of Temporal, which some runtimes do not have. Default: false.
   */
  readonly temporal?: boolean | undefined;
}

/**
 * Returns the values of a column, exactly, for every type of column that this package decodes.
 *
 * apache-arrow returns raw numbers for some types: timestamps lose what is smaller than a
 * millisecond, decimals have neither a point nor, with 64 or 256 bits, the right digits. Here
 * decimals are strings such as `"-12.50"`, dates and timestamps Dates (`epochNanoseconds` knows all of
 * a timestamp), times strings such as `"12:30:00.000001"`, durations bigints of nanoseconds, and
 * intervals objects of months, days and nanoseconds. Structs are objects, lists arrays, maps Maps, and
 * bytes copies. `docs/types.md` lists all types.
 *
 * @param vector The column.
 * @param options The forms of the values.
 * @returns A value for each row; null where it has none.
 * @throws {FlightError} FAILED_PRECONDITION when `temporal` is set and the runtime has no Temporal.
 *
 * @example
 * ```ts
 * import { exactValues, exactVector } from "@contrail/flight";
 * import { Decimal } from "apache-arrow";
 *
 * const prices = exactVector(new Decimal(2, 10, 64), ["-12.50", null, 3]);
 * console.log(exactValues(prices)); // "-12.50", null, "3.00"
 * ```
 */
export function exactValues(
  vector: Vector,
  { temporal = false }: ExactValueOptions = {},
): unknown[] {
  const values: unknown[] = [];
  for (const data of vector.data) {
    const read = valueReader(data, { temporal });
    for (let row = 0; row < data.length; row++) values.push(read(row));
  }
  return values;
}

/**
 * Makes a column of values, exactly, for every type: it accepts the forms that
 * {@linkcode exactValues} returns, values of Temporal, and others without loss, such as numbers for
 * decimals and texts for dates.
 *
 * @param type The type of the column.
 * @param values A value for each row; null and undefined are null.
 * @returns The column, of one chunk.
 * @throws {TypeError} When a value is not of the type, or the type is none.
 * @throws {RangeError} When a value is beyond the type.
 *
 * @example
 * ```ts
 * import { exactVector } from "@contrail/flight";
 * import { TimestampMicrosecond } from "apache-arrow";
 *
 * const times = exactVector(new TimestampMicrosecond("UTC"), [
 *   "2026-01-02T03:04:05.000006Z",
 *   new Date(0),
 * ]);
 * ```
 */
export function exactVector<T extends DataType>(
  type: T,
  values: readonly unknown[],
): Vector<T> {
  if (typeof type?.typeId !== "number") {
    throw new TypeError(
      `Cannot use type: ${
        shown(type)
      } is no type of apache-arrow; the type comes before the values`,
    );
  }
  const data = columnOf(type, values, (row) => `the value in row ${row}`);
  return newVector([data]) as Vector<T>;
}
