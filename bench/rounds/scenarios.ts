/**
 * The workloads, and the pairs of client and server that take part.
 *
 * @module
 */
import type { DataKind } from "../transfer/perf_data.ts";
import type { Compression } from "../transfer/perf_messages.ts";
import type { PerfTest } from "../transfer/perf_run.ts";

/** A workload. */
export interface Scenario {
  /** The part of the benchmark, as `--only` names it. */
  readonly part: string;
  /** Name, unique in its part. */
  readonly name: string;
  readonly test: PerfTest;
  readonly streams: number;
  readonly rowsPerBatch: number;
  readonly data: DataKind;
  readonly compression: Compression;
  readonly tls: boolean;
  /** True to add up a column in the client. */
  readonly sum: boolean;
  /** True for all streams on one connection. */
  readonly shared: boolean;
  /** Processes of each side, which share the streams. */
  readonly clients: number;
  readonly servers: number;
  /** Processes behind the port of a server; 0 for `serve` in one. */
  readonly workers: number;
  /** Rows of a run; undefined for as many as fill its time. */
  readonly rows: number | undefined;
  readonly pairs: Pairs;
}

/** The pairs of a scenario. */
export type Pairs =
  /** Both ends of each implementation. */
  | "alike"
  /** The same, of ours alone. */
  | "ours"
  /** The same, and both ends of ours with `reuseMemory()`. */
  | "reusing"
  /** Every client with one server: only the client's work differs. */
  | "clients"
  /** Every pair, and the other client on npm. */
  | "all";

/** Calls of the concurrent scenario. */
export const CONCURRENT_CALLS = 1000;

/** Makes a scenario out of its peculiarities. */
export function scenario(
  one: Pick<Scenario, "part" | "name"> & Partial<Scenario>,
): Scenario {
  return {
    test: "get",
    streams: 1,
    rowsPerBatch: 1,
    data: "int64",
    compression: "none",
    tls: false,
    sum: false,
    shared: false,
    clients: 1,
    servers: 1,
    workers: 0,
    rows: undefined,
    pairs: "alike",
    ...one,
  };
}

/** Reports whether a scenario moves data, and is not one of small calls. */
export function isTransfer({ test }: Scenario): boolean {
  return test !== "round_trip" && test !== "concurrent";
}

/** The C++ implementation, the reference for all comparisons. */
export const PYARROW = "pyarrow";

const OTHER_CLIENT = "arrow-flight-client";

/** The other client on npm, by the runtime it runs on. */
export function otherClient(runtime: string): string {
  return `${OTHER_CLIENT} on ${runtime}`;
}

const REUSING = ", reuseMemory";

/** Name of a runtime on which this package uses memory again. */
export function reusing(runtime: string): string {
  return runtime + REUSING;
}

/** Reads a name of ours: the runtime, and the switches of its programs. */
export function runtimeOf(
  name: string,
): { runtime: string; switches: string[] } {
  return name.endsWith(REUSING)
    ? {
      runtime: name.slice(0, -REUSING.length),
      switches: ["--reuse_memory"],
    }
    : { runtime: name, switches: [] };
}

/** Reports whether a name is one of {@linkcode otherClient}. */
export function isOtherClient(name: string): boolean {
  return name.startsWith(OTHER_CLIENT);
}

/**
 * Client and server of a scenario: this package goes by the name of its
 * runtime.
 */
export interface Pair {
  readonly client: string;
  readonly server: string;
}

/**
 * Lists the pairs of a scenario.
 *
 * @param scenario The scenario.
 * @param runtimes The available JavaScript runtimes.
 * @param pyarrow True if pyarrow is available.
 */
export function pairsOf(
  scenario: Scenario,
  runtimes: readonly string[],
  pyarrow: boolean,
): Pair[] {
  const pairs: Pair[] = pyarrow ? [{ client: PYARROW, server: PYARROW }] : [];
  // Our fastest server, for comparing clients; `runtimes` has Deno before Bun.
  const fastest = runtimes.at(-1)!;
  const twins = (name: (runtime: string) => string) =>
    runtimes.map((one) => ({ client: name(one), server: name(one) }));
  if (scenario.pairs === "ours") return twins(String);
  if (scenario.pairs === "alike") return [...pairs, ...twins(String)];
  if (scenario.pairs === "reusing") {
    return [...pairs, ...twins(String), ...twins(reusing)];
  }
  if (scenario.pairs === "clients") {
    const server = pyarrow ? PYARROW : fastest;
    return [...pairs, ...runtimes.map((client) => ({ client, server }))];
  }
  for (const runtime of runtimes) {
    pairs.push({ client: runtime, server: runtime });
    if (runtime !== fastest) pairs.push({ client: runtime, server: fastest });
    pairs.push({ client: otherClient(runtime), server: fastest });
    if (!pyarrow) continue;
    pairs.push({ client: runtime, server: PYARROW });
    pairs.push({ client: otherClient(runtime), server: PYARROW });
    pairs.push({ client: PYARROW, server: runtime });
  }
  if (isTransfer(scenario)) pairs.push(...twins(reusing));
  return pairs;
}
