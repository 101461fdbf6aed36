/**
 * Runs scenarios in rounds. In each round every pair has its turn, so that
 * other load on the machine affects all of them, and their ratios are
 * meaningful.
 *
 * @module
 */
import type { PerfResult } from "../transfer/perf_run.ts";
import { cpuSeconds, peakMib, resetPeak } from "../support/process_stats.ts";
import { PerfServer, PerfWorker } from "../support/processes.ts";
import type { Runtimes } from "../support/runtimes.ts";
import {
  CONCURRENT_CALLS,
  otherClient,
  type Pair,
  pairsOf,
  PYARROW,
  type Scenario,
} from "./scenarios.ts";

/** One run. */
export interface Round {
  readonly result: PerfResult;
  /** Processor time of the two processes, in seconds. */
  readonly clientCpu: number | undefined;
  readonly serverCpu: number | undefined;
  /** Peak memory of the two processes, in MiB. */
  readonly clientPeakMib: number | undefined;
  readonly serverPeakMib: number | undefined;
}

/** All runs of a pair. */
export interface Measured extends Pair {
  readonly scenario: Scenario;
  /** By the number of the round; undefined where the run failed. */
  readonly rounds: (Round | undefined)[];
  /** Errors of failed runs. */
  readonly failures: string[];
}

/** Options of {@linkcode measureRounds}. */
export interface RoundOptions {
  readonly rounds: number;
  /** Target duration of a run, in seconds. */
  readonly seconds: number;
}

/** Number of failures after which a pair is skipped. */
const MAX_FAILURES = 3;
/**
 * Longest time for the first, smallest run, and grace for all others, in
 * milliseconds.
 */
const PATIENCE_MS = 20_000;
/** Rows and batches of all streams, or calls, of the first run, at most. */
const FIRST_ROWS = 2 ** 19;
const FIRST_BATCHES = 2 ** 14;
const FIRST_CALLS = 50;
/** Rows after which any run ends: 8 GiB. */
const MAX_ROWS = 2 ** 28;

/** Processes that take part; they are kept for a whole run, because of JIT. */
class Cast {
  readonly #runtimes: Runtimes;
  readonly #clients = new Map<string, PerfWorker>();
  readonly #servers = new Map<string, PerfServer>();

  constructor(runtimes: Runtimes) {
    this.#runtimes = runtimes;
  }

  async client(name: string): Promise<PerfWorker> {
    let worker = this.#clients.get(name);
    if (worker === undefined) {
      worker = new PerfWorker([...this.#clientCommand(name), "--worker"]);
      this.#clients.set(name, worker);
      await worker.start();
    }
    return worker;
  }

  async server(name: string): Promise<PerfServer> {
    let server = this.#servers.get(name);
    if (server === undefined) {
      const command = name === PYARROW
        ? [...this.#runtimes.python!, "bench/transfer/pyarrow_perf_server.py"]
        : [
          ...this.#runtimes.typescript.get(name)!,
          "bench/transfer/perf_server.ts",
        ];
      server = new PerfServer([...command, "--port=0", "--stop_with_stdin"]);
      this.#servers.set(name, server);
      await server.start();
    }
    return server;
  }

  async stop(): Promise<void> {
    const all = [...this.#clients.values(), ...this.#servers.values()];
    await Promise.all(all.map((process) => process.stop()));
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

/** A pair in a scenario, and the work that fills its time. */
class Turn {
  readonly measured: Measured;
  readonly #cast: Cast;
  readonly #seconds: number;
  #amount: number | undefined;

  constructor(cast: Cast, scenario: Scenario, pair: Pair, seconds: number) {
    this.measured = { scenario, ...pair, rounds: [], failures: [] };
    this.#cast = cast;
    this.#seconds = seconds;
  }

  /** Takes its turn; a process that hung or crashed is started again. */
  async take(): Promise<void> {
    const { client, server, rounds, failures } = this.measured;
    if (failures.length >= MAX_FAILURES) return;
    try {
      const amount = this.#amount ??= await this.#calibrate();
      rounds.push(await this.#run(amount, this.#seconds));
    } catch (error) {
      failures.push((error as Error).message);
      rounds.push(undefined);
      this.#amount = undefined;
      await (await this.#cast.client(client)).start();
      await (await this.#cast.server(server)).start();
    }
  }

  /** Warms both up, and determines the amount of work for the given time. */
  async #calibrate(): Promise<number> {
    const { scenario: { test, rowsPerBatch } } = this.measured;
    if (test === "concurrent") {
      for (let i = 0; i < 3; i++) await this.#run(CONCURRENT_CALLS, 0);
      return CONCURRENT_CALLS;
    }
    let amount = test === "round_trip"
      ? FIRST_CALLS
      : Math.min(FIRST_ROWS, FIRST_BATCHES * rowsPerBatch);
    for (const seconds of [0.3, this.#seconds]) {
      const { result } = await this.#run(amount, this.#seconds);
      amount = Math.min(
        MAX_ROWS,
        Math.ceil(amount * seconds / result.seconds),
      );
    }
    return amount;
  }

  async #run(amount: number, expectedSeconds: number): Promise<Round> {
    const { scenario, client, server } = this.measured;
    const worker = await this.#cast.client(client);
    const { pid, port } = await this.#cast.server(server);
    const [clientBefore, serverBefore] = [
      cpuSeconds(worker.pid),
      cpuSeconds(pid),
    ];
    resetPeak(worker.pid);
    resetPeak(pid);
    const result = await worker.perf(
      [`--server_port=${port}`, ...argumentsOf(scenario, amount)],
      PATIENCE_MS + 10_000 * expectedSeconds,
    );
    return {
      result,
      clientCpu: since(clientBefore, cpuSeconds(worker.pid)),
      serverCpu: since(serverBefore, cpuSeconds(pid)),
      clientPeakMib: peakMib(worker.pid),
      serverPeakMib: peakMib(pid),
    };
  }
}

function since(before?: number, after?: number): number | undefined {
  return before === undefined || after === undefined
    ? undefined
    : after - before;
}

function argumentsOf(scenario: Scenario, amount: number): string[] {
  const { test, streams, rowsPerBatch, sum } = scenario;
  switch (test) {
    case "round_trip":
    case "concurrent":
      return [`--test_${test}`, `--num_calls=${amount}`];
    case "get":
    case "put": {
      // Whole batches, as the official benchmark's sizes nearly are.
      const batches = Math.ceil(amount / streams / rowsPerBatch);
      return [
        `--num_streams=${streams}`,
        `--num_threads=${streams}`,
        `--records_per_batch=${rowsPerBatch}`,
        `--records_per_stream=${batches * rowsPerBatch}`,
        ...sum ? ["--sum"] : [],
        ...test === "put" ? ["--test_put"] : [],
      ];
    }
  }
}

/** Measures every scenario between all of its pairs. */
export async function measureRounds(
  scenarios: readonly Scenario[],
  runtimes: Runtimes,
  { rounds, seconds }: RoundOptions,
): Promise<Measured[]> {
  const cast = new Cast(runtimes);
  const names = [...runtimes.typescript.keys()];
  const turns = scenarios.map((scenario) =>
    pairsOf(scenario, names, runtimes.python !== undefined)
      .map((pair) => new Turn(cast, scenario, pair, seconds))
  );
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [index, group] of turns.entries()) {
        console.log(
          `round ${round + 1} of ${rounds}: ${scenarios[index]!.name}`,
        );
        // Each round begins with another pair: one that was just idle may have
        // an advantage.
        for (let i = 0; i < group.length; i++) {
          await group[(round + i) % group.length]!.take();
        }
      }
    }
  } finally {
    await cast.stop();
  }
  return turns.flatMap((group) => group.map(({ measured }) => measured));
}
