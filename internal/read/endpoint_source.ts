/** One endpoint of a FlightInfo: located, opened, and read to its end. */

import { type Deferred, deferred } from "../base/deferred.ts";
import type { Source } from "../base/source.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import { FlightError } from "../core/flight_error.ts";
import type { Location } from "../protocol/location.ts";
import type { MemoryReuse } from "../stream/data_decoder.ts";
import type { FlightMessage } from "../stream/flight_message.ts";
import type { CallGroup } from "./call_group.ts";
import type { EndpointRenewal } from "./endpoint_renewal.ts";
import type { EndpointStream } from "./endpoint_stream.ts";
import { locationName } from "./location_name.ts";
import type { LocationPool } from "./location_pool.ts";
import type { ConnectionLease } from "./read_connection.ts";
import type { ReferenceSchema } from "./reference_schema.ts";

/** Common context of all endpoints of a read. */
export interface EndpointContext {
  /** Finds locations. */
  readonly pool: LocationPool;
  /** Ends all calls together. */
  readonly group: CallGroup;
  /** Checks their schema. */
  readonly schemas: ReferenceSchema;
  /** Validity of their messages. */
  memoryReuse: MemoryReuse;
  /** Keeps endpoints valid. */
  readonly renewal: EndpointRenewal;
  /** Returns the options of a call. Only trusted connections get the identity of the caller. */
  callOptions(isTrusted: boolean): FlightCallOptions;
}

/**
 * Reads one endpoint, from the first of its locations that can be reached. Nothing is opened before
 * the first read, and then only at its turn, or if it may wait unread until then.
 */
export class EndpointSource implements Source<FlightMessage> {
  readonly #endpoint: FlightEndpoint;
  readonly #name: string;
  readonly #context: EndpointContext;
  readonly #turn: Deferred<void> = deferred();
  #isTurn = false;
  #lease: ConnectionLease | undefined;
  #stream: EndpointStream | undefined;
  /** Number of locations that were not tried. */
  #untried = 0;

  /**
   * @param endpoint The endpoint.
   * @param index Its number in the FlightInfo.
   * @param context The common context.
   */
  constructor(
    endpoint: FlightEndpoint,
    index: number,
    context: EndpointContext,
  ) {
    this.#endpoint = endpoint;
    this.#name = `endpoints[${index}]`;
    this.#context = context;
  }

  /** Starts the turn of the endpoint: from now on it is read as soon as it has data. */
  takeTurn(): void {
    this.#isTurn = true;
    this.#turn.resolve();
    this.#lease?.endAhead();
  }

  /** Follows a change of `memoryReuse`. */
  reuseMemory(): void {
    this.#stream?.reuseMemory?.(this.#context.memoryReuse);
  }

  /** Reads the next message. At most one read may be pending. */
  async read(): Promise<FlightMessage | undefined> {
    if (this.#stream === undefined) return await this.#open();
    try {
      return await this.#next(this.#stream);
    } catch (error) {
      this.#end(error);
      throw this.#located(error, true);
    }
  }

  cancel(reason: unknown): void {
    this.#turn.reject(reason);
    this.#end(reason);
  }

  async #open(): Promise<FlightMessage | undefined> {
    const { group, pool, renewal } = this.#context;
    const endpoint = await renewal.fresh(
      this.#endpoint,
      this.#name,
      group.signal,
    );
    const locations = pool.inOrder(endpoint.locations);
    const failures: [Location, FlightError][] = [];
    for (const [i, location] of locations.entries()) {
      this.#untried = locations.length - 1 - i;
      try {
        this.#lease = pool.lease(location, this.#untried === 0);
        return await this.#begin(endpoint, this.#lease);
      } catch (error) {
        this.#end(error);
        if (group.signal.aborted) throw error;
        const isLast = locations.length === 1 && this.#lease !== undefined;
        if (isLast || !isOfLocation(error, this.#lease)) {
          throw this.#located(error);
        }
        failures.push([location, error]);
        this.#stream = this.#lease = undefined;
      }
    }
    throw this.#exhausted(failures);
  }

  /** Opens a stream, and reads its first message: a failure up to there does no harm. */
  async #begin(
    endpoint: FlightEndpoint,
    lease: ConnectionLease,
  ): Promise<FlightMessage | undefined> {
    const { schemas, callOptions } = this.#context;
    if (!this.#isTurn) await lease.beginAhead(this.#turn.promise);
    // Both may happen at once.
    if (this.#isTurn) lease.endAhead();
    this.#stream = lease.open(
      endpoint,
      callOptions(lease.withholds === undefined),
    );
    this.reuseMemory();
    try {
      const schema = await this.#stream.schema();
      if (schema !== undefined) schemas.check(schema, this.#name);
      const first = await this.#next(this.#stream);
      lease.setReached(true);
      return first;
    } catch (error) {
      if (isUnavailable(error)) lease.setReached(false);
      throw error;
    }
  }

  async #next(stream: EndpointStream): Promise<FlightMessage | undefined> {
    const message = await stream.read();
    // At the end the connection is free for others.
    if (message === undefined) this.#lease?.release();
    if (message?.batch === undefined) return message;
    const { schemas } = this.#context;
    return { ...message, batch: schemas.unify(message.batch, this.#name) };
  }

  #end(reason: unknown): void {
    this.#stream?.cancel(reason);
    this.#lease?.release();
  }

  /** Adds the endpoint to an error. */
  #located(error: unknown, isDelivered = false): unknown {
    const { signal } = this.#context.group;
    if (!FlightError.is(error) || signal.aborted) return error;
    const where = [`${this.#name}, read from ${this.#lease?.name}`];
    if (isDelivered && isUnavailable(error) && this.#untried > 0) {
      where.push("a part of it was delivered, so no other location is tried");
    }
    if (isTurnedAway(error, this.#lease)) where.push(this.#lease!.withholds!);
    return new FlightError(
      error.code,
      `${error.details} (${where.join("; ")})`,
      {
        method: error.method ?? "DoGet",
        origin: error.origin,
        headers: error.headers,
        trailers: error.trailers,
        extraInfo: error.extraInfo,
        cause: error,
      },
    );
  }

  #exhausted(failures: readonly [Location, FlightError][]): FlightError {
    const reasons = failures.map(([location, { code, details }]) =>
      `${locationName(location)}: [${code}] ${details}`
    );
    const codes = new Set(failures.map(([, { code }]) => code));
    const [, first] = failures[0]!;
    return new FlightError(
      codes.size === 1 ? first.code : "UNAVAILABLE",
      `no location of ${this.#name} can be read: ${reasons.join("; ")}`,
      {
        method: "DoGet",
        origin: first.origin,
        cause: failures.length === 1
          ? first
          : new AggregateError(failures.map(([, error]) => error)),
      },
    );
  }
}

function isUnavailable(error: unknown): error is FlightError {
  return FlightError.is(error) && error.code === "UNAVAILABLE";
}

/**
 * Reports whether an error only says that the endpoint cannot be read here: the location cannot be
 * reached or used, or it demands the identity of this client, which it was not given.
 */
function isOfLocation(
  error: unknown,
  lease: ConnectionLease | undefined,
): error is FlightError {
  if (!FlightError.is(error)) return false;
  return error.code === "UNAVAILABLE" ||
    error.code === "UNIMPLEMENTED" && error.origin === "local" ||
    isTurnedAway(error, lease);
}

/** Reports whether a location refuses a client that has not identified itself. */
function isTurnedAway(
  { code }: FlightError,
  lease: ConnectionLease | undefined,
): boolean {
  return lease?.withholds !== undefined &&
    (code === "UNAUTHENTICATED" || code === "PERMISSION_DENIED");
}
