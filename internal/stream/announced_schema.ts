/** The code of the part for schemas: decodes those of FlightInfos and of SchemaResults. */

import type { Schema } from "apache-arrow";
import { FlightError } from "../core/flight_error.ts";
import { decodeSchema } from "../ipc/decode_schema.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";

export { decodeSchema };

/** Schemas that were asked for. */
const schemas = new WeakMap<FlightInfo, Schema>();

/**
 * The schema of an info that was received.
 *
 * @param info The info.
 * @param receiver The side that has received it: it decides about the error for a malformed schema.
 * @returns The schema; `undefined` if it has none.
 */
export function receivedSchema(
  info: FlightInfo,
  receiver: "client" | "server",
): Schema | undefined {
  const { schemaBytes } = info;
  if (!schemaBytes?.byteLength) return undefined;
  let schema = schemas.get(info);
  if (schema === undefined) {
    try {
      schema = decodeSchema(schemaBytes);
    } catch (error) {
      if (!FlightError.is(error)) throw error;
      const isAnswer = receiver === "client";
      throw new FlightError(
        isAnswer && error.code === "INVALID_ARGUMENT" ? "INTERNAL" : error.code,
        `the schema of the FlightInfo cannot be used: ${error.details}`,
        { origin: isAnswer ? "remote" : "local", cause: error },
      );
    }
    schemas.set(info, schema);
  }
  return schema;
}

/**
 * The schema that an info announces, of a copy too, which has its bytes alone.
 *
 * @param info The info.
 * @returns The schema; `undefined` if it announces none.
 * @throws {FlightError} INTERNAL when it is malformed, UNIMPLEMENTED when it cannot be read here.
 */
export function announcedSchema(info: FlightInfo): Schema | undefined {
  return info.schema ?? receivedSchema(info, "client");
}
