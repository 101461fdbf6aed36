/**
 * The processes that take part in the rounds.
 *
 * @module
 */
import { PerfServer, PerfWorker } from "../support/processes.ts";
import type { Runtimes } from "../support/runtimes.ts";
import { otherClient, PYARROW, runtimeOf, type Scenario } from "./scenarios.ts";

/** Folder of the programs. */
const FOLDER = "bench/transfer";

/** Processes by their names; they are kept for a whole part, because of JIT. */
export class Cast {
  readonly #runtimes: Runtimes;
  readonly #clients = new Map<string, PerfWorker>();
  readonly #servers = new Map<string, PerfServer>();

  /** @param runtimes The programs. */
  constructor(runtimes: Runtimes) {
    this.#runtimes = runtimes;
  }

  /** Starts a client, or finds the one that runs; `index` is 0 or more. */
  async client(name: string, index: number): Promise<PerfWorker> {
    const key = `${name} ${index}`;
    let worker = this.#clients.get(key);
    if (worker === undefined) {
      worker = new PerfWorker([...this.#clientCommand(name), "--worker"]);
      this.#clients.set(key, worker);
      await worker.start();
    }
    return worker;
  }

  /** Starts a server, or finds the one that runs. */
  async server(
    name: string,
    index: number,
    { tls, workers }: Pick<Scenario, "tls" | "workers">,
  ): Promise<PerfServer> {
    const key = `${name} ${index} ${tls} ${workers}`;
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = new PerfServer([
        ...this.#serverCommand(name),
        "--port=0",
        "--stop_with_stdin",
        ...tls ? ["--tls"] : [],
        ...workers > 0 ? [`--workers=${workers}`] : [],
      ]);
      this.#servers.set(key, server);
      await server.start();
    }
    return server;
  }

  /** Kills all processes. */
  async stop(): Promise<void> {
    const all = [...this.#clients.values(), ...this.#servers.values()];
    await Promise.all(all.map((process) => process.stop()));
  }

  #serverCommand(name: string): string[] {
    if (name === PYARROW) {
      return [...this.#runtimes.python!, `${FOLDER}/pyarrow_perf_server.py`];
    }
    const { runtime, switches } = runtimeOf(name);
    const command = this.#runtimes.typescript.get(runtime)!;
    return [...command, `${FOLDER}/perf_server.ts`, ...switches];
  }

  #clientCommand(name: string): string[] {
    if (name === PYARROW) {
      return [...this.#runtimes.python!, `${FOLDER}/pyarrow_perf_client.py`];
    }
    const { runtime, switches } = runtimeOf(name);
    for (const [known, command] of this.#runtimes.typescript) {
      const program = [...command, `${FOLDER}/perf_client.ts`];
      if (runtime === known) return [...program, ...switches];
      if (name === otherClient(known)) {
        return [...program, "--client=arrow-flight-client"];
      }
    }
    throw new TypeError(`there is no client ${name}`);
  }
}
