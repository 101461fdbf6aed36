/** Interface of a service. */

import type { Iterables } from "../base/source.ts";
import type { Action, ActionType } from "../protocol/action.ts";
import type { CancelStatus } from "../protocol/cancel_flight_info.ts";
import type { Criteria } from "../protocol/criteria.ts";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";
import type {
  FlightEndpoint,
  FlightEndpointInit,
} from "../protocol/flight_endpoint.ts";
import type {
  FlightInfo,
  FlightInfoInit,
  SchemaInit,
} from "../protocol/flight_info.ts";
import type {
  HandshakeRequest,
  HandshakeResponse,
} from "../protocol/handshake.ts";
import type { PollInfoInit } from "../protocol/poll_info.ts";
import type { PutResultInit } from "../protocol/put_result.ts";
import type { Received } from "../protocol/received.ts";
import type {
  CloseSessionStatus,
  SessionOptionsInit,
  SessionOptionValue,
  SetSessionOptionError,
} from "../protocol/session_options.ts";
import type { Ticket } from "../protocol/ticket.ts";
import type { FlightStream } from "../stream/flight_stream.ts";
import type { FlightDataInit } from "../stream/record_batch_source.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";

/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>;

/**
 * Flight service: an object with the methods that it implements. Missing methods answer
 * UNIMPLEMENTED.
 *
 * A handler fails by throwing: a FlightError reaches the client as it is, any other error as
 * UNKNOWN with a fixed text, and the original goes to `onError`. The returned data is read only as
 * fast as the client reads, and canceled when the call ends early. Methods are called on the
 * object.
 */
export interface FlightService {
  /**
   * Handshake: exchanges authentication messages.
   *
   * @param requests What the client says; it ends with the client's half-close.
   * @param context The call.
   * @returns What the service says.
   */
  handshake?(
    requests: ReadableStream<HandshakeRequest>,
    context: FlightCallContext,
  ): Awaitable<Iterables<HandshakeResponse> | void>;

  /**
   * ListFlights: the data sets that the service offers.
   *
   * @param criteria Which of them; an absent expression means all.
   * @param context The call.
   * @returns The infos.
   */
  listFlights?(
    criteria: Criteria & Received,
    context: FlightCallContext,
  ): Awaitable<Iterables<FlightInfoInit>>;

  /**
   * GetFlightInfo: where a data set can be read, and what it is.
   *
   * @param descriptor The data set.
   * @param context The call.
   * @returns The info; `undefined` answers NOT_FOUND.
   */
  getFlightInfo?(
    descriptor: FlightDescriptor & Received,
    context: FlightCallContext,
  ): Awaitable<FlightInfoInit | undefined>;

  /**
   * PollFlightInfo: starts a long-running query, or tells how far it is.
   *
   * @param descriptor The query, or the descriptor of an earlier answer.
   * @param context The call.
   * @returns The state; `undefined` answers NOT_FOUND.
   */
  pollFlightInfo?(
    descriptor: FlightDescriptor & Received,
    context: FlightCallContext,
  ): Awaitable<PollInfoInit | undefined>;

  /**
   * GetSchema: the schema of a data set.
   *
   * @param descriptor The data set.
   * @param context The call.
   * @returns The schema; `undefined` answers NOT_FOUND.
   */
  getSchema?(
    descriptor: FlightDescriptor & Received,
    context: FlightCallContext,
  ): Awaitable<SchemaInit | undefined>;

  /**
   * DoGet: the data behind a ticket.
   *
   * @param ticket A ticket that the service gave out.
   * @param context The call.
   * @returns The data; `undefined` answers NOT_FOUND.
   */
  doGet?(
    ticket: Ticket & Received,
    context: FlightCallContext,
  ): Awaitable<FlightDataInit | undefined>;

  /**
   * DoPut: takes an upload.
   *
   * A generator that reads `upload.messages()` and yields a PutResult answers while it reads. The
   * call is complete when the results end; what the client has not sent by then is refused, and what
   * was not read makes `writeAll` of the client reject unless it has `allowPartial` set.
   *
   * @param upload The data; its `descriptor` says what it is.
   * @param context The call.
   * @returns The answers; none where it returns nothing.
   */
  doPut?(
    upload: FlightStream,
    context: FlightCallContext,
  ): Awaitable<Iterables<PutResultInit> | void>;

  /**
   * DoExchange: takes data and gives data in one call.
   *
   * @param input What the client sends; its `descriptor` says what is wanted.
   * @param context The call.
   * @returns What the service sends; nothing where it returns nothing.
   */
  doExchange?(
    input: FlightStream,
    context: FlightCallContext,
  ): Awaitable<FlightDataInit | void>;

  /**
   * The predefined action CancelFlightInfo; without it, such an action goes to `doAction`.
   *
   * @param info The query, as the service described it.
   * @param context The call.
   * @returns What became of it.
   */
  cancelFlightInfo?(
    info: FlightInfo,
    context: FlightCallContext,
  ): Awaitable<CancelStatus>;

  /**
   * The predefined action RenewFlightEndpoint; without it, such an action goes to `doAction`.
   *
   * @param endpoint An endpoint that the service gave out.
   * @param context The call.
   * @returns The endpoint to use from now on.
   */
  renewFlightEndpoint?(
    endpoint: FlightEndpoint,
    context: FlightCallContext,
  ): Awaitable<FlightEndpointInit>;

  /**
   * The predefined action SetSessionOptions; without it, such an action goes to `doAction`. With the
   * interceptors for sessions, `sessionMethods()` has this and the two that follow.
   *
   * @param sessionOptions The options by name; `undefined` unsets one.
   * @param context The call.
   * @returns Why options were not set, by name; nothing where all were.
   */
  setSessionOptions?(
    sessionOptions: ReadonlyMap<string, SessionOptionValue>,
    context: FlightCallContext,
  ): Awaitable<ReadonlyMap<string, SetSessionOptionError> | void>;

  /**
   * The predefined action GetSessionOptions; without it, such an action goes to `doAction`.
   *
   * @param context The call.
   * @returns All options of the session, by name.
   */
  getSessionOptions?(
    context: FlightCallContext,
  ): Awaitable<SessionOptionsInit>;

  /**
   * The predefined action CloseSession; without it, such an action goes to `doAction`.
   *
   * @param context The call.
   * @returns What became of the session.
   */
  closeSession?(context: FlightCallContext): Awaitable<CloseSessionStatus>;

  /**
   * DoAction: carries out an action.
   *
   * @param action The action.
   * @param context The call.
   * @returns The results, as bytes or as text that is sent as UTF-8; none if it returns nothing.
   */
  doAction?(
    action: Action & Received,
    context: FlightCallContext,
  ): Awaitable<Iterables<{ readonly body: Uint8Array | string }> | void>;

  /**
   * ListActions: the actions that the service knows. `PREDEFINED_ACTIONS` has the predefined ones.
   *
   * @param context The call.
   * @returns The actions.
   */
  listActions?(context: FlightCallContext): Awaitable<Iterables<ActionType>>;

  /**
   * Frees what the service holds. A server that `serve` has started calls it when it was shut down, after
   * the last call; `shutdown()` waits for it, and rejects if it fails.
   *
   * @returns Nothing, or a promise where it takes time.
   */
  onShutdown?(): Awaitable<void>;
}
