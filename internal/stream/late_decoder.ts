/** The decoder of a data stream whose code is still being loaded. */

import { type Deferred, deferred } from "../base/deferred.ts";
import { handled } from "../base/handled.ts";
import type { Source } from "../base/source.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";
import type { Received } from "../protocol/received.ts";
import {
  type DataDecoder,
  type FlightDataOpening,
  type MemoryReuse,
  schemaWasRead,
} from "./data_decoder.ts";
import type { FlightMessage } from "./flight_message.ts";

/** Hands everything on to the decoder, as soon as that is there. */
export class LateDecoder implements DataDecoder {
  readonly #source: Source<Uint8Array>;
  readonly #loading: Promise<DataDecoder>;
  readonly #ended: Deferred<void> = deferred();
  #decoder: DataDecoder | undefined;
  #memoryReuse: MemoryReuse = false;
  #isOpening = false;
  #cancelled: { readonly reason: unknown } | undefined;

  /**
   * @param source The encoded messages.
   * @param loading Resolves to their decoder.
   */
  constructor(source: Source<Uint8Array>, loading: Promise<DataDecoder>) {
    this.#source = source;
    this.#loading = handled(loading.then(
      (decoder) => this.#begin(decoder),
      (error) => {
        this.cancel(error);
        throw error;
      },
    ));
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async opening(): Promise<FlightDataOpening> {
    this.#isOpening = true;
    return await (this.#decoder ?? await this.#loading).opening();
  }

  async descriptor(): Promise<(FlightDescriptor & Received) | undefined> {
    return await (this.#decoder ?? await this.#loading).descriptor();
  }

  reuseMemory(reuse: MemoryReuse): void {
    this.#memoryReuse = reuse;
    this.#decoder?.reuseMemory(reuse);
  }

  async read(): Promise<FlightMessage | undefined> {
    return await (this.#decoder ?? await this.#loading).read();
  }

  take(): FlightMessage | undefined {
    return this.#decoder?.take?.();
  }

  recycle(message: FlightMessage): void {
    this.#decoder?.recycle?.(message);
  }

  raw(): Source<FlightData> {
    if (this.#decoder !== undefined) return this.#decoder.raw();
    if (this.#isOpening) throw schemaWasRead();
    let messages: Source<FlightData> | undefined;
    const loading = handled(
      this.#loading.then((decoder) => messages = decoder.raw()),
    );
    return {
      read: async () => await (messages ?? await loading).read(),
      cancel: (reason) => this.cancel(reason),
      recycle: (data) => messages?.recycle?.(data),
    };
  }

  cancel(reason: unknown): void {
    if (this.#decoder !== undefined) return this.#decoder.cancel(reason);
    if (this.#cancelled !== undefined) return;
    this.#cancelled = { reason };
    this.#ended.reject(
      reason ?? new FlightError("CANCELLED", "the stream was canceled"),
    );
    this.#source.cancel(reason);
  }

  #begin(decoder: DataDecoder): DataDecoder {
    this.#decoder = decoder;
    decoder.reuseMemory(this.#memoryReuse);
    decoder.ended.then(this.#ended.resolve, this.#ended.reject);
    if (this.#cancelled !== undefined) decoder.cancel(this.#cancelled.reason);
    return decoder;
  }
}
