/** Tells data from options: both may follow a descriptor. */

import type { TypeMap } from "apache-arrow";
import { discard } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import { isRecord, valueName } from "../base/value_name.ts";
import {
  DATA_FORMS,
  type FlightDataInit,
  IPC_BYTES,
  isDataForm,
  isFlightData,
  isSchema,
  isUpload,
  PLAIN_VALUES,
} from "../stream/record_batch_source.ts";
import type { FlightWriteOptions } from "./flight_client_options.ts";

/**
 * Reports whether the argument after a descriptor is data.
 *
 * @param value The argument.
 * @param isRequired True if only data is accepted, because options follow it.
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
    isRecord(value) && !isSchema(value) && !isFlightData(value) &&
    !isUpload(value) && !("batch" in value) && !("appMetadata" in value);
}

/**
 * Refuses text in the place of options: it was meant for the descriptor.
 *
 * @throws {TypeError} When `options` is text.
 */
export function checkDescriptorOptions(options: unknown): void {
  if (typeof options !== "string") return;
  throw new TypeError(
    `Cannot use option options: ${
      JSON.stringify(options)
    } is not an object (a path of several parts is a list)`,
  );
}

function hint(value: unknown): string {
  if (isSchema(value)) return "a Schema (as an option it is { schema })";
  if (
    isFlightData(value) ||
    typeof value === "object" && value !== null &&
      ("batch" in value || "appMetadata" in value)
  ) return "a single message (as data it is [message])";
  if (
    typeof value === "object" && value !== null && !isPromise(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  ) return `${valueName(value)} (${PLAIN_VALUES})`;
  if (ArrayBuffer.isView(value)) return `${valueName(value)} (${IPC_BYTES})`;
  return valueName(value);
}
