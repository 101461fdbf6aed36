/** Plain health checks on the port of `serve`. */

import { test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { HealthService, serve } from "@contrail/flight";
import { http2Fetch } from "../../support/http2/http2_fetch.ts";
import { rawHttp1 } from "../../support/http1/raw_client.ts";

function request(method: string, path: string, version = "1.1"): string {
  return `${method} ${path} HTTP/${version}\r\nHost: test\r\n\r\n`;
}

test("health check: the state of the health service, over HTTP/1.1", async () => {
  const health = new HealthService({ "": "NOT_SERVING" });
  await using server = await serve({}, { web: true, services: [health] });
  await using peer = await rawHttp1(server.port);
  await peer.send(request("GET", "/healthz"));
  const before = await peer.next();
  assertEquals([before.status, before.body], [503, "NOT_SERVING\n"]);
  health.set("", "SERVING");
  await peer.send(request("GET", "/healthz?probe=1"));
  const after = await peer.next();
  assertEquals([after.status, after.body], [200, "SERVING\n"]);
  assertEquals(after.fields["cache-control"], "no-store");
  health.drain();
  await peer.send(request("HEAD", "/healthz"));
  const head = await peer.next(false);
  assertEquals([head.status, head.fields["content-length"]], [503, "12"]);
  // Nothing came behind the head.
  await peer.send(request("GET", "/healthz"));
  assertEquals((await peer.next()).body, "NOT_SERVING\n");
});

test("health check: without a health service, the server serves", async () => {
  await using server = await serve({}, { web: true });
  const url = `http://127.0.0.1:${server.port}/healthz`;
  const response = await fetch(url);
  assertEquals([response.status, await response.text()], [200, "SERVING\n"]);
});

test("health check: HTTP/1.0 asks, too", async () => {
  await using server = await serve({}, { web: true });
  await using peer = await rawHttp1(server.port);
  await peer.send("GET /healthz HTTP/1.0\r\n\r\n");
  assertEquals((await peer.next()).body, "SERVING\n");
  await peer.closed;
});

test("health check: over HTTP/2, too, and many of them are no flood", async () => {
  await using server = await serve({}, { web: true });
  const origin = `http://127.0.0.1:${server.port}`;
  await using joined = http2Fetch(origin);
  for (let i = 0; i < 1000; i++) {
    const method = i % 2 === 0 ? "GET" : "HEAD";
    const url = `${origin}/healthz`;
    const response = await joined.fetch(new Request(url, { method }));
    assertEquals(response.status, 200);
    assertEquals(await response.text(), i % 2 === 0 ? "SERVING\n" : "");
  }
});

test("health check: the path is an option, and other paths and methods are none", async () => {
  await using server = await serve({}, { web: { healthPath: "/live" } });
  await using peer = await rawHttp1(server.port);
  const statuses: number[] = [];
  for (
    const [method, path] of [
      ["GET", "/live"],
      ["GET", "/healthz"],
      ["POST", "/live"],
      ["GET", "/live/"],
    ] as const
  ) {
    await peer.send(request(method, path));
    statuses.push((await peer.next()).status);
  }
  assertEquals(statuses, [200, 415, 415, 415]);
  await using none = await serve({}, { web: { healthPath: false } });
  await using other = await rawHttp1(none.port);
  await other.send(request("GET", "/healthz"));
  assertEquals((await other.next()).status, 415);
});

test("health check: a path that is none is refused", async () => {
  for (const healthPath of ["healthz", "/a b", "/a?b", 5, true, null]) {
    const error = await assertRejects(
      () => serve({}, { web: { healthPath: healthPath as string } }),
      TypeError,
    );
    assert(/option healthPath/.test(error.message), error.message);
  }
});
