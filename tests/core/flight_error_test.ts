import { test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { FlightError, type FlightErrorCode } from "@contrail/flight";

test("FlightError.with() takes no text for a pattern", () => {
  for (const text of ["$&", "$`", "$'", "$$", "$1", "$<name>", "a$&b"]) {
    const error = new FlightError("NOT_FOUND", text.repeat(1000));
    const copy = error.with({ method: "DoGet" });
    assertEquals(copy.details, error.details);
    assertEquals(copy.message, `[not found] DoGet: ${error.details}`);
    const [head, ...frames] = copy.stack!.split("\n");
    assert(head!.endsWith(copy.message) || frames.length === 0, head!);
    assert(copy.stack!.length < error.stack!.length + 100);
    assertEquals(
      copy.stack!.split("\n").slice(1),
      error.stack!.split("\n").slice(1),
    );
  }
});

test("FlightError has a gRPC status code", () => {
  for (const code of ["OK", "", "constructor", "__proto__", 5, undefined]) {
    assertThrows(
      () => new FlightError(code as FlightErrorCode, "text"),
      TypeError,
      "is not a gRPC status code",
    );
  }
});

test("FlightError refuses an error in the place of options", () => {
  const cause = new TypeError("cause");
  assertThrows(
    () => new FlightError("INTERNAL", "text", cause),
    TypeError,
    "as an option it is { cause }",
  );
  assertEquals(new FlightError("INTERNAL", "text", { cause }).cause, cause);
});

test("FlightError.is() goes by the name, the codes and the methods", () => {
  const foreign = (code: unknown, methods: object = { with() {} }) =>
    Object.assign(new Error("text"), { name: "FlightError", code, ...methods });
  assert(FlightError.is(foreign("NOT_FOUND")));
  assert(!FlightError.is(foreign("NOT_FOUND", {})));
  for (const code of ["constructor", "toString", "OK", 5, null]) {
    assert(!FlightError.is(foreign(code)), String(code));
  }
});

test("FlightError says that no reason is given", () => {
  const error = new FlightError("UNIMPLEMENTED", "", { method: "GetSchema" });
  assertEquals(
    [error.message, error.details],
    ["[unimplemented] GetSchema: no reason is given", ""],
  );
  assertEquals(
    new FlightError("INTERNAL", "").message,
    "[internal] no reason is given",
  );
});
