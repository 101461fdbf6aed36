/** The schema of a FlightInfo that was received: bytes, asked for as a Schema. */

import type { Schema } from "apache-arrow";
import { FlightError } from "../core/flight_error.ts";
import { decodeSchema } from "../ipc/decode_schema.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { PollInfo } from "../protocol/poll_info.ts";

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

/** Reports whether a client or a server has received an info, which then is sent on as it came. */
export function isReceived(info: object): boolean {
  const getter = Object.getOwnPropertyDescriptor(info, "schema")?.get;
  return getter === answeredSchema || getter === requestedSchema;
}
