/** Information that a server has about a call, for handlers and interceptors. */

import type { ContextValues } from "../core/context_values.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type { IpcWriteOptions } from "../core/ipc_options.ts";
import type { Location } from "../protocol/location.ts";
import type { PeerCertificate } from "../core/peer_certificate.ts";

/** Call that a handler answers. */
export interface FlightCallContext {
  /**
   * Name of the RPC, such as `DoGet`. Methods of other services include the service, such as
   * `grpc.health.v1.Health/Check`.
   */
  readonly method: string;
  /** Request headers. */
  readonly headers: FlightHeaders;
  /** Address of the client, such as `127.0.0.1:41234`; `memory` for a client in this process. */
  readonly peer: string;
  /**
   * Location at which clients reach this server, for use in endpoints: `publicLocation` of `serve`,
   * or else the bound address. It is `undefined` in memory, and if the server listens on all
   * addresses of its machine without a `publicLocation`.
   */
  readonly location: Location | undefined;
  /**
   * Name of the caller, as an interceptor has established it (`PEER_IDENTITY`). It is `undefined`
   * if none has, so always on a server that does not authenticate.
   */
  readonly peerIdentity: string | undefined;
  /** Values that interceptors pass to the handler, by typed keys. */
  readonly values: ContextValues;
  /**
   * Verified certificate of the client if the server demands one (`tls.clientRootCertificates`),
   * else `undefined`.
   */
  readonly peerCertificate: PeerCertificate | undefined;
  /** Time at which the client gives up; `undefined` for never. */
  readonly deadline: Date | undefined;
  /**
   * Aborted, with a FlightError as its reason, when the client cancels or disappears, when the
   * deadline passes, or when the server is shut down. It is also aborted after the call has ended,
   * so that it can release resources.
   */
  readonly signal: AbortSignal;
  /**
   * Response headers. Handlers may set them until they are sent: with the first message, with
   * `sendHeaders`, or at the end of the call. A call that fails before that sends only headers that
   * were set.
   */
  readonly responseHeaders: FlightHeaders;
  /** Response trailers. Handlers may set them until the last message is sent. */
  readonly responseTrailers: FlightHeaders;
  /** Sends the response headers now, before the first message. Later calls have no effect. */
  sendHeaders(): void;
  /**
   * Sets options for the data that the handler returns. Absent ones keep their value, which is at
   * first that of the server. It has no effect once the first message is sent: a generator calls it
   * before its first `yield`.
   *
   * @param options Compression, sizes, dictionaries.
   * @throws {RangeError} When a number is out of its range.
   * @throws {TypeError} When a text is not one of the known values.
   */
  setWriteOptions(options: IpcWriteOptions): void;
}
