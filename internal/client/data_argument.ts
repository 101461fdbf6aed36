/** Tells data from options: both may follow a descriptor. */

import type { TypeMap } from "apache-arrow";
import { discard } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import { valueName } from "../base/value_name.ts";
import {
  DATA_FORMS,
  type FlightDataInit,
  isDataForm,
  isFlightData,
  isSchema,
} from "../stream/record_batch_source.ts";
import type { FlightWriteOptions } from "./flight_client_options.ts";

/**
 * Whether the argument after a descriptor is data.
 *
 * @param value The argument.
 * @param isRequired Whether only data is accepted, since options follow it.
 * @throws {TypeError} When it is neither data nor options. Ignoring it would leave the call open without
 * sending anything.
 */
export function isData<T extends TypeMap>(
  value: FlightDataInit<T> | FlightWriteOptions<T> | undefined,
  isRequired: boolean,
): value is FlightDataInit<T> {
  if (isDataForm(value)) return true;
  if (!isRequired && (value === undefined || mayBeOptions(value))) return false;
  const error = new TypeError(
    isRequired
      ? `Cannot use data: it must be ${DATA_FORMS}, not ${hint(value)}`
      : `Cannot use option options: ${
        hint(value)
      } is neither an object of options nor data, ` +
        `which is ${DATA_FORMS}`,
  );
  discard(value, error);
  throw error;
}

/** Data in a wrong form, and a schema outside of an object, are no options. */
function mayBeOptions(value: object): boolean {
  return typeof value === "object" && value !== null && !isPromise(value) &&
    !isSchema(value) && !isFlightData(value) && !("batch" in value) &&
    !("appMetadata" in value);
}

function hint(value: unknown): string {
  if (isPromise(value)) return "a Promise (is an await missing?)";
  if (isSchema(value)) return "a Schema (as an option it is { schema })";
  if (
    isFlightData(value) ||
    typeof value === "object" && value !== null &&
      ("batch" in value || "appMetadata" in value)
  ) return "a single message (as data it is [message])";
  return valueName(value);
}
