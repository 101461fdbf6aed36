/** Data that is given to a call as a whole. */

import { handled } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import type { Source } from "../base/source.ts";
import type { IdleTimer } from "../base/timers/idle_timer.ts";
import type { Late } from "../core/part.ts";
import type { EncodedFlightData } from "./flight_data_encoder.ts";
import type { OutgoingData } from "./record_batch_source.ts";

/** Options of {@linkcode GivenData}. */
interface GivenDataOptions {
  /** The data. */
  readonly data: Source<OutgoingData>;
  /** The messages of the data. */
  readonly encoded: Late<Source<EncodedFlightData>>;
  /** Makes the error for data that the server has not wanted. */
  refusal(): unknown;
  /** Runs while the transport does not ask for the next message. */
  readonly timer: IdleTimer | undefined;
}

/**
 * Source of the messages of data, which is read when the transport asks for it.
 *
 * Canceling it with a reason cancels the data at once. Canceling it with `undefined` means that the call is
 * complete: then it finds out whether anything is left.
 */
export class GivenData implements Source<EncodedFlightData> {
  readonly #options: GivenDataOptions;
  #reading: Promise<EncodedFlightData | undefined> | undefined;
  /** True after a message was given, until the next one is requested. */
  #isUnderWay = false;
  #isAtEnd = false;
  #isCanceled = false;
  #isLost: Promise<boolean> | undefined;

  /** Reads nothing yet. */
  constructor(options: GivenDataOptions) {
    this.#options = options;
  }

  read(): Promise<EncodedFlightData | undefined> {
    return this.#reading = this.#read();
  }

  take(): EncodedFlightData | undefined {
    const { encoded } = this.#options;
    if (isPromise(encoded)) return undefined;
    this.#proceed();
    const message = encoded.take?.();
    if (message !== undefined) this.#give();
    return message;
  }

  cancel(reason: unknown): void {
    if (this.#isCanceled || this.#isAtEnd) return;
    this.#isCanceled = true;
    const { timer, data } = this.#options;
    timer?.close();
    if (reason !== undefined) data.cancel(reason);
    else this.#isLost = handled(this.#findLoss());
  }

  /** A transport that knows the end does not ask again, which would stop the timer. */
  hasEnded(): boolean {
    const { encoded, timer } = this.#options;
    return timer === undefined && this.#isUnderWay && !isPromise(encoded) &&
      encoded.hasEnded?.() === true;
  }

  /**
   * Reports whether the call was complete before all data had been processed. It fails if the rest of the data does.
   */
  async isLost(): Promise<boolean> {
    return await this.#isLost ?? false;
  }

  /** Cancels what is left of the data after the call. */
  drop(reason: unknown): void {
    if (!this.#isAtEnd) this.#options.data.cancel(reason);
  }

  async #read(): Promise<EncodedFlightData | undefined> {
    this.#proceed();
    const { timer } = this.#options;
    try {
      const encoded = await this.#options.encoded;
      const message = await encoded.read();
      if (message !== undefined) this.#give();
      else {
        this.#isAtEnd = true;
        timer?.close();
      }
      return message;
    } catch (error) {
      timer?.close();
      this.#isLost ??= handled(Promise.reject(error));
      throw error;
    }
  }

  #proceed(): void {
    this.#isUnderWay = false;
    this.#options.timer?.stop();
  }

  #give(): void {
    if (this.#isCanceled) return;
    this.#isUnderWay = true;
    this.#options.timer?.start();
  }

  async #findLoss(): Promise<boolean> {
    const { data, refusal } = this.#options;
    const isLost = this.#isUnderWay ||
      await (this.#reading ?? this.read()) !== undefined;
    if (isLost) data.cancel(refusal());
    return isLost;
  }
}
