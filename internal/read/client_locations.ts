/** The locations that a client reads from, once it reads endpoints. */

import { FlightError } from "../core/flight_error.ts";
import { DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES } from "../core/limits.ts";
import {
  type ClientOrigin,
  type LocationOptions,
  type LocationSettings,
  locationSettings,
  type OwnCalls,
} from "./location_options.ts";
import type { LocationPool } from "./location_pool.ts";

/** The locations of a client, as a property of it. Another copy of this package knows it too. */
const LOCATIONS = Symbol.for("@contrail/flight locations");

/** A client that reads. */
interface LocatedClient {
  readonly [LOCATIONS]?: ClientLocations;
}

/** Returns the locations of a client; `undefined` for what is no FlightClient. */
export function locationsOf(client: object): ClientLocations | undefined {
  return (client as LocatedClient)[LOCATIONS];
}

/** The pool of a client, made for its first read. */
export class ClientLocations {
  readonly #own: OwnCalls;
  readonly #settings: LocationSettings;
  readonly #origin: ClientOrigin;
  readonly #closing = new AbortController();
  #pool: LocationPool | undefined;

  /**
   * @param client The client.
   * @param own Its calls.
   * @param options The application's options for other locations.
   * @param origin The default way to reach them.
   * @throws {RangeError | TypeError} When an option cannot be used.
   */
  constructor(
    client: object,
    own: OwnCalls,
    options: LocationOptions,
    origin: ClientOrigin,
  ) {
    Object.defineProperty(client, LOCATIONS, { value: this });
    this.#own = own;
    this.#settings = locationSettings(options);
    this.#origin = origin;
  }

  /** Largest size of a batch that is not in its original form, in bytes. */
  get maxDecompressedMessageBytes(): number {
    return this.#origin.maxDecompressedMessageBytes ??
      DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES;
  }

  /** Aborted when the client is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Returns the pool, which is made of `Pool` at first. */
  pool(Pool: typeof LocationPool): LocationPool {
    return this.#pool ??= new Pool(
      this.#own,
      this.#settings,
      this.#origin,
      this.closed,
    );
  }

  /** Closes all connections but the client's own, and aborts `closed`; idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(new FlightError("CANCELLED", "the client was closed"));
    await this.#pool?.close();
  }
}
