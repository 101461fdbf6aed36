/** The client: one method for each RPC of Flight. */

import type { Schema, Table, TypeMap } from "apache-arrow";
import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Iterables } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import type { ActionInit, ActionType, Result } from "../protocol/action.ts";
import { objectOption } from "../core/check_option.ts";
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
import type { EndpointsStream } from "../stream/endpoints_stream.ts";
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
import { CallStarter, decodedMessages } from "./call_starter.ts";
import { grpcCall } from "./grpc_call.ts";
import { handshakeCall } from "./handshake_call.ts";
import { describedRead } from "./described_info.ts";
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
} from "./flight_client_options.ts";
import { interceptedTransport } from "./intercepted_transport.ts";
import { DataTransfers } from "./data_transfers.ts";
import type { AnyColumns } from "../stream/flight_message.ts";

/**
 * A client of an Arrow Flight service.
 *
 * All methods may be used at the same time. They throw, or their results reject with, a FlightError
 * where the call failed, the `reason` of the signal where it was aborted, and a TypeError or a
 * RangeError where an argument is wrong. Nothing is buffered but the windows of the transport.
 */
export class FlightClient extends DataTransfers implements AsyncDisposable {
  readonly #transport: ClientTransport;
  readonly #calls: CallStarter;
  readonly #locations: LocationPool;

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
    super(
      calls,
      new DataCalls(calls, checkReadOptions(options), writeSettings(options)),
    );
    this.#transport = carrier;
    this.#calls = calls;
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
   * Reads a data set by its descriptor: GetFlightInfo, then all endpoints, as `read` does. Nothing happens
   * before the stream is read.
   *
   * ```ts
   * import { connectInMemory, tableService } from "@contrail/flight/memory";
   * import { assertEquals } from "@std/assert";
   * import { tableFromArrays } from "apache-arrow";
   *
   * const numbers = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
   * await using client = connectInMemory(tableService({ numbers }));
   * let rows = 0;
   * for await (const batch of client.getStream("numbers")) rows += batch.numRows;
   * assertEquals(rows, 3);
   * ```
   *
   * @param descriptor The data set.
   * @param options Options of the read.
   * @returns The record batches; cancelling it cancels all calls. It fails with NOT_FOUND where the service
   * does not have the data set.
   * @throws {RangeError} When an option is out of range.
   * @throws {TypeError} When the descriptor or an option is of the wrong type.
   */
  getStream<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options: FlightReadOptions = {},
  ): EndpointsStream<T> {
    const wanted = toDescriptor(descriptor);
    const described = describedRead(
      (options) => this.getFlightInfo(wanted, options),
      objectOption("options", options),
    );
    return this.read<T>(described.infos, described.options);
  }

  /**
   * Reads a whole data set by its descriptor: see `getStream`.
   *
   * ```ts
   * import { connectInMemory, tableService } from "@contrail/flight/memory";
   * import { assertEquals } from "@std/assert";
   * import { tableFromArrays } from "apache-arrow";
   *
   * const numbers = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
   * await using client = connectInMemory(tableService({ numbers }));
   * const copy = await client.getTable("numbers");
   * assertEquals(copy.toString(), numbers.toString());
   * ```
   *
   * @param descriptor The data set.
   * @param options Options of the read.
   * @returns A table of all batches, held in memory.
   * @throws {FlightError} When a call fails: NOT_FOUND where the service does not have the data set.
   */
  async getTable<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options: FlightReadOptions = {},
  ): Promise<Table<T>> {
    return await this.getStream<T>(descriptor, options).table();
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
