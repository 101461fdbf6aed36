/** Connections for reading endpoints: the client's own, and others that are kept. */

import { quietly } from "../base/handled.ts";
import { FlightError } from "../core/flight_error.ts";
import { DEFAULT_MAX_RECEIVE_MESSAGE_BYTES } from "../core/limits.ts";
import {
  isReuseConnection,
  type Location,
  readGrpcLocation,
  REUSE_CONNECTION,
} from "../protocol/location.ts";
import { IpcLimits } from "../ipc/decode/ipc_stream_reader.ts";
import { decodedEndpoint, endpointStream } from "./endpoint_stream.ts";
import { HttpEndpoint } from "./http/http_endpoint.ts";
import { grpcUri, isHttp } from "./location_name.ts";
import {
  type ClientOrigin,
  type LocationClient,
  type LocationSettings,
  MAX_UNREAD_FETCHES,
  type OwnCalls,
} from "./location_options.ts";
import {
  ConnectionLease,
  ReadConnection,
  type ReadConnectionInit,
} from "./read_connection.ts";

/** Most unused connections that may stay open. */
const MAX_IDLE_CONNECTIONS = 32;

/** Explanation when a location refuses this client because of withheld headers. */
const WITHHELD =
  "headers and certificates of a client go to other locations only by option connectLocation";

/** Finds the connection of a location, and keeps it for the next endpoint. */
export class LocationPool {
  readonly #settings: LocationSettings;
  readonly #connection: ClientOrigin;
  readonly #closed: AbortSignal;
  readonly #limits: IpcLimits;
  readonly #own: ReadConnection;
  readonly #ownUri: string | undefined;
  readonly #connections = new Map<string, ReadConnection>();

  /**
   * @param own The calls of the client that owns the pool.
   * @param settings The application's options for other locations.
   * @param connection The default way to reach them.
   * @param closed Aborted when the client is closed.
   */
  constructor(
    own: OwnCalls,
    settings: LocationSettings,
    connection: ClientOrigin,
    closed: AbortSignal,
  ) {
    this.#settings = settings;
    this.#connection = connection;
    this.#closed = closed;
    this.#limits = new IpcLimits(
      connection.maxReceiveMessageBytes ?? DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
      settings.maxFileBytes,
    );
    this.#own = new ReadConnection({
      open: ({ ticket }, _, options) =>
        decodedEndpoint(own.getMessages(ticket, options)),
      close: () => Promise.resolve(),
      maxUnread: connection.unreadResponses,
    });
    this.#ownUri = connection.location && grpcUri(connection.location);
  }

  /**
   * Sorts locations into the order in which to try them: that of the server, but with recently
   * unreachable ones last.
   *
   * @returns At least one location: none at all means this connection.
   */
  inOrder(locations: readonly Location[]): readonly Location[] {
    if (locations.length === 0) return [REUSE_CONNECTION];
    const rank = (location: Location): number =>
      this.#known(location)?.isDown ? 1 : 0;
    return locations.toSorted((a, b) => rank(a) - rank(b));
  }

  /**
   * Finds the connection of a location. It connects when something is read.
   *
   * @param location The location.
   * @param isLast True if no other location is left: the endpoint then has all the time to connect.
   * @throws {FlightError} UNIMPLEMENTED when this client cannot use the location.
   */
  lease(location: Location, isLast: boolean): ConnectionLease {
    this.#closed.throwIfAborted();
    return new ConnectionLease(this.#find(location), location, isLast);
  }

  /** Closes all connections but the client's own; idempotent. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#connections.keys()].map((key) => this.#drop(key)),
    );
  }

  #find(location: Location): ReadConnection {
    const known = this.#known(location);
    if (known !== undefined) return known;
    const key = keyOf(location);
    if (key === undefined) {
      throw unusable(locationProblem(location));
    }
    const connection = new ReadConnection({
      ...isHttp(location)
        ? this.#httpConnection(location)
        : this.#flightConnection(location),
      idleMs: this.#settings.locationIdleMs,
      onIdle: () => quietly(() => this.#drop(key)),
    });
    this.#makeRoom();
    this.#connections.set(key, connection);
    return connection;
  }

  #known(location: Location): ReadConnection | undefined {
    if (isReuseConnection(location)) return this.#own;
    const key = keyOf(location);
    if (key === undefined) return undefined;
    return grpcUri(location) === this.#ownUri && this.#ownUri !== undefined
      ? this.#own
      : this.#connections.get(key);
  }

  #makeRoom(): void {
    const idle = [...this.#connections].filter(([, connection]) =>
      connection.isIdle
    );
    if (idle.length < MAX_IDLE_CONNECTIONS) return;
    // The client from connectLocation may fail to close.
    quietly(() => this.#drop(idle[0]![0]));
  }

  async #drop(key: string): Promise<void> {
    const connection = this.#connections.get(key);
    this.#connections.delete(key);
    await connection?.close();
  }

  #flightConnection(location: Location): ReadConnectionInit {
    const { connectLocation } = this.#settings;
    const { connect } = this.#connection;
    if (connectLocation !== undefined) {
      const client = connectLocation(location);
      if (client !== undefined) return flightConnection(client);
      throw unusable("option connectLocation does not connect to it");
    }
    if (connect === undefined) {
      throw unusable(
        "this client cannot connect to it (option connectLocation)",
      );
    }
    this.#checkTls(location, "connectLocation");
    const { patient, hurried } = connect(
      location,
      this.#settings.locationTimeoutMs,
    );
    return { ...flightConnection(patient, hurried), withholds: WITHHELD };
  }

  #httpConnection(location: Location): ReadConnectionInit {
    const { fetchLocation } = this.#settings;
    if (fetchLocation === undefined) this.#checkTls(location, "fetchLocation");
    return {
      withholds: "it is fetched without credentials (option fetchLocation)",
      maxUnread: MAX_UNREAD_FETCHES,
      open: (_, { uri }, { signal, readTimeoutMs }) =>
        new HttpEndpoint(uri, {
          fetch: fetchLocation ?? ((request) => fetch(request)),
          signal: signal!,
          call: { readTimeoutMs },
          limits: this.#limits,
          reading: this.#connection,
        }),
      close: () => Promise.resolve(),
    };
  }

  /**
   * Rejects a location without TLS for a client with TLS, whose data must not travel in plain text.
   */
  #checkTls({ uri }: Location, option: string): void {
    if (
      !this.#ownUri?.startsWith("grpc+tls:") ||
      /^(grpc\+tls|grpc\+unix|https):/i.test(uri)
    ) return;
    throw unusable(
      `it has no TLS, unlike the connection of this client (option ${option})`,
    );
  }
}

function flightConnection(
  patient: LocationClient,
  hurried = patient,
): ReadConnectionInit {
  return {
    open: ({ ticket }, _, options, isLast) =>
      endpointStream((isLast ? patient : hurried).doGet(ticket, options)),
    close: () => patient.close(),
  };
}

function unusable(why: string): FlightError {
  return new FlightError("UNIMPLEMENTED", why);
}

/** Explains why a location leads to no connection. */
function locationProblem({ uri }: Location): string {
  if (!/^grpc(?:\+[a-z]+)?:/i.test(uri)) {
    return "it is neither a gRPC location nor http:// or https://";
  }
  const address = readGrpcLocation(uri);
  return typeof address === "string" ? address : "it cannot be used";
}

/**
 * Returns the key that locations of one connection share; `undefined` if there is no such
 * connection.
 */
function keyOf(location: Location): string | undefined {
  if (!isHttp(location)) return grpcUri(location);
  return URL.canParse(location.uri) ? new URL(location.uri).origin : undefined;
}
