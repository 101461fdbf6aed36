/** The checks and the pages of the public surface. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { findNeedlessExports } from "../../tools/check_exports.ts";
import { type SurfaceDocs, SurfaceReport } from "../../tools/check_surface.ts";
import { completed, withEntryPoints } from "../../tools/write_api_pages.ts";
import { firstSentence, signatureOf } from "../../tools/write_reference.ts";

/** Documentation of one public class with one method that returns a type. */
function surfaceOf(value: unknown, tags: { kind: string }[] = []): SurfaceDocs {
  return {
    nodes: {
      a: {
        symbols: [{
          name: "A",
          declarations: [{
            declarationKind: "export",
            kind: "class",
            location: { filename: "file:///repo/internal/a.ts" },
            def: {
              methods: [{
                name: "m",
                jsDoc: { tags },
                functionDef: { returnType: { kind: "typeRef", value } },
              }],
            },
          }],
        }],
      },
    },
  };
}

test("surface: a type that no entry point exports is a problem", () => {
  const problemsOf = (docs: SurfaceDocs, ...others: SurfaceDocs[]) => {
    const report = new SurfaceReport("file:///repo/");
    for (const [i, one] of [docs, ...others].entries()) {
      report.add(`${i}.ts`, one);
    }
    return report.problems({});
  };
  const local = { typeName: "B", resolution: { kind: "local" } };
  const imported = (specifier: string) => ({
    typeName: "B",
    resolution: { kind: "import", specifier },
  });
  const problem =
    "internal/a.ts: A is public and needs B, which no entry point exports";
  assertEquals(problemsOf(surfaceOf(local)), [problem]);
  assertEquals(problemsOf(surfaceOf(imported("../b.ts"))), [problem]);
  assertEquals(problemsOf(surfaceOf(imported("apache-arrow"))), []);
  assertEquals(problemsOf(surfaceOf({ typeName: "Map" })), []);
  assertEquals(problemsOf(surfaceOf(local, [{ kind: "internal" }])), []);
  const exported = surfaceOf({ typeName: "Map" });
  exported.nodes.a!.symbols[0]!.name = "B";
  assertEquals(problemsOf(surfaceOf(local), exported), []);

  const derived = surfaceOf({ typeName: "Map" });
  derived.nodes.a!.symbols[0]!.declarations[0]!.def!.extends = "Base";
  assertStringIncludes(problemsOf(derived)[0] ?? "", "needs Base");
  derived.nodes.a!.symbols[0]!.declarations[0]!.def!.extends = "Error";
  assertEquals(problemsOf(derived), []);
});

test("exports: one that no other file imports is a problem", () => {
  const files = new Map([
    [
      "internal/a/a.ts",
      "export const used = 1;\nexport type Lone = 5;\nexport function* b() {}\n",
    ],
    ["internal/a/b.ts", "export interface All {}\n"],
    ["internal/a/c.ts", "export class Loaded {}\n"],
    [
      "mod.ts",
      'export {\n  type Other,\n  used as renamed,\n} from "./internal/a/a.ts";\n',
    ],
    [
      "tests/a_test.ts",
      'import type * as all from "../internal/a/b.ts";\nawait import("../internal/a/c.ts");\n',
    ],
    ["tests/b.ts", "export const free = 1;\n"],
  ]);
  assertEquals(findNeedlessExports(files), [
    "internal/a/a.ts: no other file imports Lone, do not export it",
    "internal/a/a.ts: no other file imports b, do not export it",
  ]);
});

test("API pages: imports name the package, and pages link to the site", () => {
  const line = (name: string) => `import { a } from &quot;${name}&quot;;`;
  const names = [".", "./client"];
  const corner = '<div class="flex items-center gap-2">';
  const page = completed(
    line(".") + line("client") + line("apache-arrow") + corner,
    names,
    "../../",
  );
  assertEquals(
    page,
    line("@contrail/flight") + line("@contrail/flight/client") +
      line("apache-arrow") + corner +
      '<a class="contextLink" href="../../index.html">Documents</a>',
  );
  assertEquals(
    withEntryPoints("<main></main>", names),
    '<main><p>Entry points: <a class="contextLink" href="./client/index.html">client</a></p></main>',
  );
});

test("reference: a line has the signature and the first sentence", () => {
  const cases = [
    [
      "export function f<T>(a: { b: T } = {}): T[] {\n  return [];\n}",
      "f<T>(a: { b: T } = {}): T[]",
    ],
    [
      "readonly onError?:\n    | ((e: Error) => void)\n    | undefined;\n  x",
      "onError?: | ((e: Error) => void) | undefined",
    ],
    [
      "async read(\n    // a comment;\n    a: A,\n  ): Promise<{ b: B }> {",
      "read(a: A): Promise<{ b: B }>",
    ],
  ] as const;
  for (const [source, expected] of cases) {
    assertEquals(signatureOf(source), expected);
  }
  assertEquals(
    firstSentence(
      "Makes a {@linkcode Thing}, such as\n`a.b`. It is new.\n\nMore.",
    ),
    "Makes a `Thing`, such as `a.b`.",
  );
  assertEquals(firstSentence("Two things:\n\n- a"), "Two things.");
});

test("surface: too many symbols are a problem", () => {
  const report = new SurfaceReport("file:///repo/");
  report.add("a.ts", surfaceOf({ typeName: "Map" }));
  assertEquals(report.counts.get("a.ts"), 1);
  assertEquals(report.total, 1);
  assertEquals(report.problems({ "a.ts": 1 }), []);
  assertStringIncludes(
    report.problems({ "a.ts": 0 })[0] ?? "",
    "a.ts exports 1 symbols, more than 0",
  );
});
