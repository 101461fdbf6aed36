/**
 * `deno task interop`: this package, on Deno and on Bun, against implementations
 * that are not ours, and against clients that do not stay.
 *
 *     deno task interop                      everything
 *     deno task interop --only NAME          one part, see options.ts
 *     deno task interop --runtime deno|bun   one runtime
 *     deno task interop --case NAME          cases whose name has NAME in it
 *     deno task interop --write-docs         writes the tables into the documents
 *
 * Of Arrow's integration scenarios and data files, each of these may be given:
 *
 *     deno task interop --peer go|java|rust|cpp --scenario NAME --transport http2|grpc-js
 *
 * How long 64 clients use a server of ours at the same time; a minute by default:
 *
 *     deno task interop --only load --seconds 20
 *
 * The first run installs what it needs below .cache/; a part that cannot run on
 * this machine is skipped, loudly. The last line is the total. A known failure
 * counts as skipped.
 *
 * @module
 */
import { writeDocs } from "./report/docs.ts";
import { adbcPart } from "./parts/adbc_part.ts";
import { ballistaPart } from "./parts/ballista_part.ts";
import { browserPart } from "./parts/browser_part.ts";
import { driverPart } from "./parts/drivers_part.ts";
import { gatewayPart } from "./parts/gateway_part.ts";
import { grpcToolsPart } from "./parts/grpc_tools_part.ts";
import { h2specPart } from "./parts/h2spec_part.ts";
import { integrationPart } from "./parts/integration_part.ts";
import { kubernetesPart } from "./parts/kubernetes_part.ts";
import { knownFailure } from "./known_failures.ts";
import { loadPart } from "./parts/load_part.ts";
import { Matrix } from "./report/matrix.ts";
import { type Options, parseOptions, type PartName } from "./options.ts";
import type { Column, Missing, Part } from "./parts/part.ts";
import { IMPLEMENTATIONS } from "./peers/implementations.ts";
import { proxiesPart } from "./parts/proxies_part.ts";
import { pyarrowPart } from "./parts/pyarrow_part.ts";
import { redisPart } from "./parts/redis_part.ts";
import { sqlPart } from "./parts/sql_part.ts";
import { vanishingPart } from "./parts/vanishing_part.ts";
import { webPart } from "./parts/web_part.ts";
import { workerdPart } from "./parts/workerd_part.ts";

const PARTS: Readonly<
  Record<PartName, (options: Options) => Promise<Part | Missing>>
> = {
  pyarrow: ({ runtimes }) => pyarrowPart(runtimes),
  h2spec: ({ runtimes }) => h2specPart(runtimes),
  tools: ({ runtimes }) => grpcToolsPart(runtimes),
  proxies: ({ runtimes }) => proxiesPart(runtimes),
  web: webPart,
  workerd: ({ runtimes }) => workerdPart(runtimes),
  vanishing: ({ runtimes }) => vanishingPart(runtimes),
  browser: browserPart,
  sql: sqlPart,
  redis: ({ runtimes }) => redisPart(runtimes),
  adbc: adbcPart,
  jdbc: (options) => driverPart("jdbc", options),
  dbapi: (options) => driverPart("dbapi", options),
  "database-sql": (options) => driverPart("database-sql", options),
  "rust-client": (options) => driverPart("rust-client", options),
  gateway: gatewayPart,
  ballista: ballistaPart,
  kubernetes: kubernetesPart,
  go: (options) => integrationPart(IMPLEMENTATIONS.go, options),
  java: (options) => integrationPart(IMPLEMENTATIONS.java, options),
  rust: (options) => integrationPart(IMPLEMENTATIONS.rust, options),
  cpp: (options) => integrationPart(IMPLEMENTATIONS.cpp, options),
  load: loadPart,
};

const options = parseOptions(Deno.args);
const totals = { passed: 0, skipped: 0 };
/** Failures, to be told once more at the end, where long output is read first. */
const failures: string[] = [];
/** Number of programs that this machine lacks. */
let missing = 0;

/** Runs a part; gives its results. */
async function run(name: PartName): Promise<Matrix | undefined> {
  const part = await PARTS[name](options);
  if ("problem" in part) return skip(part);
  part.missing?.forEach(skip);
  const matrix = new Matrix(part);
  for (const column of part.columns) {
    await runColumn(name, column, matrix)
      .catch((error) => fail(column.title, error));
  }
  const text = matrix.text();
  if (text !== "") console.log(`\n${text}\n`);
  return matrix;
}

/** Counts what this machine lacks. */
function skip({ what, problem }: Missing): undefined {
  totals.skipped++;
  missing++;
  console.log(`SKIPPED: ${what} because it could not be had: ${problem}`);
}

async function runColumn(
  part: PartName,
  column: Column,
  matrix: Matrix,
): Promise<void> {
  const { title } = column;
  const seconds = stopwatch();
  let count = 0;
  for await (const { name, error, note } of column.run(options.case ?? "")) {
    count++;
    if (note !== undefined) console.log(`note   ${title}: ${name}: ${note}`);
    const reason = knownFailure(name, part);
    if (reason === undefined && error === undefined) {
      totals.passed++;
      matrix.set(title, name, "ok");
    } else if (reason !== undefined && error !== undefined) {
      totals.skipped++;
      matrix.set(title, name, "known");
      console.log(`known  ${title}: ${name}: ${reason}`);
    } else {
      matrix.set(title, name, "FAILED");
      fail(
        `${part}: ${title}: ${name}`,
        error ?? `it passes, although known_failures.ts says: ${reason}`,
      );
    }
  }
  console.log(`${title}: ${count} cases (${seconds()} s)`);
}

/** Gives an error, or the text of one, as text. */
function inspect(error: unknown): string {
  return typeof error === "string" ? error : Deno.inspect(error);
}

/** Keeps the start of a text, where failures name themselves. */
function shortened(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)} […]` : text;
}

/** Gives how long ago it was made, in seconds. */
function stopwatch(): () => string {
  const start = performance.now();
  return () => ((performance.now() - start) / 1000).toFixed(1);
}

/** Counts a failed case, or what kept cases from running; the others run all the same. */
function fail(what: string, error: unknown): undefined {
  const text = `FAILED ${what}: ${inspect(error)}`;
  console.log(text);
  failures.push(text);
}

const results = new Map<PartName, Matrix>();
for (const name of options.parts) {
  const seconds = stopwatch();
  const matrix = await run(name).catch((error) => fail(name, error));
  console.log(`part ${name}: ${seconds()} s`);
  if (matrix) results.set(name, matrix);
}
if (totals.passed + failures.length + totals.skipped === 0) {
  fail("options", `no case has ${JSON.stringify(options.case)} in its name`);
}
if (options.writeDocs) {
  if (missing === 0 && results.size === options.parts.length) {
    await writeDocs(results);
  } else {
    fail("documents", "they are left as they are: not all of it could run");
  }
}
const { passed, skipped } = totals;
const failed = failures.length;
if (failed > 0) {
  console.log(`\nFailures:\n${failures.map(shortened).join("\n")}`);
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
Deno.exit(failed > 0 ? 1 : 0);
