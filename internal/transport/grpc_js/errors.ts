/** The status of grpc-js to and from FlightError: the only place for either. */

import type { Metadata, StatusObject } from "@grpc/grpc-js";

import {
  codeFromNumber,
  FLIGHT_ERROR_CODES,
  FlightError,
  type FlightErrorCode,
  type FlightErrorOptions,
} from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import {
  clientGoneError,
  connectError,
  deadlineError,
  httpStatusText,
  lostConnectionText,
  messageTooLargeText,
  refusedText,
  resetText,
  sentHeadersTooLargeText,
} from "../call_errors.ts";
import { httpStatusCode } from "../http_status.ts";
import { MAX_SENT_HEADERS_BYTES, truncateDetails } from "../metadata.ts";
import { fromMetadata, headersByteLength, toMetadata } from "./headers.ts";
import { HIDDEN_STATUS } from "./internals.ts";

/** What is known about a client's call when its status comes. */
export interface StatusContext {
  /** Location URI of the server. */
  readonly address: string;
  /** Response headers, if they came. */
  readonly headers: FlightHeaders | undefined;
  /** Whether the call's connection is closed or closing. */
  readonly isDisconnected: boolean;
}

/** A translation of one of the texts that grpc-js has for its own failures. */
type Translation = (
  match: RegExpMatchArray,
  context: StatusContext,
) => [
  code: FlightErrorCode,
  details: string,
  origin: FlightErrorOptions["origin"],
];

const TRANSLATIONS: readonly (readonly [RegExp, Translation])[] = [
  [
    /^No connection established(?:\. Last error: (.*?))?(?:\. Resolution note: .*)?$/s,
    (match, { address }) => [
      "UNAVAILABLE",
      connectDetails(address, match[1]),
      "transport",
    ],
  ],
  [
    /^(?:Name resolution failed|Could not (?:find|parse|resolve)).*$/s,
    ([text], { address }) => [
      "UNAVAILABLE",
      connectDetails(address, text),
      "transport",
    ],
  ],
  [
    /^Connection dropped$|^read ECONNRESET$|^read ETIMEDOUT$/,
    (_, { address }) => [
      "UNAVAILABLE",
      lostConnectionText(address),
      "transport",
    ],
  ],
  [
    /^Received RST_STREAM with code \d+ triggered by internal client error: (Session closed .*|The session .*|This socket has been ended.*|.*ECONNRESET.*|.*EPIPE.*)$/s,
    (match, { address }) => [
      "UNAVAILABLE",
      lostConnectionText(address, match[1]),
      "transport",
    ],
  ],
  [
    /^(?:Write error: |Write failed with error |Failed to start HTTP\/2 stream with error )(.*)$/s,
    (match, { address }) => [
      "UNAVAILABLE",
      `cannot send to ${address}: ${match[1]}`,
      "transport",
    ],
  ],
  [
    /^Stream refused by server$/,
    (_, { address }) => [
      "UNAVAILABLE",
      refusedText(address),
      "transport",
    ],
  ],
  [
    /^Call cancelled$/,
    (_, { address }) => [
      "CANCELLED",
      resetText(address, "CANCEL"),
      "transport",
    ],
  ],
  [
    /^Received HTTP status code (\d+)$/,
    (match, { address }) => [
      httpStatusCode(Number(match[1])),
      httpStatusText(address, match[1]!),
      "transport",
    ],
  ],
  [
    /^Deadline exceeded/,
    () => ["DEADLINE_EXCEEDED", deadlineError().details, "local"],
  ],
  [
    /^Channel (?:closed before call started|has been shut down)$/,
    (_, { address }) => ["UNAVAILABLE", connectDetails(address), "transport"],
  ],
];

/** grpc-js's texts of the two limits, which both sides share. */
const LIMIT_TRANSLATIONS: readonly (readonly [
  RegExp,
  (match: RegExpMatchArray) => string,
])[] = [
  [
    /^Received message larger than max \((\d+) vs (\d+)\)$/,
    ([, size, limit]) => messageTooLargeText(size!, limit!),
  ],
  [
    /^Received message that decompresses to a size larger than (\d+)$/,
    ([, limit]) =>
      `the message exceeds the limit of ${limit} bytes after decompression ` +
      "(option maxReceiveMessageBytes)",
  ],
];

/** "Cannot connect", with the reason where grpc-js says it. */
function connectDetails(address: string, reason = ""): string {
  // "Error: connect ECONNREFUSED 127.0.0.1:1 (2025-01-01T00:00:00.000Z)"
  const text = reason.replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, "")
    .replace(/^(?:[A-Za-z]*Error: )+/, "");
  return connectError(address, /^(?:null|undefined)$/.test(text) ? "" : text)
    .details;
}

/**
 * The outcome of a client's call.
 *
 * @param status What grpc-js reports.
 * @param context What is known about the call.
 * @returns The trailers, and the error unless the status is OK.
 */
export function outcomeOf(
  status: StatusObject,
  context: StatusContext,
): { trailers: FlightHeaders; error: FlightError | undefined } {
  const hidden = status.metadata.get(HIDDEN_STATUS).at(0);
  // A failure without headers is one block, which also has the HTTP headers.
  const fromPeer = hidden !== undefined ||
    status.metadata.get("content-type").length > 0;
  status.metadata.remove(HIDDEN_STATUS);
  const trailers = fromMetadata(status.metadata);
  const number = hidden === undefined ? status.code : Number(hidden);
  if (number === 0) return { trailers, error: undefined };
  const options: FlightErrorOptions = {
    headers: context.headers,
    trailers: fromPeer ? trailers : undefined,
  };
  const isHttpStatus = /^Received HTTP status code \d+$/.test(status.details);
  if (fromPeer && !isHttpStatus) {
    const error = new FlightError(codeFromNumber(number), status.details, {
      ...options,
      origin: "remote",
    });
    return { trailers, error };
  }
  const limit = limitDetails(status.details);
  const [code, details, origin] = limit !== undefined
    ? ["RESOURCE_EXHAUSTED", limit, "local"] as const
    : translate(status, context);
  return {
    trailers,
    error: new FlightError(code, details, { ...options, origin }),
  };
}

function translate(
  { code, details }: StatusObject,
  context: StatusContext,
): ReturnType<Translation> {
  // How the streams of a lost connection end differs between runtimes.
  if (
    context.isDisconnected &&
    /^Received RST_STREAM|^Call cancelled$/.test(details)
  ) {
    details = "Connection dropped";
  }
  for (const [pattern, translation] of TRANSLATIONS) {
    const match = details.match(pattern);
    if (match) return translation(match, context);
  }
  return [codeFromNumber(code), details, "transport"];
}

/** Our text for a message that is too large, if grpc-js says so. */
function limitDetails(details: string): string | undefined {
  for (const [pattern, text] of LIMIT_TRANSLATIONS) {
    const match = details.match(pattern);
    if (match) return text(match);
  }
  return undefined;
}

/** Why grpc-js's server ends a call by itself. */
export function serverErrorOf(
  { code, details }: Pick<StatusObject, "code" | "details">,
): FlightError {
  const limit = limitDetails(details);
  if (limit !== undefined) return new FlightError("RESOURCE_EXHAUSTED", limit);
  if (code === FLIGHT_ERROR_CODES.DEADLINE_EXCEEDED) return deadlineError();
  // A message could not be written: the stream is no more.
  if (/^(?:Internal server error$|Error writing message)/.test(details)) {
    return clientGoneError();
  }
  return new FlightError(codeFromNumber(code), details);
}

/** A status as grpc-js's server sends it. */
export interface OutgoingStatus {
  /** Number of the code. */
  readonly code: number;
  /** The text, unencoded. */
  readonly details: string;
  /** The trailers. */
  readonly metadata: Metadata;
}

/** The status that ends a call of the server: OK where there is no error. */
export function statusOf(
  error: FlightError | undefined,
  trailers: FlightHeaders,
): OutgoingStatus {
  const size = headersByteLength(trailers);
  if (size > MAX_SENT_HEADERS_BYTES) {
    // A part of the trailers could be mistaken for all of them.
    const outcome = error ? `${error.code}: ${error.details}` : "OK";
    return {
      code: FLIGHT_ERROR_CODES.RESOURCE_EXHAUSTED,
      details: shorten(
        `${
          sentHeadersTooLargeText("trailers", size, MAX_SENT_HEADERS_BYTES)
        }; the call had ended with ${outcome}`,
      ),
      metadata: toMetadata(new FlightHeaders()),
    };
  }
  return {
    code: error ? FLIGHT_ERROR_CODES[error.code] : 0,
    details: error ? shorten(error.details) : "",
    metadata: toMetadata(trailers),
  };
}

/** What fits into a header as grpc-js encodes it. */
function shorten(details: string): string {
  return truncateDetails(details, (character) => encodeURI(character).length);
}
