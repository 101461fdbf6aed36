/** The schema of a FlightInfo that was received: bytes, asked for as a Schema. */

import type { Schema } from "apache-arrow";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { PollInfo } from "../protocol/poll_info.ts";
import { schemaPart } from "./schema_part.ts";

/** Getter of an info that a client has received. */
function answeredSchema(this: FlightInfo): Schema | undefined {
  return schemaPart.needed().receivedSchema(this, "client");
}

/** Getter of an info that a server has received. */
function requestedSchema(this: FlightInfo): Schema | undefined {
  return schemaPart.needed().receivedSchema(this, "server");
}

/**
 * Gives a received info its `schema`, which is decoded when it is asked for. It is not enumerable: a
 * copy, and what prints the info, must not fail because of a schema that cannot be read. The part for
 * schemas has to be there before the application has the info.
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

/** Reports whether a client or a server has received an info, which then is sent on as it came. */
export function isReceived(info: object): boolean {
  const getter = Object.getOwnPropertyDescriptor(info, "schema")?.get;
  return getter === answeredSchema || getter === requestedSchema;
}
