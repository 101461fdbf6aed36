/** Counts messages on their way. */

import type { FlightCallMessages } from "./interceptor.ts";

/** How many messages went by. */
export interface MessageCount {
  /** The messages. */
  readonly messages: number;
  /** Their lengths together, in bytes. */
  readonly bytes: number;
}

/** The same messages; each that is read is added to `count`. */
export function countMessages(
  messages: FlightCallMessages,
  count: { -readonly [Name in keyof MessageCount]: number },
): FlightCallMessages {
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
  };
}
