/**
 * Checks everything: `deno task test`.
 *
 * It runs every step, even after failures, and ends with the line
 * `N passed, N failed, N skipped`. A check counts as one, a test as one for
 * each runtime.
 *
 *     deno task test                           everything
 *     deno task test --only=GROUP              checks, deno, bun, node or package
 *     deno task test errors                    tests whose path has "errors"
 *
 * @module
 */
import { chooseDenoConfig, denoConfigOptions } from "./deno_config.ts";
import { BUN_VERSION, findBun } from "./find_bun.ts";
import { countCases, type Totals } from "./junit.ts";
import { type Outcome, runCommand } from "./run_command.ts";
import { ROOT } from "./deno_json.ts";
import {
  findNode,
  NODE_22,
  NODE_24,
  type NodeVersion,
} from "./node/find_node.ts";
import { runOnNode, testsOnNode } from "./node/node_tests.ts";

/** Longest time for a step; a longer one counts as a hang. */
const STEP_TIMEOUT_MS = 30 * 60_000;
/** Longest time for a test under Bun, whose own limit is 5 seconds. */
const BUN_TEST_TIMEOUT_MS = 120_000;

type Group = "checks" | "deno" | "bun" | "node" | "package";
type Report = { totals: Totals; problem: string | undefined; output: string };
type Step = { name: string; group: Group; run: () => Promise<Report> };

const deno = Deno.execPath();
const temporary = await Deno.makeTempDir({ prefix: "flight_test_" });

/** Lists the files below a folder, or the file itself; sorted, from the root. */
function filesIn(path: string, pattern: RegExp): string[] {
  const url = new URL(path, ROOT);
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(url);
  } catch {
    return [];
  }
  if (info.isFile) return pattern.test(path) ? [path] : [];
  return [...Deno.readDirSync(url)]
    .filter(({ name }) => name !== "node_modules" && !name.startsWith("."))
    .flatMap(({ name }) => filesIn(`${path}/${name}`, pattern))
    .sort();
}

/** A check: one that passes or fails as a whole. */
function check(name: string, ...args: string[]): Step {
  return checkOf("checks", name, args);
}

function checkOf(group: Group, name: string, args: string[]): Step {
  return {
    name,
    group,
    async run() {
      const { success, end, output } = await runCommand(
        [deno, ...args],
        STEP_TIMEOUT_MS,
      );
      return {
        totals: { passed: +success, failed: +!success, skipped: 0 },
        problem: success ? undefined : end,
        output,
      };
    },
  };
}

/** Counts the tests of a run, and the run itself when it failed as a whole. */
async function report(outcome: Outcome, junit: string): Promise<Report> {
  const xml = await Deno.readTextFile(junit).catch(() => undefined);
  const totals = countCases(xml ?? "");
  let problem = totals.failed > 0 ? "tests failed" : undefined;
  if (xml === undefined || (!outcome.success && totals.failed === 0)) {
    totals.failed++;
    problem = outcome.success ? "no report was written" : outcome.end;
  } else if (totals.passed + totals.failed + totals.skipped === 0) {
    totals.failed++;
    problem = "no test was found";
  }
  return { totals, problem, output: outcome.output };
}

/** Tests that Deno runs: files, or the examples in documentation. */
function denoTests(name: string, args: string[], files: string[]): Step {
  const junit = `${temporary}/${name.replaceAll(" ", "_")}.xml`;
  return {
    name,
    group: "deno",
    run: async () =>
      await report(
        await runCommand(
          [
            deno,
            "test",
            "-A",
            ...denoConfigOptions(),
            `--junit-path=${junit}`,
            ...args,
            ...files,
          ],
          STEP_TIMEOUT_MS,
        ),
        junit,
      ),
  };
}

/** Finds Bun, and has it install the packages of the project. */
async function bunWithPackages(): Promise<
  | { bun: string; failure?: undefined }
  | { bun?: undefined; failure: Outcome }
> {
  const { path: bun, outcome } = await findBun(STEP_TIMEOUT_MS);
  if (!bun) return { failure: { ...outcome, success: false } };
  const install = await runCommand(
    [bun, "install", "--frozen-lockfile"],
    STEP_TIMEOUT_MS,
  );
  return install.success ? { bun } : { failure: install };
}

function bunTests(name: string, files: string[]): Step {
  const junit = `${temporary}/bun.xml`;
  return {
    name,
    group: "bun",
    async run() {
      const { bun, failure } = await bunWithPackages();
      if (failure) return await report(failure, junit);
      const outcomeOfTests = await runCommand([
        bun,
        "test",
        `--timeout=${BUN_TEST_TIMEOUT_MS}`,
        "--reporter=junit",
        `--reporter-outfile=${junit}`,
        // A name without "./" would be a filter, not a file.
        ...files.map((file) => `./${file}`),
      ], STEP_TIMEOUT_MS);
      return await report(outcomeOfTests, junit);
    },
  };
}

/** Tests on Node.js; without the program, they count as one that is skipped. */
function nodeTests(version: NodeVersion, files: readonly string[]): Step {
  const name = `Node.js ${version.exact}: tests`;
  const junit = `${temporary}/node_${version.exact}.xml`;
  return {
    name,
    group: "node",
    async run() {
      const node = await findNode(version);
      if ("problem" in node) {
        console.log(`SKIPPED ${name}: ${node.problem}`);
        const totals = { passed: 0, failed: 0, skipped: 1 };
        return { totals, problem: undefined, output: "" };
      }
      const { bun, failure } = await bunWithPackages();
      if (failure) return await report(failure, junit);
      const outcomeOfTests = await runOnNode({
        node: node.path,
        bun,
        lowers: !version.knowsUsing,
        files,
        junit,
        temporary,
        timeoutMs: STEP_TIMEOUT_MS,
      });
      return await report(outcomeOfTests, junit);
    },
  };
}

/** The steps in their order; a filter of paths leaves only the tests. */
function stepsFor(filter: string | undefined): Step[] {
  const tests = filesIn("tests", /_test\.ts$/)
    .filter((path) => path.includes(filter ?? ""));
  // Without a file, Deno would look for tests by itself, and run all that it finds.
  if (tests.length === 0) {
    throw new TypeError(
      `no path of a test has ${JSON.stringify(filter)} in it`,
    );
  }
  // Types are checked in a step of their own.
  const onDeno = denoTests("tests on Deno", ["--no-check"], tests);
  const onBun = bunTests(`tests on Bun ${BUN_VERSION}`, tests);
  const { on22, on24 } = testsOnNode(
    tests,
    (file) => Deno.readTextFileSync(new URL(file, ROOT)),
  );
  const onNode = ([[NODE_22, on22], [NODE_24, on24]] as const)
    .filter(([, files]) => files.length > 0)
    .map(([version, files]) => nodeTests(version, files));
  if (filter) return [onDeno, onBun, ...onNode];
  const documents = [
    ...[...Deno.readDirSync(new URL(ROOT))].map(({ name }) => name)
      // The program would run; it has no examples.
      .filter((name) => name.endsWith(".ts") && name !== "cli.ts").sort(),
    ...filesIn("internal", /\.ts$/),
    ...filesIn("README.md", /\.md$/),
    ...filesIn("docs", /\.md$/),
  ];
  return [
    check("format", "fmt", "--check"),
    check("lint", "lint"),
    check("import graph", "run", "-A", "tools/check_graph.ts"),
    check("sizes", "run", "-A", "tools/check_sizes.ts"),
    check("documentation", "run", "-A", "tools/check_docs.ts"),
    check("exports", "run", "-A", "tools/check_exports.ts"),
    check("public surface", "run", "-A", "tools/check_surface.ts"),
    check("prose", "run", "-A", "tools/check_prose.ts"),
    check("reference", "run", "-A", "tools/write_reference.ts", "--check"),
    check("types", "check", "--quiet", ...denoConfigOptions()),
    check("compiled proto", "run", "-A", "tools/compile_proto.ts", "--check"),
    check(
      "compiled WebAssembly",
      "run",
      "-A",
      "tools/compile_wasm.ts",
      "--check",
    ),
    check("bundle size", "run", "-A", "tools/bundle_size.ts", "--check"),
    onDeno,
    denoTests("examples in documentation", ["--doc"], documents),
    onBun,
    ...onNode,
    check("publish", "publish", "--dry-run", "--allow-dirty", "--quiet"),
    checkOf("package", "published package", [
      "run",
      "-A",
      "tools/package/check_package.ts",
    ]),
  ];
}

/** Formats totals like the last line, which CI reads. */
function show({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

const only = Deno.args.find((arg) => arg.startsWith("--only="))?.slice(7);
if (only !== undefined && !/^(checks|deno|bun|node|package)$/.test(only)) {
  throw new TypeError(
    `--only must be checks, deno, bun, node or package: ${only}`,
  );
}
await chooseDenoConfig();
const filter = Deno.args.find((arg) => !arg.startsWith("-"));
const sum: Totals = { passed: 0, failed: 0, skipped: 0 };
/** Number of tests that each runtime found. */
const known = new Map<string, number>();
for (const step of stepsFor(filter)) {
  if (only && step.group !== only) continue;
  const start = performance.now();
  const { totals, problem, output } = await step.run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const isCheck = step.group === "checks" || step.group === "package";
  const counts = isCheck ? "" : `: ${show(totals)}`;
  if (problem) console.log(output.trimEnd());
  console.log(
    `${problem ? "FAILED" : "ok    "} ${step.name}${counts} (${seconds} s)${
      problem ? `: ${problem}` : ""
    }`,
  );
  sum.passed += totals.passed;
  sum.failed += totals.failed;
  sum.skipped += totals.skipped;
  if (step.name.startsWith("tests on ")) {
    known.set(step.name, totals.passed + totals.failed + totals.skipped);
  }
}
if (new Set(known.values()).size > 1) {
  // Deno 2.9.5 succeeds when a module throws after it has registered some of its
  // `node:test` tests; the others are then missing without a word.
  const counts = [...known].map(([name, count]) => `${name}: ${count}`);
  console.log(`FAILED the runtimes ran different tests: ${counts.join(", ")}`);
  sum.failed++;
}
await Deno.remove(temporary, { recursive: true });
console.log(show(sum));
Deno.exit(sum.failed > 0 ? 1 : 0);
