/**
 * Measures Flight SQL in rounds, in each of which every pair has its turn.
 *
 * @module
 */
import {
  ADBC_VERSION,
  findAdbcWithSqlite,
} from "../../tests/interop/programs/python.ts";
import {
  cpuSeconds,
  peakMib,
  resetPeak,
  residentMib,
} from "../support/process_stats.ts";
import { PerfServer, PerfWorker } from "../support/processes.ts";
import type { Runtimes } from "../support/runtimes.ts";
import type { SqlResult } from "./sql_client.ts";
import { findGoServer, GO_VERSION } from "./sql_programs.ts";
import { BIG_FACTOR, type Engine, tableStatements } from "./sql_tables.ts";

/** Name of Go's server. */
export const GO = "arrow-go";
/** Name of the client that is ADBC's Flight SQL driver. */
export const ADBC = "ADBC";
/** Name of what reads SQLite by ADBC's own driver, without a server. */
export const ADBC_SQLITE = "ADBC SQLite, no server";

/** The names of all tests. */
export const SQL_TESTS = [
  "read",
  "points",
  "standard_points",
  "ingest",
] as const;
/** The name of one of {@linkcode SQL_TESTS}. */
export type SqlTest = typeof SQL_TESTS[number];

/** One run. */
export interface SqlRound extends SqlResult {
  /** Processor time of the two processes, in seconds. */
  readonly clientCpu: number | undefined;
  readonly serverCpu: number | undefined;
}

/** All runs of a pair. */
export interface SqlMeasured {
  readonly test: SqlTest;
  readonly client: string;
  /** Undefined where the client reads the database itself. */
  readonly server: string | undefined;
  /** By the number of the round; undefined where the run failed. */
  readonly rounds: (SqlRound | undefined)[];
  readonly failures: string[];
}

/** Memory of a server that sends a table, and one that is ten times as large. */
export interface SqlMemory {
  readonly server: string;
  readonly rows: number;
  readonly bigRows: number;
  /** Resident memory at rest, and the peak of each read, in MiB. */
  readonly restMib: number | undefined;
  readonly peakMib: number | undefined;
  readonly bigPeakMib: number | undefined;
}

/** All results. */
export interface SqlFindings {
  readonly rows: number;
  readonly calls: number;
  readonly measured: readonly SqlMeasured[];
  readonly memory: readonly SqlMemory[];
  /** Names and versions of what others have made, for the report. */
  readonly versions: readonly string[];
}

/** Options of {@linkcode measureSql}. */
export interface SqlBenchOptions {
  readonly rounds: number;
  readonly rows: number;
  readonly calls: number;
}

const TIMEOUT_MS = 180_000;
const MAX_FAILURES = 2;

/** A server with its table, or ADBC's driver on a file. */
interface Peer {
  readonly name: string;
  readonly server: PerfServer;
  readonly engine: Engine;
}

/** Measures every test between all pairs that can be had. */
export async function measureSql(
  runtimes: Runtimes,
  options: SqlBenchOptions,
): Promise<SqlFindings> {
  const bench = new SqlBench(runtimes, options);
  try {
    await bench.start();
    await bench.measure();
    await bench.measureMemory();
    return bench.findings();
  } finally {
    await bench.stop();
  }
}

class SqlBench {
  readonly #runtimes: Runtimes;
  readonly #options: SqlBenchOptions;
  readonly #clients = new Map<string, PerfWorker>();
  readonly #peers = new Map<string, Peer>();
  readonly #measured: SqlMeasured[] = [];
  readonly #memory: SqlMemory[] = [];
  readonly #versions: string[] = [];

  constructor(runtimes: Runtimes, options: SqlBenchOptions) {
    this.#runtimes = runtimes;
    this.#options = options;
  }

  findings(): SqlFindings {
    const { rows, calls } = this.#options;
    return {
      rows,
      calls,
      measured: this.#measured,
      memory: this.#memory,
      versions: this.#versions,
    };
  }

  async stop(): Promise<void> {
    await Promise.all([
      ...this.#clients.values(),
      ...[...this.#peers.values()].map(({ server }) => server),
    ].map((process) => process.stop()));
  }

  /** Starts all processes, makes the tables, and determines the pairs. */
  async start(): Promise<void> {
    for (const [runtime, command] of this.#runtimes.typescript) {
      const client = new PerfWorker([...command, "bench/sql/sql_client.ts"]);
      await client.start();
      this.#clients.set(runtime, client);
    }
    for (const [runtime, command] of this.#runtimes.typescript) {
      for (const engine of ["sqlite", "duckdb"] as const) {
        await this.#addServer(serverName(runtime, engine), engine, [
          ...command,
          "bench/sql/sql_server.ts",
          `--engine=${engine}`,
          "--port=0",
          "--stop_with_stdin",
        ]);
      }
    }
    const go = await findGoServer();
    if ("problem" in go) {
      skipped(`the SQLite example server of arrow-go: ${go.problem}`);
    } else {
      await this.#addServer(GO, "sqlite", [
        go.path,
        "-host",
        "127.0.0.1",
        "-port",
        "0",
      ]);
      this.#versions.push(`arrow-go ${GO_VERSION}`);
    }
    await this.#addAdbc();
    this.#addPairs();
  }

  async #addServer(
    name: string,
    engine: Engine,
    command: readonly string[],
  ): Promise<void> {
    const server = new PerfServer(command);
    const [client] = this.#clients.values();
    try {
      await server.start();
      this.#peers.set(name, { name, server, engine });
      await client!.perf<SqlResult>([
        `--server_port=${server.port}`,
        "--test=setup",
        `--engine=${engine}`,
        `--rows=${this.#options.rows}`,
      ], TIMEOUT_MS);
    } catch (error) {
      skipped(`${name}: ${(error as Error).message}`);
      this.#peers.delete(name);
      await server.stop();
    }
  }

  async #addAdbc(): Promise<void> {
    const found = await findAdbcWithSqlite();
    if ("problem" in found) {
      skipped(`the drivers of ADBC for Python: ${found.problem}`);
      return;
    }
    const client = new PerfWorker([found.python, "bench/sql/adbc_client.py"]);
    await client.start();
    try {
      const { rows } = this.#options;
      const statements = JSON.stringify(tableStatements("sqlite", rows));
      await client.perf<SqlResult>([
        "--test=setup",
        `--rows=${rows}`,
        `--statements=${statements}`,
      ], TIMEOUT_MS);
      this.#clients.set(ADBC, client);
      this.#versions.push(`ADBC ${ADBC_VERSION}`);
    } catch (error) {
      skipped(`the drivers of ADBC for Python: ${(error as Error).message}`);
      await client.stop();
    }
  }

  #addPairs(): void {
    const add = (test: SqlTest, client: string, server?: string) =>
      this.#measured.push({ test, client, server, rounds: [], failures: [] });
    for (const test of SQL_TESTS) {
      for (const client of this.#clients.keys()) {
        for (const server of this.#peers.keys()) {
          // Both ends of this package are on the same runtime.
          const isOther = client !== ADBC && server !== GO &&
            !server.startsWith(client);
          // Go's server has no ingest, and ADBC has no other way.
          const isMissing = client === ADBC && server === GO &&
            test === "ingest";
          // ADBC has only the calls of the protocol.
          const isTwice = client === ADBC && test === "points";
          if (!isOther && !isMissing && !isTwice) add(test, client, server);
        }
        if (client === ADBC && test !== "points") add(test, client);
      }
    }
  }

  /** Measures all rounds; the first one warms up, and does not count. */
  async measure(): Promise<void> {
    const { rounds } = this.#options;
    for (let round = -1; round < rounds; round++) {
      for (const test of SQL_TESTS) {
        console.log(
          round < 0
            ? `warming up: SQL, ${test}`
            : `round ${round + 1} of ${rounds}: SQL, ${test}`,
        );
        const group = this.#measured.filter((one) => one.test === test);
        for (let i = 0; i < group.length; i++) {
          const one = group[(round + 1 + i) % group.length]!;
          await this.#turn(one, round >= 0);
        }
      }
    }
  }

  async #turn(one: SqlMeasured, counts: boolean): Promise<void> {
    if (one.failures.length >= MAX_FAILURES) return;
    try {
      const round = await this.#run(one);
      if (counts) one.rounds.push(round);
    } catch (error) {
      console.log(
        `${one.client} with ${one.server ?? "SQLite"}: ${
          (error as Error).message
        }`,
      );
      one.failures.push((error as Error).message);
      if (counts) one.rounds.push(undefined);
    }
  }

  async #run({ test, client, server }: SqlMeasured): Promise<SqlRound> {
    const worker = this.#clients.get(client)!;
    const peer = server === undefined
      ? undefined
      : this.#peers.get(server)!.server;
    const { rows, calls } = this.#options;
    const before = [cpuSeconds(worker.pid), peer && cpuSeconds(peer.pid)];
    const result = await worker.perf<SqlResult>([
      ...peer === undefined ? [] : [`--server_port=${peer.port}`],
      `--test=${test === "ingest" && server === GO ? "insert" : test}`,
      `--rows=${rows}`,
      `--calls=${calls}`,
    ], TIMEOUT_MS);
    const expected = isOfPoints(test) ? calls : rows;
    if (result.count !== expected) {
      throw new Error(`${result.count} instead of ${expected}`);
    }
    const after = [cpuSeconds(worker.pid), peer && cpuSeconds(peer.pid)];
    return {
      ...result,
      clientCpu: difference(before[0], after[0]),
      serverCpu: difference(before[1], after[1]),
    };
  }

  /** Reads the table, and one that is ten times as large, from new servers. */
  async measureMemory(): Promise<void> {
    const { rows } = this.#options;
    for (const { name, server, engine } of this.#peers.values()) {
      const runtime = [...this.#runtimes.typescript.keys()]
        .find((runtime) => name.startsWith(runtime));
      if (runtime === undefined) continue;
      console.log(`memory: SQL, ${name}`);
      const worker = this.#clients.get(runtime)!;
      const ask = (test: string) =>
        worker.perf<SqlResult>([
          `--server_port=${server.port}`,
          `--test=${test}`,
          `--engine=${engine}`,
          `--rows=${rows}`,
        ], TIMEOUT_MS);
      try {
        await server.start();
        await ask("setup");
        await ask("setup_big");
        const restMib = residentMib(server.pid);
        resetPeak(server.pid);
        await ask("read");
        const peak = peakMib(server.pid);
        resetPeak(server.pid);
        const { count } = await ask("read_big");
        this.#memory.push({
          server: name,
          rows,
          bigRows: count,
          restMib,
          peakMib: peak,
          bigPeakMib: peakMib(server.pid),
        });
        if (count !== BIG_FACTOR * rows) throw new Error(`${count} rows`);
      } catch (error) {
        console.log(`memory of ${name} failed: ${(error as Error).message}`);
      }
    }
  }
}

/** Reports whether a test counts queries, not rows. */
export function isOfPoints(test: SqlTest): boolean {
  return test === "points" || test === "standard_points";
}

/** Name of a server of this package. */
export function serverName(runtime: string, engine: Engine): string {
  return `${runtime}, ${engine === "sqlite" ? "SQLite" : "DuckDB"}`;
}

function skipped(what: string): void {
  console.log(`SKIPPED: ${what}`);
}

function difference(before?: number, after?: number): number | undefined {
  return before === undefined || after === undefined
    ? undefined
    : after - before;
}
