/** What a server knows of a call: handlers get it, interceptors see it. */

import type { ContextValues } from "./context_values.ts";
import type { FlightHeaders } from "./flight_headers.ts";
import type { IpcWriteOptions } from "./ipc_options.ts";
import type { Location } from "../protocol/location.ts";
import type { PeerCertificate } from "./peer_certificate.ts";

/** The call that a handler answers. */
export interface FlightCallContext {
  /**
   * Name of the RPC, such as `DoGet`; with its service where that is not Flight's, such as
   * `grpc.health.v1.Health/Check`.
   */
  readonly method: string;
  /** Request headers. */
  readonly headers: FlightHeaders;
  /** The other end, such as `127.0.0.1:41234`; `memory` for a client in this process. */
  readonly peer: string;
  /**
   * Where clients reach this server, to be named in the locations of endpoints: `publicLocation` of
   * `serve`, or else the address that was bound. `undefined` where the server listens on all addresses
   * of its machine without a `publicLocation`, and in memory.
   */
  readonly location: Location | undefined;
  /**
   * Who calls, as an interceptor has established it (`PEER_IDENTITY`); `undefined` where none has,
   * and so for anyone where the server does not authenticate.
   */
  readonly peerIdentity: string | undefined;
  /** What interceptors tell the handler, by typed keys. */
  readonly values: ContextValues;
  /**
   * The certificate by which the client has proved who it is, where the server demands one
   * (`tls.clientRootCertificates`); else `undefined`.
   */
  readonly peerCertificate: PeerCertificate | undefined;
  /** When the client gives up; `undefined` for never. */
  readonly deadline: Date | undefined;
  /**
   * Aborted, with a FlightError as its reason, when the client cancelled or vanished, when the
   * deadline passed, when the server is shut down; also after the call has ended, so that resources
   * can be released by it.
   */
  readonly signal: AbortSignal;
  /**
   * Response headers. They can be set until they are sent: with the first message, with `sendHeaders`,
   * or at the end of the call. A call that fails before that sends none where none are set.
   */
  readonly responseHeaders: FlightHeaders;
  /** Response trailers. They can be set until the last message is sent. */
  readonly responseTrailers: FlightHeaders;
  /** Sends the response headers now, before the first message. Later calls have no effect. */
  sendHeaders(): void;
  /**
   * Says how the data that the handler returns are sent; what is absent remains as it was, at first
   * as the options of the server have it. Without effect once the first message is sent: a generator
   * calls it before its first `yield`.
   *
   * @param options Compression, sizes, dictionaries.
   * @throws {RangeError} When a number is out of its range.
   * @throws {TypeError} When a text is none of those that are known.
   */
  setWriteOptions(options: IpcWriteOptions): void;
}
