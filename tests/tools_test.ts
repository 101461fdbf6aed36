/** Each check of tools/ must be able to fail. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import denoConfig from "../deno.json" with { type: "json" };
import packageConfig from "../package.json" with { type: "json" };
import { USER_AGENT } from "../internal/transport/options.ts";
import { type Docs, DocsReport } from "../tools/check_docs.ts";
import { findCycles, type Graph, reach } from "../tools/check_graph.ts";
import { findLarge, MAX_FILES, MAX_LINES } from "../tools/check_sizes.ts";
import { countCases } from "../tools/junit.ts";
import {
  entryPointProgram,
  whyNoNode,
} from "../tools/package/check_package.ts";
import plugin, { problemOf } from "../tools/lint_layers.ts";
import closuresPlugin from "../tools/lint_closures.ts";
import promisesPlugin from "../tools/lint_promises.ts";
import { runCommand } from "../tools/run_command.ts";

/** For what only Deno has. */
const denoOnly = { skip: !("Deno" in globalThis) };

/** Path of a file of the repository. */
function path(file: string): string {
  return new URL(`../${file}`, import.meta.url).pathname;
}

test("layers: a lower layer may not import a higher one", () => {
  const problem = problemOf("internal/base/a.ts", "../core/b.ts", false);
  assertStringIncludes(problem ?? "", "higher layer");
  assertEquals(
    problemOf("internal/core/a.ts", "../base/b.ts", false),
    undefined,
  );
  assertEquals(problemOf("mod.ts", "./internal/client/b.ts", false), undefined);
});

test("layers: siblings may not import each other", () => {
  assert(problemOf("internal/client/a.ts", "../server/b.ts", true));
  assert(problemOf("internal/transport/memory/a.ts", "../grpc_js/b.ts", false));
  assertEquals(problemOf("internal/client/a.ts", "./b.ts", false), undefined);
});

test("layers: HTTP/2 imports nothing but base", () => {
  assert(problemOf("internal/http2/frame/a.ts", "../../core/b.ts", false));
  assertEquals(
    problemOf("internal/http2/frame/a.ts", "../../base/b.ts", false),
    undefined,
  );
  assertEquals(
    problemOf("internal/http2/frame/a.ts", "../hpack/b.ts", false),
    undefined,
  );
});

test("layers: only entry points import a transport", () => {
  const transport = "../transport/memory/a.ts";
  assert(problemOf("internal/client/a.ts", transport, false));
  assertEquals(
    problemOf("internal/client/a.ts", "../seam/transport.ts", false),
    undefined,
  );
  assertEquals(
    problemOf("memory.ts", "./internal/transport/memory/a.ts", false),
    undefined,
  );
});

test("layers: the program imports the package by its name", () => {
  assert(problemOf("cli/commands/a.ts", "../../internal/base/b.ts", true));
  assert(problemOf("cli/main.ts", "../client.ts", false));
  assert(problemOf("client.ts", "./cli/main.ts", false));
  assert(problemOf("internal/client/a.ts", "commander", false));
  for (const specifier of ["./exit_code.ts", "@contrail/flight", "commander"]) {
    assertEquals(problemOf("cli/main.ts", specifier, false), undefined);
  }
  assertEquals(problemOf("cli.ts", "./cli/main.ts", false), undefined);
});

test("layers: a package has one owner", () => {
  assert(problemOf("internal/core/a.ts", "apache-arrow", false));
  assertEquals(
    problemOf("internal/core/a.ts", "apache-arrow", true),
    undefined,
  );
  assertEquals(
    problemOf("internal/ipc/a.ts", "apache-arrow/ipc/writer", false),
    undefined,
  );
  assert(problemOf("internal/client/a.ts", "node:buffer", true));
  assert(problemOf("proto/runtime/a.ts", "protobufjs/minimal.js", false));
  assert(problemOf("mod.ts", "@grpc/grpc-js", false));
  assert(problemOf("mod.ts", "@std/assert", false));
});

test("layers: the lint plugin sees every kind of import", denoOnly, () => {
  const file = new URL("../internal/client/a.ts", import.meta.url).pathname;
  const source = `
    import { a } from "../server/a.ts";
    export { b } from "../server/a.ts";
    export * from "../server/a.ts";
    await import("../server/a.ts");
    type C = import("../server/a.ts").C;
  `;
  assertEquals(Deno.lint.runPlugin(plugin, file, source).length, 5);
});

test("promises: the lint plugin sees those that are dropped", denoOnly, () => {
  const source = `
    promise.then(() => {});
    void run();
    promise.catch(() => {});
    promise.finally(() => {}).catch(() => {});
  `;
  const problems = (file: string, source: string) =>
    Deno.lint.runPlugin(promisesPlugin, path(file), source).length;
  assertEquals(problems("internal/client/a.ts", source), 4);
  assertEquals(problems("internal/base/handled.ts", source), 0);
  assertEquals(problems("tests/a_test.ts", source), 0);
  const fine = `
    handled(promise.then(() => {}));
    promise.then(done, failed);
    promise.then(done).catch(failed);
    const later = promise.then(done);
    const push = () => void values.push(1);
  `;
  assertEquals(problems("internal/client/a.ts", fine), 0);
});

test("closures: functions assigned to properties are found", denoOnly, () => {
  const problems = (file: string, source: string) =>
    Deno.lint.runPlugin(closuresPlugin, path(file), source).length;
  const source = `
    call.onEnd = () => {};
    this.#stop = function () {};
    call[key] ??= async () => {};
  `;
  assertEquals(problems("internal/client/a.ts", source), 3);
  assertEquals(problems("tests/a_test.ts", source), 0);
  const fine = `
    const onEnd = () => {};
    call.onEnd = onEnd;
    let later = () => {};
    later = () => {};
    class Call { #onEnd = () => {}; }
    start({ onEnd: () => {} });
  `;
  assertEquals(problems("internal/client/a.ts", fine), 0);
});

test("graph: cycles and forbidden packages are found", () => {
  const graph: Graph = new Map([
    ["mod.ts", { local: ["a.ts"], packages: [] }],
    ["a.ts", { local: ["b.ts"], packages: [] }],
    ["b.ts", { local: ["a.ts"], packages: ["node:fs"] }],
  ]);
  assertEquals(findCycles(graph), [["a.ts", "b.ts", "a.ts"]]);
  const { modules, problems } = reach(graph, "mod.ts", /^node:/);
  assertEquals(modules.size, 3);
  assertEquals(problems, ['mod.ts reaches "node:fs" through b.ts']);
});

test("graph: what is imported on demand counts only where it should", () => {
  const graph: Graph = new Map([
    ["mod.ts", { local: ["a.ts", "b.ts"], packages: [], dynamic: ["a.ts"] }],
    ["a.ts", { local: [], packages: ["node:fs"] }],
    ["b.ts", { local: [], packages: ["node:os"], dynamic: ["node:os"] }],
  ]);
  assertEquals(reach(graph, "mod.ts", /^node:/).problems.length, 2);
  assertEquals(reach(graph, "mod.ts", /^node:/, true).problems, []);
  const loaded = new Map(graph).set("b.ts", { local: ["a.ts"], packages: [] });
  assertEquals(reach(loaded, "mod.ts", /^node:/, true).problems, [
    'mod.ts reaches "node:fs" through a.ts',
  ]);
});

test("sizes: full folders and long files are found", () => {
  const files = new Map([["internal/a/long.ts", MAX_LINES + 1]]);
  for (let i = 0; i < MAX_FILES; i++) {
    files.set(`internal/b/${i}.ts`, MAX_LINES);
  }
  const long = `internal/a/long.ts has ${MAX_LINES + 1} lines, more than 500`;
  assertEquals(findLarge(files), [long]);
  files.set("internal/b/c.ts", 1);
  assertEquals(findLarge(files), [
    long,
    `internal/b/ has ${MAX_FILES + 1} files, more than 20`,
  ]);
});

test("docs: what has no text, @param or @returns is found", () => {
  const location = { filename: "file:///flight/mod.ts", line: 0 };
  const docs: Docs = {
    nodes: {
      "file:///flight/mod.ts": {
        symbols: [
          {
            name: "silent",
            declarations: [
              { kind: "variable", declarationKind: "export", location },
            ],
          },
          {
            name: "half",
            declarations: [{
              kind: "function",
              declarationKind: "export",
              location,
              jsDoc: { doc: "Does it." },
              def: {
                params: [{ kind: "identifier", name: "how" }],
                returnType: { kind: "keyword", value: "string" },
              },
            }],
          },
        ],
      },
    },
  };
  const report = new DocsReport("file:///flight/");
  report.add(".", docs);
  assertEquals([report.documented, report.total], [1, 2]);
  assertEquals(report.summaries, ["Does it."]);
  assertEquals(report.problems, [
    ".: no module documentation (@module)",
    "mod.ts:1 silent: no JSDoc",
    "mod.ts:1 half: no @param how",
    "mod.ts:1 half: no @returns",
  ]);
});

test("package: every entry point is imported", () => {
  const program = entryPointProgram(["a", "a/b"]);
  assertStringIncludes(program, 'import * as e0 from "a";');
  assertStringIncludes(program, 'import * as e1 from "a/b";');
  assertStringIncludes(program, "[e0, e1]");
});

test("package: only a Node.js that is missing or old is left out", () => {
  assertEquals(whyNoNode("v20.0.0\n"), undefined);
  assertEquals(whyNoNode("v18.20.1\n"), "node is v18.20.1, older than 20");
  assertEquals(whyNoNode(undefined), "there is no node");
});

test("junit: the cases of both runners are counted alike", () => {
  const deno = `<testsuites tests="7"><testsuite name="a_test.ts">
    <testcase name="plain"></testcase>
    <testcase name="broken"><failure message="x">y</failure></testcase>
    <testcase name="group"><failure message="1 failed"/></testcase>
    <testcase name="hooks"><failure message="before"/></testcase>
    <testcase name="group &gt; one"><error/></testcase>
    <testcase name="group &gt; two"><skipped/></testcase>
    <testcase name="hooks &gt; one"><system-out><![CDATA[<failure>]]></system-out></testcase>
    </testsuite></testsuites>`;
  assertEquals(countCases(deno), { passed: 2, failed: 3, skipped: 1 });
  const bun = `<testsuites><testsuite name="a"><testcase name="plain" />
    <testcase name="broken"><failure type="AssertionError" /></testcase>
    <testsuite name="group"><testcase name="two"><skipped /></testcase>
    </testsuite></testsuite></testsuites>`;
  assertEquals(countCases(bun), { passed: 1, failed: 1, skipped: 1 });
  assertEquals(countCases(""), { passed: 0, failed: 0, skipped: 0 });
});

test("commands: a crash and a hang are named", denoOnly, async () => {
  const crash = await runCommand(["sh", "-c", "kill -SEGV $$"], 60_000);
  assertEquals([crash.success, crash.end], [false, "crashed with SIGSEGV"]);
  const wrapped = await runCommand(["sh", "-c", "echo a; exit 134"], 60_000);
  assertEquals(wrapped.end, "crashed with SIGABRT");
  assertEquals(wrapped.output, "a\n");
  const hang = await runCommand(["sleep", "60"], 100);
  assertEquals(hang.end, "killed after 0.1 s");
  const nothing = await runCommand(["no-such-program-here"], 60_000);
  assertEquals(nothing.success, false);
});

test("versions: package.json asks for the same as deno.json", () => {
  const imports: Record<string, string> = denoConfig.imports;
  const dependencies = {
    ...packageConfig.dependencies,
    ...packageConfig.devDependencies,
  };
  for (const [name, range] of Object.entries(dependencies)) {
    assertEquals(imports[name], `npm:${name}@${range}`);
  }
});

test("USER_AGENT names the version of deno.json", () => {
  assertEquals(USER_AGENT, `contrail-flight/${denoConfig.version}`);
});

test(".gitattributes marks every generated file", () => {
  const root = new URL("..", import.meta.url);
  const patterns = readFileSync(new URL(".gitattributes", root), "utf8")
    .split("\n")
    .filter((line) => line.endsWith(" linguist-generated"))
    .map((line) => line.split(" ")[0]!);
  const isMarked = (path: string) =>
    patterns.some((pattern) => posix.matchesGlob(path, pattern));
  const generated = ["proto", "bench", "tests"].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
  ).filter((path) =>
    path.endsWith(".ts") &&
    readFileSync(new URL(path, root), "utf8").startsWith("// Generated by")
  );
  assert(generated.length > 0);
  assertEquals(generated.filter((path) => !isMarked(path)), []);
});
