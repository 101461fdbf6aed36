/**
 * Several processes behind one address: {@linkcode serveWorkers} runs a service on as many cores as there
 * are.
 *
 * ```ts ignore
 * import { serveWorkers } from "@contrail/flight/workers";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const workers = await serveWorkers(
 *   () => ({ doGet: () => tableFromArrays({ n: Int32Array.of(1, 2, 3) }) }),
 *   { workers: 4, port: 8815, shutdownOnSignals: true },
 * );
 * console.log(workers.location.uri);
 * ```
 *
 * @module
 */

import { serve } from "./server.ts";
import { handled } from "./internal/base/handled.ts";
import { valueName } from "./internal/base/value_name.ts";
import { objectOption } from "./internal/core/check_option.ts";
import type { SharedStore } from "./internal/core/shared_store.ts";
import type {
  Awaitable,
  FlightService,
} from "./internal/server/flight_service.ts";
import { checkRuntime } from "./internal/transport/runtime_version.ts";
import { flightTransport } from "./internal/transport/flight_transport.ts";
import { http2ServerTransport } from "./internal/transport/http2/server.ts";
import { shutdownOnAbort } from "./internal/server/flight_server.ts";
import { shutdownOnSignals } from "./internal/server/shutdown_signals.ts";
import { listenUri } from "./internal/transport/addresses.ts";
import { Acceptor } from "./internal/workers/acceptor.ts";
import { FlightWorkers } from "./internal/workers/flight_workers.ts";
import {
  workerIndex,
  type WorkerRole,
  workerRole,
} from "./internal/workers/worker_role.ts";
import { restartOnSignal } from "./internal/workers/restart_signal.ts";
import {
  ownStore,
  type ServeWorkersOptions,
  workersSettings,
} from "./internal/workers/workers_options.ts";

export {
  MemoryStore,
  type MemoryStoreOptions,
  type SharedStore,
} from "./internal/core/shared_store.ts";
export type {
  FlightWorker,
  FlightWorkers,
} from "./internal/workers/flight_workers.ts";
export type {
  ServeWorkersOptions,
  WorkerEnd,
} from "./internal/workers/workers_options.ts";

/** The group of this process. */
let group: FlightWorkers | undefined;

/**
 * Serves a service in several processes behind one address.
 *
 * The workers run the program of this process with the same arguments, up to this call: there each of them
 * makes its service, and serves until it ends. So the call returns only in the process that was started
 * first, with the workers under its control. That process accepts connections, and gives each to the
 * worker with the fewest: a connection stays in one worker.
 *
 * A worker that ends by itself is replaced. When the first process ends, the workers finish their calls,
 * and end too. With `shutdownOnSignals`, the workers are also replaced one after the other when it gets
 * SIGUSR2, as `FlightWorkers.restart` does.
 *
 * @param makeService Makes the service, in each worker; it gets the number of the worker, from 1 on.
 * @param options Where to listen, TLS and limits, as for `serve`; and the workers.
 * @returns The workers, once all of them accept calls. They hold processes: shut them down or dispose
 * of them.
 * @throws {FlightError} UNAVAILABLE when the address cannot be bound or a worker cannot start, CANCELLED
 * when the workers are told to end before all of them are ready,
 * FAILED_PRECONDITION when the runtime is too old.
 * @throws {RangeError} When an option is out of its range.
 * @throws {TypeError} When an option is of the wrong type.
 * @throws {Error} When this process has workers already.
 */
export async function serveWorkers(
  makeService: (index: number) => Awaitable<FlightService>,
  options: ServeWorkersOptions = {},
): Promise<FlightWorkers> {
  checkRuntime();
  if (typeof makeService !== "function") {
    throw new TypeError(
      `Cannot use option makeService: ${
        valueName(makeService)
      } is not a function; each worker makes its own, as in serveWorkers(() => service)`,
    );
  }
  objectOption("options", options);
  const role = workerRole();
  if (role !== undefined) return await work(role, makeService, options);
  const settings = workersSettings(options);
  if (group !== undefined) {
    throw new Error("Cannot start workers: this process has workers already");
  }
  const address = { ...settings.address, tls: options.tls };
  let accept: FlightWorkers["accept"] = (socket) => void socket.destroy();
  const acceptor = new Acceptor(address, (socket) => accept(socket));
  const bound = await acceptor.listen();
  const location = options.publicLocation ?? listenUri(address, bound);
  const workers = new FlightWorkers(settings, acceptor, {
    port: bound,
    location: typeof location === "string" ? { uri: location } : location,
  });
  accept = (socket) => workers.accept(socket);
  group = workers;
  handled(workers.closed.then(() => group = undefined));
  shutdownOnAbort(workers, options.signal);
  if (options.shutdownOnSignals) {
    shutdownOnSignals(workers);
    restartOnSignal(workers);
  }
  await workers.begin();
  return workers;
}

/**
 * Reports whether this process is a worker of `serveWorkers`, for what only the first process of a
 * program should do.
 *
 * @returns True in a worker.
 */
export function isWorker(): boolean {
  return workerIndex() !== undefined;
}

/**
 * Returns the store that the workers of a group share, for what they must remember together: statements
 * and results of Flight SQL, sessions, and anything else. It is in the memory of the first process, unless
 * that has been given another one.
 *
 * @returns The store: in a worker that of its group, in any other process its own.
 */
export function workerStore(): SharedStore {
  return workerRole()?.store ?? ownStore();
}

/** Serves in a worker until it ends; then the process ends. */
async function work(
  role: WorkerRole,
  makeService: (index: number) => Awaitable<FlightService>,
  options: ServeWorkersOptions,
): Promise<never> {
  try {
    const {
      hostname: _hostname,
      port: _port,
      path: _path,
      signal: _signal,
      shutdownOnSignals: _shutdownOnSignals,
      // Those of the group are for its first process.
      workers: _workers,
      command: _command,
      prefixLogs: _prefixLogs,
      workerTimeoutMs: _workerTimeoutMs,
      store: _store,
      onWorkerEnd: _onWorkerEnd,
      ...rest
    } = options;
    const server = await serve(await makeService(role.index), {
      ...rest,
      ...await role.address,
      transport: flightTransport("workers", {
        listen: (handler, listen, findBody) =>
          http2ServerTransport(handler, listen, findBody, role.accepted),
      }),
    });
    role.onDrain = (timeoutMs) => handled(server.shutdown({ timeoutMs }));
    role.ready();
    await server.closed;
  } catch (error) {
    role.leave();
    throw error;
  }
  return role.exit();
}
