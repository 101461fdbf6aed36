/** Connections of a server, and how many it takes: the same tests for every transport over a network. */

import * as http2 from "node:http2";
import * as net from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import type { FlightError } from "../../internal/core/flight_error.ts";
import type {
  ClientTransport,
  OutgoingMessage,
} from "../../internal/seam/transport.ts";
import {
  answer,
  echo,
  flightError,
  request,
  type ServerRequest,
} from "../support/transport/call_parts.ts";
import { block, message, text } from "../support/transport/messages.ts";
import {
  never,
  rest,
  TestSource,
  values,
} from "../support/transport/test_source.ts";
import {
  tcp,
  type TestedTransport,
} from "../support/transport/tested_transport.ts";
import { socketServer } from "../support/sockets.ts";

/** Waits for an event of a socket. */
async function once(socket: net.Socket, event: string): Promise<void> {
  await new Promise((resolve) => socket.once(event, resolve));
}

/** Registers the tests for one transport. */
export function testServerConnections(
  { clientTransport, pair, serverTransport, test, name }: TestedTransport,
): void {
  test("connections of a server: clients that send garbage or vanish do no harm", async () => {
    await using t = await pair(echo);
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const frames: (string | Uint8Array)[] = [
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      Uint8Array.from({ length: 3000 }, (_, i) => i * 131 + 7),
      preface,
      preface + "\0\0\x04\x08\0\0\0\0\0\0\0\0\0",
      preface + "\0\0\0\x04\0\0\0\0\0\0\xff\xff\x01\x04\0\0\0\x01",
      "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    ];
    for (const frame of frames) {
      const socket = net.connect(t.server.port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      await new Promise((done) => socket.write(frame, done));
      // The server has seen the bytes once it answers on another connection.
      const response = t.client.call(
        request({ messages: values(message("x")) }),
      );
      assertEquals((await rest(response.messages)).map(text), ["x"]);
      socket.destroy();
    }
  });

  test("connections of a server: requests that are not gRPC are refused", async () => {
    let calls = 0;
    await using t = await pair((request) => {
      calls++;
      return echo(request);
    });
    const session = http2.connect(`http://127.0.0.1:${t.server.port}`);
    const stream = session.request({ ":path": "/", ":method": "GET" });
    const status = await new Promise((resolve) =>
      stream.on("response", (headers) => resolve(headers[":status"]))
    );
    // Deno lacks the constant by which grpc-js names this status.
    assertEquals(
      status,
      name === "grpc-js" && "Deno" in globalThis ? 200 : 415,
    );
    assertEquals(calls, 0);
    stream.close();
    session.destroy();
  });

  test("connections of a server: a client that vanishes aborts its calls", async () => {
    const called = Promise.withResolvers<ServerRequest>();
    const source = new TestSource<OutgoingMessage>((index) =>
      index === 0 ? message("x") : new Promise(() => {})
    );
    await using t = await pair((request) => {
      called.resolve(request);
      return answer(source);
    });
    // Between the two there is a wire that can be cut.
    await using wire = await socketServer((socket) => {
      const other = net.connect(t.server.port, "127.0.0.1");
      other.on("error", () => {});
      socket.pipe(other).pipe(socket);
      socket.on("close", () => other.destroy());
    });
    const client = clientTransport(tcp(wire.port));
    const outgoing = never<OutgoingMessage>();
    const { messages } = client.call(request({ messages: outgoing }));
    await messages.read();
    const { signal } = await called.promise;
    for (const socket of wire.sockets) socket.destroy();
    const error = await flightError(messages.read());
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertStrictEquals(await outgoing.cancelled, error);
    const reason = await source.cancelled;
    assertEquals((reason as FlightError).code, "CANCELLED");
    assertStrictEquals(signal.reason, reason);
    await client.close();
  });

  test("maxConnections: further ones are refused, the others do not notice", async () => {
    await using t = await pair(echo, { server: { maxConnections: 2 } });
    const works = async (client = t.client) => {
      const { messages } = client.call(
        request({ messages: values(message("x")) }),
      );
      return await rest(messages);
    };
    assertEquals((await works()).length, 1);
    const second = clientTransport(tcp(t.server.port));
    assertEquals((await works(second)).length, 1);
    const third = clientTransport(tcp(t.server.port));
    const error = await flightError(works(third));
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertEquals((await works()).length, 1);
    assertEquals((await works(second)).length, 1);
    // There is room again when one has left.
    await second.close();
    const end = Date.now() + 20_000;
    let outcome: unknown = "UNAVAILABLE";
    while (outcome === "UNAVAILABLE" && Date.now() < end) {
      outcome = await works(third).catch(({ code }: FlightError) => code);
    }
    assertEquals((outcome as unknown[]).length, 1);
    await third.close();
  });

  test("maxConcurrentCalls: further ones are UNAVAILABLE", async () => {
    const requests: ServerRequest[] = [];
    await using t = await pair((request) => {
      requests.push(request);
      return request.path === "/wait" ? answer(never()) : echo(request);
    }, { server: { maxConcurrentCalls: 2 } });
    const waiting = [1, 2].map(() => t.client.call(request({ path: "/wait" })));
    await Promise.all(waiting.map(({ headers }) => headers));
    const works = () => t.client.call(request()).messages.read();
    const error = await flightError(works());
    assertEquals([error.code, error.origin, error.details], [
      "UNAVAILABLE",
      "remote",
      "the server has 2 running calls already (option maxConcurrentCalls)",
    ]);
    assertEquals(requests.length, 2);
    // A call that ends makes room.
    waiting[0]!.messages.cancel("enough");
    const { signal } = requests[0]!;
    if (!signal.aborted) {
      await new Promise((done) => signal.addEventListener("abort", done));
    }
    for (let i = 0; i < 3; i++) assertEquals(await works(), undefined);
    waiting[1]!.messages.cancel("enough");
  });

  test("one connection does not take all of maxConcurrentCalls", async () => {
    await using t = await pair(
      (request) =>
        request.path === "/wait" ? answer(never()) : answer(values()),
      { server: { maxConcurrentCalls: 16 } },
    );
    const others = [0, 1].map(() => clientTransport(tcp(t.server.port)));
    // As many as are left: half for one alone.
    const wait = (client: ClientTransport) => {
      const response = client.call(request({ path: "/wait" }));
      return response.headers.then(() => response);
    };
    const waiting = [];
    for (let i = 0; i < 8; i++) waiting.push(await wait(t.client));
    waiting.push(await wait(t.client));
    const error = await flightError(wait(t.client));
    assertEquals([error.code, error.origin, error.details], [
      "UNAVAILABLE",
      "remote",
      "this connection has 9 running calls already (option " +
      "maxCallsPerConnection; there are 9 running calls in all)",
    ]);
    // Then half of what it has left, and so on.
    for (let i = 0; i < 4; i++) waiting.push(await wait(others[0]!));
    const second = await flightError(wait(others[0]!));
    assertEquals(second.code, "UNAVAILABLE");
    waiting.push(await wait(others[1]!));
    // A call that ends makes room.
    for (const { messages } of waiting.splice(0, 9)) messages.cancel("enough");
    for (let served = false; !served;) {
      served = await wait(others[0]!).then(() => true, () => false);
    }
    await Promise.all(others.map((client) => client.close()));
  });

  test("maxCallsPerConnection, maxCallsPerPeer: further ones are UNAVAILABLE", async () => {
    await using t = await pair(() => answer(never()), {
      server: {
        maxConcurrentCalls: 8,
        maxCallsPerConnection: 2,
        maxCallsPerPeer: 3,
      },
    });
    const other = clientTransport(tcp(t.server.port));
    const wait = (client: ClientTransport) => client.call(request()).headers;
    await wait(t.client);
    await wait(t.client);
    assertEquals(
      (await flightError(wait(t.client))).details,
      "this connection has 2 running calls already (option " +
        "maxCallsPerConnection)",
    );
    await wait(other);
    assertEquals(
      (await flightError(wait(other))).details,
      "this address has 3 running calls already (option maxCallsPerPeer)",
    );
    await other.close();
  });

  test("connections of a server: an address of another machine is named as such", async () => {
    const error = await flightError(
      // Of a network that exists in documentation only (RFC 5737).
      serverTransport(echo, { hostname: "192.0.2.1", port: 0 }),
    );
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertMatch(
      error.details,
      /^cannot listen on grpc\+tcp:\/\/192\.0\.2\.1:0: it is no address of this machine \(/,
    );
  });

  test("connections of a server: an occupied port is UNAVAILABLE, with address and reason", async () => {
    await using t = await pair(echo);
    const { port } = t.server;
    const error = await flightError(
      serverTransport(echo, { hostname: "127.0.0.1", port }),
    );
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assert(
      error.details.startsWith(
        `cannot listen on grpc+tcp://127.0.0.1:${port}: `,
      ),
      error.details,
    );
    assertMatch(error.details, /EADDRINUSE|in use/);
    assertEquals(
      (await rest(
        t.client.call(request({ messages: values(message("x")) }))
          .messages,
      )).length,
      1,
    );
  });

  test("connections of a server: the server's URI has the host as given and the real port", async () => {
    for (const hostname of ["localhost", "127.0.0.1", "0.0.0.0", "::1"]) {
      const server = await serverTransport(echo, { hostname, port: 0 });
      const host = hostname.includes(":") ? `[${hostname}]` : hostname;
      assert(server.port > 0);
      assertEquals(server.uri, `grpc+tcp://${host}:${server.port}`);
      const client = clientTransport(
        tcp(server.port, hostname === "0.0.0.0" ? "127.0.0.1" : hostname),
      );
      const response = client.call(request({ messages: values(message("x")) }));
      assertEquals((await rest(response.messages)).length, 1);
      await client.close();
      await server.shutdown(AbortSignal.abort());
    }
    await assertRejects(
      () => serverTransport(echo, { hostname: "127.0.0.1", port: 70_000 }),
      RangeError,
      "Cannot use option port: 70000",
    );
  });

  test("connections of a server: a Unix domain socket works like a port", async () => {
    const directory = mkdtempSync(`${tmpdir()}/flight-`);
    try {
      const path = `${directory}/a b.sock`;
      const requests: ServerRequest[] = [];
      const server = await serverTransport((request) => {
        requests.push(request);
        return echo(request);
      }, { path });
      assertEquals(server.port, 0);
      assertEquals(server.uri, `grpc+unix://${encodeURI(path)}`);
      const client = clientTransport({ kind: "unix", path });
      const response = client.call(
        request({ messages: values(message("x"), block(1 << 20)) }),
      );
      assertEquals((await rest(response.messages)).length, 2);
      assertEquals(requests[0]!.peer, "unix");
      await client.close();
      await server.shutdown(AbortSignal.timeout(1000));
      const missing = clientTransport({ kind: "unix", path: path + "x" });
      const error = await flightError(missing.call(request()).messages.read());
      assertEquals(error.code, "UNAVAILABLE");
      assertMatch(error.details, /a%20b\.sockx: .*ENOENT/);
      await missing.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}
