import { test } from "node:test";
import { assertEquals, assertMatch } from "@std/assert";
import { flightHandler } from "@contrail/flight/handler";
import { event } from "../../support/events.ts";
import { serveFetch } from "../../support/serve_fetch.ts";
import { frame } from "./frames.ts";
import { masked, PATH, upgrade } from "./raw_upgrade.ts";

type Options = Parameters<typeof flightHandler>[1];

/** Asks for a WebSocket, and tells the status and the body. */
async function ask(
  options: Options,
  headers: Readonly<Record<string, string>>,
  path?: string,
): Promise<[status: number, text: string]> {
  await using server = await serveFetch(flightHandler({}, options));
  using answer = await upgrade(server.url, headers, path);
  return [answer.status, answer.text.split("\r\n\r\n")[1]!];
}

test("WebSocket upgrade: without the subprotocol there is none, and the answer names it", async () => {
  for (
    const protocol of ["", "chat", "grpc-websockets", "GRPC-WEB-STREAM.V1"]
  ) {
    const [status, text] = await ask({}, {
      "sec-websocket-protocol": protocol,
    });
    assertEquals(status, 400);
    assertMatch(text, /the subprotocol grpc-web-stream\.v1/);
  }
});

test("WebSocket upgrade: the subprotocol may be one of several", async () => {
  await using server = await serveFetch(flightHandler({}));
  using answer = await upgrade(server.url, {
    "sec-websocket-protocol": "chat, grpc-web-stream.v1",
  });
  assertEquals(answer.status, 101);
  assertMatch(
    answer.text,
    /\r\nsec-websocket-protocol: grpc-web-stream\.v1\r\n/i,
  );
});

test("WebSocket upgrade: pages of other origins need a permission", async () => {
  const foreign = { origin: "https://app.example" };
  const [status, text] = await ask({}, foreign);
  assertEquals(status, 403);
  assertMatch(text, /no permission to open a WebSocket \(CORS\)/);
  for (const origin of ["null", "https://app.example.evil", "app.example"]) {
    const cors = { origins: ["https://app.example"] };
    assertEquals((await ask({ cors }, { origin }))[0], 403);
  }
  for (const origins of ["*", ["https://app.example"], () => true] as const) {
    assertEquals((await ask({ cors: { origins } }, foreign))[0], 101);
  }
});

test("WebSocket upgrade: pages of the same host need none", async () => {
  const host = "flight.example";
  const permitted = {
    "https://flight.example": host,
    "http://flight.example": host,
    "https://flight.example:8443": `${host}:8443`,
    // Behind a proxy that ends TLS.
    "https://flight.example:443": host,
  };
  for (const [origin, host] of Object.entries(permitted)) {
    assertEquals((await ask({}, { origin, host }))[0], 101, origin);
  }
  for (
    const origin of [
      "https://flight.example:8443",
      "https://other.flight.example",
      "ftp://flight.example",
      "file://flight.example",
    ]
  ) assertEquals((await ask({}, { origin, host }))[0], 403, origin);
});

test("WebSocket upgrade: only a method, only GET, and only if the option is on", async () => {
  assertEquals((await ask({}, {}, "/"))[0], 404);
  assertEquals((await ask({}, { upgrade: "h2c" }))[0], 405);
  assertEquals((await ask({}, { upgrade: "" }))[0], 405);
  assertEquals((await ask({ webSocket: false }, {}))[0], 405);
  assertEquals((await ask({}, {}, `/prefix${PATH}`))[0], 101);
  const otherwise = () => new Response("page", { status: 418 });
  assertEquals(await ask({ otherwise }, {}, "/"), [418, "page"]);
});

test("WebSocket upgrade: a request without a key is refused", async () => {
  assertEquals((await ask({}, { "sec-websocket-key": "" }))[0], 400);
});

test("WebSocket upgrade: there are at most maxConnections sockets", async () => {
  await using server = await serveFetch(
    flightHandler({}, { maxConnections: 1 }),
  );
  using first = await upgrade(server.url);
  assertEquals(first.status, 101);
  using second = await upgrade(server.url);
  assertEquals(second.status, 503);
  assertMatch(second.text, /has 1 WebSockets already/);
  first.socket.destroy();
  let status = 503;
  while (status === 503) {
    using next = await upgrade(server.url);
    status = next.status;
  }
  assertEquals(status, 101);
});

test("WebSocket upgrade: a function makes it on other platforms", async () => {
  const asked: unknown[] = [];
  const handler = flightHandler({}, {
    webSocket(request, { protocol }) {
      asked.push([new URL(request.url).pathname, protocol]);
      throw new Error("not here");
    },
  });
  await using server = await serveFetch(handler);
  using answer = await upgrade(server.url);
  assertEquals(answer.status, 400);
  assertMatch(answer.text, /No WebSocket: not here/);
  assertEquals(asked, [[PATH, "grpc-web-stream.v1"]]);
});

test("WebSocket upgrade: cookies of foreign pages need credentials, and headers of the upgrade count", async () => {
  const seen: unknown[][] = [];
  for (const credentials of [false, true]) {
    const called = event();
    const handler = flightHandler({
      doExchange(_input, { headers }) {
        seen.push(
          ["cookie", "x-user", "x-own"].map((name) => headers.get(name)),
        );
        called.resolve();
      },
    }, { cors: { origins: ["https://app.example"], credentials } });
    await using server = await serveFetch(handler);
    using answer = await upgrade(server.url, {
      origin: "https://app.example",
      cookie: "a=b",
      "x-user": "of a proxy",
    });
    const lines = "x-user: forged\r\nx-own: mine\r\ncookie: own\r\n";
    answer.socket.write(masked(2, frame("headers", lines)));
    await called.promise;
  }
  assertEquals(seen, [
    ["own", "of a proxy", "mine"],
    ["a=b", "of a proxy", "mine"],
  ]);
});
