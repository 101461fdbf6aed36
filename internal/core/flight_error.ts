/** The error class of this package, and its codes. */

import { objectOption } from "./check_option.ts";
import { valueName } from "../base/value_name.ts";
import type { FlightHeaders } from "./flight_headers.ts";
import type { OptionNames } from "./known_options.ts";
import { showAs } from "./inspect.ts";
import { PUSHBACK, pushbackOf } from "./retry_pushback.ts";

/**
 * The gRPC status codes by number, except OK.
 *
 * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export const FLIGHT_ERROR_CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/**
 * Code of a failure: the name of a gRPC status code. Flight's TIMED_OUT is `DEADLINE_EXCEEDED`, its
 * UNAUTHORIZED is `PERMISSION_DENIED` (Flight specification, "Error Handling").
 */
export type FlightErrorCode = keyof typeof FLIGHT_ERROR_CODES;

/** Optional parts of a {@linkcode FlightError}. */
export interface FlightErrorOptions {
  /** Name of the RPC that failed, such as `DoGet`. */
  readonly method?: string | undefined;
  /** Place in which the error arose: see {@linkcode FlightError.origin}; `local` by default. */
  readonly origin?: "local" | "remote" | "transport" | undefined;
  /** Headers (initial metadata) received before the failure. */
  readonly headers?: FlightHeaders | undefined;
  /** Trailers (trailing metadata) that came with the failure, or that a handler sends with it. */
  readonly trailers?: FlightHeaders | undefined;
  /** Application bytes of the error, which C++ and Python call `extra_info`. */
  readonly extraInfo?: Uint8Array | undefined;
  /** Underlying error; never crosses the wire. */
  readonly cause?: unknown;
}

/** The names of {@linkcode FlightErrorOptions}. */
const FLIGHT_ERROR_OPTIONS: OptionNames<FlightErrorOptions> = {
  method: true,
  origin: true,
  headers: true,
  trailers: true,
  extraInfo: true,
  cause: true,
};

/**
 * Error of a failed call. Its message reads `[not found] DoGet: no such ticket`.
 *
 * A handler of a service throws it to answer with a code of its choice. Any other error of a
 * handler reaches the peer only as a fixed text.
 */
export class FlightError extends Error {
  /**
   * Always `FlightError`: compare it instead of `instanceof` if two copies of this package may be
   * loaded.
   */
  override readonly name = "FlightError";
  /** Code of the failure, the name of a gRPC status code. */
  readonly code: FlightErrorCode;
  /** Message without code and method: the text that crosses the wire. */
  readonly details: string;
  /** Name of the RPC, such as `DoGet`; `undefined` outside a call. */
  readonly method: string | undefined;
  /**
   * Place in which the error arose: in this process (`local`), at the peer (`remote`), or between the
   * two (`transport`: no connection, a broken stream, bytes that are not gRPC).
   */
  readonly origin: "local" | "remote" | "transport";
  /** Headers received before the failure, if any. */
  readonly headers: FlightHeaders | undefined;
  /** Trailers that came with the failure, if any. */
  readonly trailers: FlightHeaders | undefined;
  /** Application bytes that travel with the error, which C++ and Python call `extra_info`. */
  readonly extraInfo: Uint8Array | undefined;

  /**
   * Makes an error; `throw` it in a handler to answer with it.
   *
   * @param code The code of the failure.
   * @param details Description of the failure, without the code; it crosses the wire.
   * @param options The other parts.
   * @throws {TypeError} When `code` is unknown, or `options` are none, such as an Error, which is a `cause`.
   */
  constructor(
    code: FlightErrorCode,
    details: string,
    options: FlightErrorOptions = {},
  ) {
    if (!isCode(code)) {
      throw new TypeError(
        `Cannot make a FlightError: ${shown(code)} is not a gRPC status code` +
          ', which is a name such as "NOT_FOUND"',
      );
    }
    objectOption("options", options, FLIGHT_ERROR_OPTIONS);
    // Names and metadata of a peer may contain lone surrogates, which no status message can hold.
    details = String(details).toWellFormed();
    const words = code.toLowerCase().replaceAll("_", " ");
    // Servers of C++ and Python answer so for what they do not have.
    const reason = details === "" ? "no reason is given" : details;
    super(
      options.method
        ? `[${words}] ${options.method}: ${reason}`
        : `[${words}] ${reason}`,
      "cause" in options ? { cause: options.cause } : undefined,
    );
    this.code = code;
    this.details = details;
    this.method = options.method;
    this.origin = options.origin ?? "local";
    this.headers = options.headers;
    this.trailers = options.trailers;
    this.extraInfo = options.extraInfo;
  }

  static {
    showAs(
      FlightError.prototype,
      (error) => error.stack ?? `${error.name}: ${error.message}`,
      shownParts,
    );
  }

  /**
   * True if the same call may succeed when it is made again: for UNAVAILABLE, unless the server
   * forbids it by the trailer `grpc-retry-pushback-ms` (gRFC A6). The failed call may have taken
   * effect nonetheless, so repeat only calls that may run twice; `clientRetry` does so.
   *
   * ```ts
   * import { FlightError } from "@contrail/flight";
   * import { assert, assertFalse } from "@std/assert";
   *
   * assert(new FlightError("UNAVAILABLE", "the server restarts").isRetryable);
   * assertFalse(new FlightError("NOT_FOUND", "no such flight").isRetryable);
   * ```
   *
   * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md
   */
  get isRetryable(): boolean {
    if (this.code !== "UNAVAILABLE") return false;
    const pushback = this.trailers?.get(PUSHBACK);
    return pushback === undefined || pushbackOf(pushback) !== undefined;
  }

  /**
   * Copies the error, with some parts replaced.
   *
   * @param options The parts to replace.
   * @returns A new error that keeps the stack and all other parts.
   */
  with(options: FlightErrorOptions): FlightError {
    const copy = new FlightError(this.code, this.details, {
      method: this.method,
      origin: this.origin,
      headers: this.headers,
      trailers: this.trailers,
      extraInfo: this.extraInfo,
      ...(this.cause === undefined ? {} : { cause: this.cause }),
      ...options,
    });
    const { stack } = this;
    const head = `${this.name}: ${this.message}`;
    const at = stack?.indexOf(head) ?? -1;
    // Not by replace(): it expands "$&" in the new text, which may be a peer's.
    if (stack && at >= 0) {
      copy.stack = stack.slice(0, at) + `${copy.name}: ${copy.message}` +
        stack.slice(at + head.length);
    }
    return copy;
  }

  /**
   * Reports whether `value` is a FlightError, also one of another copy of this package.
   *
   * @param value Any caught value.
   * @returns True for a FlightError.
   */
  static is(value: unknown): value is FlightError {
    return value instanceof FlightError ||
      (value instanceof Error && value.name === "FlightError" &&
        "with" in value && isCode((value as FlightError).code));
  }
}

/** Returns the parts that are present, in the order of the class. */
function shownParts(error: FlightError): object {
  const { code, method, origin, headers, trailers, extraInfo, cause } = error;
  const parts = { code, method, origin, headers, trailers, extraInfo, cause };
  return Object.fromEntries(
    Object.entries(parts).filter(([, part]) => part !== undefined),
  );
}

function isCode(value: unknown): value is FlightErrorCode {
  return typeof value === "string" && Object.hasOwn(FLIGHT_ERROR_CODES, value);
}

function shown(code: unknown): string {
  return typeof code === "string" ? JSON.stringify(code) : valueName(code);
}

const NAMES = Object.keys(FLIGHT_ERROR_CODES) as FlightErrorCode[];

/** Names a gRPC status number; numbers that gRPC does not define are `UNKNOWN`. */
export function codeFromNumber(status: number): FlightErrorCode {
  return NAMES[status - 1] ?? "UNKNOWN";
}
