/** The client: one method for each RPC of Flight. */

import type { Schema, Table, TypeMap } from "apache-arrow";
import type { Iterables } from "../base/source.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import type { ActionType, Result } from "../protocol/action.ts";
import type { CancelStatus } from "../protocol/cancel_flight_info.ts";
import {
  type DescriptorInit,
  toDescriptor,
} from "../protocol/flight_descriptor.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { PollInfo } from "../protocol/poll_info.ts";
import type { PutResult } from "../protocol/put_result.ts";
import type {
  CloseSessionStatus,
  SessionOptionsInit,
  SessionOptionValue,
  SetSessionOptionError,
} from "../protocol/session_options.ts";
import type { TicketInit } from "../protocol/ticket.ts";
import {
  FlightInfoPoller,
  type FlightPollOptions,
} from "../read/flight_info_poller.ts";
import {
  type FlightReadOptions,
  readFlightInfo,
} from "../read/flight_info_reader.ts";
import type { ClientOrigin } from "../read/location_options.ts";
import { ClientLocations } from "../read/client_locations.ts";
import type { ClientTransport } from "../seam/transport.ts";
import type { EndpointsStream } from "../stream/endpoints_stream.ts";
import type { AnyColumns } from "../stream/flight_message.ts";
import type { FlightStream } from "../stream/flight_stream.ts";
import type { FlightDataInit } from "../stream/record_batch_source.ts";
import { ClientCalls } from "./client_calls.ts";
import { checkDescriptorOptions } from "./data_argument.ts";
import { describedRead } from "./described_info.ts";
import type {
  FlightClientOptions,
  FlightGetOptions,
  FlightHandshake,
  FlightPutOptions,
  FlightWriteOptions,
} from "./flight_client_options.ts";
import type { FlightExchange } from "./flight_exchange.ts";
import type { FlightUpload } from "./flight_upload.ts";
import { grpcCall, waitForReady } from "./grpc_call.ts";
import { handshakeCall } from "./handshake_call.ts";

/**
 * A client of an Arrow Flight service, made by `connect` or `connectInMemory`.
 *
 * All methods may be used at the same time. A method throws, or its result rejects with, a FlightError
 * when the call fails, the `reason` of the signal when that is aborted, and a TypeError or a RangeError
 * when an argument is wrong. Nothing is buffered beyond the flow-control windows of the transport.
 */
export class FlightClient implements AsyncDisposable {
  readonly #transport: ClientTransport;
  readonly #calls: ClientCalls;
  readonly #locations: ClientLocations;

  /** @ignore */
  constructor(
    transport: ClientTransport,
    options: FlightClientOptions = {},
    origin: ClientOrigin = {},
  ) {
    this.#transport = transport;
    this.#calls = new ClientCalls(transport, options);
    const { data } = this.#calls;
    this.#locations = new ClientLocations(this, data, options, origin);
  }

  /**
   * Handshake: exchanges authentication messages.
   *
   * @param options Options of the call.
   * @returns Both directions. Canceling or aborting either one cancels the call.
   */
  handshake(options: FlightCallOptions = {}): FlightHandshake {
    return handshakeCall(this.#calls.starter, options);
  }

  /**
   * ListFlights: lists the data sets that the service offers.
   *
   * @param criteria The flights to list: an expression that the service understands, as text, or as
   * text or bytes in an object. Default: all.
   * @param options Options of the call.
   * @returns A stream; canceling it cancels the call.
   */
  listFlights(
    criteria: string | {
      readonly expression?: Uint8Array | string | undefined;
    } = {},
    options: FlightCallOptions = {},
  ): ReadableStream<FlightInfo> {
    return this.#calls.messages.flights(criteria, options);
  }

  /**
   * GetFlightInfo: describes a data set and names the endpoints that have it.
   *
   * @param descriptor The data set.
   * @param options Options of the call.
   * @returns The info.
   */
  getFlightInfo(
    descriptor: DescriptorInit,
    options: FlightCallOptions = {},
  ): Promise<FlightInfo> {
    return this.#calls.messages.flightInfo(descriptor, options);
  }

  /**
   * PollFlightInfo: starts a long-running query, or asks for its progress.
   *
   * @param descriptor The query; then the descriptor of the previous answer.
   * @param options Options of the call.
   * @returns The state of the query; it is complete when this has no `descriptor`.
   */
  pollFlightInfo(
    descriptor: DescriptorInit,
    options: FlightCallOptions = {},
  ): Promise<PollInfo> {
    return this.#calls.messages.pollInfo(descriptor, options);
  }

  /**
   * Starts a long-running query and follows it to its end by PollFlightInfo. Each answer has all that
   * can be read so far; the last one has no `descriptor`.
   *
   * The server is polled when the stream is read. If it answers at once without progress, the time
   * between polls grows.
   *
   * @param descriptor The query, or the descriptor of an earlier answer.
   * @param options Options of the polls.
   * @returns The answers; canceling the stream cancels the pending poll.
   */
  poll(
    descriptor: DescriptorInit,
    options: FlightPollOptions = {},
  ): ReadableStream<PollInfo> {
    const query = toDescriptor(descriptor);
    checkDescriptorOptions(options);
    const { closed } = this.#locations;
    return new FlightInfoPoller(query, options, this, closed).stream();
  }

  /**
   * GetSchema: asks for the schema of a data set.
   *
   * @param descriptor The data set.
   * @param options Options of the call.
   * @returns The schema. Rejects with a FlightError also when it has a type that cannot be read.
   */
  getSchema<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options: FlightCallOptions = {},
  ): Promise<Schema<T>> {
    return this.#calls.messages.schema<T>(descriptor, options);
  }

  /**
   * Reads all endpoints of a FlightInfo, by a DoGet or an HTTP request for each.
   *
   * Several are read in parallel; their batches come in the order of the endpoints if the info is
   * `ordered`, otherwise as they arrive. An endpoint is read at the first of its locations that can
   * be reached. If that one fails with UNAVAILABLE before it has delivered anything, the next one
   * is tried. Nothing happens before the stream is read.
   *
   * @param info The info; or the stream of `poll`, whose endpoints are then read while the query goes
   * on.
   * @param options Options of the read.
   * @returns The record batches; canceling the stream cancels all calls.
   * @throws {TypeError} When `info` is something else, or a stream that is locked.
   */
  read<T extends TypeMap = AnyColumns>(
    info: FlightInfo | ReadableStream<PollInfo>,
    options: FlightReadOptions = {},
  ): EndpointsStream<T> {
    return readFlightInfo<T>(info, options, this, this.#locations);
  }

  /**
   * Reads a data set by its descriptor: GetFlightInfo, then all endpoints, as `read` does. Nothing happens
   * before the stream is read.
   *
   * @param descriptor The data set.
   * @param options Options of the read.
   * @returns The record batches; canceling the stream cancels all calls. It fails with NOT_FOUND if
   * the service does not have the data set.
   */
  getStream<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options: FlightReadOptions = {},
  ): EndpointsStream<T> {
    const { infos, readOptions } = describedRead(this, descriptor, options);
    return this.read<T>(infos, readOptions);
  }

  /**
   * Reads a whole data set by its descriptor, as `getStream` does; see `putTable`.
   *
   * @param descriptor The data set.
   * @param options Options of the read.
   * @returns A table of all batches, held in memory. Rejects with NOT_FOUND if the service does not have
   * the data set.
   */
  async getTable<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options: FlightReadOptions = {},
  ): Promise<Table<T>> {
    return await this.getStream<T>(descriptor, options).table();
  }

  /**
   * DoGet: reads the data behind a ticket.
   *
   * The call starts at once. Unread data holds the server back, so read the stream to its end, cancel
   * it, or dispose of it. With the option `schema` the compiler knows the columns, and the stream
   * verifies them.
   *
   * ```ts
   * import { connectInMemory } from "@contrail/flight/memory";
   * import { Field, Int32, Schema, tableFromArrays } from "apache-arrow";
   *
   * const schema = new Schema<{ n: Int32 }>([new Field("n", new Int32())]);
   * await using client = connectInMemory({
   *   doGet: () => tableFromArrays({ n: Int32Array.of(1, 2, 3) }),
   * });
   * let sum = 0;
   * for await (const batch of client.doGet("numbers", { schema })) {
   *   for (const { n } of batch) sum += n;
   * }
   * if (sum !== 6) throw new Error("lost a row");
   * ```
   *
   * @param ticket The ticket of an endpoint.
   * @param options Options of the call.
   * @returns The record batches.
   */
  doGet<T extends TypeMap = AnyColumns>(
    ticket: TicketInit,
    options: FlightGetOptions<T> = {},
  ): FlightStream<T> {
    return this.#calls.data.get<T>(ticket, options);
  }

  /**
   * Uploads a data set: DoPut with all of `data`.
   *
   * ```ts
   * import { connectInMemory, tableService } from "@contrail/flight/memory";
   * import { tableFromArrays } from "apache-arrow";
   *
   * await using client = connectInMemory(tableService({}, { put: true }));
   * await client.putTable("numbers", tableFromArrays({ n: [1, 2, 3] }));
   * const { numRows } = await client.getTable("numbers");
   * if (numRows !== 3) throw new Error("lost a row");
   * ```
   *
   * @param descriptor The data set.
   * @param data A table, a reader, or any iterable or stream of batches.
   * @param options Options of the call.
   * @returns The server's answers, when it has read everything; see `doPut`.
   */
  putTable<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    data: FlightDataInit<T>,
    options: FlightPutOptions<T> = {},
  ): Promise<PutResult[]> {
    return this.#calls.data.putTable<T>(descriptor, data, options);
  }

  /**
   * DoPut: uploads all of `data`.
   *
   * @param descriptor The data set.
   * @param data A table, a reader, or any iterable or stream of batches.
   * @param options Options of the call.
   * @returns The server's answers, when it has completed the call and has read everything. It
   * rejects with the failure of `data`, unchanged, or with the FlightError of the call: CANCELLED
   * with the origin `remote` when the service completed the call with OK before it had read
   * everything, unless `allowPartial` is set.
   */
  doPut<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    data: FlightDataInit<T>,
    options?: FlightPutOptions<T>,
  ): Promise<PutResult[]>;
  /**
   * DoPut: starts an upload that you write step by step. It stays open until its `writable` is closed.
   *
   * @param descriptor The data set.
   * @param options Options of the call.
   * @returns The upload: the stream to write to, and the server's answers.
   */
  doPut<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options?: FlightWriteOptions<T>,
  ): FlightUpload<T>;
  doPut<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    second?: FlightDataInit<T> | FlightWriteOptions<T>,
    options?: FlightPutOptions<T>,
  ): Promise<PutResult[]> | FlightUpload<T> {
    return this.#calls.data.put<T>(descriptor, second, options);
  }

  /**
   * DoExchange: sends all of `data` in one call, and reads the answer meanwhile.
   *
   * The data is sent as fast as the server reads it. Read the answer to its end, cancel it, or
   * dispose of it, like that of DoGet. A server may complete the call before it has read
   * everything; `data` is then canceled.
   *
   * @param descriptor The subject of the exchange.
   * @param data A table, a reader, or any iterable or stream of batches.
   * @param options Options of the call.
   * @returns The batches that the server sends. A failure of `data` fails the stream, unchanged.
   */
  doExchange<Out extends TypeMap = AnyColumns, In extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    data: FlightDataInit<Out>,
    options?: FlightWriteOptions<Out>,
  ): FlightStream<In>;
  /**
   * DoExchange: starts an exchange that you write step by step. The descriptor is sent at once; then
   * the server may send first, or the client.
   *
   * @param descriptor The subject of the exchange.
   * @param options Options of the call.
   * @returns Both directions.
   */
  doExchange<Out extends TypeMap = AnyColumns, In extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options?: FlightWriteOptions<Out>,
  ): FlightExchange<Out, In>;
  doExchange<Out extends TypeMap = AnyColumns, In extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    second?: FlightDataInit<Out> | FlightWriteOptions<Out>,
    options?: FlightWriteOptions<Out>,
  ): FlightStream<In> | FlightExchange<Out, In> {
    return this.#calls.data.exchange<Out, In>(descriptor, second, options);
  }

  /**
   * DoAction: carries out an action that the service defines.
   *
   * @param action The name of the action; or its `type` and its `body`, as bytes or as text that is sent
   * as UTF-8.
   * @param options Options of the call.
   * @returns The results; canceling the stream cancels the call.
   */
  doAction(
    action: string | {
      readonly type: string;
      readonly body?: Uint8Array | string | undefined;
    },
    options: FlightCallOptions = {},
  ): ReadableStream<Result> {
    return this.#calls.messages.results(action, options);
  }

  /**
   * ListActions: lists the actions that the service offers.
   *
   * @param options Options of the call.
   * @returns A stream; canceling it cancels the call.
   */
  listActions(options: FlightCallOptions = {}): ReadableStream<ActionType> {
    return this.#calls.messages.actions(options);
  }

  /**
   * Cancels a query: the predefined action `CancelFlightInfo`.
   *
   * @param info The query, as the server described it.
   * @param options Options of the call.
   * @returns The outcome.
   */
  cancelFlightInfo(
    info: FlightInfo,
    options: FlightCallOptions = {},
  ): Promise<{ readonly status: CancelStatus }> {
    return this.#calls.messages.cancelFlightInfo(info, options);
  }

  /**
   * Extends the life of an endpoint: the predefined action `RenewFlightEndpoint`.
   *
   * @param endpoint An endpoint with an expiration time.
   * @param options Options of the call.
   * @returns The endpoint to use from now on.
   */
  renewFlightEndpoint(
    endpoint: FlightEndpoint,
    options: FlightCallOptions = {},
  ): Promise<FlightEndpoint> {
    return this.#calls.messages.renewFlightEndpoint(endpoint, options);
  }

  /**
   * Sets options of the session: the predefined action `SetSessionOptions`. Sessions are kept by
   * cookies, so the client needs `clientCookies()` among its interceptors.
   *
   * @param sessionOptions The options by name; `undefined` unsets one. A `bigint` is an int64, a
   * `number` a double.
   * @param options Options of the call.
   * @returns The reasons why options were not set, by name; none if all were.
   */
  setSessionOptions(
    sessionOptions: SessionOptionsInit,
    options: FlightCallOptions = {},
  ): Promise<{ readonly errors: ReadonlyMap<string, SetSessionOptionError> }> {
    return this.#calls.messages.setSessionOptions(sessionOptions, options);
  }

  /**
   * Asks for the options of the session: the predefined action `GetSessionOptions`.
   *
   * @param options Options of the call.
   * @returns All options of the session, by name.
   */
  getSessionOptions(options: FlightCallOptions = {}): Promise<
    { readonly sessionOptions: ReadonlyMap<string, SessionOptionValue> }
  > {
    return this.#calls.messages.getSessionOptions(options);
  }

  /**
   * Ends the session: the predefined action `CloseSession`.
   *
   * @param options Options of the call.
   * @returns The outcome. Rejects with NOT_FOUND if there is no session.
   */
  closeSession(
    options: FlightCallOptions = {},
  ): Promise<{ readonly status: CloseSessionStatus }> {
    return this.#calls.messages.closeSession(options);
  }

  /**
   * Calls a method of another gRPC service on the same server, such as its health service. Messages
   * are bytes, encoded and decoded by you, for example by protobuf.
   *
   * @param method Service and name, such as `grpc.health.v1.Health/Check`.
   * @param requests The requests, read only as fast as the server reads; a unary call has exactly one.
   * @param options Options of the call.
   * @returns The answers; a unary call that succeeds has exactly one. Canceling it cancels the
   * call.
   * @throws {TypeError} When `method` is not such a name.
   */
  call(
    method: string,
    requests: Iterables<Uint8Array>,
    options: FlightCallOptions = {},
  ): ReadableStream<Uint8Array> {
    return grpcCall(this.#calls.starter, method, requests, options);
  }

  /**
   * Waits until the server is ready, for a program that starts beside it. A server is ready when its
   * health service reports so, or, without one, when it answers.
   *
   * @param options Options for all attempts together; `timeoutMs` is 30,000 by default.
   * @returns Resolves when the server is ready. Rejects with DEADLINE_EXCEEDED when it is not in time;
   * `cause` is then the last failure.
   */
  waitForReady(
    options: Pick<FlightCallOptions, "signal" | "timeoutMs" | "headers"> = {},
  ): Promise<void> {
    return waitForReady(this.#calls.starter, options, this.#locations.closed);
  }

  /**
   * Releases the connection, and those to other locations. Running calls fail with CANCELLED.
   *
   * @returns A promise that resolves when all connections are closed.
   */
  async close(): Promise<void> {
    await Promise.all([this.#locations.close(), this.#transport.close()]);
  }

  /**
   * Closes the client: see `close`.
   *
   * @returns Resolves when all connections are closed.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
