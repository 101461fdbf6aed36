/** An upload that can begin anew at another replica, as long as little of it was read. */

import type { Source } from "../../base/source.ts";
import { streamOf } from "../../base/source_stream.ts";
import type { FlightData } from "../../protocol/flight_data.ts";

/** Most messages that are kept: a transport without a connection takes no more. */
const MAX_KEPT = 2;

/** The messages of an upload, for one attempt after the other. */
export class ReplayedUpload {
  readonly #source: Source<FlightData>;
  readonly #kept: FlightData[] = [];
  #count = 0;
  /** A read of an attempt that has failed: its message is for the next one. */
  #pending: Promise<FlightData | undefined> | undefined;

  constructor(source: Source<FlightData>) {
    this.#source = source;
  }

  /** True while all that was read is kept. */
  get canReplay(): boolean {
    return this.#count <= MAX_KEPT;
  }

  /** The messages from the start. Only the last stream may be read. */
  stream(): ReadableStream<FlightData> {
    let position = 0;
    return streamOf({
      read: async () => {
        const kept = this.#kept[position];
        const data = kept ?? await this.#next(position);
        if (data !== undefined) position++;
        return data;
      },
      // The call of the client ends what is not read.
      cancel: () => {},
    });
  }

  async #next(position: number): Promise<FlightData | undefined> {
    this.#pending ??= this.#source.read().then((data) => {
      if (data !== undefined && ++this.#count <= MAX_KEPT) {
        this.#kept.push(data);
      }
      return data;
    }).finally(() => this.#pending = undefined);
    const data = await this.#pending;
    if (position >= MAX_KEPT) this.#kept.length = 0;
    return data;
  }
}
