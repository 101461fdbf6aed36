/** The schema of a FlightInfo that is sent: given as a Schema, sent as bytes. */

import { valueName } from "../base/value_name.ts";
import { encodeSchema } from "../ipc/encode_schema.ts";
import { checkObject } from "../message/check_field.ts";
import type {
  FlightInfoFields,
  FlightInfoInit,
  SchemaInit,
} from "../protocol/flight_info.ts";
import type { PollInfoFields, PollInfoInit } from "../protocol/poll_info.ts";
import { isReceived } from "./info_schema.ts";
import { isDataForm, isSchema } from "./record_batch_source.ts";

/**
 * Encodes the schema of an info. One that was received is sent as it came.
 *
 * @param init The info.
 * @param name Name of it in errors.
 * @returns The same with the bytes alone.
 * @throws {TypeError} When it is no info, or its schema is none.
 * @throws {FlightError} UNIMPLEMENTED for a schema with types that apache-arrow does not know.
 */
export function infoFields(
  init: FlightInfoInit,
  name = "FlightInfo",
): FlightInfoFields {
  const info = checkNoData(checkObject(init, name), name);
  if (isReceived(info)) return info;
  const { schema } = info;
  return schema === undefined
    ? info
    : { ...info, schemaBytes: schemaBytes(schema, "FlightInfo.schema") };
}

/**
 * Encodes the schema of the info in a PollInfo.
 *
 * @param init The PollInfo.
 * @returns The same with the bytes alone.
 * @throws {TypeError} When it is no PollInfo, or its schema is none.
 * @throws {FlightError} UNIMPLEMENTED for a schema with types that apache-arrow does not know.
 */
export function pollFields(init: PollInfoInit): PollInfoFields {
  const poll = checkNoData(checkObject(init, "PollInfo"), "PollInfo");
  return poll.info === undefined
    ? { ...poll, info: undefined }
    : { ...poll, info: infoFields(poll.info, "PollInfo.info") };
}

/** A Table has a `schema`, as an info may: without endpoints it would have no data. */
function checkNoData<T extends object>(value: T, name: string): T {
  if (!isDataForm(value)) return value;
  throw new TypeError(
    `${name} must be an object with endpoints, not ${valueName(value)}`,
  );
}

/**
 * Encodes a schema that may be given as bytes.
 *
 * @param schema The schema, or its encapsulated IPC message.
 * @param field Name of what it is the value of, for the error.
 * @returns The encapsulated IPC message.
 * @throws {TypeError} When it is neither.
 * @throws {FlightError} UNIMPLEMENTED for types that apache-arrow does not know.
 */
export function schemaBytes(schema: SchemaInit, field: string): Uint8Array {
  if (isSchema(schema)) return encodeSchema(schema);
  if (schema instanceof Uint8Array) return schema;
  throw new TypeError(
    `${field} must be a Schema or a Uint8Array, not ${valueName(schema)}`,
  );
}
