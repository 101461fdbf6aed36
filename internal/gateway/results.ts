/** Results of queries as clients get them: with tickets that the gateway has signed, and can take back. */

import { equalBytes } from "../base/bytes.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { decodeSchema } from "../ipc/decode_schema.ts";
import { encodeSchema } from "../ipc/encode_schema.ts";
import type { CancelStatus } from "../protocol/cancel_flight_info.ts";
import {
  type FlightDescriptor,
  flightDescriptorCodec,
} from "../protocol/flight_descriptor.ts";
import type {
  FlightEndpoint,
  FlightEndpointInit,
} from "../protocol/flight_endpoint.ts";
import type { FlightInfo, FlightInfoInit } from "../protocol/flight_info.ts";
import { isReuseConnection, REUSE_CONNECTION } from "../protocol/location.ts";
import type { CallRecord } from "./call_record.ts";
import { decodedAnswer } from "./errors.ts";
import type { Held } from "./handles.ts";
import { pollToken } from "./requests.ts";
import type { Query, RunPart } from "./queries.ts";
import type { Replica } from "./replicas.ts";
import { type GatewayState, userOf } from "./state.ts";

/** Longest time for an attempt to cancel a query, in milliseconds. */
const CANCEL_TIMEOUT_MS = 5_000;

/** Query that a result belongs to. */
interface ResultOf {
  /** The descriptor of the client. */
  readonly descriptor: FlightDescriptor;
  /** Identifier of the query. */
  readonly id: string;
  /** Its record; absent for what has not run, as in a list. */
  readonly query?: Query | undefined;
  readonly replica: Replica;
  readonly user: string;
  /** Command of a prepared statement as the backend has got it. */
  readonly prepared?: Uint8Array | undefined;
}

/** Signs and opens results. */
export class Results {
  readonly #state: GatewayState;

  constructor(state: GatewayState) {
    this.#state = state;
  }

  /** Makes the info for the client of that of a backend. */
  async sign(info: FlightInfo, of: ResultOf): Promise<FlightInfoInit> {
    const { descriptor, query, replica } = of;
    const now = Date.now();
    const { resultLifetimeMs } = this.#state.options;
    const endpoints = await Promise.all(
      info.endpoints.map((endpoint, index) =>
        this.#signEndpoint(endpoint, index, now + resultLifetimeMs, of)
      ),
    );
    const expiresAt = endpoints.reduce(
      (latest, { expirationTime }) =>
        Math.max(latest, expirationTime!.getTime()),
      now,
    );
    query?.hasResult(replica, endpoints.length, expiresAt);
    return {
      ...info,
      schemaBytes: this.corrected(info.schemaBytes),
      // It has what only the backend knows, such as its handles.
      descriptor: info.descriptor && descriptor,
      endpoints,
    };
  }

  /** Corrects a schema to that of the data. */
  corrected<S extends Uint8Array | undefined>(bytes: S): S | Uint8Array {
    const { engine } = this.#state.options;
    if (!bytes?.byteLength || !engine?.correctSchema) return bytes;
    const schema = decodedAnswer("GetFlightInfo", bytes, decodeSchema);
    const corrected = engine.correctSchema(schema);
    return corrected === schema ? bytes : encodeSchema(corrected);
  }

  /** The parts of a result, for a second run. */
  static partsOf(info: FlightInfo, replica: Replica): RunPart[] {
    return info.endpoints.map((endpoint) => ({
      replica: replica.location.uri,
      value: endpoint.ticket.ticket,
      locations: namedBy(endpoint),
    }));
  }

  /**
   * RenewFlightEndpoint.
   *
   * @throws {FlightError} NOT_FOUND when the ticket is not from this gateway, or has expired.
   */
  async renew(
    endpoint: FlightEndpoint,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<FlightEndpointInit> {
    const { requests, options, calls } = this.#state;
    const held = await requests.openTicket(
      endpoint.ticket.ticket,
      userOf(context),
    );
    record.command = "RenewFlightEndpoint";
    const ownExpiry = Date.now() + options.resultLifetimeMs;
    if (held.query === "") {
      // The command of a prepared statement, which does not expire by itself.
      return { ...endpoint, expirationTime: new Date(ownExpiry) };
    }
    record.queryId = held.query;
    record.replica = held.replica;
    let dropsAt = Number(held.dropsAt);
    let { value, locations: places } = held;
    if (dropsAt > 0 && options.engine?.resultLifetimeMs === undefined) {
      const wish = { only: held.replica, key: calls.keyOf(context) };
      const { value: renewed, release } = await calls.ask(
        wish,
        false,
        ({ client }) =>
          client.renewFlightEndpoint({
            ticket: { ticket: held.value },
            locations: held.locations.map((uri) => ({ uri })),
            expirationTime: new Date(dropsAt),
          }, calls.optionsOf(context, record.signal)),
      );
      release();
      dropsAt = renewed.expirationTime?.getTime() ?? dropsAt;
      // Some servers answer with the time alone.
      if (renewed.ticket.ticket.byteLength > 0) {
        value = renewed.ticket.ticket;
        places = namedBy(renewed);
      }
    }
    const expiresAt = dropsAt > 0 ? dropsAt : ownExpiry;
    const query = this.#state.queries.get(held.query);
    if (query) query.expiresAt = Math.max(query.expiresAt, expiresAt);
    const signed = await this.#signHeld(
      { ...held, value, locations: places, dropsAt: BigInt(dropsAt) },
      expiresAt,
    );
    const { locations, appMetadata } = endpoint;
    return { ...signed, locations, appMetadata };
  }

  /**
   * CancelFlightInfo: ends a query, whether it runs or its result is being read.
   *
   * @throws {FlightError} NOT_FOUND when the info is not from this gateway, or has expired.
   */
  async cancel(
    info: FlightInfo,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<CancelStatus> {
    const held = await this.#heldOf(info, context);
    const { queries, options, calls } = this.#state;
    record.command ??= "CancelFlightInfo";
    record.queryId = held.query || undefined;
    record.replica = held.replica || undefined;
    const query = queries.get(held.query);
    // From now on, all calls for a query that is known here fail, whatever the backend says.
    const hasEnded = query !== undefined;
    query?.end(new FlightError("CANCELLED", "the query was canceled"));
    const { engine } = options;
    if (engine?.cancel) {
      const found = held.replica !== "" && await engine.cancel(
        { id: held.query, replica: { uri: held.replica } },
        AbortSignal.timeout(CANCEL_TIMEOUT_MS),
      ).catch(() => false);
      return found || hasEnded ? "CANCELLED" : "NOT_CANCELLABLE";
    }
    const opened = await this.#opened(info, context);
    try {
      const wish = { only: held.replica, key: calls.keyOf(context) };
      const { value: { status }, release } = await calls.ask(
        wish,
        false,
        ({ client }) =>
          client.cancelFlightInfo(
            opened,
            calls.optionsOf(context, record.signal),
          ),
      );
      release();
      return hasEnded && status === "NOT_CANCELLABLE" ? "CANCELLED" : status;
    } catch (error) {
      if (!hasEnded) throw error;
      // A backend without the action ends the query with its calls; one may also have forgotten it already.
      return FlightError.is(error) &&
          ["UNIMPLEMENTED", "NOT_FOUND"].includes(error.code)
        ? "CANCELLED"
        : "CANCELLING";
    }
  }

  async #heldOf(info: FlightInfo, context: FlightCallContext): Promise<Held> {
    const { handles, requests } = this.#state;
    const user = userOf(context);
    const [endpoint] = info.endpoints;
    if (endpoint) {
      return await requests.openTicket(endpoint.ticket.ticket, user);
    }
    return await handles.open(
      "poll",
      pollToken(info.descriptor) ?? new Uint8Array(),
      user,
    );
  }

  /** The info as the backend knows it. */
  async #opened(
    info: FlightInfo,
    context: FlightCallContext,
  ): Promise<FlightInfo> {
    const { handles, requests } = this.#state;
    const user = userOf(context);
    const endpoints = await Promise.all(info.endpoints.map(async (endpoint) => {
      const held = await requests.openTicket(endpoint.ticket.ticket, user);
      return {
        ...endpoint,
        ticket: { ticket: held.value },
        locations: held.locations.map((uri) => ({ uri })),
      };
    }));
    const token = pollToken(info.descriptor);
    if (token) {
      const { value } = await handles.open("poll", token, user);
      return {
        ...info,
        endpoints,
        descriptor: flightDescriptorCodec.decode(value),
      };
    }
    const descriptor = info.descriptor &&
      (await requests.openDescriptor(info.descriptor, user)).descriptor;
    return { ...info, endpoints, descriptor };
  }

  #signEndpoint(
    endpoint: FlightEndpoint,
    index: number,
    ownExpiry: number,
    { id, replica, user, descriptor, prepared }: ResultOf,
  ): Promise<FlightEndpointInit> {
    const { engine } = this.#state.options;
    if (
      prepared && descriptor.type === "CMD" &&
      equalBytes(endpoint.ticket.ticket, prepared)
    ) {
      // The rows depend on the parameters that are bound when they are read: clients know that by such a ticket.
      const expirationTime = endpoint.expirationTime ?? new Date(ownExpiry);
      return Promise.resolve({ ticket: descriptor.cmd, expirationTime });
    }
    const given = endpoint.expirationTime?.getTime();
    const dropsAt = given ??
      (engine?.resultLifetimeMs === undefined ? 0 : ownExpiry);
    return this.#signHeld(
      {
        user,
        replica: replica.location.uri,
        query: id,
        index,
        value: endpoint.ticket.ticket,
        locations: namedBy(endpoint),
        dropsAt: BigInt(Math.ceil(dropsAt)),
      },
      given ?? ownExpiry,
      endpoint,
    );
  }

  async #signHeld(
    held: Partial<Held> & Pick<Held, "user" | "replica" | "value">,
    expiresAt: number,
    endpoint?: FlightEndpoint,
  ): Promise<FlightEndpointInit> {
    const { options, handles } = this.#state;
    const part = options.results === "direct"
      ? options.engine?.locate?.(held.value)
      : undefined;
    const fetched =
      endpoint?.locations.filter(({ uri }) => /^https?:/i.test(uri)) ?? [];
    const first = part ? [part.location] : fetched;
    return {
      ticket: await handles.signTicket(held, expiresAt, part?.ticket),
      locations: first.length > 0 ? [...first, REUSE_CONNECTION] : [],
      expirationTime: new Date(expiresAt),
      appMetadata: endpoint?.appMetadata,
    };
  }
}

/** Locations that a backend has named for an endpoint, and that a gateway can read from. */
function namedBy({ locations }: FlightEndpoint): string[] {
  return locations.filter((location) =>
    !isReuseConnection(location) && /^grpc/i.test(location.uri)
  ).map(({ uri }) => uri);
}
