import { test } from "node:test";
import { assertEquals, assertMatch } from "@std/assert";
import { pathDescriptor } from "@contrail/flight";
import { connectWeb, type ConnectWebOptions } from "@contrail/flight/web";
import { flightHandler } from "@contrail/flight/handler";
import { numbers, values } from "../../support/numbers.ts";
import { assertFlightError, rejection } from "../../support/rejections.ts";
import { serveFetch } from "../../support/serve_fetch.ts";
import { fakeClass, type FakeSocket } from "./fake_socket.ts";
import { credit, frame, message, shown, TYPES } from "./frames.ts";

const URL = "https://flight.example/prefix";
const OK = frame("trailers", "grpc-status: 0\r\n");

/** The outcome of ListActions over a socket whose server sends this after the HALF_CLOSE. */
async function list(
  answer: (socket: FakeSocket) => void,
  options: ConnectWebOptions = {},
): Promise<{ outcome: Promise<unknown[]>; socket: FakeSocket }> {
  const made = Promise.withResolvers<FakeSocket>();
  const client = connectWeb(URL, {
    webSocket: true,
    webSocketClass: fakeClass(made.resolve),
    ...options,
  });
  const outcome = Array.fromAsync(client.listActions());
  outcome.catch(() => {});
  const socket = await made.promise;
  socket.open();
  await socket.until(TYPES.halfClose);
  answer(socket);
  return { outcome, socket };
}

test("connectWeb over a WebSocket: the path, the subprotocol, and the frames of a call", async () => {
  const { outcome, socket } = await list((socket) => {
    socket.receive(frame("headers", "x-head: 1\r\n"));
    socket.receive(OK);
  }, { headers: { "x-one": "1", "x-two-bin": Uint8Array.of(1, 2) } });
  assertEquals(await outcome, []);
  assertEquals(socket.made, [
    "wss://flight.example/prefix/arrow.flight.protocol.FlightService/ListActions",
    ["grpc-web-stream.v1"],
  ]);
  assertEquals(socket.sent.length, 1);
  const frames = socket.frames.map(shown);
  assertEquals(frames.map(([type]) => type), ["headers", "data", "halfClose"]);
  assertMatch(frames[0]![1], /^x-one: 1\r\nx-two-bin: AQI\r\nx-user-agent: /);
  assertEquals(frames[1]![1], "\0\0\0\0\0");
  assertEquals(socket.closed, [[1000, ""]]);
});

/** Faults of a server, and the error that names each. */
const FAULTS: Readonly<
  Record<string, readonly [frames: readonly unknown[], text: RegExp]>
> = {
  "trailers forged in DATA": [
    [frame("headers"), frame("data", message(3, 0x80)), OK],
    /a message has the flag 128/,
  ],
  "DATA before HEADERS": [[frame("data", message(3))], /before HEADERS/],
  "DATA beyond the credit": [
    [frame("headers"), frame("data", new Uint8Array(70_000))],
    /DATA of 70000 bytes came, where 65535 were allowed/,
  ],
  "a message that is cut short": [
    [frame("headers"), frame("data", message(9).subarray(0, 8)), OK],
    /the answer ends in mid-message/,
  ],
  "HALF_CLOSE": [[frame("halfClose")], /HALF_CLOSE came before HEADERS/],
  "HALF_CLOSE after HEADERS": [
    [frame("headers"), frame("halfClose")],
    /HALF_CLOSE came from a server/,
  ],
  "text": [["grpc-status: 0"], /a text message came/],
  "an unknown type": [
    [Uint8Array.of(99, 0, 0, 0, 0)],
    /a frame has the type 99/,
  ],
  "trailers without a colon": [
    [frame("trailers", "grpc-status 0\r\n")],
    /a line in the trailers has no colon/,
  ],
  "too much credit": [
    [credit(2 ** 31 - 1)],
    /a CREDIT of 2147483647 bytes/,
  ],
};

for (const [name, [frames, text]] of Object.entries(FAULTS)) {
  test(`connectWeb over a WebSocket: ${name} of a server fails the call`, async () => {
    const { outcome, socket } = await list((socket) => {
      for (const each of frames) socket.receive(each);
    });
    const error = await assertFlightError(outcome, "INTERNAL", text);
    assertEquals(error.origin, "remote");
    assertEquals(socket.closed.length, 1);
  });
}

test("connectWeb over a WebSocket: trailers beyond a limit", async () => {
  const long = `grpc-status: 0\r\nx-long: ${"x".repeat(5000)}\r\n`;
  const { outcome } = await list(
    (socket) => socket.receive(frame("trailers", long)),
    { maxHeaderListBytes: 4096 },
  );
  await assertFlightError(outcome, "RESOURCE_EXHAUSTED", /maxHeaderListBytes/);
});

test("connectWeb over a WebSocket: a status, in any case and without a space", async () => {
  const { outcome } = await list((socket) =>
    socket.receive(
      frame(
        "trailers",
        "Grpc-Status:5\r\ngrpc-message:no%20flight\r\nx-t: 1\r\n",
      ),
    )
  );
  const error = await assertFlightError(outcome, "NOT_FOUND", /no flight/);
  assertEquals(error.trailers?.get("x-t"), "1");
});

test("connectWeb over a WebSocket: trailers without a status are no success", async () => {
  const { outcome } = await list((socket) =>
    socket.receive(frame("trailers", "x: 1\r\n"))
  );
  await assertFlightError(outcome, "UNKNOWN", /without grpc-status/);
});

test("connectWeb over a WebSocket: a socket that ends early is a lost connection", async () => {
  const { outcome } = await list((socket) => {
    socket.receive(frame("headers"));
    socket.end(1006);
  });
  const error = await assertFlightError(
    outcome,
    "UNAVAILABLE",
    /connection to https:.*was lost: the WebSocket was closed with code 1006/,
  );
  assertEquals(error.origin, "transport");
  const other = await list((socket) => socket.end(4000, "a fault of yours"));
  await assertFlightError(
    other.outcome,
    "UNAVAILABLE",
    /with code 4000: a fault of yours/,
  );
});

test("connectWeb over a WebSocket: a server that is silent is pinged, and then given up", async () => {
  const { outcome, socket } = await list((socket) => {
    socket.receive(frame("headers"));
  }, { keepaliveTimeMs: 50, keepaliveTimeoutMs: 300 });
  await socket.until(TYPES.ping);
  await assertFlightError(
    outcome,
    "UNAVAILABLE",
    /no answer to a ping within 300 ms \(option keepaliveTimeoutMs\)/,
  );
});

test("connectWeb over a WebSocket: a PING is answered, also while nothing is read", async () => {
  const made = Promise.withResolvers<FakeSocket>();
  const client = connectWeb(URL, {
    webSocket: true,
    webSocketClass: fakeClass(made.resolve),
  });
  const stream = client.doGet("t");
  const socket = await made.promise;
  socket.open();
  await socket.until(TYPES.headers);
  socket.receive(frame("ping"));
  await socket.until(TYPES.pong);
  await stream.cancel();
  assertEquals(socket.closed, [[1000, ""]]);
});

test("connectWeb over a WebSocket: a socket without the subprotocol carries no call", async () => {
  const client = connectWeb(URL, {
    webSocket: true,
    webSocketClass: fakeClass((socket) => {
      socket.protocol = "";
      socket.open();
    }),
  });
  await assertFlightError(
    Array.fromAsync(client.listActions()),
    "UNIMPLEMENTED",
    /without the subprotocol grpc-web-stream\.v1/,
  );
});

test("connectWeb over a WebSocket: one that does not open, or cannot be made", async () => {
  const list = (webSocketClass: ConnectWebOptions["webSocketClass"]) =>
    Array.fromAsync(
      connectWeb(URL, { webSocket: true, webSocketClass }).listActions(),
    );
  await assertFlightError(
    list(fakeClass((socket) => socket.end(1006))),
    "UNAVAILABLE",
    /cannot open a WebSocket to wss:.*option web of serve.*CORS.*proxy/,
  );
  const refusing = class {
    constructor() {
      throw new Error("the policy of the page");
    }
  } as unknown as ConnectWebOptions["webSocketClass"];
  await assertFlightError(
    list(refusing),
    "UNAVAILABLE",
    /the policy of the page/,
  );
});

test("connectWeb over a WebSocket: abort, deadline and close end a socket that is opening", async () => {
  const sockets: FakeSocket[] = [];
  const client = connectWeb(URL, {
    webSocket: true,
    webSocketClass: fakeClass((socket) => sockets.push(socket)),
  });
  const why = new Error("enough");
  const controller = new AbortController();
  const first = Array.fromAsync(
    client.listActions({ signal: controller.signal }),
  );
  setTimeout(() => controller.abort(why), 10);
  assertEquals(await rejection(first), why);
  await assertFlightError(
    Array.fromAsync(client.listActions({ timeoutMs: 20 })),
    "DEADLINE_EXCEEDED",
  );
  const last = Array.fromAsync(client.listActions());
  await Promise.resolve();
  await client.close();
  await assertFlightError(last, "CANCELLED");
  for (const { closed } of sockets) assertEquals(closed, [[1000, ""]]);
});

/** Uploads and exchanges two batches, and tells which paths went over a socket. */
async function ways(options: ConnectWebOptions, handlerOptions = {}) {
  const handler = flightHandler({
    async *doPut(upload) {
      let rows = 0;
      for await (const batch of upload) rows += values(batch).length;
      yield { appMetadata: Uint8Array.of(rows) };
    },
    async *doExchange(input) {
      for await (const batch of input) yield batch;
    },
    *doGet() {
      yield numbers(1);
    },
  }, handlerOptions);
  const fetched: string[] = [];
  const seen = Object.assign((request: Request, info?: unknown) => {
    if (request.method === "POST") fetched.push(request.url.split("/").at(-1)!);
    return handler(request, info);
  }, { websocket: handler.websocket });
  await using server = await serveFetch(seen);
  await using client = connectWeb(server.url, { duplex: "half", ...options });
  assertEquals(values((await Array.fromAsync(client.doGet("x")))[0]!), [1]);
  const batches = [numbers(1), numbers(2, 3)];
  for (let i = 0; i < 2; i++) {
    const results = await client.doPut(pathDescriptor("x")).writeAll(batches);
    assertEquals(results[0]!.appMetadata, Uint8Array.of(3));
  }
  const echo = ReadableStream.from(batches).pipeThrough(
    client.doExchange(pathDescriptor("x")),
  );
  const echoed = await Array.fromAsync(echo).catch((error) => error);
  return {
    fetched,
    echoed: Array.isArray(echoed) ? echoed.flatMap(values) : echoed,
  };
}

test("connectWeb: where fetch is half duplex, uploads and exchanges go over a WebSocket", async () => {
  assertEquals(await ways({}), { fetched: ["DoGet"], echoed: [1, 2, 3] });
});

test("connectWeb: without WebSockets, uploads are gathered and exchanges fail with advice", async () => {
  for (
    const [options, handlerOptions] of [
      [{ webSocket: false }, {}],
      [{}, { webSocket: false }],
    ] as const
  ) {
    const { fetched, echoed } = await ways(options, handlerOptions);
    assertEquals(fetched, ["DoGet", "DoPut", "DoPut"]);
    assertMatch(echoed.message, /WebSocket/);
    assertEquals(
      echoed.code,
      "webSocket" in options ? "UNIMPLEMENTED" : "UNAVAILABLE",
    );
  }
});

test("connectWeb: an upload whose headers are too large leaves the others on sockets", async () => {
  const fetched: string[] = [];
  const handler = flightHandler({
    async doPut(upload) {
      for await (const _ of upload);
    },
  });
  const seen = Object.assign((request: Request, info?: unknown) => {
    if (request.method === "POST") fetched.push(request.url);
    return handler(request, info);
  }, { websocket: handler.websocket });
  await using server = await serveFetch(seen);
  await using client = connectWeb(server.url, { duplex: "half" });
  const put = (value: string) =>
    client.doPut(pathDescriptor("x"), { headers: { "x-large": value } })
      .writeAll([numbers(1)]);
  await assertFlightError(put("x".repeat(70_000)), "RESOURCE_EXHAUSTED");
  await put("x");
  assertEquals(fetched, []);
});

test("connectWeb: uploads that are to be gathered or streamed stay on fetch", async () => {
  for (const uploads of ["gathered", "streamed"] as const) {
    const { fetched, echoed } = await ways({ uploads });
    assertEquals(fetched, ["DoGet", "DoPut", "DoPut"]);
    assertEquals(echoed, [1, 2, 3]);
  }
});

test("connectWeb: with webSocket true, everything goes over WebSockets", async () => {
  assertEquals(await ways({ webSocket: true, duplex: "full" }), {
    fetched: [],
    echoed: [1, 2, 3],
  });
});
