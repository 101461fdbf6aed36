/** Flight.proto: Location. Only endpoints have locations. */

import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import type { LocationInit } from "../protocol/location.ts";
import type * as proto from "../../proto/flight/location.ts";
import { checkObject, checkString } from "../message/check_field.ts";

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
  if (typeof location === "string") {
    return { uri: checkString(location, field) };
  }
  const { uri } = checkObject(location, field);
  return copyUnknownFields(location, { uri: checkString(uri, `${field}.uri`) });
}
