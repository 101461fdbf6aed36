/** Reads endpoints side by side, and gives their messages as one source. */

import type { Schema } from "apache-arrow";
import { type Deferred, deferred } from "../base/deferred.ts";
import { handled, quietly } from "../base/handled.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import { FlightError } from "../core/flight_error.ts";
import type {
  FlightInfoMessage,
  FlightInfoMessages,
} from "../stream/endpoints_stream.ts";
import type { FlightMessage } from "../stream/flight_message.ts";
import { type EndpointContext, EndpointSource } from "./endpoint_source.ts";
import type { EndpointSupply } from "./endpoint_supply.ts";

/** What came of a read of an endpoint, until somebody takes it. */
type Arrival = { readonly message: FlightMessage | undefined } | {
  readonly error: unknown;
};

/** An endpoint that is being read. */
interface OpenEndpoint {
  readonly endpoint: FlightEndpoint;
  readonly source: EndpointSource;
  isPending: boolean;
  arrival: Arrival | undefined;
}

/**
 * Reads the endpoints of a supply, several at a time.
 *
 * It acts only while it is read: then every open endpoint that has nothing waiting is read from, and
 * the first message that arrives (of the first endpoint, where the order counts) is handed out. So at
 * most one message of each open endpoint waits here, and what else is under way waits in the windows
 * of the transport.
 */
export class EndpointReader implements FlightInfoMessages {
  readonly #supply: EndpointSupply;
  readonly #context: EndpointContext;
  readonly #maxParallel: number;
  /** In their order. */
  #open: OpenEndpoint[] = [];
  /** Those with something waiting, in the order in which it arrived. */
  #arrived: OpenEndpoint[] = [];
  #count = 0;
  #isBegun = false;
  #isSupplying = false;
  /** There are no more endpoints, for this reason where it is not the end. */
  #supplyEnd: { readonly error?: unknown } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isEnded = false;
  #change: Deferred<void> | undefined;

  /**
   * Does nothing before it is read.
   *
   * @param supply The endpoints.
   * @param context What they share.
   * @param maxParallel How many of them are open at the same time.
   */
  constructor(
    supply: EndpointSupply,
    context: EndpointContext,
    maxParallel: number,
  ) {
    this.#supply = supply;
    this.#context = context;
    this.#maxParallel = maxParallel;
    context.schemas.onKnown = () => this.#wake();
  }

  /**
   * The schema. Unless it is known beforehand (without dictionaries, of which an endpoint has to say how
   * it sends them) this opens endpoints, as a read does, and takes nothing.
   *
   * @returns The schema; `undefined` where no endpoint has one.
   */
  async schema(): Promise<Schema | undefined> {
    const { schemas } = this.#context;
    schemas.expect(this.#supply.schema);
    while (schemas.schema === undefined && !this.#isEnded) {
      this.#begin();
      this.#proceed();
      if (this.#failure) throw this.#failure.error;
      if (this.#isAtRest()) break;
      await this.#changed();
    }
    return schemas.schema ?? schemas.announced;
  }

  /** The next message. At most one read may be pending. */
  async read(): Promise<FlightInfoMessage | undefined> {
    while (!this.#isEnded) {
      this.#begin();
      this.#proceed();
      const message = this.#take();
      if (message !== undefined) return message;
      if (this.#failure) throw this.#failure.error;
      if (this.#supplyEnd && this.#open.length === 0) this.#finish();
      else await this.#changed();
    }
    return undefined;
  }

  /** Cancels everything; resolves when also whoever makes the endpoints has been told. */
  async cancel(reason: unknown): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.#stop(
      reason ?? new FlightError("CANCELLED", "the read was cancelled"),
    );
  }

  #begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    const { signal } = this.#context.group;
    signal.addEventListener("abort", () => {
      // Whoever aborts wants nothing any more, not even what has arrived.
      if (!this.#failure) this.#arrived = [];
      this.#fail(signal.reason);
    });
    this.#context.group.begin();
  }

  /** Opens endpoints while there is room, and reads from all that have nothing waiting. */
  #proceed(): void {
    this.#skipEnded();
    if (this.#failure) return;
    if (
      this.#open.length < this.#maxParallel && !this.#isSupplying &&
      !this.#supplyEnd
    ) handled(this.#openNext());
    for (const open of this.#open) {
      if (!open.isPending && !open.arrival) handled(this.#readFrom(open));
    }
  }

  async #openNext(): Promise<void> {
    this.#isSupplying = true;
    try {
      const endpoint = await this.#supply.read();
      this.#context.schemas.expect(this.#supply.schema);
      if (endpoint === undefined) this.#supplyEnd = {};
      else if (!this.#failure && !this.#isEnded) this.#add(endpoint);
    } catch (error) {
      this.#supplyEnd = { error };
      if (!this.#supply.ordered || this.#open.length === 0) this.#fail(error);
    }
    this.#isSupplying = false;
    this.#wake();
  }

  #add(endpoint: FlightEndpoint): void {
    const source = new EndpointSource(endpoint, this.#count++, this.#context);
    this.#open.push({
      endpoint,
      source,
      isPending: false,
      arrival: undefined,
    });
    if (!this.#supply.ordered || this.#open.length === 1) source.takeTurn();
  }

  async #readFrom(open: OpenEndpoint): Promise<void> {
    open.isPending = true;
    let arrival: Arrival;
    try {
      arrival = { message: await open.source.read() };
    } catch (error) {
      arrival = { error };
    }
    open.isPending = false;
    if (this.#failure || this.#isEnded) return;
    const isEnd = !("error" in arrival) && arrival.message === undefined;
    if (this.#supply.ordered) open.arrival = arrival;
    else if ("error" in arrival) this.#fail(arrival.error);
    else if (isEnd) this.#open.splice(this.#open.indexOf(open), 1);
    else {
      open.arrival = arrival;
      this.#arrived.push(open);
    }
    this.#wake();
  }

  #take(): FlightInfoMessage | undefined {
    const open = this.#supply.ordered ? this.#open[0] : this.#arrived.shift();
    return open?.arrival && this.#messageOf(open);
  }

  /** Where the order counts, ends and errors wait for their turn like everything else. */
  #skipEnded(): void {
    if (!this.#supply.ordered) return;
    while (this.#open[0]?.arrival) {
      const { arrival } = this.#open[0];
      if ("error" in arrival) return this.#fail(arrival.error);
      if (arrival.message !== undefined) return;
      this.#open.shift();
      this.#open[0]?.source.takeTurn();
    }
    if (this.#open.length === 0 && this.#supplyEnd?.error !== undefined) {
      this.#fail(this.#supplyEnd.error);
    }
  }

  #messageOf(open: OpenEndpoint): FlightInfoMessage {
    const { message } = open.arrival as { message: FlightMessage };
    open.arrival = undefined;
    return { ...message, endpoint: open.endpoint };
  }

  /** Whether nothing happens before something is taken. */
  #isAtRest(): boolean {
    if (this.#isSupplying || this.#open.some(({ arrival }) => !arrival)) {
      return false;
    }
    return this.#supplyEnd !== undefined ||
      this.#open.length >= this.#maxParallel;
  }

  #finish(): void {
    this.#isEnded = true;
    this.#context.group.end();
  }

  /** Ends all calls at once; what arrived before them is still there. */
  #fail(error: unknown): void {
    if (this.#failure || this.#isEnded) return;
    this.#failure = { error };
    quietly(() => this.#stop(error));
  }

  async #stop(reason: unknown): Promise<void> {
    this.#context.group.abort(reason);
    for (const { source } of this.#open) source.cancel(reason);
    this.#open = [];
    this.#wake();
    await this.#supply.cancel(reason);
  }

  #changed(): Promise<void> {
    this.#change ??= deferred();
    return this.#change.promise;
  }

  #wake(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}
