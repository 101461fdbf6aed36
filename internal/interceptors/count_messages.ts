/** Counts messages on their way. */

import type { Source } from "../base/source.ts";
import type { FlightCallMessage } from "./interceptor.ts";

/** Number and size of messages. */
export interface MessageCount {
  /** Number of messages. */
  readonly messages: number;
  /** Sum of their lengths, in bytes. */
  readonly bytes: number;
}

/** Returns the same messages, and adds each that is read to `count`. */
export function countMessages(
  messages: Source<FlightCallMessage>,
  count: { -readonly [Name in keyof MessageCount]: number },
): Source<FlightCallMessage> {
  return {
    async read() {
      const message = await messages.read();
      if (message !== undefined) {
        count.messages++;
        count.bytes += message.byteLength;
      }
      return message;
    },
    cancel: (reason) => messages.cancel(reason),
    recycle: (message) => messages.recycle?.(message),
  };
}
