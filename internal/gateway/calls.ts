/** Calls to backends: their options, the choice of the replica, and the failover to another one. */

import { deadlineOfDate, timeUntil } from "../base/timers/deadline.ts";
import { type Source, toSource } from "../base/source.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightClient } from "../client/flight_client.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { hostOfPeer } from "../transport/host_port.ts";
import type { CheckedOptions } from "./options.ts";
import { isUnavailable, isUnsent, visibleError } from "./errors.ts";
import type { Replica, Replicas, Wish } from "./replicas.ts";

/** Headers of W3C Trace Context, which say nothing about the client. */
const TRACE_HEADERS: readonly string[] = ["traceparent", "tracestate"];

/**
 * Header that names the gateways on the way of a call, one value for each: a gateway that finds its own name in it would
 * send the call in a circle. RFC 8586 has the same for HTTP caches.
 */
const PASSED = "x-contrail-gateway";

/** A server that may answer a call. */
export interface Target {
  readonly client: FlightClient;
  /** The replica; absent for another server. */
  readonly replica?: Replica | undefined;
  /** Ends its use; idempotent. */
  readonly release: () => void;
}

/** The answer of a backend, and who gave it. */
interface Answer<T> {
  readonly replica: Replica;
  readonly value: T;
}

/** An answer whose replica counts as busy until it is released. */
interface HeldAnswer<T> extends Answer<T> {
  /** Ends the use of the replica; idempotent. */
  readonly release: () => void;
}

/** Makes calls for clients. */
export class Calls {
  readonly #replicas: Replicas;
  /** Names of headers that go to the backend. */
  readonly #forwarded: readonly string[];
  /** Names of headers that come back. */
  readonly #returned: readonly string[];
  /** Names of headers that go to other servers than backends: those of the trace alone. */
  readonly #traced: readonly string[];
  /** True if the backend authenticates the clients. */
  readonly areAsClient: boolean;
  /** Name of this gateway in the header {@linkcode PASSED}. */
  readonly #name = crypto.randomUUID();

  constructor(replicas: Replicas, { forwardHeaders }: CheckedOptions) {
    this.#replicas = replicas;
    this.#forwarded = forwardHeaders;
    this.#traced = forwardHeaders.filter((name) =>
      TRACE_HEADERS.includes(name)
    );
    this.areAsClient = forwardHeaders.includes("authorization");
    this.#returned = [
      ...(forwardHeaders.includes("cookie") ? ["set-cookie"] : []),
      ...(this.areAsClient ? ["authorization"] : []),
    ];
  }

  /** Makes of the error of a call to a backend the one for the client. */
  readonly visible = (error: unknown): unknown =>
    visibleError(error, this.areAsClient);

  /** Text that stands for the client of a call when a replica is chosen. */
  keyOf({ peerIdentity, headers, peer }: FlightCallContext): string {
    return peerIdentity ?? headers.get("cookie") ?? hostOfPeer(peer);
  }

  /**
   * Refuses a call that would go in a circle.
   *
   * @throws {FlightError} UNAVAILABLE when the call has passed this gateway before.
   */
  checkWay({ headers }: FlightCallContext): void {
    if (!headers.getAll(PASSED).includes(this.#name)) return;
    throw new FlightError(
      "UNAVAILABLE",
      "a backend, or a location that it has named, leads back to the gateway that asks it",
    );
  }

  /**
   * Options of a call to a backend on behalf of a client.
   *
   * @param context The call of the client.
   * @param signal Ends the call.
   */
  optionsOf(
    context: FlightCallContext,
    signal: AbortSignal,
  ): FlightCallOptions {
    const { deadline } = context;
    return {
      headers: this.#picked(context, this.#forwarded),
      signal,
      ...(deadline &&
        { timeoutMs: Math.max(timeUntil(deadlineOfDate(deadline)), 1) }),
      onHeaders: (received) => {
        for (const name of this.#returned) {
          for (const value of received.getAll(name)) {
            context.responseHeaders.append(name, value);
          }
        }
      },
    };
  }

  /** The headers of a call to a server that is no backend: those of the trace alone. */
  traceOf(context: FlightCallContext): FlightHeaders {
    return this.#picked(context, this.#traced);
  }

  /** The headers with some names, and the gateways that the call has passed. */
  #picked(
    { headers }: FlightCallContext,
    names: readonly string[],
  ): FlightHeaders {
    const some = new FlightHeaders();
    for (const name of names) {
      for (const value of headers.getAll(name)) some.append(name, value);
    }
    for (const name of headers.getAll(PASSED)) some.append(PASSED, name);
    some.append(PASSED, this.#name);
    return some;
  }

  /**
   * Makes a call with one answer.
   *
   * @param wish The wishes for the replica.
   * @param isRepeatable True if another replica may answer after one has failed with UNAVAILABLE.
   * @param call Makes the call.
   * @returns The answer; release it once the replica is not needed for it any more.
   * @throws {FlightError} The failure, as it is meant for the client.
   */
  async ask<T>(
    wish: Wish,
    isRepeatable: boolean,
    call: (replica: Replica) => Promise<T>,
  ): Promise<HeldAnswer<T>> {
    const tried = new Set<Replica>();
    let failure: unknown;
    await this.#replicas.known();
    for (;;) {
      const replica = this.#replicas.choose(wish, tried);
      if (replica === undefined) {
        throw this.visible(failure);
      }
      const release = replica.begin();
      try {
        const value = await call(replica);
        replica.isUp = true;
        return { replica, value, release };
      } catch (error) {
        release();
        failure = error;
        this.noteFailure(replica, error);
        if (!isUnsent(error) && !(isRepeatable && isUnavailable(error))) {
          throw this.visible(error);
        }
        tried.add(replica);
      }
    }
  }

  /**
   * Makes a call with several answers; the first one decides whether another replica is asked.
   *
   * @param wish As for `ask`.
   * @param isRepeatable As for `ask`.
   * @param call Makes the call.
   * @returns The answers.
   * @throws {FlightError} As `ask`.
   */
  async list<T>(
    wish: Wish,
    isRepeatable: boolean,
    call: (replica: Replica) => ReadableStream<T>,
  ): Promise<Answer<Source<T>>> {
    const { replica, value, release } = await this.ask(
      wish,
      isRepeatable,
      async (replica) => {
        const source = toSource(call(replica));
        return { source, first: await source.read() };
      },
    );
    return { replica, value: this.rest(value.first, value.source, release) };
  }

  /**
   * A source whose first value was read already.
   *
   * @param first The value.
   * @param source The rest.
   * @param end Called once, at the end, a failure or a cancellation.
   * @param blame Makes the error for the client of a failure.
   * @param check Called with each value; the source fails when it throws.
   */
  rest<T>(
    first: T | undefined,
    source: Source<T>,
    end: (error?: unknown) => void,
    blame: (error: unknown) => unknown = this.visible,
    check: (value: T) => void = () => {},
  ): Source<T> {
    let next = first;
    let outcome: { readonly error?: unknown } | undefined;
    if (first === undefined) {
      outcome = {};
      end();
    }
    return {
      async read() {
        if (outcome !== undefined) return ended(outcome);
        try {
          const value = next ?? await source.read();
          next = undefined;
          if (value !== undefined) check(value);
          else {
            outcome ??= {};
            end();
          }
          return value;
        } catch (error) {
          const visible = blame(error);
          outcome ??= { error: visible };
          source.cancel(visible);
          end(visible);
          throw visible;
        }
      },
      cancel(reason) {
        outcome ??= {};
        next = undefined;
        end(reason);
        source.cancel(reason);
      },
      recycle: (value) => source.recycle?.(value),
    };
  }

  /** Remembers that a replica cannot be reached. */
  noteFailure(replica: Replica, error: unknown): void {
    if (!isUnavailable(error) || error.origin !== "transport") return;
    replica.isUp = false;
    this.#replicas.report();
  }
}

/**
 * Makes a source that maps each value of `source`.
 *
 * @param map Makes the value for the client.
 * @param end Called once, at the end, a failure or a cancellation.
 * @param blame Makes the error for the client of a failure.
 */
export function mappedSource<T, U>(
  source: Source<T>,
  map: (value: T) => U | Promise<U>,
  end: (error?: unknown) => void = () => {},
  blame: (error: unknown) => unknown = (error) => error,
): Source<U> {
  let outcome: { readonly error?: unknown } | undefined;
  return {
    async read() {
      if (outcome !== undefined) return ended(outcome);
      try {
        const value = await source.read();
        if (value !== undefined) return await map(value);
        outcome ??= {};
        end();
        return undefined;
      } catch (error) {
        const visible = blame(error);
        outcome ??= { error: visible };
        source.cancel(visible);
        end(error);
        throw visible;
      }
    },
    cancel(reason) {
      outcome ??= {};
      end(reason);
      source.cancel(reason);
    },
  };
}

/** The result of each read after the end: the end, or the same failure. */
function ended(outcome: { readonly error?: unknown }): undefined {
  if ("error" in outcome) throw outcome.error;
  return undefined;
}
