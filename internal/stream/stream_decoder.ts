/** The code of the part for received data. */

import type { Schema } from "apache-arrow";
import { differenceOf } from "../arrow/types/field_difference.ts";
import { sameType } from "../arrow/types/same_type.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightMethod } from "../protocol/methods.ts";

export { FlightDataDecoder } from "./flight_data_decoder.ts";

/**
 * Compares the names and types of the fields of received data with those that its reader expects.
 *
 * @param expected The value of the option `schema`.
 * @throws {FlightError} INTERNAL when they differ.
 */
export function verifySchema(
  { fields }: Schema,
  expected: Schema,
  method: FlightMethod,
): void {
  const problem = differenceOf(fields, expected.fields, sameType);
  if (problem === undefined) return;
  throw new FlightError(
    "INTERNAL",
    `the schema of the data is not that of the option schema: ${problem}`,
    { method, origin: "remote" },
  );
}
