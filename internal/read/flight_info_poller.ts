/** Follows a long-running query to its end. */

import { IterableStream } from "../base/source_stream.ts";
import { handled } from "../base/handled.ts";
import { sleep } from "../base/timers/sleep.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import type { CancelFlightInfoResult } from "../protocol/cancel_flight_info.ts";
import {
  booleanOption,
  integerOption,
  MAX_TIMER_MS,
  objectOption,
} from "../core/check_option.ts";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { PollInfo } from "../protocol/poll_info.ts";
import { CallGroup } from "./call_group.ts";

/** Wait after the first answer that came at once and without progress, in milliseconds. */
const FIRST_DELAY_MS = 50;

/** Default of `maxPollDelayMs`: 5 seconds. */
const DEFAULT_MAX_POLL_DELAY_MS = 5000;

/** Options of `poll`, which makes many calls: the options of a call apply to each of them. */
export interface FlightPollOptions extends
  Omit<
    FlightCallOptions,
    "onHeaders" | "onTrailers" | "timeoutMs" | "writeTimeoutMs"
  > {
  /**
   * Time limit until the query is complete, in milliseconds from now on, more than 0. Default:
   * none, except the client's `timeoutMs` for each poll.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Longest wait between two polls, in milliseconds, 0 to 2³¹ − 1. A server should hold its answer
   * back until there is something new. If it answers at once and without progress, the next poll
   * waits 50 ms, then twice as long every time, up to this. Default: 5,000.
   */
  readonly maxPollDelayMs?: number | undefined;
  /**
   * Cancels the query too when you give up before it is complete: by canceling the stream, leaving
   * a loop over it, aborting `signal`, or when `timeoutMs` has passed. This calls the action
   * `CancelFlightInfo` with the last `info` of the server. Default: false; the query goes on, and
   * can be polled again with the last descriptor.
   */
  readonly cancelQuery?: boolean | undefined;
}

/** Client, as polling needs it. */
interface PollingClient {
  /** Calls PollFlightInfo. */
  pollFlightInfo(
    descriptor: FlightDescriptor,
    options: FlightCallOptions,
  ): Promise<PollInfo>;
  /** Calls the action `CancelFlightInfo`. */
  cancelFlightInfo(
    info: FlightInfo,
    options: FlightCallOptions,
  ): Promise<CancelFlightInfoResult>;
}

/** Polls a query, one answer after the other. */
export class FlightInfoPoller {
  readonly #client: PollingClient;
  readonly #maxDelayMs: number;
  readonly #group: CallGroup;
  /** Descriptor of the next poll; undefined when the query is complete. */
  #descriptor: FlightDescriptor | undefined;
  #last: PollInfo | undefined;
  #info: FlightInfo | undefined;
  #polledAt = 0;
  #delayMs = 0;
  #cancelled: Promise<unknown> | undefined;

  /**
   * Makes a poller that does nothing before it is read.
   *
   * @param descriptor The query.
   * @param options Options of `poll`.
   * @param client Makes the calls.
   * @param closed Aborted when the client is closed.
   * @throws {RangeError} When an option is out of range.
   */
  constructor(
    descriptor: FlightDescriptor,
    options: FlightPollOptions,
    client: PollingClient,
    closed: AbortSignal,
  ) {
    const { maxPollDelayMs, cancelQuery, ...call } = objectOption(
      "options",
      options,
    );
    this.#group = new CallGroup("PollFlightInfo", call, closed);
    booleanOption("cancelQuery", cancelQuery);
    this.#descriptor = descriptor;
    this.#client = client;
    this.#maxDelayMs = integerOption(
      "maxPollDelayMs",
      maxPollDelayMs ?? DEFAULT_MAX_POLL_DELAY_MS,
      0,
      MAX_TIMER_MS,
    );
    if (!cancelQuery) return;
    this.#group.signal.addEventListener("abort", () => {
      if (this.#info === undefined || closed.aborted) return;
      // The caller that aborted the signal has been told already.
      this.#cancelled = handled(
        client.cancelFlightInfo(this.#info, this.#group.shared),
      );
    });
  }

  /** Returns a stream of the answers, which polls when it is read. */
  stream(): ReadableStream<PollInfo> {
    return new IterableStream<PollInfo>({
      pull: async (controller) => {
        if (this.#descriptor === undefined) return controller.close();
        try {
          controller.enqueue(await this.#poll(this.#descriptor));
        } catch (error) {
          this.#group.end();
          throw error;
        }
      },
      cancel: async (reason) => {
        if (this.#descriptor === undefined) return;
        if (reason === undefined) {
          this.#group.cancel("the polling was canceled");
        } else this.#group.abort(reason);
        await this.#cancelled;
      },
    }, { highWaterMark: 0 });
  }

  async #poll(descriptor: FlightDescriptor): Promise<PollInfo> {
    const { signal } = this.#group;
    this.#group.begin();
    signal.throwIfAborted();
    if (this.#last !== undefined) await this.#pause(this.#last);
    this.#polledAt = performance.now();
    const poll = await this.#client.pollFlightInfo(
      descriptor,
      this.#group.callOptions,
    );
    this.#delayMs = hasProgress(this.#last, poll)
      ? 0
      : Math.min(this.#maxDelayMs, 2 * this.#delayMs || FIRST_DELAY_MS);
    this.#last = poll;
    this.#info = poll.info ?? this.#info;
    this.#descriptor = poll.descriptor;
    if (poll.descriptor === undefined) this.#group.end();
    return poll;
  }

  /** Waits until the next poll, but not so long that the descriptor expires. */
  async #pause({ expirationTime }: PollInfo): Promise<void> {
    const expires = expirationTime?.getTime() ?? Infinity;
    const waitMs = Math.min(
      this.#polledAt + this.#delayMs - performance.now(),
      (expires - Date.now()) / 2,
    );
    if (waitMs > 0) await sleep(waitMs, this.#group.signal);
    if (expires > Date.now()) return;
    throw new FlightError(
      "FAILED_PRECONDITION",
      `the query expired at ${
        expirationTime!.toISOString()
      }, before the next poll`,
      { method: "PollFlightInfo" },
    );
  }
}

/** Reports whether an answer has news: a server should hold its answer back until then. */
function hasProgress(before: PollInfo | undefined, after: PollInfo): boolean {
  return before?.progress !== after.progress ||
    before?.info?.endpoints.length !== after.info?.endpoints.length ||
    before?.info?.totalRecords !== after.info?.totalRecords;
}
