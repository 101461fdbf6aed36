/**
 * The start and the end of an answer: gRPC over HTTP/2, "Responses". All
 * network transports share it.
 */

import { quoted, quotedBytes } from "../base/quoted.ts";
import { codeFromNumber, FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import { httpStatusCode } from "./http_status.ts";

/** Most bytes kept of an answer that is not gRPC. */
const MAX_BODY_BYTES = 1024;

/** Longest wait for the end of an answer that is not gRPC, in milliseconds. */
export const PLAIN_ANSWER_TIMEOUT_MS = 1000;

/** HTTP headers of an answer. */
export interface AnswerHead {
  /** `:status`. */
  readonly httpStatus: string;
  /** `content-type`. */
  readonly contentType: string | undefined;
  /** `location`, from redirects. */
  readonly location: string | undefined;
  /** `content-encoding`; an encoded body cannot be shown. */
  readonly contentEncoding: string | undefined;
}

/** Reports whether an answer looks like gRPC. */
export function isGrpcAnswer({ httpStatus, contentType }: AnswerHead): boolean {
  return httpStatus === "200" &&
    (contentType === undefined || isGrpcType(contentType));
}

/**
 * Reports whether a content-type is gRPC's; any suffix after "+" or ";" is
 * allowed.
 */
export function isGrpcType(type: string): boolean {
  return /^application\/grpc(?:$|[+;])/i.test(type);
}

/** Answer that is not gRPC: most often the error page of a proxy. */
export class PlainAnswer {
  readonly #head: AnswerHead;
  #body = new Uint8Array();

  /** @param head Its HTTP headers. */
  constructor(head: AnswerHead) {
    this.#head = head;
  }

  /**
   * Takes a part of the body.
   *
   * @returns True if enough of it is known.
   */
  push(chunk: Uint8Array, start = 0, end: number = chunk.length): boolean {
    const part = chunk.subarray(
      start,
      Math.min(end, start + MAX_BODY_BYTES - this.#body.length),
    );
    const body = new Uint8Array(this.#body.length + part.length);
    body.set(this.#body);
    body.set(part, this.#body.length);
    this.#body = body;
    return body.length >= MAX_BODY_BYTES;
  }

  /**
   * Makes the error that the caller gets.
   *
   * @param address Address of the server.
   * @param headers All of its headers.
   */
  error(address: string, headers: FlightHeaders | undefined): FlightError {
    const { httpStatus, contentType, location } = this.#head;
    const type = contentType === undefined
      ? ""
      : `content-type ${bounded(contentType)}`;
    const parts = httpStatus === "200"
      ? [
        `${address} answered with ${
          type || "no content-type"
        }, which is not gRPC`,
      ]
      : [
        `${address} answered with HTTP status ${httpStatus} and without a ` +
        "gRPC status",
        ...(type === "" ? [] : [type]),
      ];
    if (httpStatus.startsWith("3")) {
      const goal = location === undefined ? "" : ` to ${quoted(location)}`;
      parts.push(`a redirect${goal}, which is not followed`);
    }
    const text = parts.join(", ");
    return new FlightError(
      httpStatusCode(Number(httpStatus)),
      this.#body.length > 0 && this.#head.contentEncoding === undefined
        ? `${text}; it says ${quotedBytes(this.#body)}`
        : text,
      { origin: "transport", headers },
    );
  }
}

/** Summary of an answer that has ended. */
interface AnswerEnd {
  /** Location URI of the server. */
  readonly address: string;
  /** The answer, if it is not gRPC. */
  readonly plain: PlainAnswer | undefined;
  /** All `grpc-status` values of the last header block, joined by commas. */
  readonly status: string | undefined;
  /** The `grpc-message` beside it, decoded. */
  readonly details: string;
  /** Kind of the last thing that arrived. */
  readonly last: "headers" | "data" | "trailers";
  /** The headers, unless they ended the answer. */
  readonly headers: FlightHeaders | undefined;
  /** The trailers. */
  readonly trailers: FlightHeaders;
}

/** Part that is missing after each kind of end. */
const LACKS: Readonly<Record<AnswerEnd["last"], string>> = {
  headers: "its answer has only headers, without it",
  data: "its answer has no trailers, as if a proxy had cut it off",
  trailers: "its trailers lack it",
};

/**
 * Makes the error of a call from the end of its answer. A call has succeeded
 * only if the block that ends the answer has exactly one gRPC status, and it is
 * OK.
 *
 * @returns Undefined if it has succeeded.
 */
export function answerError(end: AnswerEnd): FlightError | undefined {
  const { address, plain, status, details, headers, trailers } = end;
  const number = status === undefined ? undefined : statusNumber(status);
  // "If grpc-status was provided, it must be used"; but OK is believed only if
  // the answer looks like gRPC.
  if (number !== undefined && (number > 0 || plain === undefined)) {
    return number === 0 ? undefined : new FlightError(
      codeFromNumber(number),
      details,
      { origin: "remote", headers, trailers },
    );
  }
  if (plain !== undefined) {
    return plain.error(address, headers ?? trailers);
  }
  const problem = status === undefined
    ? `${address} ended the call without grpc-status: ${LACKS[end.last]}`
    : `${address} ended the call with grpc-status ${quoted(status, 40)}, ` +
      "which is not a single gRPC status (0 to 16)";
  return new FlightError(
    "UNKNOWN",
    details === "" ? problem : `${problem}: ${details}`,
    { origin: "transport", headers, trailers },
  );
}

/** Parses a status number; undefined if gRPC does not define it. */
function statusNumber(status: string): number | undefined {
  const digits = /^0{0,8}(\d{1,2})$/.exec(status)?.[1];
  const number = Number(digits);
  return digits !== undefined && number <= 16 ? number : undefined;
}

function bounded(type: string): string {
  return /^[\w/+.;= -]{1,100}$/.test(type) ? type : quoted(type, 100);
}
