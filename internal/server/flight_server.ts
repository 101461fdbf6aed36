/** A running server. */

import {
  contraryOption,
  END_OPTIONS,
  knownOptions,
} from "../core/known_options.ts";
import { afterDelay } from "../base/timers/deadline.ts";
import { deferred } from "../base/deferred.ts";
import { handled } from "../base/handled.ts";
import {
  booleanOption,
  numberOption,
  objectOption,
  signalOption,
  textOption,
} from "../core/check_option.ts";
import {
  isWildcardLocation,
  type Location,
  type LocationInit,
  readGrpcLocation,
} from "../protocol/location.ts";
import type { ServerTlsOptions } from "../core/tls_options.ts";
import type { ServerTransport } from "../seam/transport.ts";
import type { Awaitable } from "./flight_service.ts";
import type { GrpcService } from "./grpc_service.ts";
import type { ServeOptions } from "./serve_options.ts";

const WEB = 'web, as in web: { origins: ["https://app.example"] }';

/** Names of options of a server in other libraries, and of other functions. */
const GUESSED_SERVER_OPTIONS: Readonly<Record<string, string>> = {
  host: "hostname",
  location: "hostname, with port",
  address: "hostname, with port",
  middleware: "interceptors",
  auth: "interceptors, with serverHeaderAuth of @contrail/flight/auth",
  authHandler: "interceptors, with serverHeaderAuth of @contrail/flight/auth",
  maxMessageSize: "maxReceiveMessageBytes",
  workers: "serveWorkers of @contrail/flight/workers",
  cors: WEB,
  origins: WEB,
};

/** The names of the options of `shutdown`. */
export const SHUTDOWN_OPTIONS = { timeoutMs: true } as const;

/**
 * Checks the options of a server, before it listens.
 *
 * @param options The options.
 * @param names All names of options.
 * @throws {RangeError} When `shutdownTimeoutMs` is negative.
 * @throws {TypeError} When one of them is of the wrong type.
 */
export function checkServerOptions(
  options: ServeOptions,
  names: Readonly<Record<string, unknown>> = END_OPTIONS,
): void {
  const { publicLocation, shutdownTimeoutMs = 0 } = options;
  if (publicLocation !== undefined) checkPublicLocation(publicLocation);
  waitOption("shutdownTimeoutMs", shutdownTimeoutMs);
  signalOption("signal", options.signal);
  booleanOption("shutdownOnSignals", options.shutdownOnSignals);
  checkHostname(textOption("hostname", options.hostname));
  textOption("path", options.path);
  contraryOption(
    options,
    "path",
    ["hostname", "port"],
    "a Unix domain socket has neither a host nor a port",
  );
  knownOptions(options, names, "", GUESSED_SERVER_OPTIONS);
}

/** Refuses more than a host: the resolver would say that there is no such host. */
function checkHostname(hostname: string | undefined): void {
  if (hostname === undefined || !/[\s/[\]]|^[^:]*:\d*$/.test(hostname)) return;
  throw new TypeError(
    `Cannot use option hostname: ${
      JSON.stringify(hostname)
    } is not a host name or an IP address; it has no scheme, no brackets and no port (option port)`,
  );
}

function checkPublicLocation(location: LocationInit): void {
  const refuse = (why: string): never => {
    throw new TypeError(`Cannot use option publicLocation: ${why}`);
  };
  const uri = uriOf(location);
  if (typeof uri !== "string") return refuse("it is not a location");
  const address = readGrpcLocation(uri);
  if (typeof address === "string") return refuse(address);
  if (isWildcardLocation({ uri })) {
    return refuse("clients elsewhere cannot connect to all addresses");
  }
}

/** JavaScript may pass a value that is not a location. */
function uriOf(location: LocationInit): unknown {
  return typeof location === "string" ? location : location?.uri;
}

/**
 * Checks how long a shutdown waits, in milliseconds; Infinity is until all calls have ended.
 *
 * @throws {TypeError} When it is not a number.
 * @throws {RangeError} When it is negative.
 */
export function waitOption(name: string, value: number): void {
  if (value !== Infinity) numberOption(name, value, 0);
}

/** Shuts a server down when a signal is aborted. */
export function shutdownOnAbort(
  server: { readonly closed: Promise<void>; shutdown(): Promise<void> },
  signal: AbortSignal | undefined,
): void {
  if (signal === undefined) return;
  const stop = (): void => void handled(server.shutdown());
  if (signal.aborted) return stop();
  signal.addEventListener("abort", stop);
  const forget = (): void => signal.removeEventListener("abort", stop);
  server.closed.then(forget, forget);
}

/** A server that accepts calls until it is shut down, made by `serve`. */
export class FlightServer implements AsyncDisposable {
  /**
   * Location at which clients reach the server: `publicLocation`, or the bound address and port.
   * Without `publicLocation` it may be a wildcard address, such as `0.0.0.0`, which other machines
   * cannot use.
   */
  readonly location: Location;
  /** The bound TCP port; 0 for a Unix socket. */
  readonly port: number;
  /** Resolves when the server has been shut down and every connection is closed. */
  readonly closed: Promise<void>;
  readonly #transport: ServerTransport;
  readonly #services: readonly GrpcService[];
  readonly #onShutdown: () => Awaitable<void>;
  readonly #shutdownTimeoutMs: number;
  readonly #closed = deferred<void>();
  readonly #force = new AbortController();
  #stopping = false;

  /**
   * Controls a transport that accepts calls.
   *
   * @ignore
   */
  constructor(
    transport: ServerTransport,
    options: ServeOptions = {},
    onShutdown: () => Awaitable<void> = () => {},
  ) {
    this.#onShutdown = onShutdown;
    this.#transport = transport;
    this.#services = options.services ?? [];
    this.#shutdownTimeoutMs = options.shutdownTimeoutMs ?? 30_000;
    const { publicLocation = transport.uri } = options;
    this.location = { uri: String(uriOf(publicLocation)) };
    this.port = transport.port;
    this.closed = this.#closed.promise;
    shutdownOnAbort(this, options.signal);
  }

  /**
   * Replaces the certificates and keys of the server, such as renewed ones. Connections that are made
   * from now on use them, the others go on. Files that `tls` names are watched from now on, in place
   * of those before.
   *
   * @param tls The options of TLS, all of them anew.
   * @throws {TypeError} When they cannot be used, when the server has no TLS, or when
   * `clientRootCertificates` are there that were not, or the other way round. Then nothing changes.
   * @throws {RangeError} When an option is out of its range.
   */
  setTls(tls: ServerTlsOptions): void {
    this.#transport.setTls(tls);
  }

  /**
   * Accepts no further calls, waits for running ones, then closes every connection. Call it again
   * to shorten the time.
   *
   * @param options `timeoutMs`: the time after which the remaining calls are canceled, in
   * milliseconds, 0 or more; by default the server's `shutdownTimeoutMs`.
   * @returns A promise that resolves when the server is closed.
   * @throws {RangeError} When `timeoutMs` is negative.
   */
  async shutdown(
    options: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<void> {
    objectOption("options", options, SHUTDOWN_OPTIONS);
    const timeoutMs = options.timeoutMs ?? this.#shutdownTimeoutMs;
    waitOption("timeoutMs", timeoutMs);
    const stopTimer = afterDelay(
      timeoutMs,
      () => this.#force.abort(),
    );
    try {
      if (!this.#stopping) {
        this.#stopping = true;
        this.#stop().then(this.#closed.resolve, this.#closed.reject);
      }
      await this.closed;
    } finally {
      stopTimer();
    }
  }

  async #stop(): Promise<void> {
    // One that fails keeps neither the others nor the server from ending.
    const told = Promise.allSettled(
      this.#services.map(async (service) => await service.onShutdown?.()),
    );
    try {
      await this.#transport.shutdown(this.#force.signal);
      for (const outcome of await told) {
        if (outcome.status === "rejected") throw outcome.reason;
      }
    } finally {
      await this.#onShutdown();
    }
  }

  /**
   * As `shutdown()`.
   *
   * @returns Resolves when the server is closed.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}
