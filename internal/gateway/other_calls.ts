/** Handshake, actions and lists: the calls that are no queries, and move no data. */

import { handled } from "../base/handled.ts";
import { type Iterables, type Source, toSource } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import type { FlightClient } from "../client/flight_client.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import type { Action, ActionType } from "../protocol/action.ts";
import type { Criteria } from "../protocol/criteria.ts";
import { flightInfoCodec } from "../protocol/flight_info.ts";
import type { FlightInfo, FlightInfoInit } from "../protocol/flight_info.ts";
import type {
  HandshakeRequest,
  HandshakeResponse,
} from "../protocol/handshake.ts";
import { packAny, unpackAny } from "../sql/messages/any.ts";
import {
  actionCancelQueryRequest,
  actionCancelQueryResult,
} from "../sql/messages/cancel_query.ts";
import { withInfoSchema } from "../stream/info_schema.ts";
import type { CallRecord } from "./call_record.ts";
import { mappedSource } from "./calls.ts";
import type { Replica } from "./replicas.ts";
import { PLAIN_REQUEST } from "./requests.ts";
import type { Results } from "./results.ts";
import { type GatewayState, userOf } from "./state.ts";

/** The action of Flight SQL that CancelFlightInfo has replaced. */
const CANCEL_QUERY = "CancelQuery";

/** Forwards calls that are no queries. */
export class OtherCalls {
  readonly #state: GatewayState;
  readonly #results: Results;

  constructor(state: GatewayState, results: Results) {
    this.#state = state;
    this.#results = results;
  }

  /** Handshake: with the backend if that authenticates the clients, else as a server that has let the call pass. */
  async handshake(
    requests: ReadableStream<HandshakeRequest>,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<Iterables<HandshakeResponse>> {
    const { calls, replicas } = this.#state;
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

  /** ListFlights. */
  async listFlights(
    criteria: Criteria,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<ReadableStream<FlightInfoInit>> {
    const { value, replica } = await this.#list(
      context,
      record,
      (client, options) => client.listFlights(criteria, options),
    );
    const user = userOf(context);
    const sign = (info: FlightInfo): Promise<FlightInfoInit> => {
      const { descriptor = { type: "UNKNOWN" } } = info;
      const id = crypto.randomUUID();
      return this.#results.sign(info, { descriptor, id, replica, user });
    };
    return streamOf(mappedSource(value, sign, record.end));
  }

  /** ListActions. */
  async listActions(
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<ReadableStream<ActionType>> {
    const { value } = await this.#list(
      context,
      record,
      (client, options) => client.listActions(options),
    );
    return streamOf(mappedSource(value, (type) => type, record.end));
  }

  /** Asks any replica for a list. */
  async #list<T>(
    context: FlightCallContext,
    record: CallRecord,
    list: (
      client: FlightClient,
      options: FlightCallOptions,
    ) => ReadableStream<T>,
  ): Promise<{ value: Source<T>; replica: Replica }> {
    const { calls } = this.#state;
    const { value, replica } = await calls.list(
      { key: calls.keyOf(context) },
      true,
      ({ client }) => list(client, calls.optionsOf(context, record.signal)),
    );
    record.replica = replica.location.uri;
    return { value, replica };
  }

  /** DoAction: the actions of Flight SQL with their handles, and all others as they are. */
  async act(
    action: Action,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<Iterables<{ readonly body: Uint8Array }>> {
    const { requests, calls } = this.#state;
    const user = userOf(context);
    const { type, body = new Uint8Array() } = action;
    if (type === CANCEL_QUERY) {
      record.command = type;
      const answer = await this.#cancelQuery(body, context, record);
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
        (schema) => this.#results.corrected(schema),
      ),
    });
    return streamOf(mappedSource(value, signed, record.end));
  }

  /** The action CancelQuery of Flight SQL. */
  async #cancelQuery(
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
    const status = await this.#results.cancel(
      withInfoSchema(info, "server"),
      context,
      record,
    );
    return packAny(actionCancelQueryResult, { result: status });
  }
}
