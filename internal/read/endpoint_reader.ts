/** Reads endpoints in parallel, and merges their messages into one source. */

import type { Schema } from "apache-arrow";
import { Change } from "../base/deferred.ts";
import { handled, quietly } from "../base/handled.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import { FlightError } from "../core/flight_error.ts";
import type {
  EndpointMessage,
  EndpointMessages,
} from "../stream/endpoints_stream.ts";
import type { MemoryReuse } from "../stream/data_decoder.ts";
import type { FlightMessage } from "../stream/flight_message.ts";
import { type EndpointContext, EndpointSource } from "./endpoint_source.ts";
import type { EndpointSupply } from "./endpoint_supply.ts";

/** Result of a read of an endpoint that was not taken yet. */
type Arrival = { readonly message: FlightMessage | undefined } | {
  readonly error: unknown;
};

/** Endpoint that is being read. */
interface OpenEndpoint {
  readonly endpoint: FlightEndpoint;
  readonly source: EndpointSource;
  isPending: boolean;
  arrival: Arrival | undefined;
}

/**
 * Reads the endpoints of a supply, several at a time.
 *
 * It acts only while it is read. Then every open endpoint without a waiting message is read, and
 * the first message that arrives (of the first endpoint, if the order matters) is returned. So at
 * most one message of each open endpoint waits here, and the rest waits in the windows of the
 * transport.
 */
export class EndpointReader implements EndpointMessages {
  readonly #supply: EndpointSupply;
  readonly #context: EndpointContext;
  readonly #maxParallel: number;
  /** Open endpoints in their order. */
  #open: OpenEndpoint[] = [];
  /** Endpoints with a waiting message, in the order of arrival. */
  #arrived: OpenEndpoint[] = [];
  #count = 0;
  #isBegun = false;
  #isSupplying = false;
  /** Set when there are no more endpoints, with the error if that is not the end. */
  #supplyEnd: { readonly error?: unknown } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isEnded = false;
  readonly #change = new Change();

  /**
   * Makes a reader, without reading.
   *
   * @param supply The endpoints.
   * @param context Their common context.
   * @param maxParallel Most endpoints that are open at the same time.
   */
  constructor(
    supply: EndpointSupply,
    context: EndpointContext,
    maxParallel: number,
  ) {
    this.#supply = supply;
    this.#context = context;
    this.#maxParallel = maxParallel;
    const onKnown = (): void => this.#change.notify();
    context.schemas.onKnown = onKnown;
  }

  /**
   * Returns the schema. Unless it is known beforehand, this opens endpoints, as a read does, and
   * takes nothing. A schema with dictionaries is not known before an endpoint shows the form in
   * which it sends them.
   *
   * @returns The schema; `undefined` if no endpoint has one.
   */
  async schema(): Promise<Schema | undefined> {
    const { schemas } = this.#context;
    schemas.expect(this.#supply.info);
    while (schemas.schema === undefined && !this.#isEnded) {
      this.#begin();
      this.#proceed();
      if (this.#failure) throw this.#failure.error;
      if (this.#isAtRest()) break;
      await this.#change.next();
    }
    return schemas.schema ?? schemas.announced;
  }

  reuseMemory(reuse: MemoryReuse): void {
    this.#context.memoryReuse = reuse;
    for (const { source } of this.#open) source.reuseMemory();
  }

  /** Reads the next message. At most one read may be pending. */
  async read(): Promise<EndpointMessage | undefined> {
    while (!this.#isEnded) {
      this.#begin();
      this.#proceed();
      const message = this.#take();
      if (message !== undefined) return message;
      if (this.#failure) throw this.#failure.error;
      if (this.#supplyEnd && this.#open.length === 0) this.#finish();
      else await this.#change.next();
    }
    return undefined;
  }

  /** Cancels everything; resolves when the source of the endpoints has been told too. */
  async cancel(reason: unknown): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.#stop(
      reason ?? new FlightError("CANCELLED", "the read was canceled", {
        method: "DoGet",
      }),
    );
  }

  #begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    const { signal } = this.#context.group;
    signal.addEventListener("abort", () => {
      // After an abort nothing is wanted, not even messages that have arrived.
      if (!this.#failure) this.#arrived = [];
      this.#fail(signal.reason);
    });
    this.#context.group.begin();
  }

  /** Opens endpoints while there is room, and reads from all without a waiting message. */
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
      this.#context.schemas.expect(this.#supply.info);
      if (endpoint === undefined) this.#supplyEnd = {};
      else if (!this.#failure && !this.#isEnded) this.#add(endpoint);
    } catch (error) {
      this.#supplyEnd = { error };
      if (!this.#supply.ordered || this.#open.length === 0) this.#fail(error);
    }
    this.#isSupplying = false;
    this.#change.notify();
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
    this.#change.notify();
  }

  #take(): EndpointMessage | undefined {
    const open = this.#supply.ordered ? this.#open[0] : this.#arrived.shift();
    return open?.arrival && this.#messageOf(open);
  }

  /** If the order matters, ends and errors wait for their turn like messages. */
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

  #messageOf(open: OpenEndpoint): EndpointMessage {
    const { message } = open.arrival as { message: FlightMessage };
    open.arrival = undefined;
    return { ...message, endpoint: open.endpoint };
  }

  /** True if nothing happens before a message is taken. */
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

  /** Ends all calls at once; messages that arrived before are kept. */
  #fail(error: unknown): void {
    if (this.#failure || this.#isEnded) return;
    this.#failure = { error };
    quietly(() => this.#stop(error));
  }

  async #stop(reason: unknown): Promise<void> {
    this.#context.group.abort(reason);
    for (const { source } of this.#open) source.cancel(reason);
    this.#open = [];
    this.#change.notify();
    await this.#supply.cancel(reason);
  }
}
