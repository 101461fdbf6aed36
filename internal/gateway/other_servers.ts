/** Connections to the servers that hold results, such as the executors of an engine. */

import { quietly } from "../base/handled.ts";
import { isUnsent } from "./errors.ts";
import type { FlightClient } from "../client/flight_client.ts";

/** Time after which an unused connection is closed, in milliseconds. */
const IDLE_MS = 60_000;

/**
 * Time for which a server that could not be reached is left out, in milliseconds. It doubles with each failure that follows
 * another, since each may take seconds.
 */
const DOWN_MS = 10_000;
const LONGEST_DOWN_MS = 5 * 60_000;

/** A connection, and its users. */
interface Entry {
  readonly client: FlightClient;
  users: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A server that could not be reached. */
interface Down {
  readonly until: number;
  readonly failures: number;
}

/** Connects to servers that backends have named, and keeps the connections for a while. */
export class OtherServers {
  readonly #connect: (uri: string) => FlightClient;
  readonly #entries = new Map<string, Entry>();
  /** Servers that could not be reached, with the times until which they count as down. */
  readonly #down = new Map<string, Down>();

  /** @param connect Makes a client. It throws if the location cannot be used. */
  constructor(connect: (uri: string) => FlightClient) {
    this.#connect = connect;
  }

  /**
   * Finds the client of a location.
   *
   * @returns The client, and a function that gives it back; that one is idempotent.
   * @throws {TypeError} When the location cannot be used.
   */
  use(uri: string): { client: FlightClient; release: () => void } {
    let entry = this.#entries.get(uri);
    if (entry === undefined) {
      entry = { client: this.#connect(uri), users: 0, timer: undefined };
      this.#entries.set(uri, entry);
    }
    const used = entry;
    clearTimeout(used.timer);
    used.users++;
    let isReleased = false;
    return {
      client: used.client,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        if (--used.users > 0) return;
        used.timer = setTimeout(() => {
          if (this.#entries.get(uri) === used) this.#entries.delete(uri);
          quietly(() => used.client.close());
        }, IDLE_MS);
        (used.timer as { unref?(): void }).unref?.();
      },
    };
  }

  /** Leaves out the places at servers that could not be reached a short time ago: the replica has the data as well. */
  inOrder<P extends { readonly uri: string }>(places: readonly P[]): P[] {
    const now = Date.now();
    return places.filter(({ uri }) => (this.#down.get(uri)?.until ?? 0) <= now);
  }

  /** Remembers that a server could not be reached. */
  noteFailure(uri: string, error: unknown): void {
    if (!isUnsent(error)) return;
    const now = Date.now();
    for (const [other, { until }] of this.#down) {
      if (until + LONGEST_DOWN_MS <= now) this.#down.delete(other);
    }
    const { until = 0, failures = 0 } = this.#down.get(uri) ?? {};
    // Several calls fail by one attempt.
    if (until > now) return;
    const ms = Math.min(DOWN_MS * 2 ** failures, LONGEST_DOWN_MS);
    this.#down.set(uri, { until: now + ms, failures: failures + 1 });
  }

  /** Remembers that a server was reached. */
  noteSuccess(uri: string): void {
    this.#down.delete(uri);
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(({ client, timer }) => {
      clearTimeout(timer);
      return client.close();
    }));
  }
}
