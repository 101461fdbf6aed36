/** A handler on a platform whose upgrades the application makes. */

import { test } from "node:test";
import { assertEquals, assertMatch } from "@std/assert";
import { flightHandler } from "@contrail/flight/handler";
import { FakeSocket } from "./fake_socket.ts";
import { frame, SUBPROTOCOL } from "./frames.ts";

const PATH = "/arrow.flight.protocol.FlightService/ListActions";

function upgradeRequest(): Request {
  return new Request(`http://flight.example${PATH}`, {
    headers: {
      upgrade: "websocket",
      "sec-websocket-protocol": SUBPROTOCOL,
    },
  });
}

test("flightHandler: the option webSocket upgrades with what the platform gives", async () => {
  const socket = new FakeSocket();
  socket.open();
  const peers: string[] = [];
  const handler = flightHandler({
    listActions: ({ peer }) => {
      peers.push(peer);
      return [];
    },
  }, {
    webSocket(request, { protocol }, info) {
      const { socket } = info as { socket: FakeSocket };
      assertEquals(new URL(request.url).pathname, PATH);
      assertEquals(protocol, SUBPROTOCOL);
      return {
        socket: socket as unknown as WebSocket,
        response: new Response("upgraded"),
      };
    },
  });
  const remoteAddr = { hostname: "192.0.2.7", port: 4711 };
  const response = await handler(upgradeRequest(), { socket, remoteAddr });
  assertEquals(await response.text(), "upgraded");
  socket.receive(frame("headers", "te: trailers\r\n"));
  socket.receive(frame("data", [0, 0, 0, 0, 0]));
  socket.receive(frame("halfClose"));
  await socket.until(3);
  const [trailers] = socket.frames.filter(([type]) => type === 3);
  assertMatch(new TextDecoder().decode(trailers), /grpc-status: ?0/);
  assertEquals(peers, ["192.0.2.7:4711"]);
  socket.end(1000);
});

test("flightHandler: without an upgrade the answer says what would help", {
  skip: "Deno" in globalThis && "Deno has one",
}, async () => {
  const response = await flightHandler({})(upgradeRequest());
  assertEquals(response.status, 501);
  assertMatch(await response.text(), /the option webSocket .* serve with/);
});
