/** Errors and headers as the consoles of Deno, Bun and Node.js show them. */

import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { FlightError, FlightHeaders } from "@contrail/flight";
import { test } from "node:test";
import { inspect } from "node:util";

/** The consoles of this runtime: that of Node.js, and Deno's own. */
const CONSOLES: readonly ((value: unknown) => string)[] = [
  inspect,
  ...("Deno" in globalThis
    ? [
      (globalThis as unknown as { Deno: { inspect: typeof inspect } }).Deno
        .inspect,
    ]
    : []),
  ...("Bun" in globalThis
    ? [
      (globalThis as unknown as { Bun: { inspect: typeof inspect } }).Bun
        .inspect,
    ]
    : []),
];

const HEADERS = new FlightHeaders([
  ["x-region", "eu"],
  ["x-region", "us"],
  ["x-id-bin", Uint8Array.of(1, 255)],
  ["authorization", "Bearer hush"],
  ["set-cookie", "id=hush"],
  ["__proto__", "kept"],
]);

test("FlightHeaders show their entries in consoles, but no secrets", () => {
  for (const show of CONSOLES) {
    const text = show({ headers: HEADERS });
    for (
      const part of ["FlightHeaders", "x-region", "eu", "us", "01ff", "kept"]
    ) assertStringIncludes(text, part);
    assertStringIncludes(text, "authorization");
    assertStringIncludes(text, "(hidden)");
    assertFalse(text.includes("hush"), text);
  }
});

test("FlightError shows its parts in consoles, but no secrets", () => {
  const error = new FlightError("NOT_FOUND", "no such flight", {
    method: "DoGet",
    origin: "remote",
    trailers: HEADERS,
    cause: new Error("the disk is gone"),
  });
  for (const show of CONSOLES) {
    const text = show(error);
    for (
      const part of [
        "[not found] DoGet: no such flight",
        "inspect_test.ts",
        "NOT_FOUND",
        "remote",
        "x-region",
        "the disk is gone",
      ]
    ) assertStringIncludes(text, part);
    assertFalse(text.includes("hush"), text);
    assertFalse(text.includes("extraInfo"), text);
    assertStringIncludes(show({ error }), "x-region");
  }
  // The form in consoles is no part of the object.
  assertFalse(Object.keys(error).includes("isRetryable"));
  assertEquals(Object.getOwnPropertySymbols(error), []);
});

test("FlightError.isRetryable heeds the code and the server", () => {
  const unavailable = (pushback?: string) =>
    new FlightError("UNAVAILABLE", "restarts", {
      trailers: new FlightHeaders(
        pushback === undefined ? {} : { "grpc-retry-pushback-ms": pushback },
      ),
    });
  assert(new FlightError("UNAVAILABLE", "restarts").isRetryable);
  assert(unavailable().isRetryable);
  assert(unavailable("0").isRetryable);
  assert(unavailable("500").isRetryable);
  assertFalse(unavailable("-1").isRetryable);
  assertFalse(unavailable("soon").isRetryable);
  for (
    const code of ["CANCELLED", "NOT_FOUND", "INTERNAL", "ABORTED"] as const
  ) {
    assertFalse(new FlightError(code, "x").isRetryable, code);
  }
  assert(unavailable().with({ method: "DoGet" }).isRetryable);
});
