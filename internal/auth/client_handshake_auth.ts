/** The client's side of authentication by Handshake: a conversation, and a token from then on. */

import { EMPTY_BYTES, toBytes } from "../base/bytes.ts";
import { handled } from "../base/handled.ts";
import { WritableSource } from "../base/writable_source.ts";
import { arrowStatusError } from "../core/arrow_status.ts";
import { FlightError } from "../core/flight_error.ts";
import { malformedAnswer } from "../core/malformed_answer.ts";
import { incomingBytes } from "../interceptors/call_messages.ts";
import { singleMessage } from "../seam/single_message.ts";
import type {
  FlightCallMessage,
  FlightClientCall,
  FlightInterceptor,
  FlightNext,
} from "../interceptors/interceptor.ts";
import {
  handshakeRequestCodec,
  handshakeResponseCodec,
} from "../protocol/handshake.ts";
import { clientToken } from "./client_token.ts";
import {
  type ClientHandshakeOptions,
  handshakeCall,
  type HandshakeSettings,
  handshakeSettings,
} from "./handshake_call.ts";
import {
  AUTH_TOKEN_HEADER,
  type HandshakeConversation,
} from "./handshake_conversation.ts";

/**
 * Communicates with the server until it has a token: `ClientAuthHandler` of C++, Go and Java.
 *
 * @param conversation The Handshake. When the function returns, the client sends nothing more.
 * @returns The token; text counts as UTF-8. It is used once the server has ended the Handshake
 * successfully.
 */
export type ClientAuthHandler = (
  conversation: HandshakeConversation,
) => Promise<Uint8Array | string>;

/**
 * Makes an interceptor that authenticates a client by a Handshake, and sends the resulting token
 * with each call as `auth-token-bin`.
 *
 * The Handshake takes place when the first call needs a token, once for all calls that wait for it,
 * and again when the server answers UNAUTHENTICATED: that call is then made once more, if its
 * request is not a stream. To detect that, the first message of an answer is read ahead. If the
 * handler throws, or the Handshake fails, the waiting calls fail with that error.
 * `client.handshake()` goes without a token.
 *
 * @param handler Communicates with the server.
 * @param options Headers and timeout of the Handshake.
 * @returns The interceptor, for a client.
 * @throws {RangeError} When `timeoutMs` is not more than 0.
 * @throws {TypeError} When `headers` are not valid.
 */
export function clientHandshakeAuth(
  handler: ClientAuthHandler,
  options: ClientHandshakeOptions = {},
): FlightInterceptor {
  const settings = handshakeSettings(options);
  return clientToken<Uint8Array>({
    name: "clientHandshakeAuth",
    skipsHandshake: true,
    fetch: (call, next) => handshake(call, next, handler, settings),
    header: AUTH_TOKEN_HEADER,
    value: (token) => token,
  });
}

async function handshake(
  call: FlightClientCall,
  next: FlightNext,
  handler: ClientAuthHandler,
  settings: HandshakeSettings,
): Promise<Uint8Array> {
  const source = new WritableSource<Uint8Array, FlightCallMessage>({
    transform: (payload) => [
      singleMessage(handshakeRequestCodec.encode({ payload })),
    ],
    refusal: () =>
      new FlightError("CANCELLED", "the server ended the handshake", {
        method: "Handshake",
        origin: "remote",
      }),
  });
  const { messages } = next(handshakeCall(call, source, settings));
  const writer = source.writable.getWriter();
  // The call may fail while the handler does something else.
  const failed = handled(
    writer.closed.then(() => new Promise<never>(() => {})),
  );
  handled(writer.ready);
  const receive = async (): Promise<Uint8Array | undefined> => {
    const message = await messages.read();
    if (message === undefined) return undefined;
    try {
      const { payload } = handshakeResponseCodec.decode(incomingBytes(message));
      return payload ?? EMPTY_BYTES;
    } catch (error) {
      throw malformedAnswer(error, "Handshake");
    }
  };
  try {
    const send = (payload: Uint8Array) => writer.write(payload);
    const token = await Promise.race([handler({ send, receive }), failed]);
    await writer.close();
    // Only the end shows that the server accepts.
    while (await messages.read() !== undefined);
    return toBytes(token);
  } catch (error) {
    messages.cancel(error);
    throw FlightError.is(error) && error.method === undefined
      ? arrowStatusError(error.with({ method: "Handshake" }))
      : error;
  }
}
