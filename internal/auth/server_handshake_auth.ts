/** The server's side of authentication by Handshake: a conversation, and a token with every call. */

import { checkedIdentity } from "./checked_answers.ts";
import { EMPTY_BYTES } from "../base/bytes.ts";
import { handled } from "../base/handled.ts";
import { WritableSource } from "../base/writable_source.ts";
import { PEER_IDENTITY } from "../core/context_values.ts";
import { FlightError } from "../core/flight_error.ts";
import { incomingBytes } from "../interceptors/call_messages.ts";
import { singleMessage } from "../seam/single_message.ts";
import {
  type FlightCallMessage,
  type FlightCallResponse,
  type FlightInterceptor,
  type FlightNext,
  type FlightServerCall,
  requireSide,
} from "../interceptors/interceptor.ts";
import { serverAnswer } from "./server_answer.ts";
import {
  handshakeRequestCodec,
  handshakeResponseCodec,
} from "../protocol/handshake.ts";
import {
  AUTH_TOKEN_HEADER,
  type HandshakeConversation,
} from "./handshake_conversation.ts";

/** Authenticates callers: `ServerAuthHandler` of C++, Go and Java. */
export interface ServerAuthHandler {
  /**
   * Answers a Handshake. The payloads are up to it and the client; usually the last message is the
   * token. A FlightError that it throws refuses the client; any other error does too, like the
   * error of a handler.
   *
   * @param conversation The Handshake; when the function returns, it has succeeded.
   * @param call The call.
   */
  authenticate(
    conversation: HandshakeConversation,
    call: FlightServerCall,
  ): Promise<void>;
  /**
   * Verifies a token.
   *
   * @param token The value of `auth-token-bin`; empty if there is none.
   * @param call The call.
   * @returns The identity, which becomes `context.peerIdentity`; empty for an anonymous call that
   * is allowed; `undefined` answers UNAUTHENTICATED.
   */
  validate(
    token: Uint8Array,
    call: FlightServerCall,
  ): Promise<string | undefined> | string | undefined;
}

/**
 * Makes an interceptor that lets a handler answer Handshakes, and refuses all other calls whose
 * token the handler rejects. A method `handshake` of the service is not called.
 *
 * @param handler The handler.
 * @returns The interceptor, for a server.
 */
export function serverHandshakeAuth(
  handler: ServerAuthHandler,
): FlightInterceptor {
  return (call, next) => {
    requireSide(call, "server", "serverHandshakeAuth");
    return call.method === "Handshake"
      ? converse(handler, call)
      : authorized(handler, call, next);
  };
}

async function authorized(
  handler: ServerAuthHandler,
  call: FlightServerCall,
  next: FlightNext,
): Promise<FlightCallResponse> {
  const token = call.headers.getBinary(AUTH_TOKEN_HEADER) ?? EMPTY_BYTES;
  const identity = checkedIdentity(
    await handler.validate(token, call),
    "validate",
  );
  if (identity === undefined) {
    throw new FlightError(
      "UNAUTHENTICATED",
      token.byteLength === 0
        ? `the call has no token (header ${AUTH_TOKEN_HEADER})`
        : `the token is not valid (header ${AUTH_TOKEN_HEADER})`,
    );
  }
  if (identity !== "") call.values.set(PEER_IDENTITY, identity);
  return next(call);
}

function converse(
  handler: ServerAuthHandler,
  call: FlightServerCall,
): FlightCallResponse {
  const source = new WritableSource<Uint8Array, FlightCallMessage>({
    transform: (payload) => [
      singleMessage(handshakeResponseCodec.encode({ payload })),
    ],
    refusal: () => new FlightError("CANCELLED", "the handshake is over"),
  });
  const writer = source.writable.getWriter();
  handled(writer.closed);
  handled(writer.ready);
  handled(talk(handler, call, writer));
  return serverAnswer(call, source);
}

async function talk(
  handler: ServerAuthHandler,
  call: FlightServerCall,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  try {
    await handler.authenticate({
      send: (payload) => writer.write(payload),
      async receive() {
        const message = await call.messages.read();
        return message &&
          (handshakeRequestCodec.decode(incomingBytes(message)).payload ??
            EMPTY_BYTES);
      },
    }, call);
    await writer.close();
  } catch (error) {
    await writer.abort(error);
  }
}
