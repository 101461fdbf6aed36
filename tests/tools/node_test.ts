import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { countCases } from "../../tools/junit.ts";
import { __callDispose, __using } from "../../tools/node/dispose.ts";
import { isNewEnough, NODE_22, NODE_24 } from "../../tools/node/find_node.ts";
import { testsOnNode } from "../../tools/node/node_tests.ts";

type Stack = Parameters<typeof __using>[0];

test("Node.js: a version that is too old runs no tests", () => {
  for (const version of [undefined, "", "20.20.2", "22.17.1"]) {
    assertEquals(isNewEnough(version, NODE_22.oldest), false, version);
  }
  for (const version of ["22.18.0", "22.23.5", "24.0.0"]) {
    assertEquals(isNewEnough(version, NODE_22.oldest), true, version);
  }
  assertEquals(isNewEnough("24.9.0", NODE_24.oldest), false);
  assertEquals(isNewEnough("24.10.0", NODE_24.oldest), true);
  for (const { exact, oldest } of [NODE_22, NODE_24]) {
    assertEquals(isNewEnough(exact, oldest), true, exact);
  }
});

test("Node.js: tests with SQLite and programs run on 24, of tools on neither", () => {
  const on22 = [
    "tests/rpc/unary_test.ts",
    "tests/http2/hpack/hpack_encoder_test.ts",
    "tests/transport/http2_test.ts",
    "tests/sql/client/query_test.ts",
    "tests/sqlite/old_runtime_test.ts",
  ];
  const on24 = [
    "tests/cli/values_test.ts",
    "tests/sqlite/types_test.ts",
    "tests/sql/database_test.ts",
  ];
  const neither = ["tests/tools_test.ts", "tests/tools/node_test.ts"];
  const chosen = testsOnNode(
    [...on24, ...neither, ...on22],
    (file) =>
      file === "tests/sql/database_test.ts"
        ? 'import { sqlite } from "@contrail/flight/sqlite";'
        : "",
  );
  assertEquals(chosen, { on22, on24 });
});

test("Node.js: its reports are counted", () => {
  const xml = `<testsuites>
    <testcase name="plain" time="0.1" classname="test"/>
    <testsuite name="group" tests="2" failures="1" skipped="1">
      <testcase name="one" classname="test" failure="no">
        <failure type="testCodeFailure" message="no">x</failure>
      </testcase>
      <testcase name="two" classname="test">
        <skipped type="skipped" message="true"/>
      </testcase>
    </testsuite></testsuites>`;
  assertEquals(countCases(xml), { passed: 1, failed: 1, skipped: 1 });
});

/** A resource that is disposed of at once or later, and may fail. */
function resource(
  order: string[],
  name: string,
  error?: Error,
): Disposable & AsyncDisposable {
  const dispose = (): void => {
    order.push(name);
    if (error) throw error;
  };
  return {
    [Symbol.dispose]: dispose,
    // deno-lint-ignore require-await -- a promise, which may reject
    [Symbol.asyncDispose]: async () => dispose(),
  };
}

test("using: all is disposed of, the last one first", async () => {
  const order: string[] = [];
  const now: Stack = [];
  __using(now, resource(order, "a"), 0);
  __using(now, null, 0);
  __using(now, resource(order, "b"), 0);
  assertEquals(__callDispose(now, undefined, undefined), undefined);
  const later: Stack = [];
  __using(later, resource(order, "c"), 1);
  __using(later, undefined, 1);
  __using(later, resource(order, "d"), 0);
  __using(later, resource(order, "e"), 1);
  await __callDispose(later, undefined, undefined);
  assertEquals(order, ["b", "a", "e", "d", "c"]);
  assertThrows(() => __using([], {}, 1), TypeError);
});

test("using: errors of the block and of disposal are kept", async () => {
  const order: string[] = [];
  const [first, second] = [new Error("first"), new Error("second")];
  const stack: Stack = [];
  __using(stack, resource(order, "a"), 1);
  __using(stack, resource(order, "b", second), 1);
  const failure = await __callDispose(stack, first, 1)?.catch((error) => error);
  assertEquals(
    [failure.name, failure.error, failure.suppressed],
    ["SuppressedError", second, first],
  );
  assertEquals(order, ["b", "a"]);
  const plain: Stack = [];
  __using(plain, resource(order, "c"), 0);
  assertThrows(() => __callDispose(plain, first, 1), Error, "first");
});
