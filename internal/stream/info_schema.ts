/** The schema of a FlightInfo: sent and received as bytes, given and asked for as a Schema. */

import type { Schema } from "apache-arrow";
import { valueName } from "../base/value_name.ts";
import { FlightError } from "../core/flight_error.ts";
import { encodeSchema } from "../ipc/schema.ts";
import { decodeSchema } from "../ipc/schema.ts";
import { checkObject } from "../message/check_field.ts";
import type {
  FlightInfo,
  FlightInfoFields,
  FlightInfoInit,
  SchemaInit,
} from "../protocol/flight_info.ts";
import type {
  PollInfo,
  PollInfoFields,
  PollInfoInit,
} from "../protocol/poll_info.ts";
import { isSchema } from "./record_batch_source.ts";

/** Schemas that were asked for. */
const schemas = new WeakMap<FlightInfo, Schema>();

/** Getter of an info that a client has received. */
function answeredSchema(this: FlightInfo): Schema | undefined {
  return decodedSchema(
    this,
    (code) => [code === "INVALID_ARGUMENT" ? "INTERNAL" : code, "remote"],
  );
}

/** Getter of an info that a server has received. */
function requestedSchema(this: FlightInfo): Schema | undefined {
  return decodedSchema(this, (code) => [code, "local"]);
}

function decodedSchema(
  info: FlightInfo,
  blame: (
    code: FlightError["code"],
  ) => [code: FlightError["code"], origin: FlightError["origin"]],
): Schema | undefined {
  const { schemaBytes } = info;
  if (!schemaBytes?.byteLength) return undefined;
  let schema = schemas.get(info);
  if (schema === undefined) {
    try {
      schema = decodeSchema(schemaBytes);
    } catch (error) {
      if (!FlightError.is(error)) throw error;
      const [code, origin] = blame(error.code);
      throw new FlightError(
        code,
        `the schema of the FlightInfo cannot be used: ${error.details}`,
        { origin, cause: error },
      );
    }
    schemas.set(info, schema);
  }
  return schema;
}

/**
 * Gives a received info its `schema`, which is decoded when it is asked for. It is not enumerable: a
 * copy, and what prints the info, must not fail because of a schema that cannot be read.
 *
 * @param info The info, as it was decoded.
 * @param receiver The side that has received it: it decides about the error for a malformed schema.
 * @returns The info.
 */
export function withInfoSchema(
  info: FlightInfo,
  receiver: "client" | "server",
): FlightInfo {
  return Object.defineProperty(info, "schema", {
    get: receiver === "client" ? answeredSchema : requestedSchema,
    enumerable: false,
    configurable: true,
  });
}

/**
 * Gives the info in a received PollInfo its `schema`.
 *
 * @param poll The PollInfo, as it was decoded.
 * @returns The PollInfo.
 */
export function withPolledSchema(poll: PollInfo): PollInfo {
  if (poll.info !== undefined) withInfoSchema(poll.info, "client");
  return poll;
}

/**
 * The schema that an info announces, of a copy too, which has its bytes alone.
 *
 * @param info The info.
 * @returns The schema; `undefined` if it announces none.
 * @throws {FlightError} INTERNAL when it is malformed, UNIMPLEMENTED when it cannot be read here.
 */
export function announcedSchema(info: FlightInfo): Schema | undefined {
  return info.schema ?? answeredSchema.call(info);
}

/**
 * Encodes the schema of an info. One that was received is sent as it came.
 *
 * @param init The info.
 * @returns The same with the bytes alone.
 * @throws {TypeError} When it is no info, or its schema is none.
 * @throws {FlightError} UNIMPLEMENTED for a schema with types that apache-arrow does not know.
 */
export function infoFields(init: FlightInfoInit): FlightInfoFields {
  const info = checkObject(init, "FlightInfo");
  const getter = Object.getOwnPropertyDescriptor(info, "schema")?.get;
  if (getter === answeredSchema || getter === requestedSchema) return info;
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
  const poll = checkObject(init, "PollInfo");
  return poll.info === undefined
    ? { ...poll, info: undefined }
    : { ...poll, info: infoFields(poll.info) };
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
