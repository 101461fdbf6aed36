/** Time limits of a server for messages of its clients. */

import { IdleTimer } from "../base/idle_timer.ts";
import type { Source } from "../base/source.ts";
import { integerOption, MAX_TIMER_MS } from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import type { ServerRequest } from "../seam/transport.ts";
import type { FlightHandlerOptions } from "./handler_options.ts";

/** Default of `requestTimeoutMs`: that of connecting, which takes more turns than a request. */
const DEFAULT_REQUEST_TIMEOUT_MS = 20_000;

/** The checked times. */
export interface RequestTimes {
  /** See {@linkcode FlightHandlerOptions.requestTimeoutMs}. */
  readonly requestTimeoutMs: number;
  /** See {@linkcode FlightHandlerOptions.receiveStallTimeoutMs}. */
  readonly receiveStallTimeoutMs: number | undefined;
}

/**
 * The times of `options`, with defaults.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function requestTimesOf(options: FlightHandlerOptions): RequestTimes {
  const { requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = options;
  const { receiveStallTimeoutMs } = options;
  integerOption("requestTimeoutMs", requestTimeoutMs, 1, MAX_TIMER_MS);
  if (receiveStallTimeoutMs !== undefined) {
    integerOption(
      "receiveStallTimeoutMs",
      receiveStallTimeoutMs,
      1,
      MAX_TIMER_MS,
    );
  }
  return { requestTimeoutMs, receiveStallTimeoutMs };
}

/**
 * The messages of a client, each of which must come in time.
 *
 * @param request The call.
 * @param isPrompt Whether its first message has to come at once.
 * @param times How long is in time.
 */
export function messagesInTime(
  { messages, signal }: ServerRequest,
  isPrompt: boolean,
  { requestTimeoutMs, receiveStallTimeoutMs }: RequestTimes,
): Source<Uint8Array> {
  const stallMs = receiveStallTimeoutMs;
  const rest = stallMs === undefined
    ? messages
    : new TimedMessages(messages, stallMs, stallError, signal);
  if (!isPrompt || requestTimeoutMs > (stallMs ?? Infinity)) return rest;
  const first = new TimedMessages(
    messages,
    requestTimeoutMs,
    requestError,
    signal,
  );
  let source: Source<Uint8Array> = first;
  return {
    async read() {
      const message = await source.read();
      if (source === first) {
        first.close();
        source = rest;
      }
      return message;
    },
    cancel: (reason) => source.cancel(reason),
    recycle: (message) => messages.recycle?.(message),
  };
}

/** Messages each of which has the same time; the first that is late ends them. */
class TimedMessages implements Source<Uint8Array> {
  readonly #messages: Source<Uint8Array>;
  readonly #timer: IdleTimer;
  #failure: FlightError | undefined;
  #fail: (error: FlightError) => void = () => {};

  constructor(
    messages: Source<Uint8Array>,
    timeoutMs: number,
    late: (timeoutMs: number) => FlightError,
    signal: AbortSignal,
  ) {
    this.#messages = messages;
    this.#timer = new IdleTimer(timeoutMs, () => {
      this.#failure = late(timeoutMs);
      this.#fail(this.#failure);
      messages.cancel(this.#failure);
    });
    // Aborted at the end of every call: a timer would keep the process.
    signal.addEventListener("abort", () => this.close(), { once: true });
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#timer.start();
    return new Promise((resolve, reject) => {
      // A source need not settle a read that is canceled.
      this.#fail = reject;
      this.#messages.read().then((message) => {
        this.#timer.stop();
        resolve(message);
      }, (error) => {
        this.#timer.stop();
        reject(error);
      });
    });
  }

  cancel(reason: unknown): void {
    this.close();
    this.#messages.cancel(reason);
  }

  recycle(message: Uint8Array): void {
    this.#messages.recycle?.(message);
  }

  /** Ends the timer. */
  close(): void {
    this.#timer.close();
  }
}

function requestError(timeoutMs: number): FlightError {
  return new FlightError(
    "DEADLINE_EXCEEDED",
    `no request came within ${timeoutMs} ms (option requestTimeoutMs)`,
  );
}

function stallError(timeoutMs: number): FlightError {
  return new FlightError(
    "DEADLINE_EXCEEDED",
    `the client sent no message for ${timeoutMs} ms (option ` +
      "receiveStallTimeoutMs)",
  );
}
