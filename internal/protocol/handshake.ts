/** Flight.proto: HandshakeRequest, HandshakeResponse, BasicAuth. */

/** One message of the client in a handshake. */
export interface HandshakeRequest {
  /** Version of the authentication protocol; its meaning is the service's own. 0 by default. */
  readonly protocolVersion?: bigint | undefined;
  /** Application bytes; `undefined` where there are none. */
  readonly payload?: Uint8Array | undefined;
}

/** One message of the server in a handshake. */
export interface HandshakeResponse {
  /** Version of the authentication protocol; its meaning is the service's own. 0 by default. */
  readonly protocolVersion?: bigint | undefined;
  /** Application bytes; `undefined` where there are none. */
  readonly payload?: Uint8Array | undefined;
}

/** The payload that C++, Go and Java exchange for user name and password. */
export interface BasicAuth {
  /** User name. */
  readonly username: string;
  /** Password. */
  readonly password: string;
}
