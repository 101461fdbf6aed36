/** Responses that differ in their messages from the one they wrap. */

import type { FlightHeaders } from "../core/flight_headers.ts";
import type { CallResponse } from "./transport.ts";

/** Parts that take the place of those of the wrapped response. */
interface ResponseParts<Message> {
  /** Default: the headers of the wrapped response. */
  readonly headers?: Promise<FlightHeaders>;
  /** Reads the next message. */
  read(): Promise<Message | undefined>;
  /** Takes the next message if it is at hand; absent if it must be read. */
  take?(): Message | undefined;
  /** Default: cancels the messages of the wrapped response. */
  cancel?(reason: unknown): void;
}

/**
 * Wraps a response. The trailers remain.
 *
 * @param response The response to wrap.
 * @param parts The parts that differ.
 */
export function mapResponse<Message>(
  response: Omit<CallResponse<unknown>, "onUnsent">,
  { headers = response.headers, read, take, cancel }: ResponseParts<Message>,
): CallResponse<Message> {
  const { messages } = response;
  return {
    headers,
    messages: {
      read,
      take: take ?? (() => undefined),
      cancel: cancel ?? ((reason) => messages.cancel(reason)),
      recycle: (message) => messages.recycle?.(message),
    },
    trailers: () => response.trailers(),
  };
}
