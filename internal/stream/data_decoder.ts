/** The decoder of a data stream, as the stream sees it. */

import type { Schema } from "apache-arrow";
import type { Source } from "../base/source.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";
import type { Received } from "../protocol/received.ts";
import type { FlightMessage } from "./flight_message.ts";

/**
 * True if the memory of a message is used again after the next read. `checked` does not use it
 * again, but makes any later access throw.
 */
export type MemoryReuse = boolean | "checked";

/** Contents of the first messages of a stream. */
export interface FlightDataOpening {
  /** Schema; `undefined` if the stream ended without one. */
  readonly schema: Schema | undefined;
  /** Application metadata of the schema message. */
  readonly schemaAppMetadata: Uint8Array | undefined;
}

/** Decodes a data stream one message at a time, as it is read from. */
export interface DataDecoder extends Source<FlightMessage> {
  /**
   * Resolves when the stream has ended well. It rejects when the stream has failed or was canceled.
   */
  readonly ended: Promise<void>;
  /** Reads up to the schema, once; messages before it are kept for `read`. */
  opening(): Promise<FlightDataOpening>;
  /** Reads the first message, once, and returns its descriptor. */
  descriptor(): Promise<(FlightDescriptor & Received) | undefined>;
  /** Chooses for how long the messages that are read from now on are valid. */
  reuseMemory(reuse: MemoryReuse): void;
  /**
   * Returns the messages without decoding them from now on.
   *
   * @throws {TypeError} When the schema has been requested: its message would be missing.
   */
  raw(): Source<FlightData>;
}

/** Makes the error of reading a stream undecoded whose schema was requested. */
export function schemaWasRead(): TypeError {
  return new TypeError(
    "Cannot read FlightData: the schema has been read from the stream",
  );
}
