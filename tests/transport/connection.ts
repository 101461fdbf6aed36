/** Connections of a client: the same tests for every transport over a network. */

import * as http2 from "node:http2";
import type * as net from "node:net";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStrictEquals,
} from "@std/assert";
import type { OutgoingMessage } from "../../internal/seam/transport.ts";
import {
  answer,
  echo,
  flightError,
  request,
  type ServerRequest,
} from "../support/transport/call_parts.ts";
import { message } from "../support/transport/messages.ts";
import { never, rest, values } from "../support/transport/test_source.ts";
import {
  tcp,
  type TestedTransport,
} from "../support/transport/tested_transport.ts";
import { deadPort, socketServer } from "../support/sockets.ts";

/** Waits for an event of a socket. */
async function once(socket: net.Socket, event: string): Promise<void> {
  await new Promise((resolve) => socket.once(event, resolve));
}

/** Registers the tests for one transport. */
export function testConnections(
  { clientTransport, pair, serverTransport, test }: TestedTransport,
): void {
  test("connections of a client: no server: UNAVAILABLE at once, with address and reason", async () => {
    const port = await deadPort();
    const client = clientTransport(tcp(port));
    const source = never<OutgoingMessage>();
    const response = client.call(request({ messages: source }));
    const error = await flightError(response.messages.read());
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertMatch(
      error.details,
      new RegExp(
        `^cannot connect to grpc\\+tcp://127.0.0.1:${port}: .*ECONNREFUSED[^()]*$`,
      ),
    );
    assertStrictEquals(await flightError(response.headers), error);
    assertStrictEquals(await source.cancelled, error);
    await client.close();
  });

  test("connections of a client: a host that does not exist is UNAVAILABLE", async () => {
    const client = clientTransport(tcp(1, "no-such-host.invalid"));
    const error = await flightError(client.call(request()).messages.read());
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertMatch(error.details, /^cannot connect to grpc\+tcp:\/\/no-such-host/);
    await client.close();
  });

  test("connections of a client: a client connects again once there is a server", async () => {
    const port = await deadPort();
    const client = clientTransport(tcp(port));
    for (let i = 0; i < 2; i++) {
      const { code } = await flightError(
        client.call(request()).messages.read(),
      );
      assertEquals(code, "UNAVAILABLE");
      const server = await serverTransport(echo, {
        hostname: "127.0.0.1",
        port,
      });
      const response = client.call(request({ messages: values(message("x")) }));
      assertEquals((await rest(response.messages)).length, 1);
      await server.shutdown(AbortSignal.timeout(1000));
    }
    await client.close();
  });

  test("connections of a client: a silent server fails a call after connectTimeoutMs", async () => {
    await using silent = await socketServer(() => {});
    const client = clientTransport(tcp(silent.port), {
      connectTimeoutMs: 100,
    });
    for (let i = 0; i < 2; i++) {
      const response = client.call(request());
      const error = await flightError(response.messages.read());
      assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
      assertEquals(
        error.details,
        `cannot connect to grpc+tcp://127.0.0.1:${silent.port}: no connection ` +
          "within 100 ms (option connectTimeoutMs)",
      );
    }
    // Neither attempt leaves its connection behind.
    await Promise.all([...silent.sockets].map((socket) => {
      socket.resume();
      return once(socket, "close");
    }));
    await client.close();
  });

  test("connections of a client: a deadline or an abort ends the wait for a silent server", async () => {
    await using silent = await socketServer(() => {});
    const client = clientTransport(tcp(silent.port));
    const late = client.call(request({ deadline: performance.now() + 50 }));
    const error = await flightError(late.messages.read());
    assertEquals(error.code, "DEADLINE_EXCEEDED");
    const controller = new AbortController();
    const aborted = client.call(request({ signal: controller.signal }));
    const pending = aborted.messages.read().catch((reason) => reason);
    controller.abort("enough");
    assertEquals(await pending, "enough");
    const closed = client.call(request()).messages.read();
    await client.close();
    assertEquals((await flightError(closed)).code, "CANCELLED");
  });

  const GARBAGE: Record<string, (socket: net.Socket) => void> = {
    "an HTTP/1.1 server": (socket) =>
      socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "random bytes": (socket) =>
      socket.write(Uint8Array.from({ length: 5000 }, (_, i) => i * 131 + 7)),
    "a server that hangs up": (socket) => socket.end(),
    "a server that resets": (socket) => socket.resetAndDestroy?.(),
  };

  for (const [what, act] of Object.entries(GARBAGE)) {
    test(`connections of a client: ${what} is UNAVAILABLE to the client`, async () => {
      await using server = await socketServer((socket) =>
        socket.once("data", () => act(socket))
      );
      const client = clientTransport(tcp(server.port), {
        connectTimeoutMs: 500,
      });
      const error = await flightError(client.call(request()).messages.read());
      assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
      assert(
        error.details.startsWith("cannot connect to grpc+tcp://127.0.0.1:"),
      );
      await client.close();
    });
  }

  test("connections of a client: a server that answers with plain HTTP/2 is named as such", async () => {
    const server = http2.createServer();
    server.on("stream", (stream: http2.ServerHttp2Stream) => {
      stream.respond({ ":status": 503 }, { endStream: true });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as net.AddressInfo;
    const client = clientTransport(tcp(port));
    const error = await flightError(client.call(request()).messages.read());
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertMatch(error.details, /answered with HTTP status 503/);
    await client.close();
    await new Promise((done) => server.close(done));
  });

  test("connections of a client: closing the client cancels its calls", async () => {
    const called = Promise.withResolvers<ServerRequest>();
    const t = await pair((request) => {
      called.resolve(request);
      return answer(never());
    });
    const outgoing = never<OutgoingMessage>();
    const { headers, messages } = t.client.call(
      request({ messages: outgoing }),
    );
    await headers;
    await t.client.close();
    const error = await flightError(messages.read());
    assertEquals([error.code, error.origin], ["CANCELLED", "local"]);
    assertStrictEquals(await outgoing.cancelled, error);
    const next = await flightError(t.client.call(request()).messages.read());
    assertEquals([next.code, next.details], [
      "CANCELLED",
      "the client was closed",
    ]);
    const { signal } = await called.promise;
    if (!signal.aborted) {
      await new Promise((done) => signal.addEventListener("abort", done));
    }
    await t.client.close();
    await t.server.shutdown(new AbortController().signal);
  });
}
