/**
 * Either side of a Handshake, as the handlers of C++, Go and Java see it: an exchange of payloads.
 */

/** Exchange of payloads for a handler of either side. */
export interface HandshakeConversation {
  /**
   * Sends a payload.
   *
   * @param payload Application bytes.
   * @returns A promise that resolves when the transport has taken it.
   * @throws {FlightError} When the call has failed, or the other side has ended it.
   */
  send(payload: Uint8Array): Promise<void>;
  /**
   * Waits for a payload of the other side.
   *
   * @returns The payload, empty if the message had none; `undefined` when the other side has ended.
   * @throws {FlightError} When the call has failed.
   */
  receive(): Promise<Uint8Array | undefined>;
}

/** Header for the token of a Handshake in every other call. */
export const AUTH_TOKEN_HEADER = "auth-token-bin";
