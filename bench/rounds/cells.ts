/**
 * The scenarios of the parts that compare implementations cell by cell.
 *
 * @module
 */
import type { DataKind } from "../transfer/perf_data.ts";
import type { PerfTest } from "../transfer/perf_run.ts";
import { CONCURRENT_CALLS, type Scenario, scenario } from "./scenarios.ts";

type Transfer = "get" | "put" | "exchange";

const VERBS: Readonly<Record<Transfer, string>> = {
  get: "DoGet",
  put: "DoPut",
  exchange: "DoExchange",
};

/** The sizes of every transfer: streams × rows of a batch. */
const SIZES = [[4, 4096], [1, 32_768]] as const;

/** Scenarios of both sizes for each of some methods. */
function transfers(
  part: string,
  label: string,
  tests: readonly Transfer[],
  more: Partial<Scenario>,
): Scenario[] {
  return tests.flatMap((test) =>
    SIZES.map(([streams, rows]) => {
      const rowsPerBatch = more.rowsPerBatch === undefined
        ? rows
        : more.rowsPerBatch * (rows / SIZES[0][1]);
      return scenario({
        ...more,
        part,
        name: `${VERBS[test]}${label}, ${streams} × ${rowsPerBatch} rows`,
        test,
        streams,
        rowsPerBatch,
      });
    })
  );
}

const ALL: readonly Transfer[] = ["get", "put", "exchange"];

/** Data of other types than the columns of int64, and their names. */
const TYPES: readonly [DataKind, string][] = [
  ["strings", "strings"],
  ["nested", "nested"],
  ["dictionaries", "dictionaries"],
];

function calls(part: string, name: string, test: PerfTest): Scenario {
  return scenario({ part, name, test, pairs: "all" });
}

/** The scenarios, by the parts they belong to. */
export const CELLS: ReadonlyMap<string, readonly Scenario[]> = new Map([
  ["transfer", [
    ...transfers("transfer", "", ["get", "put"], { pairs: "all" }),
    ...transfers("transfer", "", ["exchange"], { pairs: "reusing" }),
    ...transfers("transfer", " and sum", ["get"], {
      sum: true,
      pairs: "clients",
    }).slice(1),
  ]],
  [
    "tls",
    transfers("tls", " over TLS", ALL, {
      tls: true,
      pairs: "reusing",
    }),
  ],
  [
    "compression",
    (["lz4", "zstd"] as const).flatMap((compression) =>
      transfers("compression", ` with ${compression.toUpperCase()}`, ALL, {
        // Random bytes do not become smaller.
        data: "numbers",
        compression,
        pairs: "reusing",
      })
    ),
  ],
  ["types", [
    ...TYPES.flatMap(([data, name]) =>
      transfers("types", ` of ${name}`, ["get", "put"], {
        data,
        pairs: "reusing",
      })
    ),
    // As many bytes as the others in a batch.
    ...transfers("types", " of 1,000 columns", ["get", "put"], {
      data: "columns:1000",
      rowsPerBatch: 16,
      pairs: "reusing",
    }),
  ]],
  [
    "messages",
    (["put", "get"] as const).map((test) =>
      scenario({
        part: "messages",
        name: `${VERBS[test]}, 1 × 1 rows`,
        test,
      })
    ),
  ],
  ["calls", [
    calls("calls", "DoGet of one row, one call after the other", "round_trip"),
    calls(
      "calls",
      `${CONCURRENT_CALLS} DoAction calls at once`,
      "concurrent",
    ),
  ]],
]);
