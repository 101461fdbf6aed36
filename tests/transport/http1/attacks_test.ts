/** Requests over HTTP/1.1 that two servers may read in two ways, or that cost more than they should. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import {
  type FlightError,
  type FlightServer,
  type FlightService,
  serve,
  type ServeOptions,
} from "@contrail/flight";
import { filled } from "../../support/numbers.ts";
import {
  EMPTY_MESSAGE,
  rawHttp1,
  statusOf,
  webRequest,
} from "../../support/http1/raw_client.ts";

/** Calls that have reached the service. */
let calls = 0;

const SERVICE: FlightService = {
  listActions() {
    calls++;
    return [{ type: "stop", description: "Stops." }];
  },
};

function listening(options: ServeOptions = {}): Promise<FlightServer> {
  return serve(SERVICE, { web: true, shutdownTimeoutMs: 0, ...options });
}

const LIST = webRequest("ListActions", EMPTY_MESSAGE);

/** The request with another field in place of its length, and another body. */
function withLength(fields: string, body: string): string {
  return LIST.replace(/Content-Length: 5\r\n\r\n[^]*/, `${fields}\r\n\r\n`) +
    body;
}

const CHUNKED = "Transfer-Encoding: chunked";
const CHUNKS = `5\r\n${EMPTY_MESSAGE}\r\n0\r\n\r\n`;

/** Requests, and the status of the only answer. */
const SMUGGLED: Readonly<Record<string, readonly [string, number]>> = {
  "both kinds of length": [
    withLength(`Content-Length: 5\r\n${CHUNKED}`, CHUNKS),
    400,
  ],
  "both kinds, the other way round": [
    withLength(`${CHUNKED}\r\nContent-Length: 5`, CHUNKS),
    400,
  ],
  "two lengths": [
    withLength("Content-Length: 5\r\nContent-Length: 6", EMPTY_MESSAGE),
    400,
  ],
  "the same length twice": [
    withLength("Content-Length: 5\r\nContent-Length: 5", EMPTY_MESSAGE),
    400,
  ],
  "a list of lengths": [withLength("Content-Length: 5, 5", EMPTY_MESSAGE), 400],
  "a length with a sign": [
    withLength("Content-Length: +5", EMPTY_MESSAGE),
    400,
  ],
  "a negative length": [withLength("Content-Length: -5", EMPTY_MESSAGE), 400],
  "a length in hexadecimal": [
    withLength("Content-Length: 0x5", EMPTY_MESSAGE),
    400,
  ],
  "no length in its field": [
    withLength("Content-Length: ", EMPTY_MESSAGE),
    400,
  ],
  "a length beyond all numbers": [
    withLength("Content-Length: 18446744073709551621", EMPTY_MESSAGE),
    400,
  ],
  "an unknown coding": [withLength("Transfer-Encoding: xchunked", CHUNKS), 501],
  "two codings": [withLength("Transfer-Encoding: gzip, chunked", CHUNKS), 501],
  "chunked twice": [withLength(`${CHUNKED}\r\n${CHUNKED}`, CHUNKS), 501],
  "chunked in quotes": [
    withLength('Transfer-Encoding: "chunked"', CHUNKS),
    501,
  ],
  "chunked after a vertical tab": [
    withLength("Transfer-Encoding: \x0bchunked", CHUNKS),
    400,
  ],
  "a coding in HTTP/1.0": [
    withLength(CHUNKED, CHUNKS).replace("HTTP/1.1", "HTTP/1.0"),
    400,
  ],
  "a field of two lines": [LIST.replace("Host: test", "Host: test\r\n x"), 400],
  "a folded first field": [
    LIST.replace("\r\nHost: test", "\r\n Host: test"),
    400,
  ],
  "a space before the colon": [
    withLength("Transfer-Encoding : chunked", CHUNKS),
    400,
  ],
  "a field without a name": [
    LIST.replace("Host: test", "Host: test\r\n: x"),
    400,
  ],
  "a field without a colon": [
    LIST.replace("Host: test", "Host: test\r\nx"),
    400,
  ],
  "a NUL in a value": [
    LIST.replace("Host: test", "Host: test\r\nA: b\0c"),
    400,
  ],
  "a CR in a value": [LIST.replace("Host: test", "Host: test\r\nA: b\rc"), 400],
  "an LF alone": [LIST.replace("Host: test\r\n", "Host: test\n"), 400],
  "LFs alone": [LIST.replaceAll("\r\n", "\n"), 400],
  "CR, CR and LF": [LIST.replace("Host: test\r\n", "Host: test\r\r\n"), 400],
  "two hosts": [LIST.replace("Host: test", "Host: test\r\nHost: other"), 400],
  "no host": [LIST.replace("Host: test\r\n", ""), 400],
  "a host with a path": [LIST.replace("Host: test", "Host: test/x"), 400],
  "two spaces in the request line": [LIST.replace("POST ", "POST  "), 400],
  "a tab in the request line": [LIST.replace("POST ", "POST\t"), 400],
  "a space at the end of the request line": [
    LIST.replace("HTTP/1.1", "HTTP/1.1 "),
    400,
  ],
  "a lower-case version": [LIST.replace("HTTP/1.1", "http/1.1"), 400],
  "no version": [LIST.replace(" HTTP/1.1", ""), 400],
  "HTTP/2 in a request line": [LIST.replace("HTTP/1.1", "HTTP/2.0"), 505],
  "the target of a tunnel": [
    "CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n",
    400,
  ],
  "a target without a path": [LIST.replace(" /arrow", " arrow"), 400],
  "an asterisk for POST": [LIST.replace(/ \/[^ ]+/, " *"), 400],
  "an unknown expectation": [
    LIST.replace("Host: test", "Host: test\r\nExpect: 200-ok"),
    417,
  ],
};

for (const [what, [request, status]] of Object.entries(SMUGGLED)) {
  test(`HTTP/1.1 refuses ${what}, and ends the connection`, async () => {
    await using server = await listening();
    await using peer = await rawHttp1(server.port);
    const before = calls;
    // A request behind it, for those who read its end elsewhere.
    await peer.send(request, LIST).catch(() => {});
    const answer = await peer.next();
    assertEquals(answer.status, status);
    assertEquals(answer.fields["connection"], "close");
    await peer.closed;
    assertEquals(peer.rest, "");
    assertEquals(calls, before);
  });
}

/** Bodies of a call that waits for them. */
const CHUNK_FAULTS: Readonly<Record<string, string>> = {
  "no size": "\r\n\0\0\0\0\0\r\n",
  "a size with a sign": "+5\r\n\0\0\0\0\0\r\n",
  "a size in another notation": "0x5\r\n\0\0\0\0\0\r\n",
  "a size with a space before it": " 5\r\n\0\0\0\0\0\r\n",
  "a size with a space behind it": "5 \r\n\0\0\0\0\0\r\n",
  "a size beyond all numbers": "fffffffffffffffff\r\n",
  "a size that ends with LF": "5\n\0\0\0\0\0\r\n",
  "a size that ends with CR": "5\r\0\0\0\0\0\0\r\n",
  "data beyond the size": "4\r\n\0\0\0\0\0\r\n",
  "data that ends with LF": "5\r\n\0\0\0\0\0\n0\r\n\r\n",
  "an extension with LF": "5;a\n\0\0\0\0\0\r\n0\r\n\r\n",
  "an extension with CR": "5;a\rb\r\n\0\0\0\0\0\r\n0\r\n\r\n",
  "an extension without end": `5;${"a".repeat(300)}`,
  "a trailer with a space before the colon": "0\r\na : b\r\n\r\n",
  "a folded trailer": "0\r\na: b\r\n c\r\n\r\n",
  "a trailer that ends with LF": "0\r\na: b\n\r\n",
};

for (const [what, body] of Object.entries(CHUNK_FAULTS)) {
  test(`HTTP/1.1 refuses a body with ${what}`, async () => {
    await using server = await listening();
    await using peer = await rawHttp1(server.port);
    await peer.send(withLength(CHUNKED, ""), body).catch(() => {});
    await peer.send(LIST).catch(() => {});
    assertEquals((await peer.next()).status, 400);
    await peer.closed;
    assertEquals(peer.rest, "");
  });
}

test("HTTP/1.1: a body that becomes malformed after the answer has begun ends it", async () => {
  const reason = Promise.withResolvers<unknown>();
  await using server = await serve({
    async *doPut(_stream, { signal }) {
      signal.addEventListener("abort", () => reason.resolve(signal.reason));
      yield { appMetadata: "first" };
      await reason.promise;
    },
  }, { web: true, shutdownTimeoutMs: 0 });
  await using peer = await rawHttp1(server.port);
  await peer.send(
    withLength(CHUNKED, "").replace("ListActions", "DoPut"),
  );
  await peer.until(/first/);
  await peer.send("zz");
  await peer.closed;
  assertEquals(statusOf({ status: 0, fields: {}, body: peer.rest }), undefined);
  assertEquals((await reason.promise as FlightError).code, "CANCELLED");
});

test("HTTP/1.1: the preface of HTTP/2 is refused in the middle of a connection", async () => {
  await using server = await listening();
  await using peer = await rawHttp1(server.port);
  await peer.send(LIST);
  assertEquals(statusOf(await peer.next()), "0");
  await peer.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
  assertEquals((await peer.next()).status, 505);
  await peer.closed;
});

test("HTTP/1.1: a change to HTTP/2 without TLS is not made", async () => {
  await using server = await listening();
  await using peer = await rawHttp1(server.port);
  await peer.send(webRequest("ListActions", EMPTY_MESSAGE, [
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQAAP__",
  ]));
  const answer = await peer.next();
  assertEquals([answer.status, statusOf(answer)], [200, "0"]);
  assertEquals(answer.fields["upgrade"], undefined);
  // It is still HTTP/1.1.
  await peer.send(LIST);
  assertEquals(statusOf(await peer.next()), "0");
});

test("HTTP/1.1: a head has limits, which the answer names", async () => {
  await using server = await listening({
    maxHeaderListBytes: 4096,
    maxHeaderFields: 16,
  });
  const cases: [string, number][] = [
    [`GET /${"a".repeat(5000)}`, 414],
    [LIST.replace("Host: test", `Host: test\r\nA: ${"a".repeat(5000)}`), 431],
    // Each field costs 32 bytes more than its text, as in HTTP/2.
    [LIST.replace("Host: test", `Host: test${"\r\na: b".repeat(150)}`), 431],
  ];
  for (const [request, status] of cases) {
    await using peer = await rawHttp1(server.port);
    await peer.send(request).catch(() => {});
    const answer = await peer.next();
    assertEquals(answer.status, status);
    assert(answer.body.includes("option maxHeaderListBytes"), answer.body);
    await peer.closed;
  }
  await using peer = await rawHttp1(server.port);
  await peer.send(
    LIST.replace("Host: test", `Host: test${"\r\na: b".repeat(30)}`),
  );
  const answer = await peer.next();
  assertEquals(answer.fields["grpc-status"], "8");
  assert(/maxHeaderFields/.test(decodeURIComponent(answer.body)), answer.body);
});

test("HTTP/1.1: trailers have a limit", async () => {
  await using server = await listening({ maxHeaderListBytes: 4096 });
  await using peer = await rawHttp1(server.port);
  await peer.send(withLength(CHUNKED, `0\r\na: ${"a".repeat(5000)}`)).catch(
    () => {},
  );
  assertEquals((await peer.next()).status, 431);
  await peer.closed;
});

test("HTTP/1.1: a head that does not come ends the connection", async () => {
  await using server = await listening({ handshakeTimeoutMs: 300 });
  await using silent = await rawHttp1(server.port);
  await using slow = await rawHttp1(server.port);
  await slow.send("POST / HTTP/1.1\r\nHost: ");
  await silent.closed;
  await slow.closed;
  await using second = await rawHttp1(server.port);
  await second.send(LIST, LIST.slice(0, 20));
  assertEquals(statusOf(await second.next()), "0");
  const answer = await second.next();
  assertEquals(answer.status, 408);
  await second.closed;
});

test("HTTP/1.1: a million chunks of one byte are one message", async () => {
  await using server = await listening({ maxReceiveMessageBytes: 2 ** 20 });
  await using peer = await rawHttp1(server.port);
  const message = `\0\0\x0f\x42\x40${"\0".repeat(1_000_000)}`;
  const chunks = Array.from(message, (byte) => `1\r\n${byte}\r\n`);
  await peer.send(withLength(CHUNKED, ""), chunks.join(""), "0\r\n\r\n");
  // It is read, but is no request of ListActions.
  const answer = await peer.next();
  assertEquals(answer.status, 200);
});

test("HTTP/1.1: a body that nobody wants does not keep its connection", async () => {
  await using server = await listening();
  await using peer = await rawHttp1(server.port);
  await peer.send(
    webRequest("DoNothing", "").replace("Content-Length: 0", CHUNKED),
  );
  assertEquals((await peer.next()).fields["grpc-status"], "12");
  const chunk = `10000\r\n${"a".repeat(65_536)}\r\n`;
  let sent = 0;
  peer.socket.on("close", () => sent = Infinity);
  while (sent < 100) {
    sent++;
    await peer.send(chunk).catch(() => sent = Infinity);
  }
  await peer.closed;
});

test("HTTP/1.1: a client that does not read holds its handler back", async () => {
  let sent = 0;
  const ended = Promise.withResolvers<void>();
  await using server = await serve({
    async *doGet() {
      try {
        for (; sent < 1000; sent++) yield filled(65_536, 1);
      } finally {
        ended.resolve();
      }
    },
  }, { web: true, sendStallTimeoutMs: 500, shutdownTimeoutMs: 0 });
  await using peer = await rawHttp1(server.port);
  peer.socket.pause();
  await peer.send(webRequest("DoGet", "\0\0\0\0\x03\x0a\x01x"));
  // sendStallTimeoutMs ends the call.
  await ended.promise;
  assert(sent < 200, `${sent} batches of 256 KiB`);
});

test("HTTP/1.1: a client that is gone cancels its call", async () => {
  const reason = Promise.withResolvers<unknown>();
  const begun = Promise.withResolvers<void>();
  await using server = await serve({
    async doAction(_action, { signal }) {
      signal.addEventListener("abort", () => reason.resolve(signal.reason));
      begun.resolve();
      await reason.promise;
      return [];
    },
  }, { web: true, shutdownTimeoutMs: 0 });
  const peer = await rawHttp1(server.port);
  await peer.send(webRequest("DoAction", EMPTY_MESSAGE));
  await begun.promise;
  peer.socket.destroy();
  assertEquals((await reason.promise as FlightError).code, "CANCELLED");
});

test("HTTP/1.1: an upload that is not read is held back", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = await serve({
    async doPut(stream) {
      await gate.promise;
      for await (const _ of stream);
      return [];
    },
  }, { web: true, shutdownTimeoutMs: 0 });
  await using peer = await rawHttp1(server.port);
  await peer.send(
    webRequest("DoPut", "").replace("Content-Length: 0", CHUNKED),
  );
  const part = new Uint8Array(1 << 20);
  let written = 0;
  let isFull = false;
  while (!isFull && written < 100) {
    await peer.send("100000\r\n");
    isFull = !await Promise.race([
      peer.send(part).then(() => true),
      new Promise<boolean>((done) => setTimeout(() => done(false), 2000)),
    ]);
    if (!isFull) await peer.send("\r\n");
    written++;
  }
  // The rest is in the buffers of the kernel.
  assert(isFull, `${written} MiB were accepted`);
  gate.resolve();
});
