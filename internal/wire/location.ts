/** Flight.proto: Location. Only endpoints have locations. */

import type { LocationInit } from "../core/location.ts";
import type * as proto from "../../proto/flight/location.ts";
import { checkObject, checkString } from "./check_field.ts";

/**
 * The message of a location.
 *
 * @param location The location or its URI.
 * @param field Name of what it is the value of, for the error.
 * @returns The message.
 * @throws {TypeError} When it is neither.
 */
export function locationToMessage(
  location: LocationInit,
  field: string,
): proto.Location {
  return typeof location === "string"
    ? { uri: checkString(location, field) }
    : { uri: checkString(checkObject(location, field).uri, `${field}.uri`) };
}
