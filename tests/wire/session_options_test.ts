import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import type { SessionOptionValue } from "../../internal/protocol/session_options.ts";
import * as wire from "../../internal/protocol/session_options.ts";
import { hex, oracleDecode } from "./oracle.ts";

const OPTIONS = new Map<string, SessionOptionValue>([
  ["", ""],
  ["text", "ü"],
  ["yes", true],
  ["no", false],
  ["zero", 0n],
  ["min", -(2n ** 63n)],
  ["max", 2n ** 63n - 1n],
  ["double", -0.5],
  ["none", []],
  ["list", ["a", ""]],
  ["unset", undefined],
]);

test("SetSessionOptionsRequest, GetSessionOptionsResult: round trip", () => {
  const value = { sessionOptions: OPTIONS };
  assertEquals(
    wire.setSessionOptionsRequestCodec.decode(
      wire.setSessionOptionsRequestCodec.encode(value),
    ),
    value,
  );
  assertEquals(
    wire.getSessionOptionsResultCodec.decode(
      wire.getSessionOptionsResultCodec.encode(value),
    ),
    value,
  );
});

test("SetSessionOptionsRequest: protobufjs reads what is written", () => {
  const { sessionOptions } = oracleDecode(
    "arrow.flight.protocol.SetSessionOptionsRequest",
    wire.setSessionOptionsRequestCodec.encode({ sessionOptions: OPTIONS }),
  );
  assertEquals(sessionOptions, {
    "": { stringValue: "" },
    text: { stringValue: "ü" },
    yes: { boolValue: true },
    no: { boolValue: false },
    zero: { int64Value: "0" },
    min: { int64Value: "-9223372036854775808" },
    max: { int64Value: "9223372036854775807" },
    double: { doubleValue: -0.5 },
    none: { stringListValue: {} },
    list: { stringListValue: { values: ["a", ""] } },
    unset: {},
  });
});

test("SetSessionOptionsRequest: golden bytes", () => {
  const sessionOptions = new Map<string, SessionOptionValue>([
    ["a", -2n],
    ["b", undefined],
    ["c", ["x"]],
  ]);
  const bytes = hex(
    "0a0e 0a0161 1209 19feffffffffffffff" +
      "0a05 0a0162 1200  0a0a 0a0163 1205 2a03 0a0178",
  );
  assertEquals(
    wire.setSessionOptionsRequestCodec.encode({ sessionOptions }),
    bytes,
  );
  assertEquals(wire.setSessionOptionsRequestCodec.decode(bytes), {
    sessionOptions,
  });
});

test("SetSessionOptionsResult: golden bytes, and unknown errors", () => {
  const errors = new Map(
    [
      ["a", "INVALID_NAME"],
      ["b", "INVALID_VALUE"],
      ["c", "ERROR"],
      ["d", "UNSPECIFIED"],
    ] as const,
  );
  const bytes = hex(
    "0a07 0a0161 1202 0801  0a07 0a0162 1202 0802" +
      "0a07 0a0163 1202 0803  0a05 0a0164 1200",
  );
  assertEquals(wire.setSessionOptionsResultCodec.encode({ errors }), bytes);
  assertEquals(wire.setSessionOptionsResultCodec.decode(bytes), { errors });
  assertEquals(
    wire.setSessionOptionsResultCodec.decode(hex("0a07 0a0161 1202 0863")),
    { errors: new Map([["a", "UNSPECIFIED" as const]]) },
  );
});

test("CloseSessionResult: every status, and unknown ones", () => {
  for (
    const [i, status]
      of (["UNSPECIFIED", "CLOSED", "CLOSING", "NOT_CLOSEABLE"] as const)
        .entries()
  ) {
    const bytes = wire.closeSessionResultCodec.encode({ status });
    assertEquals(bytes, hex(i === 0 ? "" : `080${i}`));
    assertEquals(wire.closeSessionResultCodec.decode(bytes), { status });
  }
  assertEquals(wire.closeSessionResultCodec.decode(hex("0863")), {
    status: "UNSPECIFIED",
  });
});

test("session options: wrong types name the option", () => {
  const encode = (value: unknown) =>
    wire.setSessionOptionsRequestCodec.encode({
      sessionOptions: new Map([["k", value as SessionOptionValue]]),
    });
  const field = 'SetSessionOptionsRequest.sessionOptions.get("k")';
  assertThrows(() => encode(null), TypeError, `${field} must be an array`);
  assertThrows(() => encode({}), TypeError, `${field} must be an array`);
  assertThrows(() => encode([1]), TypeError, `${field}[0] must be a string`);
  assertThrows(() => encode(2n ** 63n), RangeError, `${field} must be between`);
  assertThrows(
    () =>
      wire.setSessionOptionsRequestCodec.encode({
        sessionOptions: {} as never,
      }),
    TypeError,
    "SetSessionOptionsRequest.sessionOptions must be a Map, not Object",
  );
  assertThrows(
    () =>
      wire.getSessionOptionsResultCodec.encode({
        sessionOptions: new Map([[1 as never, ""]]),
      }),
    TypeError,
    "a key of GetSessionOptionsResult.sessionOptions must be a string",
  );
  assertThrows(
    () =>
      wire.setSessionOptionsResultCodec.encode({
        errors: new Map([["k", "WRONG" as never]]),
      }),
    TypeError,
    'SetSessionOptionsResult.errors.get("k") must be one of UNSPECIFIED',
  );
});
