/** A FlightService that stands in front of the servers of a Flight SQL backend. */

import type { FlightClient } from "../client/flight_client.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import type { LocationInit } from "../protocol/location.ts";
import type { FlightService } from "../server/flight_service.ts";
import { CallRecord } from "./call_record.ts";
import { Calls } from "./calls.ts";
import { DataCalls } from "./data_calls.ts";
import { Jobs } from "./engine/jobs.ts";
import { Handles } from "./handles.ts";
import { InfoCalls } from "./info_calls.ts";
import { checkedOptions, type GatewayOptions } from "./options.ts";
import { OtherCalls } from "./other_calls.ts";
import { OtherServers } from "./other_servers.ts";
import { Queries } from "./queries.ts";
import {
  type ConnectReplica,
  type GatewayReplica,
  Replicas,
} from "./replicas.ts";
import { Requests } from "./requests.ts";
import { Results } from "./results.ts";
import { boundTime, type GatewayState } from "./state.ts";
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
  const others = new OtherCalls(state, results);

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
    drain: (location, { timeoutMs } = {}) =>
      replicas.drain(location, timeoutMs, () => state.queries.sweep()),
    resume: (location) => replicas.resume(location),
    handshake: (requests, context) =>
      bounded(
        context,
        (record) => others.handshake(requests, context, record),
        true,
      ),
    listFlights: (criteria, context) =>
      bounded(
        context,
        (record) => others.listFlights(criteria, context, record),
        true,
      ),
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
      bounded(context, (record) => others.act(action, context, record), true),
    listActions: (context) =>
      bounded(context, (record) => others.listActions(context, record), true),
    onShutdown: close,
    [Symbol.asyncDispose]: close,
  };
}
