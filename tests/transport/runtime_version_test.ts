import { test } from "node:test";

import { assertEquals, assertThrows } from "@std/assert";

import { FlightError } from "../../internal/core/flight_error.ts";
import {
  checkRuntime,
  runtimeVersion,
} from "../../internal/transport/runtime_version.ts";

for (
  const [name, version, needed] of [
    ["Deno", "1.46.3", "2.8"],
    ["Deno", "2.7.14", "2.8"],
    ["Deno", "2.0.0-rc.4", "2.8"],
    ["Bun", "1.3.14", "1.4"],
    ["Bun", "0.8.1", "1.4"],
  ] as const
) {
  test(`runtime version: ${name} ${version} is too old, and the error says what is needed`, () => {
    const error = assertThrows(
      () => checkRuntime({ name, version }),
      FlightError,
    );
    assertEquals(
      error.message,
      `[failed precondition] this is ${name} ${version}, whose sockets cannot ` +
        `carry calls: version ${needed} or later is needed`,
    );
  });
}

test("runtime version: later runtimes, and those that are not known, are let through", () => {
  for (
    const version of ["2.8.0", "2.10.0", "3.0.0", "2.9.6+1a2b3c4", "canary"]
  ) {
    checkRuntime({ name: "Deno", version });
  }
  for (const version of ["1.4.0", "1.10.0", "2.0.0"]) {
    checkRuntime({ name: "Bun", version });
  }
  checkRuntime({ name: "Node.js", version: "18.0.0" });
  checkRuntime(undefined);
});

test("runtime version: the runtime of this process is known, and new enough", () => {
  // No version of Node.js is refused.
  const known = ["Bun", "Deno"].find((name) => name in globalThis);
  assertEquals(runtimeVersion()?.name, known);
  checkRuntime();
});
