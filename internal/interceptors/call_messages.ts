/** Messages behind interceptors: these may only pass on those that they were given. */

import { mapSource, type Source } from "../base/source.ts";
import { valueName } from "../base/value_name.ts";
import type { OutgoingMessage } from "../seam/transport.ts";
import type { FlightCallMessage } from "./interceptor.ts";

/**
 * Returns the messages of a call on their way out.
 *
 * @param messages The messages that an interceptor has passed on; a read of one of another kind fails
 * with a TypeError.
 */
export function outgoingMessages(
  messages: Source<FlightCallMessage>,
): Source<OutgoingMessage> {
  return mapSource(messages, (message) => {
    const { chunks } = message as Partial<OutgoingMessage>;
    if (Array.isArray(chunks)) return message as OutgoingMessage;
    throw madeUp(message);
  });
}

/**
 * Returns the messages of a call on their way in.
 *
 * @param messages The messages that an interceptor has passed on; a read of one of another kind fails
 * with a TypeError.
 */
export function incomingMessages(
  messages: Source<FlightCallMessage>,
): Source<Uint8Array> {
  return {
    ...mapSource(messages, incomingBytes),
    take() {
      const message = messages.take?.();
      return message && incomingBytes(message);
    },
    recycle: (message) => messages.recycle?.(message),
  };
}

/**
 * Returns the bytes of a message on its way in.
 *
 * @throws {TypeError} When it is another kind of message.
 */
export function incomingBytes(message: FlightCallMessage): Uint8Array {
  if (message instanceof Uint8Array) return message;
  throw madeUp(message);
}

function madeUp(message: unknown): TypeError {
  return new TypeError(
    "Cannot continue the call: an interceptor must pass on messages that it was given, not " +
      valueName(message),
  );
}
