/** Connections to the servers that hold results, such as the executors of an engine. */

import { quietly } from "../base/handled.ts";
import { DownTime } from "../base/timers/down_time.ts";
import type { FlightClient } from "../client/flight_client.ts";
import { FlightError } from "../core/flight_error.ts";
import { isUnsent } from "./errors.ts";

/** Time after which an unused connection is closed, in milliseconds. */
const IDLE_MS = 60_000;

/** First and longest time for which a server that could not be reached is left out, in milliseconds. */
const DOWN_MS = 10_000;
const LONGEST_DOWN_MS = 5 * 60_000;

/** A connection, and its users. */
interface Entry {
  readonly client: FlightClient;
  users: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Connects to servers that backends have named, and keeps the connections for a while. */
export class OtherServers {
  readonly #connect: (uri: string) => FlightClient;
  readonly #entries = new Map<string, Entry>();
  /** The times of servers that could not be reached. */
  readonly #down = new Map<string, DownTime>();

  /** @param connect Makes a client. It throws if the location cannot be used. */
  constructor(connect: (uri: string) => FlightClient) {
    this.#connect = connect;
  }

  /**
   * Finds the client of a location.
   *
   * @returns The client, and a function that gives it back; that one is idempotent.
   * @throws {FlightError} UNAVAILABLE when the location cannot be used.
   */
  use(uri: string): { client: FlightClient; release: () => void } {
    let entry = this.#entries.get(uri);
    if (entry === undefined) {
      entry = { client: this.#clientOf(uri), users: 0, timer: undefined };
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
    return places.filter(({ uri }) => !this.#down.get(uri)?.isDown);
  }

  /** Remembers that a server could not be reached. */
  noteFailure(uri: string, error: unknown): void {
    if (!isUnsent(error)) return;
    for (const [other, { isPast }] of this.#down) {
      if (isPast) this.#down.delete(other);
    }
    const downTime = this.#down.get(uri) ??
      new DownTime(DOWN_MS, LONGEST_DOWN_MS);
    downTime.failed();
    this.#down.set(uri, downTime);
  }

  /** Remembers that a server was reached. */
  noteSuccess(uri: string): void {
    this.#down.delete(uri);
  }

  #clientOf(uri: string): FlightClient {
    try {
      return this.#connect(uri);
    } catch (cause) {
      // The backend has named it: that is no fault of the client.
      const details = "the location of the result cannot be used";
      throw new FlightError("UNAVAILABLE", details, { cause });
    }
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
