/** Texts and names that a peer makes up, in what interceptors and logs see of them. */

import { test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  connect,
  FlightError,
  FlightHeaders,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import {
  type CallLogEntry,
  callLogging,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import {
  encodeFrame,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
} from "../support/http2/raw_frames.ts";
import { rawClient } from "../support/http2/raw_peer.ts";
import { interceptorTest } from "../support/transports.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

const HERE = pathDescriptor("here");

/** Names that every object has. */
const NAMES = [
  "constructor",
  "__proto__",
  "tostring",
  "valueof",
  "hasownproperty",
  "__definegetter__",
] as const;

interceptorTest(
  "callLogging() has an entry, whatever the headers are called",
  async (connectTo) => {
    const entries: CallLogEntry[] = [];
    let completed = event();
    const logging = callLogging({
      headers: true,
      log(entry) {
        entries.push(entry);
        completed.resolve();
      },
    });
    await using peer = await connectTo({
      getFlightInfo(_, { headers, responseTrailers, responseHeaders }) {
        for (const [name, value] of headers) {
          if (!NAMES.some((one) => one === name)) continue;
          // grpc-js loses this one when it sends.
          if (name === "__proto__") continue;
          responseHeaders.append(name, value);
          responseTrailers.append(name, value);
        }
        return { endpoints: [] };
      },
    }, { clientInterceptors: [logging], serverInterceptors: [logging] });
    for (const name of NAMES) {
      entries.length = 0;
      completed = event();
      const headers = new FlightHeaders([[name, "1"], [name, "2"]]);
      await peer.client.getFlightInfo(HERE, { headers });
      await completed.promise;
      assert(entries.length >= 1, name);
      for (const { requestHeaders } of entries) {
        const own = Object.entries(requestHeaders!);
        if (name === "__proto__" && own.every(([key]) => key !== name)) {
          continue;
        }
        assertEquals(
          own.find(([key]) => key === name)?.[1].join().replace(", ", ","),
          "1,2",
          name,
        );
      }
    }
  },
);

for (const [transportName, transport] of TRANSPORTS) {
  test(`a header named __proto__ reaches a service (${transportName})`, async () => {
    const seen: unknown[] = [];
    await using server = await serve({
      getFlightInfo(_, { headers }) {
        seen.push(headers.getAll("__proto__"));
        return { endpoints: [] };
      },
    }, { transport });
    await using client = connect(server.location);
    await client.getFlightInfo(HERE, {
      headers: new FlightHeaders([["__proto__", "1"], ["__proto__", "2"]]),
    });
    // A server of node:http2 gives one value for both.
    assertEquals(String(seen).replace(", ", ","), "1,2");
  });
}

const FORGED = "no\n2026-01-01T00:00:00.000Z server DoGet admin OK\r\u001b[2K" +
  "\u0085\u2028\u2029\u202e\u200f\u0000\u007f";
const ESCAPED =
  "no\\u{a}2026-01-01T00:00:00.000Z server DoGet admin OK\\u{d}\\u{1b}[2K" +
  "\\u{85}\\u{2028}\\u{2029}\\u{202e}\\u{200f}\\u{0}\\u{7f}";

/** Returns the console output of a function. */
async function written(
  method: "info" | "error",
  run: () => Promise<unknown>,
): Promise<string[]> {
  const original = console[method];
  const lines: string[] = [];
  const added = event();
  console[method] = (...parts: unknown[]) => {
    lines.push(parts.join(" "));
    added.resolve();
  };
  try {
    await run();
    await added.promise;
  } finally {
    console[method] = original;
  }
  return lines;
}

interceptorTest(
  "callLogging() writes one line, whatever a peer says",
  async (connectTo) => {
    for (const side of ["clientInterceptors", "serverInterceptors"]) {
      await using peer = await connectTo({
        getFlightInfo() {
          throw new FlightError("NOT_FOUND", FORGED);
        },
        getSchema() {
          throw new FlightError("NOT_FOUND", "x".repeat(5000));
        },
      }, { [side]: [callLogging()] });
      const lines = await written("info", async () => {
        await rejection(peer.client.getFlightInfo(HERE));
      });
      assertEquals(lines.length, 1);
      assert(lines[0]!.includes(`NOT_FOUND (${ESCAPED})`), lines[0]);
      // deno-lint-ignore no-control-regex -- what must not be there
      assert(!/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]/.test(lines[0]!));
      const [long] = await written("info", async () => {
        await rejection(peer.client.getSchema(HERE));
      });
      assert(long!.length < 1500, String(long!.length));
    }
  },
);

test("the default onError writes nothing that looks like another entry", async () => {
  await using server = await serve({
    getFlightInfo() {
      throw new Error(FORGED, { cause: new TypeError(FORGED) });
    },
    getSchema() {
      // deno-lint-ignore no-throw-literal -- whatever is thrown is shown
      throw "a\u001b[2Kb";
    },
  });
  await using client = connect(server.location);
  const [entry] = await written("error", async () => {
    await rejection(client.getFlightInfo(HERE));
  });
  const [first, ...others] = entry!.split("\n");
  assertMatch(first!, /^GetFlightInfo of \S+ failed: Error: no$/);
  assert(others.length > 2 && others.every((line) => line.startsWith("    ")));
  assert(others.some((line) => line.includes("caused by TypeError: no")));
  // deno-lint-ignore no-control-regex -- what must not be there
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]/.test(entry!));
  const [text] = await written("error", async () => {
    await rejection(client.getSchema(HERE));
  });
  assert(text!.endsWith("failed: a\\u{1b}[2Kb"), text);
});

interceptorTest(
  "interceptors of a server see calls of methods that it does not have",
  async (connectTo) => {
    const seen: unknown[] = [];
    const watching: FlightInterceptor = (call, next) => {
      assert(call.side === "server");
      seen.push([call.method, call.path, call.isKnown]);
      if (call.headers.has("x-refused")) {
        throw new FlightError("UNAUTHENTICATED", "who are you?");
      }
      return next(call);
    };
    await using peer = await connectTo({ listActions: () => [] }, {
      serverInterceptors: [watching],
    });
    const call = (method: string, headers = {}) =>
      Array.fromAsync(peer.client.call(method, [], { headers }));
    const error = await assertFlightError(
      call("no.Such/Method"),
      "UNIMPLEMENTED",
    );
    assertEquals(error.details, "unknown method /no.Such/Method");
    await assertFlightError(
      call("arrow.flight.protocol.FlightService/DoNothing"),
      "UNIMPLEMENTED",
    );
    await assertFlightError(
      call("no.Such/Method", { "x-refused": "1" }),
      "UNAUTHENTICATED",
    );
    await Array.fromAsync(peer.client.listActions());
    assertEquals(seen, [
      ["no.Such/Method", "/no.Such/Method", false],
      ["DoNothing", "/arrow.flight.protocol.FlightService/DoNothing", false],
      ["no.Such/Method", "/no.Such/Method", false],
      ["ListActions", "/arrow.flight.protocol.FlightService/ListActions", true],
    ]);
    assertEquals(peer.errors, []);
  },
);

test("a path that is not gRPC's is not called by the name of a method", async () => {
  const seen: string[] = [];
  await using server = await serve({ doGet: () => [] }, {
    interceptors: [(call, next) => {
      seen.push(call.method);
      return next(call);
    }],
  });
  const paths = [
    "/DoGet",
    "/Handshake",
    "/arrow.flight.protocol.FlightService/grpc.health.v1.Health/Check",
    "/arrow.flight.protocol.FlightService/",
    "/",
  ];
  await using raw = await rawClient(server.port);
  for (const [index, path] of paths.entries()) {
    const id = 1 + 2 * index;
    await raw.send(
      raw.headers(id, [...new Map(REQUEST).set(":path", path)]),
      encodeFrame(FRAME.DATA, FLAG.END_STREAM, id, grpcMessage(0)),
    );
    const { headers } = await raw.next("HEADERS");
    assertEquals(headers!["grpc-status"], "12");
  }
  assertEquals(seen, paths);
});
