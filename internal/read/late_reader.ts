/** A read of endpoints whose code is still to be loaded. */

import type { Schema } from "apache-arrow";
import { handled } from "../base/handled.ts";
import { untilAborted } from "../base/timers/until_aborted.ts";
import { FlightError } from "../core/flight_error.ts";
import type {
  EndpointMessage,
  EndpointMessages,
} from "../stream/endpoints_stream.ts";
import type { MemoryReuse } from "../stream/data_decoder.ts";
import type { ReadSettings } from "./endpoint_reading.ts";
import { readPart } from "./read_part.ts";

/** Loads the reader when it is read from, and then hands everything on to it. */
export class LateReader implements EndpointMessages {
  readonly #settings: ReadSettings;
  #reader: EndpointMessages | undefined;
  #loading: Promise<EndpointMessages> | undefined;
  #memoryReuse: MemoryReuse = false;

  /** Reads as `settings` say. */
  constructor(settings: ReadSettings) {
    this.#settings = settings;
  }

  async schema(): Promise<Schema | undefined> {
    return await (await this.#loaded()).schema();
  }

  async read(): Promise<EndpointMessage | undefined> {
    return await (await this.#loaded()).read();
  }

  reuseMemory(reuse: MemoryReuse): void {
    this.#memoryReuse = reuse;
    this.#reader?.reuseMemory(reuse);
  }

  async cancel(reason: unknown): Promise<void> {
    if (this.#reader !== undefined) return await this.#reader.cancel(reason);
    const { group, supply } = this.#settings;
    const error = reason ??
      new FlightError("CANCELLED", "the read was canceled", {
        method: "DoGet",
      });
    group.abort(error);
    await supply.cancel(error);
  }

  #loaded(): Promise<EndpointMessages> {
    return this.#loading ??= handled(this.#load());
  }

  /** The deadline and the signal of the read hold while it is loaded. */
  async #load(): Promise<EndpointMessages> {
    const { group, supply } = this.#settings;
    const { signal } = group;
    try {
      group.begin();
      signal.throwIfAborted();
      await untilAborted(readPart.load(), signal);
      signal.throwIfAborted();
      this.#reader = readPart.needed().endpointReader(this.#settings);
      this.#reader.reuseMemory(this.#memoryReuse);
      return this.#reader;
    } catch (error) {
      group.abort(error);
      handled(supply.cancel(error));
      throw error;
    }
  }
}
