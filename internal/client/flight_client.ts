/** The client: one method for each RPC of Flight. */

import type { Schema, TypeMap } from "apache-arrow";
import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Iterables } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import type { ActionInit, ActionType, Result } from "../protocol/action.ts";
import { type FlightCallOptions, timeoutOption } from "../core/call_options.ts";
import type { CriteriaInit } from "../protocol/criteria.ts";
import {
  type DescriptorInit,
  toDescriptor,
} from "../protocol/flight_descriptor.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { FlightMethod } from "../protocol/methods.ts";
import type { PollInfo } from "../protocol/poll_info.ts";
import type { PutResult } from "../protocol/put_result.ts";
import { type TicketInit, toTicket } from "../protocol/ticket.ts";
import type { EndpointsStream } from "../stream/endpoints_stream.ts";
import type { FlightStream } from "../stream/flight_stream.ts";
import type { FlightDataInit } from "../stream/record_batch_source.ts";
import { checkReadOptions, writeSettings } from "../ipc/encode/ipc_settings.ts";
import { decodeSchema } from "../ipc/schema.ts";
import { interceptorsOption } from "../interceptors/interceptor.ts";
import type { ClientTransport } from "../seam/transport.ts";
import {
  decodeActionType,
  decodeResult,
  encodeAction,
} from "../wire/action.ts";
import { encodeCriteria } from "../wire/criteria.ts";
import { encodeFlightDescriptor } from "../wire/flight_descriptor.ts";
import { decodeFlightInfo } from "../wire/flight_info.ts";
import { decodePollInfo } from "../wire/poll_info.ts";
import { decodeSchemaResult } from "../wire/schema_result.ts";
import { encodeTicket } from "../wire/ticket.ts";
import { CallStarter, decodedMessages } from "./call_starter.ts";
import { grpcCall } from "./grpc_call.ts";
import type { FlightExchange } from "./flight_exchange.ts";
import { handshakeCall } from "./handshake_call.ts";
import { isData } from "./data_argument.ts";
import { DataCalls } from "./data_calls.ts";
import {
  FlightInfoPoller,
  type FlightPollOptions,
} from "../read/flight_info_poller.ts";
import {
  type FlightReadOptions,
  readFlightInfo,
} from "../read/flight_info_reader.ts";
import type { ClientOrigin } from "../read/location_options.ts";
import { LocationPool } from "../read/location_pool.ts";
import type {
  FlightClientOptions,
  FlightHandshake,
  FlightPutOptions,
  FlightWriteOptions,
  NoData,
} from "./flight_client_options.ts";
import { interceptedTransport } from "./intercepted_transport.ts";
import { PredefinedActions } from "./predefined_actions.ts";
import type { FlightUpload } from "./flight_upload.ts";
import type { AnyColumns } from "../stream/flight_message.ts";

/**
 * A client of an Arrow Flight service.
 *
 * All methods may be used at the same time. They throw, or their results reject with, a FlightError
 * where the call failed, the `reason` of the signal where it was aborted, and a TypeError or a
 * RangeError where an argument is wrong. Nothing is buffered but the windows of the transport.
 */
export class FlightClient extends PredefinedActions implements AsyncDisposable {
  readonly #transport: ClientTransport;
  readonly #calls: CallStarter;
  readonly #locations: LocationPool;
  readonly #data: DataCalls;

  /**
   * Made by `connect` or `connectInMemory`.
   *
   * @param transport What carries the calls.
   * @param options Defaults of the calls.
   * @param connection Where the transport leads, and how to get elsewhere.
   * @throws {TypeError} When an option is not what it should be.
   */
  constructor(
    transport: ClientTransport,
    options: FlightClientOptions = {},
    connection: ClientOrigin = {},
  ) {
    const interceptors = interceptorsOption(
      "interceptors",
      options.interceptors,
    );
    const carrier = interceptors.length === 0
      ? transport
      : interceptedTransport(transport, interceptors);
    const calls = new CallStarter(carrier, {
      headers: new FlightHeaders(options.headers),
      timeoutMs: timeoutOption(options.timeoutMs),
    });
    super(calls);
    this.#transport = carrier;
    this.#calls = calls;
    this.#data = new DataCalls(
      calls,
      checkReadOptions(options),
      writeSettings(options),
    );
    this.#locations = new LocationPool(this, options, connection);
  }

  /**
   * Handshake: exchanges authentication messages.
   *
   * @param options Options of the call.
   * @returns Both directions. Cancelling or aborting either cancels the call.
   */
  handshake(options: FlightCallOptions = {}): FlightHandshake {
    return handshakeCall(this.#calls, options);
  }

  /**
   * ListFlights: the data sets that the service offers.
   *
   * @param criteria The flights to list, as text or bytes that the service understands; all by default.
   * @param options Options of the call.
   * @returns A stream; cancelling it cancels the call.
   */
  listFlights(
    criteria: CriteriaInit = {},
    options: FlightCallOptions = {},
  ): ReadableStream<FlightInfo> {
    return this.#list(
      "ListFlights",
      encodeCriteria(criteria),
      decodeFlightInfo,
      options,
    );
  }

  /**
   * GetFlightInfo: where a data set can be read, and what it is.
   *
   * @param descriptor The data set.
   * @param options Options of the call.
   * @returns The info.
   * @throws {FlightError} When the call fails.
   */
  getFlightInfo(
    descriptor: DescriptorInit,
    options: FlightCallOptions = {},
  ): Promise<FlightInfo> {
    return this.#describe(
      "GetFlightInfo",
      descriptor,
      decodeFlightInfo,
      options,
    );
  }

  /**
   * PollFlightInfo: starts a long-running query, or asks how far it is.
   *
   * @param descriptor The query; then the descriptor of the previous answer.
   * @param options Options of the call.
   * @returns The state of the query; it is complete when this has no `descriptor`.
   * @throws {FlightError} When the call fails.
   */
  pollFlightInfo(
    descriptor: DescriptorInit,
    options: FlightCallOptions = {},
  ): Promise<PollInfo> {
    return this.#describe(
      "PollFlightInfo",
      descriptor,
      decodePollInfo,
      options,
    );
  }

  /**
   * Starts a long-running query, and follows it to its end by PollFlightInfo. Each answer has all that
   * can be read so far; the last one has no `descriptor`.
   *
   * The server is asked when the stream is read. One that answers at once without progress is asked
   * less and less often.
   *
   * @param descriptor The query, or the descriptor of an earlier answer.
   * @param options Options of the polls.
   * @returns The answers; cancelling it cancels the poll under way.
   * @throws {RangeError} When an option is out of range.
   */
  poll(
    descriptor: DescriptorInit,
    options: FlightPollOptions = {},
  ): ReadableStream<PollInfo> {
    const { closed } = this.#locations;
    return new FlightInfoPoller(
      toDescriptor(descriptor),
      options,
      this,
      closed,
    ).stream();
  }

  /**
   * GetSchema: the schema of a data set.
   *
   * @param descriptor The data set.
   * @param options Options of the call.
   * @returns The schema.
   * @throws {FlightError} When the call fails, or the schema has a type that cannot be read.
   */
  getSchema<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options: FlightCallOptions = {},
  ): Promise<Schema<T>> {
    return this.#describe(
      "GetSchema",
      descriptor,
      (bytes) => decodeSchema(decodeSchemaResult(bytes)) as Schema<T>,
      options,
    );
  }

  /**
   * DoGet: reads the data behind a ticket.
   *
   * The call starts at once. What is not read holds the server back, so read the stream to its end,
   * cancel it, or dispose of it.
   *
   * @param ticket The ticket of an endpoint.
   * @param options Options of the call.
   * @returns The record batches.
   */
  doGet<T extends TypeMap = AnyColumns>(
    ticket: TicketInit,
    options: FlightCallOptions = {},
  ): FlightStream<T> {
    const request = encodeTicket(toTicket(ticket));
    return this.#data.stream(
      "DoGet",
      this.#calls.serverStreaming("DoGet", request, options),
    );
  }

  /**
   * Reads all endpoints of a FlightInfo, by a DoGet or an HTTP request for each.
   *
   * Several are read side by side; their batches come in the order of the endpoints where the info is
   * `ordered`, else as they arrive. An endpoint is read at the first of its locations that can be
   * reached; when that fails with UNAVAILABLE before anything of it was delivered, at the next one.
   * Nothing happens before the stream is read.
   *
   * @param info The info; or the stream of `poll`, whose endpoints are then read while the query goes
   * on.
   * @param options Options of the read.
   * @returns The record batches; cancelling it cancels all calls.
   * @throws {RangeError} When an option is out of range.
   * @throws {TypeError} When `info` is something else, or a stream that is locked.
   */
  read<T extends TypeMap = AnyColumns>(
    info: FlightInfo | ReadableStream<PollInfo>,
    options: FlightReadOptions = {},
  ): EndpointsStream<T> {
    return readFlightInfo<T>(info, options, this, this.#locations);
  }

  /**
   * DoPut: uploads all of `data`.
   *
   * ```ts
   * import { connectInMemory } from "@contrail/flight/memory";
   * import { assertEquals } from "@std/assert";
   * import { tableFromArrays } from "apache-arrow";
   *
   * await using client = connectInMemory({
   *   async doPut(upload) {
   *     const { numRows } = await upload.table();
   *     return [{ appMetadata: Uint8Array.of(numRows) }];
   *   },
   * });
   * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
   * const results = await client.doPut("numbers", table);
   * assertEquals(results[0]?.appMetadata, Uint8Array.of(3));
   * ```
   *
   * @param descriptor The data set.
   * @param data A table, a reader, or any iterable or stream of batches.
   * @param options Options of the call.
   * @returns The server's answers, when it has completed the call and has read everything. Rejects with
   * the failure of `data`, as it is, or with the FlightError of the call: CANCELLED with the origin
   * `remote` when the service completed the call with OK before it had read everything, unless
   * `allowPartial` is set.
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
   * @returns The upload: where to write, and the server's answers.
   */
  doPut<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options?: FlightWriteOptions<T> & NoData,
  ): FlightUpload<T>;
  doPut<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    second?: FlightDataInit<T> | FlightWriteOptions<T>,
    options?: FlightPutOptions<T>,
  ): Promise<PutResult[]> | FlightUpload<T> {
    return isData(second, options !== undefined)
      ? this.#data.putAll<T>(descriptor, second, options ?? {})
      : this.#data.put<T>(descriptor, second ?? {});
  }

  /**
   * DoExchange: sends all of `data` in one call, and reads the answer meanwhile.
   *
   * The data is sent as fast as the server reads it. Read the answer to its end, cancel it, or dispose
   * of it, as that of DoGet. A server may complete the call before it has read everything; `data` is
   * cancelled then.
   *
   * ```ts
   * import { connectInMemory } from "@contrail/flight/memory";
   * import { assertEquals } from "@std/assert";
   * import { tableFromArrays } from "apache-arrow";
   *
   * await using client = connectInMemory({ doExchange: (input) => input });
   * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
   * const echo = client.doExchange({ cmd: "echo" }, table);
   * assertEquals((await echo.table()).numRows, 3);
   * ```
   *
   * @param descriptor The subject of the exchange.
   * @param data A table, a reader, or any iterable or stream of batches.
   * @param options Options of the call.
   * @returns The batches that the server sends. A failure of `data` fails the stream, as it is.
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
    options?: FlightWriteOptions<Out> & NoData,
  ): FlightExchange<Out, In>;
  doExchange<Out extends TypeMap = AnyColumns, In extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    second?: FlightDataInit<Out> | FlightWriteOptions<Out>,
    options?: FlightWriteOptions<Out>,
  ): FlightStream<In> | FlightExchange<Out, In> {
    return isData(second, options !== undefined)
      ? this.#data.exchangeAll<Out, In>(descriptor, second, options ?? {})
      : this.#data.exchange<Out, In>(descriptor, second ?? {});
  }

  /**
   * DoAction: carries out an action that the service defines.
   *
   * @param action The action, or the type of one without body.
   * @param options Options of the call.
   * @returns The results; cancelling the stream cancels the call.
   */
  doAction(
    action: ActionInit,
    options: FlightCallOptions = {},
  ): ReadableStream<Result> {
    return this.#list("DoAction", encodeAction(action), decodeResult, options);
  }

  /**
   * ListActions: the actions that the service offers.
   *
   * @param options Options of the call.
   * @returns A stream; cancelling it cancels the call.
   */
  listActions(options: FlightCallOptions = {}): ReadableStream<ActionType> {
    return this.#list("ListActions", EMPTY_BYTES, decodeActionType, options);
  }

  /**
   * Calls a method of another gRPC service on the same server, such as its health service. Messages
   * are bytes, to be encoded and decoded by protobuf or whatever the service has agreed upon.
   *
   * @param method Service and name, such as `grpc.health.v1.Health/Check`.
   * @param requests What to send, read only as fast as the server reads; a unary call has exactly one.
   * @param options Options of the call.
   * @returns The answers; a unary call that succeeds has exactly one. Cancelling it cancels the call.
   * @throws {TypeError} When `method` is not such a name.
   */
  call(
    method: string,
    requests: Iterables<Uint8Array>,
    options: FlightCallOptions = {},
  ): ReadableStream<Uint8Array> {
    return grpcCall(this.#calls, method, requests, options);
  }

  /**
   * Releases the connection, and those to other locations. Calls under way fail with CANCELLED.
   *
   * @returns Resolves when nothing is held any more.
   */
  async close(): Promise<void> {
    await Promise.all([this.#locations.close(), this.#transport.close()]);
  }

  /**
   * As `close`.
   *
   * @returns Resolves when nothing is held any more.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #describe<T>(
    method: FlightMethod,
    descriptor: DescriptorInit,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): Promise<T> {
    const request = encodeFlightDescriptor(descriptor);
    return await this.#calls.unary(method, request, decode, options);
  }

  #list<T>(
    method: FlightMethod,
    request: Uint8Array,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): ReadableStream<T> {
    return streamOf(
      decodedMessages(
        method,
        this.#calls.serverStreaming(method, request, options),
        decode,
      ),
    );
  }
}
