/** The health service of gRPC, grpc.health.v1. */

import { decodeBase64 } from "../base/base64.ts";
import { FlightError } from "../core/flight_error.ts";
import { FLIGHT_SERVICE_NAME } from "../protocol/methods.ts";
import {
  healthCheckRequestCodec,
  healthCheckResponseCodec,
  healthListRequestCodec,
  healthListResponseCodec,
  type ServingStatus,
} from "../protocol/services/health.ts";
import { FILE_DESCRIPTORS } from "../../proto/file_descriptors.ts";
import {
  type GrpcMethod,
  type GrpcService,
  oneRequestMethod,
  unaryMethod,
} from "./grpc_service.ts";

/** Most services in the answer of List (health.proto). */
const MAX_LISTED_SERVICES = 100;

/** A peer who watches a service keeps its name in memory here. */
const MAX_NAME_LENGTH = 1024;

const STATUSES: readonly ServingStatus[] = [
  "UNKNOWN",
  "SERVING",
  "NOT_SERVING",
];

/**
 * Reports to load balancers, Kubernetes and other clients whether calls can be expected to succeed,
 * by the gRPC health checking protocol: the service `grpc.health.v1.Health` with Check, List and
 * Watch.
 *
 * It is one of the `services` of a server, which has none by default: only the application knows
 * when it is ready, and which clients may ask. When the server begins to shut down, every service
 * becomes NOT_SERVING, watchers are notified, and then their calls end, so that they do not delay
 * the shutdown. Servers may share a health service; the first that shuts down does this for all.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 *
 * @example
 * ```ts
 * import { HealthService, serve } from "@contrail/flight";
 *
 * const health = new HealthService({ "": "NOT_SERVING" });
 * await using server = await serve({}, { services: [health] });
 * // Once the data are loaded:
 * health.set("", "SERVING");
 * ```
 */
export class HealthService implements GrpcService {
  /** Full name of the service. */
  readonly name: string = "grpc.health.v1.Health";
  /** Check, List and Watch. */
  readonly methods: Readonly<Record<string, GrpcMethod>> = {
    Check: unaryMethod((request) => this.#check(serviceOf(request))),
    List: unaryMethod((request) => this.#list(request)),
    Watch: oneRequestMethod((request, { signal }) =>
      this.#watch(serviceOf(request), signal)
    ),
  };
  /** The `.proto` file, for server reflection. */
  readonly fileDescriptors: readonly Uint8Array[] = [
    decodeBase64(FILE_DESCRIPTORS["grpc/health/v1/health.proto"]),
  ];
  readonly #statuses = new Map<string, ServingStatus>();
  /** Callbacks that wait for a change of any status. */
  readonly #waiting = new Set<() => void>();
  #isDraining = false;
  #isShutDown = false;

  /**
   * Makes a health service.
   *
   * @param statuses The services that it knows, by full name; the server as a whole is called `""`.
   * Default: `""` and `arrow.flight.protocol.FlightService` are SERVING.
   * @throws {TypeError} When it is no record of statuses.
   * @throws {RangeError} When a name has more than 1,024 characters.
   */
  constructor(
    statuses: Readonly<Record<string, ServingStatus>> = {
      "": "SERVING",
      [FLIGHT_SERVICE_NAME]: "SERVING",
    },
  ) {
    for (const [service, status] of Object.entries(statuses)) {
      this.set(service, status);
    }
  }

  /**
   * The health of a service, as clients are told.
   *
   * @param service Its full name; `""` for the server as a whole.
   * @returns Its status, NOT_SERVING for all while draining; `undefined` where it is not known.
   */
  get(service: string): ServingStatus | undefined {
    const status = this.#statuses.get(service);
    return status && this.#isDraining ? "NOT_SERVING" : status;
  }

  /**
   * Sets the health of a service, and notifies its watchers of a change.
   *
   * @param service Its full name; `""` for the server as a whole.
   * @param status Its status.
   * @returns This health service.
   * @throws {TypeError} When the name is not a string, or there is no such status.
   * @throws {RangeError} When the name has more than 1,024 characters.
   */
  set(service: string, status: ServingStatus): this {
    if (typeof service !== "string") {
      throw new TypeError("Cannot set a health: the service is not a string");
    }
    if (service.length > MAX_NAME_LENGTH) {
      throw new RangeError(
        `Cannot set a health: the name of the service has more than ${MAX_NAME_LENGTH} characters`,
      );
    }
    if (!STATUSES.includes(status)) {
      throw new TypeError(
        `Cannot set the health of ${JSON.stringify(service)}: ` +
          `the status must be one of ${STATUSES.join(", ")}`,
      );
    }
    this.#statuses.set(service, status);
    this.#wake();
    return this;
  }

  /**
   * Forgets a service: Check then answers NOT_FOUND, Watch SERVICE_UNKNOWN.
   *
   * @param service Its full name; `""` for the server as a whole.
   * @returns Whether it was known.
   */
  delete(service: string): boolean {
    const isDeleted = this.#statuses.delete(service);
    this.#wake();
    return isDeleted;
  }

  /**
   * Sets NOT_SERVING for every service, for good. Call it some time before the server is shut down,
   * so that load balancers send no more calls; the shutdown does it too.
   */
  drain(): void {
    this.#isDraining = true;
    this.#wake();
  }

  /** Called by the server: drains, and ends the watching. */
  onShutdown(): void {
    this.#isShutDown = true;
    this.drain();
  }

  #check(service: string): Uint8Array {
    const status = this.get(service);
    if (status === undefined) {
      throw new FlightError(
        "NOT_FOUND",
        `unknown service ${JSON.stringify(service)}`,
      );
    }
    return healthCheckResponseCodec.encode({ status });
  }

  #list(request: Uint8Array): Uint8Array {
    healthListRequestCodec.decode(request);
    const services = [...this.#statuses.keys()];
    if (services.length > MAX_LISTED_SERVICES) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `there are ${services.length} services, and only ${MAX_LISTED_SERVICES} can be listed`,
      );
    }
    return healthListResponseCodec.encode({
      statuses: new Map(
        services.map((service) => [service, { status: this.get(service)! }]),
      ),
    });
  }

  /** A reader who is slow is told only the latest status. */
  async *#watch(
    service: string,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    let told: ServingStatus | "SERVICE_UNKNOWN" | undefined;
    while (!signal.aborted) {
      const status = this.get(service) ?? "SERVICE_UNKNOWN";
      if (status !== told) {
        told = status;
        yield healthCheckResponseCodec.encode({ status });
      } else if (this.#isShutDown) return;
      else await this.#change(signal);
    }
  }

  /** Resolves when a status may have changed, or when the call is over. */
  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/**
 * Reports whether a server as a whole is SERVING.
 *
 * @param services Its services beside Flight. Without a health service, it is.
 */
export function isServing(services: readonly GrpcService[] = []): boolean {
  return services.every((service) =>
    !(service instanceof HealthService) || service.get("") === "SERVING"
  );
}

/** The service that a request is about. */
function serviceOf(request: Uint8Array): string {
  const { service } = healthCheckRequestCodec.decode(request);
  if (service.length <= MAX_NAME_LENGTH) return service;
  throw new FlightError(
    "INVALID_ARGUMENT",
    `the name of the service has more than ${MAX_NAME_LENGTH} characters`,
  );
}
