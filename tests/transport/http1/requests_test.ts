/** Requests over HTTP/1.1 on the port of `serve`, byte by byte. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { RecordBatch } from "apache-arrow";
import { type FlightService, serve, type ServeOptions } from "@contrail/flight";
import { connectWeb } from "@contrail/flight/web";
import { turns } from "../../support/events.ts";
import { filled, numbers } from "../../support/numbers.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import {
  EMPTY_MESSAGE,
  type RawHttp1,
  rawHttp1,
  statusOf,
  webRequest,
} from "../../support/http1/raw_client.ts";

const SERVICE: FlightService = {
  listActions: () => [{ type: "stop", description: "Stops." }],
  async *doAction({ type }) {
    yield { body: type };
  },
};

interface Served extends AsyncDisposable {
  readonly port: number;
  readonly peer: RawHttp1;
}

async function served(options: ServeOptions = {}): Promise<Served> {
  const server = await serve(SERVICE, { web: true, ...options });
  const peer = await rawHttp1(server.port);
  return {
    port: server.port,
    peer,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await server.shutdown({ timeoutMs: 0 });
    },
  };
}

/** A message of an Action of some type: its field 1. */
function action(type: string): string {
  const length = String.fromCharCode(type.length);
  return `\0\0\0\0${String.fromCharCode(type.length + 2)}\x0a${length}${type}`;
}

const LIST = webRequest("ListActions", EMPTY_MESSAGE);

test("HTTP/1.1: a call is answered by chunks, and the connection stays", async () => {
  await using t = await served();
  for (let i = 0; i < 3; i++) {
    await t.peer.send(LIST);
    const answer = await t.peer.next();
    assertEquals(answer.status, 200);
    assertEquals(answer.fields["content-type"], "application/grpc-web+proto");
    assertEquals(answer.fields["transfer-encoding"], "chunked");
    assert(answer.fields["date"]!.endsWith("GMT"));
    assert(answer.body.includes("Stops."));
    assertEquals(statusOf(answer), "0");
  }
});

test("HTTP/1.1: a request may come byte by byte", async () => {
  await using t = await served();
  await t.peer.send(...LIST);
  assertEquals(statusOf(await t.peer.next()), "0");
});

test("HTTP/1.1: a body may come in chunks of any size, with extensions and trailers", async () => {
  await using t = await served();
  const message = action("abcdefgh");
  const head = webRequest("DoAction", "").replace(
    "Content-Length: 0",
    "Transfer-Encoding: Chunked",
  );
  const chunks = [
    `1;name=value\r\n${message[0]}\r\n`,
    `A ;\r\n${message.slice(1, 11)}\r\n`,
    `00${(message.length - 11).toString(16)};x="y"\r\n${message.slice(11)}\r\n`,
    "0\r\nX-Trailer: one\r\n\r\n",
  ].map((chunk) => chunk.replace(" ;", ";"));
  const text = head + chunks.join("");
  await t.peer.send(text);
  const whole = await t.peer.next();
  assertEquals(statusOf(whole), "0");
  assert(whole.body.includes("abcdefgh"));
  await t.peer.send(...text);
  assertEquals((await t.peer.next()).body, whole.body);
});

test("HTTP/1.1: requests that follow without a wait are answered in their order", async () => {
  await using t = await served();
  const types = Array.from({ length: 100 }, (_, i) => `action ${i}`);
  await t.peer.send(
    types.map((type) => webRequest("DoAction", action(type))).join(""),
  );
  for (const type of types) {
    const answer = await t.peer.next();
    assert(answer.body.includes(type), answer.body);
    assertEquals(statusOf(answer), "0");
  }
});

test("HTTP/1.1: an empty line between requests is skipped", async () => {
  await using t = await served();
  await t.peer.send(LIST, "\r\n", LIST);
  assertEquals(statusOf(await t.peer.next()), "0");
  assertEquals(statusOf(await t.peer.next()), "0");
});

test("HTTP/1.1: text mode is base64 both ways", async () => {
  await using t = await served();
  await t.peer.send(
    webRequest("ListActions", btoa(EMPTY_MESSAGE)).replace(
      "grpc-web+proto",
      "grpc-web-text",
    ),
  );
  const answer = await t.peer.next();
  assertEquals(
    answer.fields["content-type"],
    "application/grpc-web-text+proto",
  );
  const [groups] = /^[\w+/]+=*/.exec(answer.body)!;
  assert(atob(groups!).includes("Stops."));
});

test("HTTP/1.1: a client that asks for the end of the connection gets it", async () => {
  await using t = await served();
  await t.peer.send(webRequest("ListActions", EMPTY_MESSAGE, [
    "Connection: keep-alive, Close",
  ]));
  const answer = await t.peer.next();
  assertEquals(answer.fields["connection"], "close");
  assertEquals(statusOf(answer), "0");
  await t.peer.closed;
});

test("HTTP/1.1: HTTP/1.0 gets an answer that ends with the connection", async () => {
  await using t = await served();
  await t.peer.send(LIST.replace("HTTP/1.1", "HTTP/1.0"));
  const answer = await t.peer.next();
  assertEquals(answer.fields["transfer-encoding"], undefined);
  assertEquals(answer.fields["connection"], "close");
  assertEquals(statusOf(answer), "0");
});

test("HTTP/1.1: the body may wait for 100 (Continue)", async () => {
  await using t = await served();
  const request = webRequest("ListActions", EMPTY_MESSAGE, [
    "Expect: 100-Continue",
  ]);
  await t.peer.send(request.slice(0, -EMPTY_MESSAGE.length));
  assertEquals((await t.peer.next()).status, 100);
  await t.peer.send(EMPTY_MESSAGE);
  assertEquals(statusOf(await t.peer.next()), "0");
  await t.peer.send(LIST);
  assertEquals(statusOf(await t.peer.next()), "0");
});

test("HTTP/1.1: a body that is refused is not waited for", async () => {
  await using t = await served();
  await t.peer.send(
    "PUT /file HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n" +
      "Expect: 100-continue\r\n\r\n",
  );
  assertEquals((await t.peer.next()).status, 415);
  await t.peer.closed;
});

test("HTTP/1.1: gRPC itself, other methods and other content are refused", async () => {
  await using t = await served();
  const grpc = LIST.replace("grpc-web+proto", "grpc");
  const cases: [string, number, RegExp][] = [
    [grpc, 415, /gRPC over HTTP\/2 only/],
    [
      LIST.replace("application/grpc-web+proto", "application/json"),
      415,
      /gRPC-Web/,
    ],
    [LIST.replace("POST", "PUT"), 405, /POST only/],
    ["GET / HTTP/1.1\r\nHost: test\r\n\r\n", 415, /gRPC-Web/],
    ["OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n", 415, /gRPC-Web/],
  ];
  for (const [request, status, text] of cases) {
    await t.peer.send(request);
    const answer = await t.peer.next();
    assertEquals(answer.status, status, request);
    assert(text.test(answer.body), answer.body);
  }
  // The connection has survived all of them.
  await t.peer.send(LIST);
  assertEquals(statusOf(await t.peer.next()), "0");
});

test("HTTP/1.1: an unknown method is a status of gRPC", async () => {
  await using t = await served();
  await t.peer.send(webRequest("DoNothing", EMPTY_MESSAGE));
  const answer = await t.peer.next();
  assertEquals(answer.status, 200);
  assertEquals(answer.fields["grpc-status"], "12");
});

test("HTTP/1.1: a target with a host needs the same host in its field", async () => {
  await using t = await served();
  const path = " /arrow";
  await t.peer.send(LIST.replace(path, " http://TEST/arrow"));
  assertEquals(statusOf(await t.peer.next()), "0");
  await t.peer.send(LIST.replace(path, " http://other/arrow"));
  assertEquals((await t.peer.next()).status, 400);
  await t.peer.closed;
});

test("HTTP/1.1: a preflight names the permissions of the page's origin", async () => {
  const origin = "https://app.example";
  await using t = await served({ web: { origins: [origin] } });
  const preflight = (origin: string) =>
    LIST.replace(/^POST[^]*/, (request) =>
      [
        request.split("\r\n")[0]!.replace("POST", "OPTIONS"),
        "Host: test",
        `Origin: ${origin}`,
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: content-type,x-grpc-web",
        "\r\n",
      ].join("\r\n"));
  await t.peer.send(preflight(origin));
  const allowed = await t.peer.next();
  assertEquals(allowed.status, 204);
  assertEquals(allowed.fields["access-control-allow-origin"], origin);
  assertEquals(allowed.fields["content-length"], undefined);
  await t.peer.send(preflight("https://evil.example"));
  const refused = await t.peer.next();
  assertEquals(refused.fields["access-control-allow-origin"], undefined);
  await t.peer.send(
    webRequest("ListActions", EMPTY_MESSAGE, [`Origin: ${origin}`]),
  );
  const answer = await t.peer.next();
  assertEquals(answer.fields["access-control-allow-origin"], origin);
});

test("HTTP/1.1: an upload that has to wait for its reader arrives whole", async () => {
  let gate = Promise.withResolvers<void>();
  await using server = await serve({
    async *doPut(upload) {
      let rows = 0;
      for await (const { numRows } of upload) {
        rows += numRows;
        if (rows === 1) await gate.promise;
      }
      yield { appMetadata: `rows ${rows}.` };
    },
  }, { web: true, shutdownTimeoutMs: 0 });
  const random = seededRandom(1);
  for (let round = 0; round < 20; round++) {
    gate = Promise.withResolvers();
    // Around the number of bytes that may wait, and beyond.
    const rows = 100_000 + Math.floor(random() * 200_000);
    const body = await uploadOf([numbers(1), filled(rows, 1)]);
    await using peer = await rawHttp1(server.port);
    const isChunked = round % 2 === 0;
    const head = webRequest("DoPut", "");
    await peer.send(
      isChunked
        ? head.replace("Content-Length: 0", "Transfer-Encoding: chunked")
        : head.replace("Content-Length: 0", `Content-Length: ${body.length}`),
    );
    await peer.send(
      ...isChunked
        ? [`${body.length.toString(16)}\r\n`, body, "\r\n0\r\n\r\n"]
        : [body],
    );
    await turns(20);
    gate.resolve();
    const answer = await peer.next();
    assertEquals(statusOf(answer), "0");
    assert(answer.body.includes(`rows ${rows + 1}.`), answer.body);
  }
});

/** The body of an upload, as a client makes it. */
async function uploadOf(batches: RecordBatch[]): Promise<Uint8Array> {
  let body = new Uint8Array();
  await using client = connectWeb("http://test", {
    uploads: "gathered",
    fetch: async (request) => {
      body = new Uint8Array(await request.arrayBuffer());
      return new Response(null, { status: 503 });
    },
  });
  await client.doPut("x", batches).catch(() => {});
  return body;
}

test("HTTP/1.1: an answer may come before the request has ended", async () => {
  await using t = await served({ maxReceiveMessageBytes: 1000 });
  const head = webRequest("DoAction", "").replace(
    "Content-Length: 0",
    "Transfer-Encoding: chunked",
  );
  // A message of 16 MiB is announced, of which nothing comes.
  await t.peer.send(head, "5\r\n\0\x01\0\0\0\r\n");
  assertEquals(statusOf(await t.peer.next()), "8");
  // The rest of the request is dropped, and the connection goes on.
  await t.peer.send("3\r\nabc\r\n0\r\n\r\n", LIST);
  assertEquals(statusOf(await t.peer.next()), "0");
});
