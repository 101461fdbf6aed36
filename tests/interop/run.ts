/**
 * `deno task interop`: our client against pyarrow's server and pyarrow's client
 * against our server, on Deno and on Bun.
 *
 *     deno task interop                      everything
 *     deno task interop --runtime deno|bun   one runtime
 *     deno task interop --case NAME          cases whose name has NAME in it
 *     deno task interop --write-docs         writes the table into docs/interop.md
 *
 * The first run installs pyarrow below .cache/; without Python or pyarrow
 * everything is skipped, loudly. The last line is the total. A known failure
 * counts as skipped.
 *
 * @module
 */
import { parseOptions } from "./options.ts";
import { findBun } from "./bun.ts";
import { writeDocs } from "./docs.ts";
import { knownFailure } from "./known_failures.ts";
import { Matrix } from "./matrix.ts";
import { besides, fromFileUrl, INTEROP } from "./paths.ts";
import { findPyarrow, PYARROW_VERSION } from "./python.ts";
import { runSuite, type Suite } from "./suite.ts";
import { runCommand } from "../../tools/run_command.ts";

const TIMEOUT_MS = 60_000;

interface OurSuite extends Suite {
  readonly ours: "client" | "server";
  readonly runtime: "deno" | "bun";
  readonly list: readonly string[];
}

const options = parseOptions(Deno.args);
const totals = { passed: 0, failed: 0, skipped: 0 };

/** What a program that lists cases prints. */
async function list(command: readonly string[]): Promise<string[]> {
  const { success, output } = await runCommand(command, TIMEOUT_MS);
  const line = output.split("\n").find((line) => line.startsWith("["));
  if (!success || line === undefined) throw new Error(output);
  return JSON.parse(line);
}

async function run(python: string): Promise<void> {
  const folder = fromFileUrl(new URL("data", INTEROP));
  const data = await runCommand(
    [python, besides("datasets.py"), folder],
    TIMEOUT_MS,
  );
  if (!data.success) throw new Error(data.output);
  const index = JSON.parse(await Deno.readTextFile(`${folder}/index.json`));

  const programs: Record<string, readonly string[]> = {};
  for (const runtime of options.runtimes) {
    programs[runtime] = runtime === "deno"
      // Types are checked by the test command.
      ? [Deno.execPath(), "run", "-A", "--no-check"]
      : [await findBun(), "run"];
  }
  const suites = options.runtimes.flatMap((runtime): OurSuite[] => {
    const client = [...programs[runtime]!, besides("ts_client.ts")];
    const server = [...programs[runtime]!, besides("ts_server.ts")];
    const name = { deno: "Deno", bun: "Bun" }[runtime];
    return [
      {
        title: `pyarrow to ${name}`,
        ours: "server",
        runtime,
        server: [...server, folder],
        client: [python, besides("pyarrow_client.py"), "run"],
        list: [python, besides("pyarrow_client.py"), "list"],
      },
      {
        title: `${name} to pyarrow`,
        ours: "client",
        runtime,
        server: [python, besides("pyarrow_server.py")],
        client: [...client, "run", folder],
        list: [...client, "list", folder],
      },
    ];
  });

  const matrix = new Matrix(
    suites.map(({ title }) => title),
    [...index.datasets, ...index.unreadable],
  );
  for (const suite of suites) await runOne(suite, matrix);
  console.log(`\n${matrix.text()}\n`);
  if (options.writeDocs) await writeDocs(matrix.markdown());
}

async function runOne(suite: OurSuite, matrix: Matrix): Promise<void> {
  const { title, ours, runtime } = suite;
  const names = (await list(suite.list))
    .filter((name) => name.includes(options.case ?? ""));
  const start = performance.now();
  for await (const { name, error } of runSuite(suite, names)) {
    const reason = knownFailure(name, ours, runtime);
    if (reason === undefined && error === undefined) {
      totals.passed++;
      matrix.set(title, name, "ok");
    } else if (reason !== undefined && error !== undefined) {
      totals.skipped++;
      matrix.set(title, name, "known");
      console.log(`known  ${title}: ${name}: ${reason}`);
    } else {
      totals.failed++;
      matrix.set(title, name, "FAILED");
      const problem = error ??
        `it passes, although known_failures.ts says: ${reason}`;
      console.log(`FAILED ${title}: ${name}\n${problem}`);
    }
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${title}: ${names.length} cases (${seconds} s)`);
}

const found = await findPyarrow();
if ("problem" in found) {
  totals.skipped++;
  console.log(
    `SKIPPED: pyarrow ${PYARROW_VERSION}, and with it every test against it, ` +
      `because it could not be had: ${found.problem}`,
  );
} else {
  try {
    await run(found.python);
  } catch (error) {
    console.log(error);
    totals.failed++;
  }
  if (totals.passed + totals.failed + totals.skipped === 0) {
    console.log(`no case has ${JSON.stringify(options.case)} in its name`);
    totals.failed++;
  }
}
const { passed, failed, skipped } = totals;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
Deno.exit(failed > 0 ? 1 : 0);
