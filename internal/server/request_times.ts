/** Time limits of a server for messages of its clients. */

import { EqualWaits } from "../base/timers/equal_waits.ts";
import { IdleTimer } from "../base/timers/idle_timer.ts";
import type { Source } from "../base/source.ts";
import { integerOption, MAX_TIMER_MS } from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import { onCallEnd } from "../seam/call_ended.ts";
import type { ServerRequest } from "../seam/transport.ts";
import type { FlightHandlerOptions } from "./handler_options.ts";

/** Default of `requestTimeoutMs`: that of connecting, which takes more turns than a request. */
const DEFAULT_REQUEST_TIMEOUT_MS = 20_000;

/** The checked times. */
export interface RequestTimes {
  /** See {@linkcode FlightHandlerOptions.requestTimeoutMs}. */
  readonly requestTimeoutMs: number;
  /** The waits for first messages, of all calls. */
  readonly requests: EqualWaits;
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
  return {
    requestTimeoutMs,
    requests: new EqualWaits(requestTimeoutMs),
    receiveStallTimeoutMs,
  };
}

/**
 * The messages of a client, each of which must come in time.
 *
 * @param request The call.
 * @param promptReads Number of its first reads that take no longer than a request may.
 * @param times How long is in time.
 */
export function messagesInTime(
  request: ServerRequest,
  promptReads: number,
  { requestTimeoutMs, requests, receiveStallTimeoutMs }: RequestTimes,
): Source<Uint8Array> {
  const stallMs = receiveStallTimeoutMs;
  const rest = stallMs === undefined
    ? request.messages
    : new TimedMessages(request, stallMs);
  if (promptReads === 0 || requestTimeoutMs > (stallMs ?? Infinity)) {
    return rest;
  }
  return new PromptMessages(
    request,
    rest,
    promptReads,
    requests,
    requestTimeoutMs,
  );
}

/** Messages whose first reads must not take too long. */
class PromptMessages implements Source<Uint8Array> {
  readonly #messages: Source<Uint8Array>;
  readonly #rest: Source<Uint8Array>;
  readonly #waits: EqualWaits;
  readonly #timeoutMs: number;
  #promptReads: number;
  #pending: Promise<Uint8Array | undefined> | undefined;
  #hasBegun = false;
  #failure: FlightError | undefined;
  #endWait: () => void = () => {};
  #isOver = false;

  constructor(
    request: ServerRequest,
    rest: Source<Uint8Array>,
    promptReads: number,
    waits: EqualWaits,
    timeoutMs: number,
  ) {
    this.#messages = request.messages;
    this.#rest = rest;
    this.#promptReads = promptReads;
    this.#waits = waits;
    this.#timeoutMs = timeoutMs;
    onCallEnd(request, () => this.#end());
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#failure) return Promise.reject(this.#failure);
    return this.#promptReads === 0
      ? this.#rest.read()
      : this.#pending ??= this.#wait();
  }

  take(): Uint8Array | undefined {
    return this.#failure || this.#promptReads > 0
      ? undefined
      : this.#rest.take?.();
  }

  cancel(reason: unknown): void {
    this.#end();
    this.#rest.cancel(reason);
  }

  recycle(message: Uint8Array): void {
    this.#messages.recycle?.(message);
  }

  #end(): void {
    this.#isOver = true;
    this.#endWait();
  }

  #wait(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      let isRead = false;
      const end = (): void => {
        isRead = true;
        this.#promptReads--;
        this.#hasBegun = true;
        this.#pending = undefined;
        this.#endWait();
      };
      this.#messages.read().then((message) => {
        end();
        resolve(message);
      }, (error) => {
        end();
        reject(error);
      });
      const begin = async (): Promise<void> => {
        // Most requests come whole: they are read after these two microtasks, and need no timer.
        await undefined;
        await undefined;
        if (isRead || this.#isOver) return;
        this.#endWait = this.#waits.begin(() => {
          this.#failure = requestError(this.#hasBegun, this.#timeoutMs);
          // A source need not settle a read that is canceled.
          reject(this.#failure);
          this.#messages.cancel(this.#failure);
        });
      };
      begin();
    });
  }
}

/** Messages each of which has the same time; the first that is late ends them. */
class TimedMessages implements Source<Uint8Array> {
  readonly #messages: Source<Uint8Array>;
  readonly #timer: IdleTimer;
  #failure: FlightError | undefined;
  #fail: (error: FlightError) => void = () => {};

  constructor(request: ServerRequest, timeoutMs: number) {
    const { messages } = request;
    this.#messages = messages;
    this.#timer = new IdleTimer(timeoutMs, () => {
      this.#failure = stallError(timeoutMs);
      this.#fail(this.#failure);
      messages.cancel(this.#failure);
    });
    // A timer would keep the process alive after the end of the call.
    onCallEnd(request, () => this.close());
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

function requestError(hasBegun: boolean, timeoutMs: number): FlightError {
  const problem = hasBegun ? "the request did not end" : "no request came";
  return new FlightError(
    "DEADLINE_EXCEEDED",
    `${problem} within ${timeoutMs} ms (option requestTimeoutMs)`,
  );
}

function stallError(timeoutMs: number): FlightError {
  return new FlightError(
    "DEADLINE_EXCEEDED",
    `the client sent no message for ${timeoutMs} ms (option ` +
      "receiveStallTimeoutMs)",
  );
}
