/**
 * Every way in which an answer can end without a valid status of gRPC, for calls of every shape. The
 * server is a socket, so that nothing but the client decides.
 */

import { test } from "node:test";

import {
  connect,
  type FlightClient,
  FlightError,
  pathDescriptor,
} from "@contrail/flight";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { tableFromArrays } from "apache-arrow";

import {
  answeringServer,
  type AnswerPart,
} from "../support/http2/answering_server.ts";
import { grpcMessage } from "../support/http2/raw_frames.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

const DESCRIPTOR = pathDescriptor("x");
const INFO = { descriptor: DESCRIPTOR, endpoints: [], ordered: false };

/** Calls of every shape; each has to fail. */
const CALLS: Record<string, (client: FlightClient) => Promise<unknown>> = {
  "doPut().writeAll()": (client) =>
    client.doPut(DESCRIPTOR).writeAll(
      tableFromArrays({ n: Int32Array.of(1, 2, 3) }),
    ),
  "doPut().results": (client) =>
    Array.fromAsync(client.doPut(DESCRIPTOR).results),
  "doGet().table()": (client) => client.doGet("x").table(),
  "for await of doGet()": (client) => Array.fromAsync(client.doGet("x")),
  "doExchange().readable": (client) =>
    Array.fromAsync(client.doExchange(DESCRIPTOR).readable),
  "doExchange() without end": (client) => {
    const { readable, writable } = client.doExchange(DESCRIPTOR);
    const batch = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(batch),
    });
    endless.pipeTo(writable).catch(() => {});
    return Array.fromAsync(readable);
  },
  "handshake().readable": (client) =>
    Array.fromAsync(client.handshake().readable),
  "listFlights()": (client) => Array.fromAsync(client.listFlights()),
  "listActions()": (client) => Array.fromAsync(client.listActions()),
  "doAction()": (client) => Array.fromAsync(client.doAction("drop")),
  "getFlightInfo()": (client) => client.getFlightInfo(DESCRIPTOR),
  "getSchema()": (client) => client.getSchema(DESCRIPTOR),
  "pollFlightInfo()": (client) => client.pollFlightInfo(DESCRIPTOR),
  "poll()": (client) => Array.fromAsync(client.poll(DESCRIPTOR)),
  "read() of endpoints": (client) =>
    Array.fromAsync(client.read({
      ...INFO,
      endpoints: [{ ticket: { ticket: new Uint8Array(1) }, locations: [] }],
    })),
  "read() of a query": (client) =>
    Array.fromAsync(client.read(client.poll(DESCRIPTOR))),
  "actions.cancelFlightInfo()": (client) => client.cancelFlightInfo(INFO),
  "actions.setSessionOptions()": (client) =>
    client.setSessionOptions({ a: "b" }),
  "call() of health": (client) =>
    Array.fromAsync(
      client.call("grpc.health.v1.Health/Check", [new Uint8Array()]),
    ),
  "call() of reflection": (client) =>
    Array.fromAsync(
      client.call("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", [
        new Uint8Array(),
      ]),
    ),
};

const GRPC = ["content-type", "application/grpc"] as const;
const HEAD: AnswerPart = { list: [[":status", "200"], GRPC] };
const HALF: AnswerPart = { data: grpcMessage(100).subarray(0, 50) };
/** An empty message: of every shape, none takes offense at it. */
const WHOLE: AnswerPart = { data: grpcMessage(0) };
const COMPRESSED: AnswerPart = { data: Uint8Array.of(1, 0, 0, 0, 0) };

/** A page of a proxy. */
function page(
  status: string,
  body: string,
  ...more: (readonly [string, string])[]
): AnswerPart[] {
  return [
    { list: [[":status", status], ["content-type", "text/html"], ...more] },
    { data: new TextEncoder().encode(body) },
  ];
}

/** An answer that is one block. */
function block(
  ...fields: (readonly [string, string])[]
): AnswerPart[] {
  return [{ list: [[":status", "200"], GRPC, ...fields] }];
}

/** An answer whose trailers are these. */
function trailers(
  ...fields: (readonly [string, string])[]
): AnswerPart[] {
  return [HEAD, { list: fields }];
}

const MISSING = /ended the call without grpc-status: /;
const NONE = /which is not a single gRPC status \(0 to 16\)/;

/**
 * The ends, the code that each has to have, and the text that it has at least; then those of grpc-js,
 * which takes a page for messages, and does not show it.
 */
const ENDS: Record<
  string,
  [
    parts: AnswerPart[],
    code: string,
    details: RegExp,
    grpcJs?: [code: string, details: RegExp],
  ]
> = {
  "headers without content-type": [
    [{ list: [[":status", "200"]] }],
    "UNKNOWN",
    /without grpc-status: its answer has only headers/,
  ],
  "headers alone": [block(), "UNKNOWN", MISSING],
  "headers and an empty DATA": [
    [HEAD, { data: new Uint8Array() }],
    "UNKNOWN",
    /without grpc-status: its answer has no trailers/,
  ],
  "a message": [[HEAD, WHOLE], "UNKNOWN", MISSING],
  "half a message": [[HEAD, HALF], "UNKNOWN", MISSING],
  "trailers without a status": [
    trailers(["x", "1"]),
    "UNKNOWN",
    /without grpc-status: its trailers lack it/,
  ],
  "a message and trailers without a status": [
    [HEAD, WHOLE, { list: [["grpc-message", "all%20well"]] }],
    "UNKNOWN",
    MISSING,
  ],
  "a status in the headers only, then DATA": [
    [...block(["grpc-status", "0"]), WHOLE],
    "UNKNOWN",
    MISSING,
  ],
  "a status in the headers only, then trailers": [
    [...block(["grpc-status", "0"]), { list: [["x", "1"]] }],
    "UNKNOWN",
    MISSING,
  ],
  "half a message and OK": [
    [HEAD, HALF, { list: [["grpc-status", "0"]] }],
    "INTERNAL",
    /ends in mid-message/,
  ],
  "a message in an unknown encoding": [
    [
      { list: [[":status", "200"], GRPC, ["grpc-encoding", "snappy"]] },
      COMPRESSED,
      { list: [["grpc-status", "0"]] },
    ],
    "INTERNAL",
    /^the message has the encoding "snappy", which cannot be read$/,
    ["INTERNAL", /^the message is compressed, but grpc-encoding names no/],
  ],
  "a compressed message without an encoding": [
    [HEAD, COMPRESSED, { list: [["grpc-status", "0"]] }],
    "INTERNAL",
    /^the message is compressed, but grpc-encoding names no compression/,
  ],
  "a text as status": [
    trailers(["grpc-status", "fine"], ["grpc-message", "a%20b"]),
    "UNKNOWN",
    /grpc-status "fine", which is not a single gRPC status \(0 to 16\): a b$/,
  ],
  "an empty status": [trailers(["grpc-status", ""]), "UNKNOWN", NONE],
  "a status beyond those of gRPC": [
    trailers(["grpc-status", "17"]),
    "UNKNOWN",
    NONE,
  ],
  "a negative status": [trailers(["grpc-status", "-1"]), "UNKNOWN", NONE],
  "a status of 0x0": [trailers(["grpc-status", "0x0"]), "UNKNOWN", NONE],
  "a status of 0.0": [trailers(["grpc-status", "0.0"]), "UNKNOWN", NONE],
  "two statuses": [
    trailers(["grpc-status", "0"], ["grpc-status", "13"]),
    "UNKNOWN",
    /grpc-status "0, ?13", which is not a single/,
  ],
  "OK twice": [
    trailers(["grpc-status", "0"], ["grpc-status", "0"]),
    "UNKNOWN",
    NONE,
  ],
  "headers with a text as status": [
    block(["grpc-status", "fine"]),
    "UNKNOWN",
    NONE,
  ],
  "headers with an empty status": [
    block(["grpc-status", ""]),
    "UNKNOWN",
    NONE,
  ],
  "headers with two statuses": [
    block(["grpc-status", "0"], ["grpc-status", "0"]),
    "UNKNOWN",
    NONE,
  ],
  "headers with a status": [
    block(["grpc-status", "5"], ["grpc-message", "no%20such"]),
    "NOT_FOUND",
    /^no such$/,
  ],
  "headers with a status, without content-type": [
    [{ list: [[":status", "200"], ["grpc-status", "5"]] }],
    "NOT_FOUND",
    /^$/,
  ],
  "HTTP 503 with a status": [
    [{ list: [[":status", "503"], GRPC, ["grpc-status", "9"]] }],
    "FAILED_PRECONDITION",
    /^$/,
  ],
  "HTTP 204 with a status": [
    [{ list: [[":status", "204"], ["grpc-status", "14"]] }],
    "UNAVAILABLE",
    /^$/,
  ],
  "HTTP 503 with OK": [
    [{ list: [[":status", "503"], GRPC, ["grpc-status", "0"]] }],
    "UNAVAILABLE",
    /answered with HTTP status 503/,
  ],
  "a page with OK in its trailers": [
    [...page("200", "<html>"), { list: [["grpc-status", "0"]] }],
    "UNKNOWN",
    /answered with content-type text\/html, which is not gRPC/,
  ],
  "a page with a status in its trailers": [
    [...page("200", "<html>"), { list: [["grpc-status", "7"]] }],
    "PERMISSION_DENIED",
    /^$/,
    ["UNKNOWN", /content-type text\/html, which is not gRPC$/],
  ],
  "a message of another content-type and OK": [
    [
      { list: [[":status", "200"], ["content-type", "application/grpcweb"]] },
      WHOLE,
      { list: [["grpc-status", "0"]] },
    ],
    "UNKNOWN",
    /answered with content-type application\/grpcweb, which is not gRPC/,
  ],
  "a page": [
    page("200", '<html>\r\n<h1>"Hi"\u001b[2J</h1>'),
    "UNKNOWN",
    /content-type text\/html, which is not gRPC; it says "<html>\\r\\n<h1>\\"Hi\\"\\u001b\[2J<\/h1>"$/,
    ["UNKNOWN", /content-type text\/html, which is not gRPC$/],
  ],
  "a page that is never at its end": [
    [...page("500", "wait"), { isOpen: true }],
    "UNKNOWN",
    /HTTP status 500 .*content-type text\/html; it says "wait"$/,
    ["UNKNOWN", /HTTP status 500 .*content-type text\/html$/],
  ],
  "a page that is compressed": [
    page("200", "\u001f\u008b\u0008", ["content-encoding", "gzip"]),
    "UNKNOWN",
    /content-type text\/html, which is not gRPC$/,
  ],
  "a page without end": [
    [...page("502", "x".repeat(5000)), { reset: 0 }],
    "UNAVAILABLE",
    /HTTP status 502 .*content-type text\/html; it says "x{200}…"$/,
    ["UNAVAILABLE", /HTTP status 502 .*content-type text\/html$/],
  ],
  "a redirection": [
    [{
      list: [[":status", "302"], [
        "location",
        "https://login.example/?a",
      ]],
    }],
    "UNKNOWN",
    /HTTP status 302 and without a gRPC status, a redirect to "https:\/\/login\.example\/\?a", which is not followed$/,
  ],
  "informational headers and no status": [
    [{ list: [[":status", "103"], ["link", "</x>"]] }, ...block()],
    "UNKNOWN",
    MISSING,
  ],
  "RST_STREAM in place of headers": [
    [{ reset: 0 }],
    "",
    /reset the call \(NO_ERROR\)|without grpc-status/,
  ],
  "RST_STREAM with a reason": [
    [{ reset: 11 }],
    "RESOURCE_EXHAUSTED",
    /reset the call \(ENHANCE_YOUR_CALM\)/,
  ],
  "RST_STREAM after a message": [
    [HEAD, WHOLE, { reset: 0 }],
    "",
    /reset the call \(NO_ERROR\)|without grpc-status/,
  ],
};

/** gRPC's table (doc/http-grpc-status-mapping.md). */
const HTTP_STATUSES: Record<string, string> = {
  204: "UNKNOWN",
  301: "UNKNOWN",
  400: "INTERNAL",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "UNIMPLEMENTED",
  405: "UNKNOWN",
  429: "UNAVAILABLE",
  500: "UNKNOWN",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "UNAVAILABLE",
};
for (const [status, code] of Object.entries(HTTP_STATUSES)) {
  ENDS[`HTTP ${status}`] = [
    [{ list: [[":status", status]] }],
    code,
    new RegExp(`answered with HTTP status ${status} and without a gRPC status`),
  ];
}

for (const [transportName, transport] of TRANSPORTS) {
  for (const [end, [parts, ...expected]] of Object.entries(ENDS)) {
    const [code, details] = transportName === "grpc-js" && expected[2] ||
      expected;
    test(`no call succeeds whose answer is ${end} (${transportName})`, {
      timeout: 60_000,
    }, async () => {
      await using server = await answeringServer(parts);
      await using client = connect(`grpc://127.0.0.1:${server.port}`, {
        transport,
      });
      await Promise.all(
        Object.entries(CALLS).map(async ([name, call]) => {
          const error = await call(client).then(
            (value) => new Error(`succeeded with ${JSON.stringify(value)}`),
            (error) => error,
          );
          assert(FlightError.is(error), `${name}: ${error}`);
          if (code !== "") {
            assertEquals(error.code as string, code, `${name}: ${error}`);
          }
          // The reader of endpoints also names the endpoint.
          const text = error.details.replace(/ \(endpoints\[0\], .*\)$/, "");
          assertMatch(text, details, name);
        }),
      );
    });
  }

  test(`a status in headers that end the stream is honored (${transportName})`, async () => {
    await using server = await answeringServer(block(["grpc-status", "0"]));
    await using client = connect(`grpc://127.0.0.1:${server.port}`, {
      transport,
    });
    assertEquals(await Array.fromAsync(client.listFlights()), []);
    assertEquals(await Array.fromAsync(client.doAction("drop")), []);
    assertEquals(await Array.fromAsync(client.doPut(DESCRIPTOR).results), []);
    // Without the one message that it promises, a unary call has no value.
    const error = await client.getFlightInfo(DESCRIPTOR).catch((error) =>
      error
    );
    assertEquals(error.code, "INTERNAL");
    assertMatch(error.details, /ended the call without a response/);
  });

  test(`a unary call has no value where two answers came (${transportName})`, async () => {
    const parts = [HEAD, WHOLE, WHOLE, {
      list: [["grpc-status", "0"]] as const,
    }];
    await using server = await answeringServer(parts);
    await using client = connect(`grpc://127.0.0.1:${server.port}`, {
      transport,
    });
    for (
      const call of [
        client.getFlightInfo(DESCRIPTOR),
        client.pollFlightInfo(DESCRIPTOR),
        client.getSchema(DESCRIPTOR),
      ]
    ) {
      const error = await call.then(() => undefined, (error) => error);
      assertEquals([error?.code, error?.origin], ["INTERNAL", "remote"]);
      assertMatch(error.details, /the server sent more than one response/);
    }
  });

  test(`messages come before the lack of a status (${transportName})`, async () => {
    const parts = [HEAD, WHOLE, WHOLE, { list: [["x", "1"]] as const }];
    await using server = await answeringServer(parts);
    await using client = connect(`grpc://127.0.0.1:${server.port}`, {
      transport,
    });
    const reader = client.doAction("list").getReader();
    assertEquals((await reader.read()).done, false);
    assertEquals((await reader.read()).done, false);
    const error = await reader.read().catch((error) => error);
    assertMatch(error.details, MISSING);
  });
}
