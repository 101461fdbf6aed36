/** Either side of a Handshake, as the handlers of C++, Go and Java see it: payloads go to and fro. */

/** What a handler of either side talks through. */
export interface HandshakeConversation {
  /**
   * Says something.
   *
   * @param payload Application bytes.
   * @returns Resolves when the transport has taken it.
   * @throws {FlightError} When the call has failed, or the other side has ended it.
   */
  send(payload: Uint8Array): Promise<void>;
  /**
   * Waits for the other side to say something.
   *
   * @returns The payload, empty where the message had none; `undefined` when the other side has said
   * its last.
   * @throws {FlightError} When the call has failed.
   */
  receive(): Promise<Uint8Array | undefined>;
}

/** The header in which the token of a Handshake travels with every other call. */
export const AUTH_TOKEN_HEADER = "auth-token-bin";
