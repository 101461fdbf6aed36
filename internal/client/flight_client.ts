/** The client: one method for each RPC of Flight. */

import type { Schema, TypeMap } from "apache-arrow";
import { EMPTY_BYTES } from "../base/bytes.ts";
import { type Iterables, mapSource, type Source } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { writableSource } from "../base/writable_source.ts";
import type { Action, ActionType, Result } from "../protocol/action.ts";
import {
  checkCallOptions,
  type FlightCallOptions,
  timeoutOption,
} from "../core/call_options.ts";
import { objectOption } from "../core/check_option.ts";
import type { Criteria } from "../protocol/criteria.ts";
import {
  checkDescriptor,
  type FlightDescriptor,
} from "../protocol/flight_descriptor.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { HandshakeRequest } from "../protocol/handshake.ts";
import type { IpcReadOptions } from "../core/ipc_options.ts";
import { malformedAnswer } from "../core/malformed_answer.ts";
import type { FlightMethod } from "../protocol/methods.ts";
import type { PollInfo } from "../protocol/poll_info.ts";
import type { PutResult } from "../protocol/put_result.ts";
import { type TicketInit, toTicket } from "../protocol/ticket.ts";
import { FlightDataDecoder } from "../stream/flight_data_decoder.ts";
import type { EndpointsStream } from "../stream/endpoints_stream.ts";
import { FlightStream } from "../stream/flight_stream.ts";
import {
  checkReadOptions,
  type WriteSettings,
  writeSettings,
} from "../ipc/encode/ipc_settings.ts";
import { decodeSchema } from "../ipc/schema.ts";
import { interceptorsOption } from "../interceptors/interceptor.ts";
import type { CallResponse, ClientTransport } from "../seam/transport.ts";
import {
  decodeActionType,
  decodeResult,
  encodeAction,
} from "../wire/action.ts";
import { encodeCriteria } from "../wire/criteria.ts";
import { encodeFlightDescriptor } from "../wire/flight_descriptor.ts";
import { decodeFlightInfo } from "../wire/flight_info.ts";
import {
  decodeHandshakeResponse,
  encodeHandshakeRequest,
} from "../wire/handshake.ts";
import { decodePollInfo } from "../wire/poll_info.ts";
import { decodePutResult } from "../wire/put_result.ts";
import { decodeSchemaResult } from "../wire/schema_result.ts";
import { encodeTicket } from "../wire/ticket.ts";
import { CallStarter, decodeResponse, outgoing } from "./call_starter.ts";
import { grpcCall } from "./grpc_call.ts";
import { FlightExchange } from "./flight_exchange.ts";
import {
  FlightInfoPoller,
  type FlightPollOptions,
} from "../read/flight_info_poller.ts";
import {
  type FlightReadOptions,
  readFlightInfo,
} from "../read/flight_info_reader.ts";
import type { LocationConnection } from "../read/location_options.ts";
import { LocationPool } from "../read/location_pool.ts";
import type {
  FlightClientOptions,
  FlightHandshake,
  FlightWriteOptions,
} from "./flight_client_options.ts";
import { interceptedTransport } from "./intercepted_transport.ts";
import { PredefinedActions } from "./predefined_actions.ts";
import { type DataWritable, dataWritable } from "./data_writable.ts";
import { FlightUpload } from "./flight_upload.ts";
import { writeTimer } from "../read/idle_timeouts.ts";
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
  readonly #reading: IpcReadOptions;
  readonly #writing: WriteSettings;

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
    connection: LocationConnection = {},
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
    this.#reading = checkReadOptions(options);
    this.#writing = writeSettings(options);
    this.#locations = new LocationPool(this, options, connection);
  }

  /**
   * Handshake: exchanges authentication messages.
   *
   * @param options Options of the call.
   * @returns Both directions. Cancelling or aborting either cancels the call.
   */
  handshake(options: FlightCallOptions = {}): FlightHandshake {
    checkCallOptions(options);
    let refusal: FlightError | undefined;
    const { writable, source } = writableSource<HandshakeRequest, Uint8Array>(
      (request) => [encodeHandshakeRequest(request)],
      () => refusal ??= completedEarly("Handshake"),
      writeTimer(
        "Handshake",
        options,
        (error) => response.messages.cancel(error),
      ),
    );
    const response: CallResponse<Uint8Array> = this.#calls.start(
      "Handshake",
      mapSource(source, outgoing),
      options,
    );
    return {
      writable,
      readable: streamOf(
        decoded("Handshake", response, decodeHandshakeResponse),
      ),
      headers: response.headers,
    };
  }

  /**
   * ListFlights: the data sets that the service offers.
   *
   * @param criteria Which of them; all by default.
   * @param options Options of the call.
   * @returns A stream; cancelling it cancels the call.
   */
  listFlights(
    criteria: Criteria = {},
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
    descriptor: FlightDescriptor,
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
    descriptor: FlightDescriptor,
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
    descriptor: FlightDescriptor,
    options: FlightPollOptions = {},
  ): ReadableStream<PollInfo> {
    const { closed } = this.#locations;
    return new FlightInfoPoller(
      checkDescriptor(descriptor),
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
    descriptor: FlightDescriptor,
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
    return this.#dataStream(
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
   * DoPut: uploads record batches.
   *
   * @param descriptor What is uploaded.
   * @param options Options of the call.
   * @returns Where to write, and the server's answers.
   */
  doPut<T extends TypeMap = AnyColumns>(
    descriptor: FlightDescriptor,
    options: FlightWriteOptions<T> = {},
  ): FlightUpload<T> {
    const { data, response } = this.#write(
      "DoPut",
      descriptor,
      options,
    );
    return new FlightUpload(data, {
      headers: response.headers,
      trailers: () => response.trailers(),
      messages: decoded<PutResult>("DoPut", response, decodePutResult),
    });
  }

  /**
   * DoExchange: sends and receives record batches in one call.
   *
   * The descriptor is sent at once; then the server may send first, or the client.
   *
   * @param descriptor What the exchange is about.
   * @param options Options of the call.
   * @returns Both directions.
   */
  doExchange<Out extends TypeMap = AnyColumns, In extends TypeMap = AnyColumns>(
    descriptor: FlightDescriptor,
    options: FlightWriteOptions<Out> = {},
  ): FlightExchange<Out, In> {
    const { data, response } = this.#write(
      "DoExchange",
      descriptor,
      options,
    );
    return new FlightExchange<Out, In>(
      data,
      this.#dataStream("DoExchange", response),
    );
  }

  /**
   * DoAction: carries out an action that the service defines.
   *
   * @param action The action, or the type of one without body.
   * @param options Options of the call.
   * @returns The results; cancelling the stream cancels the call.
   */
  doAction(
    action: Action | string,
    options: FlightCallOptions = {},
  ): ReadableStream<Result> {
    const request = encodeAction(
      typeof action === "string" ? { type: action } : action,
    );
    return this.#list("DoAction", request, decodeResult, options);
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

  /** Starts a call that sends a data stream. */
  #write<T extends TypeMap>(
    method: "DoPut" | "DoExchange",
    descriptor: FlightDescriptor,
    options: FlightWriteOptions<T>,
  ): { data: DataWritable<T>; response: CallResponse<Uint8Array> } {
    checkCallOptions(options);
    const data = dataWritable<T>({
      descriptor: checkDescriptor(descriptor),
      schema: objectOption("schema", options.schema),
      descriptorFirst: method === "DoExchange",
      settings: writeSettings(options, this.#writing),
      method,
      timer: writeTimer(
        method,
        options,
        (error) => response.messages.cancel(error),
      ),
    });
    const response = this.#calls.start(method, data.source, options);
    return { data, response };
  }

  #dataStream<T extends TypeMap>(
    method: FlightMethod,
    response: CallResponse<Uint8Array>,
  ): FlightStream<T> {
    const decoder = new FlightDataDecoder(
      response.messages,
      this.#reading,
      (error) => malformedAnswer(error, method),
    );
    return new FlightStream<T>(decoder, response);
  }

  async #describe<T>(
    method: FlightMethod,
    descriptor: FlightDescriptor,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): Promise<T> {
    const request = encodeFlightDescriptor(checkDescriptor(descriptor));
    return await this.#calls.unary(method, request, decode, options);
  }

  #list<T>(
    method: FlightMethod,
    request: Uint8Array,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): ReadableStream<T> {
    return streamOf(
      decoded(
        method,
        this.#calls.serverStreaming(method, request, options),
        decode,
      ),
    );
  }
}

function completedEarly(method: FlightMethod): FlightError {
  return new FlightError(
    "CANCELLED",
    "the server completed the call before this write",
    {
      method,
      origin: "remote",
    },
  );
}

function decoded<T>(
  method: FlightMethod,
  { messages }: CallResponse<Uint8Array>,
  decode: (response: Uint8Array) => T,
): Source<T> {
  return mapSource(
    messages,
    (bytes) => decodeResponse(method, decode, bytes, messages),
  );
}
