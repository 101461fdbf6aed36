/**
 * Converts the status of grpc-js to FlightError and back. No other file does.
 */

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
  answerError,
  isGrpcAnswer,
  PlainAnswer,
} from "../../grpc/answer_end.ts";
import {
  clientGoneError,
  connectError,
  deadlineError,
  lostConnectionText,
  messageTooLargeText,
  resetError,
  sentHeadersTooLargeText,
} from "../../grpc/call_errors.ts";
import {
  MAX_SENT_HEADERS_BYTES,
  truncateDetails,
} from "../../grpc/metadata.ts";
import {
  type ErrorCodeName,
  errorCodeName,
} from "../../http2/frame/http2_error.ts";
import { tlsErrorText } from "../../http2/connection/tls_error_text.ts";
import { fromMetadata, headersByteLength, toMetadata } from "./headers.ts";
import { endingOf } from "./internals.ts";

/** State of a client's call when its status comes. */
interface StatusContext {
  /** Location URI of the server. */
  readonly address: string;
  /** Response headers, if they came. */
  readonly headers: FlightHeaders | undefined;
  /** The `:status` of the answer, if it came. */
  readonly httpStatus: string | undefined;
  /** The answer, if it is not gRPC and its headers did not end it. */
  readonly plain: PlainAnswer | undefined;
  /** True if the connection of the call is closed or closing. */
  readonly isDisconnected: boolean;
  /** Error code by which the stream of the call was reset; `undefined` or 0 for none. */
  readonly resetCode: number | undefined;
}

/** Translates one of grpc-js's texts for its own failures. */
type Translation = (
  match: RegExpMatchArray,
  context: StatusContext,
) => [
  code: FlightErrorCode,
  details: string,
  origin: FlightErrorOptions["origin"],
];

/** Text of grpc-js for an answer that ended without any block. */
const NO_STATUS =
  /^Received RST_STREAM with code 0 \(Call ended without gRPC status\)$/;

/** Texts of grpc-js for some error codes of a reset; that of all others has the number. */
const RESETS: ReadonlyMap<string, ErrorCodeName> = new Map([
  ["Stream refused by server", "REFUSED_STREAM"],
  // Spelled as by grpc-js itself.
  // deno-lint-ignore flight-prose/texts
  ["Call cancelled", "CANCEL"],
  ["Bandwidth exhausted or memory limit exceeded", "ENHANCE_YOUR_CALM"],
  ["Protocol not secure enough", "INADEQUATE_SECURITY"],
]);

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
    /^Channel (?:closed before call started|has been shut down)$/,
    (_, { address }) => ["UNAVAILABLE", connectDetails(address), "transport"],
  ],
];

/** Texts of grpc-js for two limits that both sides share. */
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

/** Returns an answer that is not gRPC; undefined if it looks like gRPC. */
export function plainAnswerOf(
  httpStatus: string,
  metadata: Metadata,
): PlainAnswer | undefined {
  const field = (name: string): string | undefined => {
    const value = metadata.get(name).at(0);
    return typeof value === "string" ? value : undefined;
  };
  const head = {
    httpStatus,
    contentType: field("content-type"),
    location: field("location"),
    contentEncoding: field("content-encoding"),
  };
  return isGrpcAnswer(head) ? undefined : new PlainAnswer(head);
}

/** Says "Cannot connect", with the reason if grpc-js has one. */
function connectDetails(address: string, reason = ""): string {
  // "Error: connect ECONNREFUSED 127.0.0.1:1 (2025-01-01T00:00:00.000Z)"
  const text = reason.replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, "")
    .replace(/^(?:[A-Za-z]*Error(?: \[\w+\])?: )+/, "");
  return connectError(address, connectReason(text)).details;
}

/**
 * Translates the reason: grpc-js and node:http2 have no details about a server
 * that is not HTTP/2.
 */
function connectReason(text: string): string {
  if (/^(?:null|undefined)$/.test(text)) return "";
  // Node.js begins with the number of its thread.
  if (/^(?:received fatal alert|(?:[0-9A-F]+:)?error:[01])/.test(text)) {
    return tlsErrorText(new Error(text));
  }
  if (!/^(?:Failed to connect|Protocol error)$/.test(text)) return text;
  return "it did not answer in HTTP/2; it may speak HTTP/1.1, or TLS (use a " +
    `grpc+tls location); the default transport says which: ${text}`;
}

/**
 * Determines the outcome of a client's call.
 *
 * @param status The status from grpc-js.
 * @param context The state of the call.
 * @returns The trailers, and the error unless the status is OK.
 */
export function outcomeOf(
  status: StatusObject,
  context: StatusContext,
): { trailers: FlightHeaders; error: FlightError | undefined } {
  if ((status as Partial<StatusObject>).details === undefined) {
    return { trailers: new FlightHeaders(), error: compressionError(context) };
  }
  const httpStatus = /^Received HTTP status code (\d+)$/.exec(status.details)
    ?.[1];
  const ending = endingOf(status.metadata) ??
    (httpStatus === undefined
      ? undefined
      : { kind: "headers" as const, status: undefined });
  const trailers = fromMetadata(status.metadata);
  const plain = context.plain ??
    (ending?.kind === "headers"
      ? plainAnswerOf(
        httpStatus ?? context.httpStatus ?? "200",
        status.metadata,
      )
      : undefined);
  if (
    ending || plain ||
    (NO_STATUS.test(status.details) && !context.isDisconnected)
  ) {
    const error = answerError({
      address: context.address,
      plain,
      status: ending?.status,
      details: ending?.status === undefined ? "" : status.details,
      last: ending?.kind ?? "data",
      headers: context.headers,
      trailers,
    });
    return { trailers, error };
  }
  const options: FlightErrorOptions = { headers: context.headers };
  const limit = limitDetails(status.details);
  const [code, details, origin] = limit !== undefined
    ? ["RESOURCE_EXHAUSTED", limit, "local"] as const
    : translate(status, context);
  return {
    trailers,
    error: new FlightError(code, details, { ...options, origin }),
  };
}

/**
 * Makes the error of a message whose compression is not known: grpc-js takes code and details of the status from
 * an Error, which has neither.
 */
function compressionError({ headers }: StatusContext): FlightError {
  return new FlightError(
    "INTERNAL",
    "the message is compressed, but grpc-encoding names no compression that " +
      "can be read",
    { origin: "remote", headers },
  );
}

function translate(
  status: StatusObject,
  context: StatusContext,
): ReturnType<Translation> {
  let { code, details } = resetStatusOf(status, context) ?? status;
  // Streams of a lost connection end in different ways, depending on the
  // runtime.
  if (
    context.isDisconnected &&
    /^Received RST_STREAM|^Call cancelled$/.test(details)
  ) {
    details = "Connection dropped";
  }
  const reset = RESETS.get(details);
  if (reset !== undefined) {
    const error = resetError(context.address, reset);
    return [error.code, error.details, error.origin];
  }
  for (const [pattern, translation] of TRANSLATIONS) {
    const match = details.match(pattern);
    if (match) return translation(match, context);
  }
  return [codeFromNumber(code), details, "transport"];
}

/**
 * Makes the status that grpc-js gives to a reset of the stream: Node.js 24 fails the writes that wait before it tells of
 * the reset, and so the call ends with a failed write.
 */
function resetStatusOf(
  { details }: StatusObject,
  { resetCode }: StatusContext,
): Pick<StatusObject, "code" | "details"> | undefined {
  const cause = /^Write error: (.*)$/s.exec(details)?.[1];
  if (cause === undefined || !resetCode) return undefined;
  const name = errorCodeName(resetCode);
  const known = [...RESETS].find(([, reset]) => reset === name)?.[0];
  const isOwn = !cause.startsWith("Stream closed with error code");
  return {
    code: FLIGHT_ERROR_CODES.INTERNAL,
    details: known ??
      `Received RST_STREAM with code ${resetCode}${
        isOwn ? ` triggered by internal client error: ${cause}` : ""
      }`,
  };
}

/** Translates the text of a message that is too large, if it is one. */
function limitDetails(details: string): string | undefined {
  for (const [pattern, text] of LIMIT_TRANSLATIONS) {
    const match = details.match(pattern);
    if (match) return text(match);
  }
  return undefined;
}

/** Makes the error of a call that grpc-js's server has ended by itself. */
export function serverErrorOf(
  { code, details }: Pick<StatusObject, "code" | "details">,
): FlightError {
  const limit = limitDetails(details);
  if (limit !== undefined) return new FlightError("RESOURCE_EXHAUSTED", limit);
  if (code === FLIGHT_ERROR_CODES.DEADLINE_EXCEEDED) return deadlineError();
  // Makes the error of a message that could not be written, because the stream
  // is closed.
  if (/^(?:Internal server error$|Error writing message)/.test(details)) {
    return clientGoneError();
  }
  return new FlightError(codeFromNumber(code), details);
}

/** Status in the form that grpc-js's server sends. */
export interface OutgoingStatus {
  /** Number of the code. */
  readonly code: number;
  /** The text, unencoded. */
  readonly details: string;
  /** The trailers. */
  readonly metadata: Metadata;
}

/**
 * Makes the status that ends a call of the server: OK if there is no error.
 *
 * @param error The error.
 * @param trailers The trailers.
 * @param onUnsent Called with an error if trailers are too large, and left out.
 */
export function statusOf(
  error: FlightError | undefined,
  trailers: FlightHeaders,
  onUnsent?: (error: FlightError) => void,
): OutgoingStatus {
  const size = headersByteLength(trailers);
  if (size > MAX_SENT_HEADERS_BYTES) {
    // A part of the trailers could be mistaken for all of them.
    const outcome = error ? `${error.code}: ${error.details}` : "OK";
    const text = sentHeadersTooLargeText(
      "trailers",
      size,
      MAX_SENT_HEADERS_BYTES,
    );
    onUnsent?.(new FlightError("RESOURCE_EXHAUSTED", text));
    return {
      code: FLIGHT_ERROR_CODES.RESOURCE_EXHAUSTED,
      details: shorten(`${text}; the call had ended with ${outcome}`),
      metadata: toMetadata(new FlightHeaders()),
    };
  }
  return {
    code: error ? FLIGHT_ERROR_CODES[error.code] : 0,
    details: error ? shorten(error.details) : "",
    metadata: toMetadata(trailers),
  };
}

/** Shortens a text to fit into a header, as grpc-js encodes it. */
function shorten(details: string): string {
  return truncateDetails(details, (character) => encodeURI(character).length);
}
