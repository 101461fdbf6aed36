/** Limits and checks the headers of a call, before grpc-js processes them. */

import type { IncomingHttpHeaders } from "node:http2";

import type { Metadata } from "@grpc/grpc-js";

import { FlightError } from "../../core/flight_error.ts";
import { countParts, isBinaryName } from "../../core/flight_headers.ts";
import {
  timeoutHeaderError,
  tooManyFieldsText,
} from "../../grpc/call_errors.ts";
import { decodeTimeout } from "../../grpc/timeout.ts";

/** Header under which {@linkcode limitFields} hides the number of values. */
const HIDDEN_FIELDS = "x-contrail-header-fields";

/** Header under which {@linkcode hideTimeout} hides the timeout. */
const HIDDEN_TIMEOUT = "x-contrail-timeout";

/**
 * Empties a list of headers that has too many values: grpc-js decodes each of
 * those that a `-bin` header joins by commas.
 *
 * @param headers The headers from the runtime; changed.
 * @param raw The same as names and values, if the runtime has them.
 * @param maxFields Most values.
 */
export function limitFields(
  headers: IncomingHttpHeaders,
  raw: unknown,
  maxFields: number,
): void {
  delete headers[HIDDEN_FIELDS];
  const fields = Array.isArray(raw) ? countRaw(raw) : countJoined(headers);
  if (fields <= maxFields) return;
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(":") && name !== "content-type") delete headers[name];
  }
  headers[HIDDEN_FIELDS] = String(fields);
}

/**
 * Hides the timeout from grpc-js, which computes with 32 bits, so that 25 days count as past, and
 * accepts a number in the middle of other text.
 *
 * @param headers The headers from the runtime; changed.
 */
export function hideTimeout(headers: IncomingHttpHeaders): void {
  delete headers[HIDDEN_TIMEOUT];
  const timeout = headers["grpc-timeout"];
  if (timeout === undefined) return;
  delete headers["grpc-timeout"];
  headers[HIDDEN_TIMEOUT] = String(timeout);
}

/**
 * Takes the timeout that {@linkcode hideTimeout} has hidden out of the headers of a call.
 *
 * @returns The timeout in milliseconds; undefined without one.
 * @throws {FlightError} INTERNAL when it is malformed.
 */
export function takeTimeout(metadata: Metadata): number | undefined {
  const [hidden] = metadata.get(HIDDEN_TIMEOUT);
  if (hidden === undefined) return undefined;
  metadata.remove(HIDDEN_TIMEOUT);
  const timeout = decodeTimeout(String(hidden));
  if (timeout === undefined) throw timeoutHeaderError();
  return timeout;
}

/**
 * Makes the error of a call with too many headers.
 *
 * @returns The error, or undefined.
 */
export function fieldsExcess(
  what: "headers" | "trailers",
  metadata: Metadata,
  maxFields: number,
): FlightError | undefined {
  const [hidden] = metadata.get(HIDDEN_FIELDS);
  let fields = Number(hidden ?? 0);
  for (const values of Object.values(metadata.toJSON())) {
    fields += values.length;
  }
  return fields <= maxFields ? undefined : new FlightError(
    "RESOURCE_EXHAUSTED",
    tooManyFieldsText(what, Number(hidden ?? fields), maxFields),
  );
}

function countRaw(raw: readonly unknown[]): number {
  let fields = 0;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    fields += countValues(String(raw[i]), raw[i + 1]);
  }
  return fields;
}

/** Counts values. Text that the runtime has joined counts once: it is not split again. */
function countJoined(headers: IncomingHttpHeaders): number {
  let fields = 0;
  for (const [name, value] of Object.entries(headers)) {
    fields += Array.isArray(value) ? value.length : countValues(name, value);
  }
  return fields;
}

function countValues(name: string, value: unknown): number {
  return isBinaryName(name) && typeof value === "string"
    ? countParts(value)
    : 1;
}
