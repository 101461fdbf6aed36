/**
 * The processes that take part in the rounds.
 *
 * @module
 */
import { PerfServer, PerfWorker } from "../support/processes.ts";
import type { Runtimes } from "../support/runtimes.ts";
import { otherClient, PYARROW } from "./scenarios.ts";

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
  async server(name: string, index: number, tls: boolean): Promise<PerfServer> {
    const key = `${name} ${index} ${tls}`;
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = new PerfServer([
        ...this.#serverCommand(name),
        "--port=0",
        "--stop_with_stdin",
        ...tls ? ["--tls"] : [],
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
    return name === PYARROW
      ? [...this.#runtimes.python!, "bench/transfer/pyarrow_perf_server.py"]
      : [
        ...this.#runtimes.typescript.get(name)!,
        "bench/transfer/perf_server.ts",
      ];
  }

  #clientCommand(name: string): string[] {
    if (name === PYARROW) {
      return [
        ...this.#runtimes.python!,
        "bench/transfer/pyarrow_perf_client.py",
      ];
    }
    for (const [runtime, command] of this.#runtimes.typescript) {
      const program = [...command, "bench/transfer/perf_client.ts"];
      if (name === runtime) return program;
      if (name === otherClient(runtime)) {
        return [...program, "--client=arrow-flight-client"];
      }
    }
    throw new TypeError(`there is no client ${name}`);
  }
}
