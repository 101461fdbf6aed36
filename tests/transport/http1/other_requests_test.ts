/** Requests that are no calls, on the port of `serve`: the options `otherwise` and `hosts` of `web`. */

import { test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { serve, type WebOptions } from "@contrail/flight/server";
import { connectWeb } from "@contrail/flight/web";
import { deferred } from "../../../internal/base/deferred.ts";
import { http2Fetch } from "../../support/http2/http2_fetch.ts";
import { rawHttp1 } from "../../support/http1/raw_client.ts";
import { assertFlightError } from "../../support/rejections.ts";

/** A way to make requests of HTTP/1.1 or HTTP/2. */
type Fetch = (request: Request) => Promise<Response>;

/** Runs a test over both protocols. */
function bothProtocols(
  name: string,
  web: WebOptions,
  run: (origin: string, fetch: Fetch) => Promise<void>,
): void {
  test(`${name}, over HTTP/1.1`, async () => {
    await using server = await serve({}, { web });
    await run(`http://127.0.0.1:${server.port}`, fetch);
  });
  test(`${name}, over HTTP/2`, async () => {
    await using server = await serve({}, { web });
    const origin = `http://127.0.0.1:${server.port}`;
    await using joined = http2Fetch(origin);
    await run(origin, joined.fetch);
  });
}

bothProtocols("web.otherwise: answers GET and HEAD of all other paths", {
  otherwise: ({ url, method, headers }) =>
    new Response(`${method} ${new URL(url).pathname} ${headers.get("x-a")}`, {
      status: 201,
      headers: { "x-b": "c", "content-length": "99", connection: "close" },
    }),
}, async (origin, fetch) => {
  const headers = { "x-a": "b" };
  const url = `${origin}/page?q=1`;
  for (let i = 0; i < 50; i++) {
    const page = await fetch(new Request(url, { headers }));
    assertEquals([page.status, page.headers.get("x-b")], [201, "c"]);
    assertEquals(await page.text(), "GET /page b");
  }
  const head = await fetch(new Request(url, { method: "HEAD", headers }));
  assertEquals([head.status, await head.text()], [201, ""]);
  const post = await fetch(new Request(url, { method: "POST", headers }));
  assertEquals(post.status, 415);
  await post.body?.cancel();
  const health = await fetch(new Request(`${origin}/healthz`));
  assertEquals(await health.text(), "SERVING\n");
});

const LARGE = new Uint8Array(3_000_000).map((_, i) => i % 251);

bothProtocols("web.otherwise: a large body, and one in many parts", {
  otherwise({ url }) {
    if (url.endsWith("large")) return new Response(LARGE);
    let i = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (i === LARGE.length) return controller.close();
          controller.enqueue(LARGE.slice(i, i += 3000));
        },
      }),
    );
  },
}, async (origin, fetch) => {
  for (const path of ["large", "parts"]) {
    const response = await fetch(new Request(`${origin}/${path}`));
    const bytes = new Uint8Array(await response.arrayBuffer());
    assertEquals(bytes.length, LARGE.length);
    assert(bytes.every((byte, i) => byte === LARGE[i]));
  }
});

bothProtocols("web.otherwise: a failure is a status 500 without its reason", {
  otherwise: () => Promise.reject(new Error("secret")),
}, async (origin, fetch) => {
  const response = await fetch(new Request(origin));
  assertEquals(response.status, 500);
  assert(!(await response.text()).includes("secret"));
});

bothProtocols("web.otherwise: a body that fails does not look complete", {
  otherwise: ({ url }) =>
    new Response(
      url.endsWith("good") ? "good" : new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(10)),
        pull: (controller) => controller.error(new Error("secret")),
      }, { highWaterMark: 0 }),
    ),
}, async (origin, fetch) => {
  await assertRejects(async () => {
    await (await fetch(new Request(origin))).arrayBuffer();
  });
  const response = await fetch(new Request(`${origin}/good`));
  assertEquals(await response.text(), "good");
});

const gone = [deferred<void>(), deferred<void>()] as const;
const cancels = [deferred<void>(), deferred<void>()] as const;
let requests = 0;

bothProtocols("web.otherwise: a client that goes away cancels the body", {
  otherwise({ signal }) {
    const i = requests++;
    signal.addEventListener("abort", () => gone[i]!.resolve());
    return new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
        cancel: () => cancels[i]!.resolve(),
      }),
    );
  },
}, async (origin, fetch) => {
  const i = requests;
  const response = await fetch(new Request(origin));
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  await gone[i]!.promise;
  await cancels[i]!.promise;
});

test("web.otherwise: a connection of HTTP/1.1 goes on after an answer", async () => {
  const otherwise = () => new Response("page");
  await using server = await serve({}, { web: { otherwise } });
  await using peer = await rawHttp1(server.port);
  for (const method of ["GET", "HEAD", "GET"]) {
    await peer.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    const answer = await peer.next(method === "GET");
    assertEquals([answer.status, answer.body], [
      200,
      method === "GET" ? "page" : "",
    ]);
  }
  await peer.send("GET * HTTP/1.1\r\nHost: a\r\n\r\n");
  assertEquals((await peer.next()).status, 400);
});

test("web.hosts: other names are refused: pages, calls, preflights and WebSockets", async () => {
  await using server = await serve({}, {
    web: { hosts: ["localhost", "::1"], otherwise: () => new Response("page") },
  });
  const statusOf = async (head: string): Promise<number> => {
    await using peer = await rawHttp1(server.port);
    await peer.send(`${head}\r\n\r\n`);
    return (await peer.next()).status;
  };
  const page = "GET / HTTP/1.1\r\nHost: ";
  const statuses = new Map([
    ["localhost", 200],
    [`LocalHost:${server.port}`, 200],
    ["[::1]:80", 200],
    ["evil.example", 421],
    [`localhost.evil.example:${server.port}`, 421],
    ["localhost@evil.example", 400],
    ["127.0.0.1", 421],
  ]);
  for (const [host, status] of statuses) {
    const found = await statusOf(`${page}${host}`);
    assertEquals([host, found], [host, status]);
  }
  const path = "/arrow.flight.protocol.FlightService/ListFlights";
  const other = "HTTP/1.1\r\nHost: evil.example\r\n";
  const call = `POST ${path} ${other}content-type: application/grpc-web\r\n` +
    "content-length: 0";
  assertEquals(await statusOf(call), 421);
  const preflight = `OPTIONS ${path} ${other}origin: http://evil.example\r\n` +
    "access-control-request-method: POST\r\n" +
    "access-control-request-headers: content-type";
  assertEquals(await statusOf(preflight), 421);
  const socket = `GET ${path} ${other}upgrade: websocket\r\n` +
    "connection: upgrade\r\nsec-websocket-version: 13\r\n" +
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
    "sec-websocket-protocol: grpc-web-stream.v1\r\norigin: http://evil.example";
  assertEquals(await statusOf(socket), 421);
  assertEquals(await statusOf(`GET /healthz ${other.trimEnd()}`), 200);
});

test("web.hosts: a function decides, and calls by its names succeed", async () => {
  const asked: string[] = [];
  await using server = await serve({ listFlights: () => [] }, {
    web: {
      hosts(host) {
        asked.push(host);
        return host === "127.0.0.1";
      },
    },
  });
  await using client = connectWeb(`http://127.0.0.1:${server.port}`);
  assertEquals(await Array.fromAsync(client.listFlights()), []);
  await using other = connectWeb(`http://localhost:${server.port}`);
  await assertFlightError(
    Array.fromAsync(other.listFlights()),
    "UNKNOWN",
    /421/,
  );
  // Node.js tries once more by another connection, as RFC 9110, section 15.5.20, permits.
  assertEquals([...new Set(asked)], ["127.0.0.1", "localhost"]);
});

test("web: names and functions of the wrong form are refused", async () => {
  const wrong: readonly object[] = [
    { otherwise: "page" },
    { hosts: "localhost" },
    { hosts: ["localhost:80"] },
    { hosts: ["[::1]"] },
    { hosts: ["Localhost"] },
    { hosts: [""] },
    { hosts: ["a/b"] },
    { hosts: [5] },
  ];
  for (const web of wrong) {
    const [name] = Object.keys(web);
    const error = await assertRejects(() => serve({}, { web }), TypeError);
    assert(error.message.includes(`option ${name}`), error.message);
  }
});
