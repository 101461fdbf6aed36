/**
 * Runs tests on Node.js.
 *
 * @module
 */
import { type Outcome, runCommand } from "../run_command.ts";
import { ROOT } from "../deno_json.ts";

/** Files that run at the same time: most tests wait most of the time. */
const FILES_AT_ONCE = 4;

/** Longest time of a test, in milliseconds, and of a file, which Node.js counts as one. */
const TEST_TIMEOUT_MS = 600_000;

/** Areas that do not run on Node.js: tools and examples, which Deno and Bun run, and long tests of pure code. */
const AREAS =
  /^tests\/(?:examples|fuzz|interop|tools|[a-z_]*_test\.ts)(?:\/|$)/;

/**
 * Areas that run on Node.js 24: SQLite, which needs it, and the program `flight`
 * and servers of several processes, which use it too.
 */
const NEWER_AREAS = /^tests\/(?:cli|sqlite|workers)\//;

/** SQLite in other areas: `node:sqlite` of Node.js 22 cannot keep statements inside of a database. */
const SQLITE = /from "@contrail\/flight\/sqlite"/;

/** The error of a `node:sqlite` that is too old. */
const OLD_SQLITE = "tests/sqlite/old_runtime_test.ts";

/** The page of `flight serve --web`, which the bundler of Deno or Bun builds. */
const BUNDLERS: ReadonlySet<string> = new Set(["tests/cli/serve_web_test.ts"]);

/** Handlers that accept WebSockets, which `node:http` has none of; `serve` has its own, and its tests run. */
const UPGRADES: ReadonlySet<string> = new Set([
  "tests/transport/websocket/client_test.ts",
  "tests/transport/websocket/faults_test.ts",
  "tests/transport/websocket/upgrade_test.ts",
]);

/** Calls without a first message, which `fetch` of Node.js does not send. */
const SILENT: ReadonlySet<string> = new Set([
  "tests/server/grpc_service_test.ts",
  "tests/server/request_times_test.ts",
]);

/** A thousand calls at once take minutes in grpc-js on Node.js. */
const TOO_SLOW: ReadonlySet<string> = new Set([
  "tests/failures/unread_calls_test.ts",
  "tests/read/read_test.ts",
  "tests/resilience/descriptors_test.ts",
  "tests/rpc/concurrency_test.ts",
]);

/** Tests by the version of Node.js that runs them. */
export interface TestsOnNode {
  readonly on22: readonly string[];
  readonly on24: readonly string[];
}

/**
 * Chooses the tests that run on Node.js.
 *
 * @param files All of them.
 * @param textOf Reads a file.
 */
export function testsOnNode(
  files: readonly string[],
  textOf: (file: string) => string,
): TestsOnNode {
  const usable = files.filter((file) =>
    !AREAS.test(file) &&
    ![BUNDLERS, UPGRADES, SILENT, TOO_SLOW].some((set) => set.has(file))
  );
  const isNewer = (file: string) =>
    file !== OLD_SQLITE &&
    (NEWER_AREAS.test(file) || SQLITE.test(textOf(file)));
  return {
    on22: usable.filter((file) => !isNewer(file)),
    on24: usable.filter(isNewer),
  };
}

/**
 * Runs files of tests.
 *
 * @param node The program.
 * @param bun The program, which lowers syntax and installs DuckDB.
 * @param lowers True if the version does not know `using`.
 * @param files The files, from the root.
 * @param junit Where to write the report.
 * @param temporary A folder that is deleted later.
 * @param timeoutMs The time after which all is killed, in milliseconds.
 */
export async function runOnNode(
  { node, bun, lowers, files, junit, temporary, timeoutMs }: {
    readonly node: string;
    readonly bun: string;
    readonly lowers: boolean;
    readonly files: readonly string[];
    readonly junit: string;
    readonly temporary: string;
    readonly timeoutMs: number;
  },
): Promise<Outcome> {
  const lowered = `${temporary}/lowered`;
  if (lowers) {
    const lowering = await runCommand(
      [bun, "tools/node/lower.ts", lowered],
      timeoutMs,
    );
    if (!lowering.success) return lowering;
  }
  // Installs DuckDB, once for all files.
  const installing = await runCommand(
    [bun, "tests/duckdb/duckdb_package.ts"],
    timeoutMs,
  );
  if (!installing.success) return installing;
  const hooks = new URL("tools/node/hooks.ts", ROOT).href;
  return await runCommand(
    [
      node,
      "--test",
      `--test-concurrency=${FILES_AT_ONCE}`,
      `--test-timeout=${TEST_TIMEOUT_MS}`,
      // A failed test may leave something open, which must not keep its file.
      "--test-force-exit",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=junit",
      `--test-reporter-destination=${junit}`,
      ...files,
    ],
    timeoutMs,
    undefined,
    {
      ...lowers ? { FLIGHT_LOWERED: lowered } : {},
      NODE_COMPILE_CACHE: `${temporary}/compiled`,
      // The programs that tests start need them too.
      NODE_OPTIONS: `--import=${hooks} --disable-warning=ExperimentalWarning`,
    },
  );
}
