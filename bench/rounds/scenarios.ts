/**
 * Scenarios, and the pairs that take part.
 *
 * @module
 */
import type { PerfTest } from "../transfer/perf_run.ts";

/** A workload. */
export interface Scenario {
  readonly name: string;
  readonly test: PerfTest;
  readonly streams: number;
  readonly rowsPerBatch: number;
  readonly sum: boolean;
}

/** A workload that moves data. */
function transfer(
  test: "get" | "put",
  streams: number,
  rowsPerBatch: number,
  sum = false,
): Scenario {
  const verb = (test === "get" ? "DoGet" : "DoPut") + (sum ? " and sum" : "");
  return {
    name: `${verb}, ${streams} × ${rowsPerBatch} rows`,
    test,
    streams,
    rowsPerBatch,
    sum,
  };
}

/** A workload of small calls. */
function calls(name: string, test: "round_trip" | "concurrent"): Scenario {
  return { name, test, streams: 1, rowsPerBatch: 1, sum: false };
}

/** Calls of the concurrent scenario. */
export const CONCURRENT_CALLS = 1000;

/** The scenarios that move data: streams × rows of a batch. */
export const TRANSFERS: readonly Scenario[] = [
  transfer("get", 4, 4096),
  transfer("get", 1, 32_768),
  transfer("get", 1, 32_768, true),
  transfer("put", 4, 4096),
  transfer("put", 1, 32_768),
];

/** Scenarios of small messages, which measure the overhead of a message. */
export const MESSAGES: readonly Scenario[] = [
  transfer("put", 1, 1),
  transfer("get", 1, 1),
];

/** The scenarios of small calls. */
export const CALLS: readonly Scenario[] = [
  calls("DoGet of one row, one call after the other", "round_trip"),
  calls(`${CONCURRENT_CALLS} DoAction calls at once`, "concurrent"),
];

/** The C++ implementation, the reference for all comparisons. */
export const PYARROW = "pyarrow";

/** The other client on npm, by the runtime it runs on. */
export function otherClient(runtime: string): string {
  return `arrow-flight-client on ${runtime}`;
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
 * The pairs of a scenario.
 *
 * @param scenario The scenario.
 * @param runtimes The available JavaScript runtimes.
 * @param pyarrow True if pyarrow is available.
 */
export function pairsOf(
  { sum }: Scenario,
  runtimes: readonly string[],
  pyarrow: boolean,
): Pair[] {
  const pairs: Pair[] = pyarrow ? [{ client: PYARROW, server: PYARROW }] : [];
  // Adding up measures the cost of using the data in the client: one server is
  // enough.
  if (sum) {
    const server = pyarrow ? PYARROW : runtimes.at(-1)!;
    return [...pairs, ...runtimes.map((client) => ({ client, server }))];
  }
  // Our fastest server, for comparing clients; `runtimes` has Deno before Bun.
  const fastest = runtimes.at(-1)!;
  for (const runtime of runtimes) {
    pairs.push({ client: runtime, server: runtime });
    if (runtime !== fastest) pairs.push({ client: runtime, server: fastest });
    pairs.push({ client: otherClient(runtime), server: fastest });
    if (!pyarrow) continue;
    pairs.push({ client: runtime, server: PYARROW });
    pairs.push({ client: otherClient(runtime), server: PYARROW });
    pairs.push({ client: PYARROW, server: runtime });
  }
  return pairs;
}
