/**
 * A pair in a scenario.
 *
 * @module
 */
import {
  childrenOf,
  cpuSeconds,
  peakMib,
  resetPeak,
} from "../support/process_stats.ts";
import { bytesPerRow } from "../transfer/perf_data.ts";
import type { PerfResult } from "../transfer/perf_run.ts";
import type { Cast } from "./cast.ts";
import {
  CONCURRENT_CALLS,
  isOtherClient,
  isTransfer,
  type Pair,
  type Scenario,
} from "./scenarios.ts";

/** One run. */
export interface Round {
  readonly result: PerfResult;
  /** Processor time of each side, in seconds. */
  readonly clientCpu: number | undefined;
  readonly serverCpu: number | undefined;
  /** Peak memory of each side, in MiB. */
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

/** Number of failures after which a pair is skipped. */
const MAX_FAILURES = 3;
/** The same for clients of others, which hang for as long as they may. */
const MAX_OTHER_FAILURES = 1;
/**
 * Longest time for the first, smallest run, and grace for all others, in
 * milliseconds.
 */
const PATIENCE_MS = 20_000;
/** Bytes and batches of all streams, or calls, of the first run, at most. */
const FIRST_BYTES = 2 ** 24;
const FIRST_BATCHES = 2 ** 14;
const FIRST_CALLS = 50;
/** Time of the second run, in seconds: JIT needs as much. */
const SECOND_SECONDS = 0.3;
/** Bytes after which any run ends. */
const MAX_BYTES = 2 ** 33;

/** A pair in a scenario, and the work that fills its time. */
export class Turn {
  /** Its results. */
  readonly measured: Measured;
  readonly #cast: Cast;
  readonly #seconds: number;
  #amount: number | undefined;

  /**
   * @param cast The processes.
   * @param scenario The workload.
   * @param pair Client and server.
   * @param seconds Target duration of a run.
   */
  constructor(cast: Cast, scenario: Scenario, pair: Pair, seconds: number) {
    this.measured = { scenario, ...pair, rounds: [], failures: [] };
    this.#cast = cast;
    this.#seconds = seconds;
  }

  /** Warms both up before the first turn. */
  async warmUp(): Promise<void> {
    try {
      this.#amount = await this.#calibrate();
    } catch {
      // The first turn tries again, and reports it.
    }
  }

  /** Takes its turn; a process that hung or crashed is started again. */
  async take(): Promise<void> {
    const { client, rounds, failures } = this.measured;
    const most = isOtherClient(client) ? MAX_OTHER_FAILURES : MAX_FAILURES;
    if (failures.length >= most) return;
    try {
      const amount = this.#amount ??= await this.#calibrate();
      rounds.push(await this.#run(amount, this.#seconds));
    } catch (error) {
      failures.push((error as Error).message);
      rounds.push(undefined);
      this.#amount = undefined;
      const { clients, servers } = await this.#processes();
      for (const process of [...clients, ...servers]) await process.start();
    }
  }

  /** Determines the amount of work for the given time. */
  async #calibrate(): Promise<number> {
    const { scenario } = this.measured;
    if (scenario.rows !== undefined) {
      await this.#run(scenario.rows, this.#seconds);
      return scenario.rows;
    }
    if (scenario.test === "concurrent") {
      for (let i = 0; i < 3; i++) await this.#run(CONCURRENT_CALLS, 0);
      return CONCURRENT_CALLS;
    }
    const rowBytes = bytesPerRow(scenario.data);
    let amount = isTransfer(scenario)
      ? Math.min(FIRST_BYTES / rowBytes, FIRST_BATCHES * scenario.rowsPerBatch)
      : FIRST_CALLS;
    for (const seconds of [SECOND_SECONDS, this.#seconds]) {
      const { result } = await this.#run(amount, this.#seconds);
      amount = Math.min(
        Math.floor(MAX_BYTES / rowBytes),
        Math.ceil(amount * seconds / result.seconds),
      );
    }
    return amount;
  }

  async #processes() {
    const { scenario, client, server } = this.measured;
    const clients = [];
    for (let i = 0; i < scenario.clients; i++) {
      clients.push(await this.#cast.client(client, i));
    }
    const servers = [];
    for (let i = 0; i < scenario.servers; i++) {
      servers.push(await this.#cast.server(server, i, scenario));
    }
    return { clients, servers };
  }

  async #run(amount: number, expectedSeconds: number): Promise<Round> {
    const { scenario } = this.measured;
    const { clients, servers } = await this.#processes();
    const all = [
      ...clients.map(({ pid }) => pid),
      ...servers.flatMap(({ pid }) => [pid, ...childrenOf(pid)]),
    ];
    const before = all.map(cpuSeconds);
    all.forEach(resetPeak);
    const results = await Promise.all(clients.map((client, i) => {
      // Two clients of two servers have one each.
      const ports = servers.length === clients.length
        ? [servers[i]!.port]
        : servers.map(({ port }) => port);
      return client.perf(
        [
          `--server_port=${ports.join(",")}`,
          ...argumentsOf(scenario, amount / clients.length),
        ],
        PATIENCE_MS + 10_000 * expectedSeconds,
      );
    }));
    const cpu = all.map((pid, i) => since(before[i], cpuSeconds(pid)));
    const peaks = all.map(peakMib);
    const n = clients.length;
    return {
      result: joined(results),
      clientCpu: total(cpu.slice(0, n)),
      serverCpu: total(cpu.slice(n)),
      clientPeakMib: total(peaks.slice(0, n)),
      serverPeakMib: total(peaks.slice(n)),
    };
  }
}

/** The result of several clients at the same time. */
function joined(results: readonly PerfResult[]): PerfResult {
  const [first] = results;
  if (results.length === 1) return first!;
  const seconds = Math.max(...results.map((result) => result.seconds));
  const sum = (value: (result: PerfResult) => number) =>
    results.reduce((so, result) => so + value(result), 0);
  return {
    ...first!,
    rows: sum(({ rows }) => rows),
    batches: sum(({ batches }) => batches),
    seconds,
    mibPerSecond: sum((one) => one.mibPerSecond * one.seconds) / seconds,
  };
}

function since(before?: number, after?: number): number | undefined {
  return before === undefined || after === undefined
    ? undefined
    : after - before;
}

function total(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (sum, value) =>
      sum === undefined || value === undefined ? undefined : sum + value,
    0,
  );
}

function argumentsOf(scenario: Scenario, amount: number): string[] {
  const { test, rowsPerBatch } = scenario;
  const switches = [
    ...test === "get" ? [] : [`--test_${test}`],
    ...scenario.tls ? ["--tls"] : [],
  ];
  if (!isTransfer(scenario)) return [...switches, `--num_calls=${amount}`];
  const streams = scenario.streams / scenario.clients;
  // Whole batches, as the official benchmark's sizes nearly are.
  const batches = Math.ceil(amount / streams / rowsPerBatch);
  return [
    ...switches,
    `--num_streams=${streams}`,
    `--num_threads=${streams}`,
    `--records_per_batch=${rowsPerBatch}`,
    `--records_per_stream=${batches * rowsPerBatch}`,
    `--data=${scenario.data}`,
    `--compression=${scenario.compression}`,
    ...scenario.sum ? ["--sum"] : [],
    ...scenario.shared ? ["--shared"] : [],
  ];
}
