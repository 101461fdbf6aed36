/** One message of a data stream, as it travels. */

import type { FlightDescriptor } from "./flight_descriptor.ts";

/**
 * A FlightData message that was not decoded: enough to send it on. Its bytes are views of the memory
 * in which it arrived.
 */
export interface FlightData {
  /** The data set; usually on the first message of an upload or an exchange only. */
  readonly descriptor?: FlightDescriptor | undefined;
  /** The IPC message header: a flatbuffer, perhaps with padding; empty where there is none. */
  readonly dataHeader: Uint8Array;
  /** Application bytes; `undefined` where there are none. */
  readonly appMetadata?: Uint8Array | undefined;
  /** The buffers that the header describes; empty where there are none. */
  readonly dataBody: Uint8Array;
}
