/** A FlightService that stands in front of the servers of a Flight SQL backend. */

import { type Iterables, toSource } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { handled } from "../base/handled.ts";
import { sleep } from "../base/timers/sleep.ts";
import { durationOption } from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightClient } from "../client/flight_client.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import type { Action } from "../protocol/action.ts";
import { flightInfoCodec } from "../protocol/flight_info.ts";
import type { FlightInfo, FlightInfoInit } from "../protocol/flight_info.ts";
import type {
  HandshakeRequest,
  HandshakeResponse,
} from "../protocol/handshake.ts";
import {
  formatGrpcLocation,
  type LocationInit,
  parseGrpcLocation,
} from "../protocol/location.ts";
import type { FlightService } from "../server/flight_service.ts";
import { packAny, unpackAny } from "../sql/messages/any.ts";
import {
  actionCancelQueryRequest,
  actionCancelQueryResult,
} from "../sql/messages/cancel_query.ts";
import { withInfoSchema } from "../stream/info_schema.ts";
import { CallRecord } from "./call_record.ts";
import { Calls, mappedSource } from "./calls.ts";
import { DataCalls } from "./data_calls.ts";
import { Handles } from "./handles.ts";
import { InfoCalls } from "./info_calls.ts";
import { Jobs } from "./jobs.ts";
import { checkedOptions, type GatewayOptions } from "./options.ts";
import { OtherServers } from "./other_servers.ts";
import { Queries } from "./queries.ts";
import {
  type ConnectReplica,
  type GatewayReplica,
  Replicas,
} from "./replicas.ts";
import { PLAIN_REQUEST, Requests } from "./requests.ts";
import { Results } from "./results.ts";
import { boundTime, type GatewayState, userOf } from "./state.ts";
import { UploadCalls } from "./upload/upload_calls.ts";

/** A gateway: what `serve` and `connectInMemory` take. */
export interface FlightSqlGateway extends FlightService, AsyncDisposable {
  /** The replicas, as they are now. */
  readonly replicas: readonly GatewayReplica[];
  /**
   * Takes a replica out of service without an error: it gets no new work, but goes on with its results that wait to be
   * read, its prepared statements and its transactions.
   *
   * @param location The location of the replica.
   * @param options `timeoutMs`: longest time to wait, in milliseconds, more than 0. Default: no bound.
   * @returns True once the replica has no calls and no results that wait to be read; false after `timeoutMs`.
   * @throws {RangeError} When it is none of the replicas.
   */
  drain(
    location: LocationInit,
    options?: { readonly timeoutMs?: number | undefined },
  ): Promise<boolean>;
  /**
   * Puts a drained replica back into service.
   *
   * @param location The location of the replica.
   * @throws {RangeError} When it is none of the replicas.
   */
  resume(location: LocationInit): void;
  /**
   * Cancels all queries, and closes all connections to backends. A server that `serve` has started does it when it is shut
   * down; in memory it is up to the program.
   *
   * @returns Resolves when everything has ended.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Ways to connect, which only entry points know. */
interface GatewayConnections {
  /** Connects to a replica. */
  readonly replica: ConnectReplica;
  /** Connects to another server that a backend has named. */
  readonly other: (uri: string) => FlightClient;
  /** Most bytes of a batch when it is decompressed. */
  readonly maxDecompressedMessageBytes: number;
}

/** Time between two looks at a replica that is drained, in milliseconds: results expire without a sign. */
const DRAIN_CHECK_MS = 250;

/** The action of Flight SQL that CancelFlightInfo has replaced. */
const CANCEL_QUERY = "CancelQuery";

/** Makes a gateway over connections. */
export function gatewayOver(
  backends: readonly LocationInit[],
  options: GatewayOptions,
  connections: GatewayConnections,
): FlightSqlGateway {
  const checked = checkedOptions(options);
  const replicas = new Replicas(backends, checked, connections.replica);
  const calls = new Calls(replicas, checked);
  const handles = new Handles(checked.keys);
  const state: GatewayState = {
    options: checked,
    replicas,
    others: new OtherServers(connections.other),
    calls,
    handles,
    requests: new Requests(handles, checked.engine),
    queries: new Queries(checked.maxQueries),
  };
  const jobs = new Jobs(checked.engine);
  const results = new Results(state);
  const data = new DataCalls(state, connections.maxDecompressedMessageBytes);
  const uploads = new UploadCalls(state, results, jobs);
  const infos = new InfoCalls(state, results, data, jobs);

  /** Runs a call, and writes what the audit log says about it unless its stream does. */
  async function recorded<T>(
    context: FlightCallContext,
    run: (record: CallRecord) => Promise<T>,
    isStream = false,
  ): Promise<T> {
    const record = new CallRecord(context, checked);
    try {
      calls.checkWay(context);
      const value = await run(record);
      if (!isStream) record.end();
      return value;
    } catch (error) {
      record.end(error);
      throw error;
    }
  }

  async function close(): Promise<void> {
    state.queries.close();
    infos.close();
    await jobs.settle();
    await state.others.close();
    await replicas.close();
  }

  /** Runs a call that is no query. */
  function bounded<T>(
    context: FlightCallContext,
    run: (record: CallRecord) => Promise<T>,
    isStream = false,
  ): Promise<T> {
    return recorded(context, (record) => {
      boundTime(state, context, record);
      return run(record);
    }, isStream);
  }

  const getFlightInfo: FlightService["getFlightInfo"] = (descriptor, context) =>
    recorded(context, (record) => infos.info(descriptor, context, record));
  const doGet: FlightService["doGet"] = (ticket, context) =>
    recorded(context, (record) => data.get(ticket, context, record), true);

  return {
    get replicas() {
      return replicas.all;
    },
    async drain(location, { timeoutMs } = {}) {
      if (timeoutMs !== undefined) durationOption("timeoutMs", timeoutMs);
      const replica = replicaAt(replicas, location);
      replica.isDraining = true;
      replicas.report();
      const endsAt = performance.now() + (timeoutMs ?? Infinity);
      for (;;) {
        // Each wait has its own: the replica may be busy again after it was idle.
        const idle = new AbortController();
        const stopWaiting = (): void => idle.abort();
        replica.onIdle = stopWaiting;
        state.queries.sweep();
        if (replica.calls === 0 && replica.results === 0) return true;
        const left = endsAt - performance.now();
        if (left <= 0) return false;
        await sleep(Math.min(left, DRAIN_CHECK_MS), idle.signal)
          .catch(() => {});
      }
    },
    resume(location) {
      const replica = replicaAt(replicas, location);
      replica.isDraining = false;
      replica.onIdle = undefined;
      replicas.report();
    },
    handshake: (requests, context) =>
      bounded(
        context,
        (record) => handshake(state, requests, context, record),
        true,
      ),
    listFlights: (criteria, context) =>
      bounded(context, async (record) => {
        const { value, replica } = await calls.list(
          { key: calls.keyOf(context) },
          true,
          ({ client }) =>
            client.listFlights(
              criteria,
              calls.optionsOf(context, record.signal),
            ),
        );
        record.replica = replica.location.uri;
        const user = userOf(context);
        const sign = (info: FlightInfo): Promise<FlightInfoInit> => {
          const { descriptor = { type: "UNKNOWN" } } = info;
          const id = crypto.randomUUID();
          return results.sign(info, { descriptor, id, replica, user });
        };
        return streamOf(mappedSource(value, sign, record.end));
      }, true),
    getFlightInfo,
    pollFlightInfo: (descriptor, context) =>
      recorded(context, (record) => infos.poll(descriptor, context, record)),
    getSchema: (descriptor, context) =>
      bounded(context, (record) => infos.schema(descriptor, context, record)),
    doGet,
    doPut(upload, context) {
      // A program that answers one of these by itself must see every query.
      const mayAnswerEarly = this?.getFlightInfo === getFlightInfo &&
        this.doGet === doGet;
      return recorded(
        context,
        (record) => uploads.put(upload, context, record, mayAnswerEarly),
        true,
      );
    },
    doExchange: (input, context) =>
      recorded(
        context,
        (record) => uploads.exchange(input, context, record),
        true,
      ),
    cancelFlightInfo: (info, context) =>
      bounded(context, (record) => results.cancel(info, context, record)),
    renewFlightEndpoint: (endpoint, context) =>
      bounded(context, (record) => results.renew(endpoint, context, record)),
    doAction: (action, context) =>
      bounded(
        context,
        (record) => act(state, results, action, context, record),
        true,
      ),
    listActions: (context) =>
      bounded(context, async (record) => {
        const { value, replica } = await calls.list(
          { key: calls.keyOf(context) },
          true,
          ({ client }) =>
            client.listActions(calls.optionsOf(context, record.signal)),
        );
        record.replica = replica.location.uri;
        return streamOf(mappedSource(value, (type) => type, record.end));
      }, true),
    onShutdown: close,
    [Symbol.asyncDispose]: close,
  };
}

function replicaAt(replicas: Replicas, location: LocationInit) {
  const uri = formatGrpcLocation(parseGrpcLocation(location));
  const replica = replicas.all.find(({ location }) => location.uri === uri);
  if (replica !== undefined) return replica;
  throw new RangeError(`The gateway has no replica at ${uri}`);
}

/** Handshake: with the backend if that authenticates the clients, else as a server that has let the call pass. */
async function handshake(
  { calls, replicas }: GatewayState,
  requests: ReadableStream<HandshakeRequest>,
  context: FlightCallContext,
  record: CallRecord,
): Promise<Iterables<HandshakeResponse>> {
  if (!calls.areAsClient) {
    // JDBC and ODBC make one even with a token, and take the header of the answer for all other calls.
    const authorization = context.headers.get("authorization");
    if (authorization !== undefined) {
      context.responseHeaders.set("authorization", authorization);
    }
    record.end();
    return [];
  }
  await replicas.known();
  const replica = replicas.choose(
    { key: calls.keyOf(context) },
    new Set(),
  )!;
  const { readable, writable } = replica.client.handshake(
    calls.optionsOf(context, record.signal),
  );
  handled(requests.pipeTo(writable));
  record.replica = replica.location.uri;
  const release = replica.begin();
  const end = (error?: unknown): void => {
    release();
    record.end(error);
  };
  return streamOf(mappedSource(toSource(readable), (answer) => answer, end));
}

/** DoAction: the actions of Flight SQL with their handles, and all others as they are. */
async function act(
  state: GatewayState,
  results: Results,
  action: Action,
  context: FlightCallContext,
  record: CallRecord,
): Promise<Iterables<{ readonly body: Uint8Array }>> {
  const { requests, calls } = state;
  const user = userOf(context);
  const { type, body = new Uint8Array() } = action;
  if (type === CANCEL_QUERY) {
    record.command = type;
    const answer = await cancelQuery(results, body, context, record);
    record.end();
    return [{ body: answer }];
  }
  const request = body.byteLength === 0
    ? PLAIN_REQUEST
    : await requests.open(body, user);
  record.asks(request);
  record.command = type;
  const { value, replica } = await calls.list(
    { only: request.only, key: calls.keyOf(context) },
    false,
    ({ client, location }) => {
      record.replica = location.uri;
      return client.doAction(
        { type, body: body.byteLength === 0 ? body : request.bytes },
        calls.optionsOf(context, record.signal),
      );
    },
  );
  const bound = { user, replica: replica.location.uri };
  const signed = async (result: { readonly body: Uint8Array }) => ({
    body: await requests.sign(
      result.body,
      request.sql,
      bound,
      (schema) => results.corrected(schema),
    ),
  });
  return streamOf(mappedSource(value, signed, record.end));
}

/** The action CancelQuery of Flight SQL. */
async function cancelQuery(
  results: Results,
  body: Uint8Array,
  context: FlightCallContext,
  record: CallRecord,
): Promise<Uint8Array> {
  const packed = unpackAny(body);
  if (packed?.name !== actionCancelQueryRequest.name) {
    throw new FlightError(
      "INVALID_ARGUMENT",
      `the body of the action ${CANCEL_QUERY} is not ${actionCancelQueryRequest.name} in a google.protobuf.Any`,
    );
  }
  const info = flightInfoCodec.decode(
    actionCancelQueryRequest.decode(packed.value).info,
  );
  const status = await results.cancel(
    withInfoSchema(info, "server"),
    context,
    record,
  );
  return packAny(actionCancelQueryResult, { result: status });
}
