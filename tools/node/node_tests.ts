/**
 * Runs tests on Node.js.
 *
 * @module
 */
import { type Outcome, runCommand } from "../run_command.ts";
import { ROOT } from "../deno_json.ts";

/** Files that run at the same time: most tests wait most of the time. */
const FILES_AT_ONCE = 4;

/**
 * Areas of the tests that run on Node.js. The program `flight`, the examples and the tools are for Deno
 * and Bun, the package of DuckDB is installed for these two, and `node:sqlite` of Node.js 22 cannot keep
 * statements inside of a database.
 */
const ON_NODE =
  /^tests\/(?:arrow|auth|base|core|http2|ipc|message|rpc|session|types|wire|x509)\//;

/** A thousand calls at once take minutes in grpc-js on Node.js. */
const TOO_SLOW = new Set(["tests/rpc/concurrency_test.ts"]);

/**
 * Chooses the tests that run on Node.js.
 *
 * @param files All of them.
 */
export function testsOnNode(files: readonly string[]): string[] {
  return files.filter((file) => ON_NODE.test(file) && !TOO_SLOW.has(file));
}

/**
 * Runs files of tests.
 *
 * @param node The program.
 * @param bun The program, which lowers syntax that Node.js does not have.
 * @param files The files, from the root.
 * @param junit Where to write the report.
 * @param temporary A folder that is deleted later.
 * @param timeoutMs The time after which all is killed, in milliseconds.
 */
export async function runOnNode(
  { node, bun, files, junit, temporary, timeoutMs }: {
    readonly node: string;
    readonly bun: string;
    readonly files: readonly string[];
    readonly junit: string;
    readonly temporary: string;
    readonly timeoutMs: number;
  },
): Promise<Outcome> {
  const lowered = `${temporary}/lowered`;
  const lowering = await runCommand(
    [bun, "tools/node/lower.ts", lowered],
    timeoutMs,
  );
  if (!lowering.success) return lowering;
  const hooks = new URL("tools/node/hooks.ts", ROOT).href;
  return await runCommand(
    [
      node,
      "--test",
      `--test-concurrency=${FILES_AT_ONCE}`,
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=junit",
      `--test-reporter-destination=${junit}`,
      ...files,
    ],
    timeoutMs,
    undefined,
    {
      FLIGHT_LOWERED: lowered,
      NODE_COMPILE_CACHE: `${temporary}/compiled`,
      // The programs that tests start need them too.
      NODE_OPTIONS: `--import=${hooks} --disable-warning=ExperimentalWarning`,
    },
  );
}
