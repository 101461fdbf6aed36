/** Bounds and checks the headers of a call, before grpc-js makes anything of them. */

import type { IncomingHttpHeaders } from "node:http2";

import type { Metadata } from "@grpc/grpc-js";

import { FlightError } from "../../core/flight_error.ts";
import { countParts, isBinaryName } from "../../core/flight_headers.ts";
import {
  timeoutHeaderError,
  tooManyFieldsText,
} from "../../grpc/call_errors.ts";
import { decodeTimeout } from "../../grpc/timeout.ts";

/** Header under which {@linkcode limitFields} hides how many there were. */
const HIDDEN_FIELDS = "x-contrail-header-fields";

/** Header under which {@linkcode checkTimeout} hides what it found. */
const HIDDEN_TIMEOUT = "x-contrail-timeout";

/**
 * Empties a list of headers that has too many values: grpc-js decodes each of
 * those that a `-bin` header joins by commas.
 *
 * @param headers What the runtime has received; changed.
 * @param raw The same as names and values, where the runtime says so.
 * @param maxFields How many there may be.
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
 * Takes away a timeout that is malformed, and remembers it: grpc-js would read
 * what is in the midst of other text, and call the handler before it fails.
 */
export function checkTimeout(headers: IncomingHttpHeaders): void {
  delete headers[HIDDEN_TIMEOUT];
  const timeout = headers["grpc-timeout"];
  if (timeout === undefined) return;
  if (decodeTimeout(String(timeout)) !== undefined) return;
  delete headers["grpc-timeout"];
  headers[HIDDEN_TIMEOUT] = "malformed";
}

/** Why a call is not to be handled, by what {@linkcode checkTimeout} found. */
export function timeoutProblem(metadata: Metadata): FlightError | undefined {
  return metadata.get(HIDDEN_TIMEOUT).length > 0
    ? timeoutHeaderError()
    : undefined;
}

/**
 * Why the headers of a call are not accepted.
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

/** Text that the runtime has joined counts once: it is not split again. */
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
