/**
 * The seam between the core and the transports that carry its calls.
 *
 * A transport moves messages (bytes), headers and a status; it knows neither Arrow nor Flight. Both
 * sides of a call have the same shape: a function from {@linkcode CallRequest} to
 * {@linkcode CallResponse}. A client transport *is* such a function, a server transport *calls* one,
 * and joining the two directly gives a transport in memory.
 *
 * The contract of every transport:
 * - It reads `messages` only while it has room to send: a side that does not read stops the other one.
 * - When a call ends for any reason, it cancels the `messages` it was given that are not at their
 *   end (with the error; with `undefined` where the call ended well), and settles `headers` and the
 *   reads of those it gave.
 * - It reports FlightErrors, whose `origin` tells the side that failed, with three exceptions on
 *   the client: the `reason` of an aborted `signal`, an error of the request's own `messages`, and
 *   the reason with which the response was canceled are reported as they are.
 */

import type { Source } from "../base/source.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type { PeerCertificate } from "../core/peer_certificate.ts";
import type { ServerTlsOptions } from "../core/tls_options.ts";

/**
 * A message on its way out: the concatenation of `chunks`. The transport gathers them, once, into
 * what it writes; they must not change before the next message is read from the same source.
 */
export interface OutgoingMessage {
  /** Sum of the lengths of `chunks`. */
  readonly byteLength: number;
  /** The parts, in order; empty ones are allowed. */
  readonly chunks: readonly Uint8Array[];
}

/**
 * Finds the part of an incoming message that its reader wants aligned in memory, by the first bytes of
 * the message; `undefined` for none. A hint: a transport that copies messages anyway places them so.
 */
export type FindBody = (head: Uint8Array) => number | undefined;

/** A call, as both sides have it. */
export interface CallRequest<Message> {
  /** HTTP/2 path, such as `/arrow.flight.protocol.FlightService/DoGet`. */
  readonly path: string;
  /** Request headers. */
  readonly headers: FlightHeaders;
  /** The caller's messages; their end is the half-close. */
  readonly messages: Source<Message>;
  /**
   * Client: aborting it cancels the call on the wire. Server: aborted, with a FlightError as its
   * reason, when the caller cancels or disappears, when the deadline passes, or on shutdown; also
   * after the call has ended.
   */
  readonly signal: AbortSignal;
  /** Time at which the caller gives up, by `performance.now()`, in milliseconds; `undefined` for never. */
  readonly deadline: number | undefined;
}

/** A call that a client makes. */
export interface ClientRequest extends CallRequest<OutgoingMessage> {
  /**
   * Longest time that this call waits for a connection, in milliseconds (option `locationTimeoutMs`). Beyond it, the
   * call fails as one that could not connect; others go on waiting. Transports without connections of their own
   * ignore it. Absent: as long as the transport waits.
   */
  readonly locationTimeoutMs?: number | undefined;
}

/** A call that has arrived at a server. */
export interface ServerRequest extends CallRequest<Uint8Array> {
  /** Address of the client, such as `127.0.0.1:41234`. */
  readonly peer: string;
  /** An object that all calls of one connection share; `undefined` without connections. */
  readonly connection?: object | undefined;
  /** The certificate that the client has shown, if it had to (mutual TLS). */
  readonly peerCertificate?: PeerCertificate | undefined;
  /**
   * Calls `listener` when `signal` is aborted, at less cost: a transport need not make a signal that
   * is not read. Absent if it has one anyway.
   */
  readonly onEnd?: ((listener: () => void) => void) | undefined;
}

/** The answer to a call, under way. */
export interface CallResponse<Message> {
  /**
   * Response headers, as soon as they are known and before the first message. Client: rejects when
   * the call fails before they came. Server: sent when it resolves.
   */
  readonly headers: Promise<FlightHeaders>;
  /**
   * Messages of the answer. The end means status OK, a rejection any other status. On the client,
   * canceling it cancels the call on the wire; on the server, it is canceled when the call cannot
   * go on.
   */
  readonly messages: Source<Message>;
  /**
   * Response trailers; complete once `messages` has ended. Those of a failed call are part of its
   * FlightError.
   *
   * @returns The trailers.
   */
  trailers(): FlightHeaders;
  /**
   * Server: called by the transport when an answer ends in another way than it should. Not called for a
   * call that the client has ended.
   *
   * @param error The rejection of `messages` or `headers`, or an error of the transport if it cannot send
   * a part of the answer, such as headers beyond a limit.
   */
  onUnsent?(error: unknown): void;
}

/** Answers a call: a server transport calls it for each one that arrives. It never throws. */
export type CallHandler = (
  request: ServerRequest,
) => CallResponse<OutgoingMessage>;

/**
 * The client's end of a transport. A call that is not read holds up its own sender, and no other call.
 */
export interface ClientTransport {
  /** Destination of the calls, as a Flight location URI; `memory` in this process. */
  readonly peer: string;
  /**
   * Starts a call. Never throws: failures are reported by the response.
   *
   * @param request The call.
   * @returns The answer.
   */
  call(request: ClientRequest): CallResponse<Uint8Array>;
  /**
   * Releases connections. Running calls fail with CANCELLED.
   *
   * @returns A promise that resolves when all connections are closed.
   */
  close(): Promise<void>;
}

/** The server's end of a transport. */
export interface ServerTransport {
  /** Address of the server, as a Flight location URI with the real port. */
  readonly uri: string;
  /** The bound TCP port, or 0 where there is none. */
  readonly port: number;
  /**
   * Accepts no further calls, waits for running ones, then closes every connection.
   *
   * @param signal When it is aborted, the remaining calls are canceled at once.
   * @returns A promise that resolves when all connections are closed.
   */
  shutdown(signal: AbortSignal): Promise<void>;
  /**
   * Replaces the certificates, for the connections that are made from now on.
   *
   * @param tls All options of TLS anew.
   * @throws {TypeError} When they cannot be used, or the server has no TLS; then nothing changes.
   * @throws {RangeError} When one of them is out of range.
   */
  setTls(tls: ServerTlsOptions): void;
}
