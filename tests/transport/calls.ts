/** Calls: what every transport over a network must do. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";

import { FlightError } from "../../internal/core/flight_error.ts";
import { FlightHeaders } from "../../internal/core/flight_headers.ts";
import type { OutgoingMessage } from "../../internal/seam/transport.ts";
import {
  answer,
  echo,
  failure,
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
import type { TestedTransport } from "../support/transport/tested_transport.ts";

/** Registers the tests for one transport. */
export function testCalls({ pair, test, name }: TestedTransport): void {
  test("calls: a call carries one message each way", async () => {
    await using t = await pair((request) =>
      answer(
        new TestSource(async (index) => {
          if (index > 0) return undefined;
          const got = await rest(request.messages);
          return message(`${request.path}: ${got.map(text)}`);
        }),
      )
    );
    const response = t.client.call(
      request({ path: "/a.B/C", messages: values(message("hello")) }),
    );
    assertEquals((await rest(response.messages)).map(text), ["/a.B/C: hello"]);
  });

  test("calls: messages of all sizes pass both ways in order", async () => {
    await using t = await pair(echo);
    const sizes = [0, 1, 2, 16379, 16384, 65535, 65536, 1 << 20, 5_000_001, 3];
    const response = t.client.call(request({
      messages: new TestSource((i) =>
        i < sizes.length ? block(sizes[i]!, i + 1) : undefined
      ),
    }));
    const got = await rest(response.messages);
    assertEquals(got.map((bytes) => bytes.byteLength), sizes);
    got.forEach((bytes, i) => {
      assertEquals(bytes.constructor, Uint8Array);
      assert(bytes.every((byte) => byte === i + 1));
    });
    assertEquals(await response.messages.read(), undefined);
  });

  test("calls: the half-close arrives while the answer is still open", async () => {
    const atEnd = Promise.withResolvers<void>();
    await using t = await pair((request) =>
      answer(
        new TestSource(async (index) => {
          if (index === 0) return message("open");
          if (index === 1) {
            assertEquals((await rest(request.messages)).length, 1);
            assertEquals(await request.messages.read(), undefined);
            atEnd.resolve();
            return message("closed");
          }
          return undefined;
        }),
      )
    );
    const gate = Promise.withResolvers<void>();
    const response = t.client.call(request({
      messages: new TestSource(async (index) => {
        if (index === 0) return message("x");
        await gate.promise;
        return undefined;
      }),
    }));
    assertEquals(text((await response.messages.read())!), "open");
    gate.resolve();
    await atEnd.promise;
    assertEquals((await rest(response.messages)).map(text), ["closed"]);
  });

  test("calls: headers and trailers pass, text and binary, also repeated", async () => {
    const seen = Promise.withResolvers<ServerRequest>();
    const bytes = Uint8Array.of(0, 255, 1, 254);
    await using t = await pair((request) => {
      seen.resolve(request);
      return answer(values(message("x")), {
        headers: new FlightHeaders([
          ["x-a", "1"],
          ["x-b-bin", bytes],
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
          ["grpc-encoding", "nonsense"],
          ["connection", "close"],
        ]),
        trailers: new FlightHeaders([
          ["x-c", "three"],
          ["x-d-bin", bytes],
          ["x-d-bin", Uint8Array.of(7)],
          ["x-empty-bin", new Uint8Array()],
          ["grpc-status", "13"],
          ["grpc-status-details-bin", bytes],
        ]),
      });
    });
    const response = t.client.call(request({
      headers: new FlightHeaders([
        ["authorization", "Bearer secret"],
        ["authorization", "Bearer other"],
        ["x-key-bin", bytes],
        ["x-key-bin", Uint8Array.of(9)],
        ["content-length", "4"],
        ["te", "gzip"],
        ["user-agent", "other"],
      ]),
    }));
    const { headers, peer, path } = await seen.promise;
    // node:http2 keeps one of them.
    assertEquals(
      headers.getAll("authorization"),
      name === "http2" ? ["Bearer secret", "Bearer other"] : ["Bearer other"],
    );
    assertEquals(headers.getAll("x-key-bin"), [bytes, Uint8Array.of(9)]);
    assertEquals(headers.getBinary("x-key-bin")!.constructor, Uint8Array);
    assert(headers.get("user-agent")!.startsWith("contrail-flight/"));
    assertEquals([...headers].map(([name]) => name).sort(), [
      ...headers.getAll("authorization").map(() => "authorization"),
      "user-agent",
      "x-key-bin",
      "x-key-bin",
    ]);
    assertEquals(path, "/arrow.flight.protocol.FlightService/DoExchange");
    assert(/^127\.0\.0\.1:\d+$/.test(peer), peer);

    const received = await response.headers;
    assertEquals([...received], [
      ["x-a", "1"],
      ["x-b-bin", bytes],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
    assertEquals((await rest(response.messages)).length, 1);
    assertEquals([...response.trailers()], [
      ["x-c", "three"],
      ["x-d-bin", bytes],
      ["x-d-bin", Uint8Array.of(7)],
      ["x-empty-bin", new Uint8Array()],
      ["grpc-status-details-bin", bytes],
    ]);
  });

  test("calls: headers are sent as soon as they are known", async () => {
    const gate = Promise.withResolvers<FlightHeaders>();
    await using t = await pair(() =>
      answer(never(), { headers: gate.promise })
    );
    const response = t.client.call(request());
    gate.resolve(new FlightHeaders({ "x-a": "1" }));
    assertEquals((await response.headers).get("x-a"), "1");
  });

  test("calls: an answer without messages has headers and trailers", async () => {
    await using t = await pair(() =>
      answer(values(), {
        headers: new FlightHeaders({ "x-h": "1" }),
        trailers: new FlightHeaders({ "x-t": "2" }),
      })
    );
    const response = t.client.call(request());
    assertEquals(await response.messages.read(), undefined);
    assertEquals((await response.headers).get("x-h"), "1");
    assertEquals(response.trailers().get("x-t"), "2");
  });

  test("calls: any path reaches the handler", async () => {
    await using t = await pair(({ path }) =>
      failure(new FlightError("UNIMPLEMENTED", `no method ${path}`))
    );
    const response = t.client.call(request({ path: "/no.Such/Method" }));
    const error = await flightError(response.messages.read());
    assertEquals(error.code, "UNIMPLEMENTED");
    assertEquals(error.details, "no method /no.Such/Method");
    assertEquals(error.origin, "remote");
    assertEquals(await flightError(response.headers), error);
  });

  test("calls: an answer may end before the request does", async () => {
    const requests: ServerRequest[] = [];
    await using t = await pair((request) => {
      requests.push(request);
      return answer(
        new TestSource(async (index) => {
          if (index > 0) return undefined;
          await request.messages.read();
          return message("enough");
        }),
        { trailers: new FlightHeaders({ "x-t": "1" }) },
      );
    });
    // Larger than the window: the client is in the middle of a message.
    const source = new TestSource(() => block(20 << 20));
    const response = t.client.call(request({ messages: source }));
    assertEquals((await rest(response.messages)).map(text), ["enough"]);
    assertEquals(response.trailers().get("x-t"), "1");
    await source.cancelled;
    const [server] = requests;
    if (!server!.signal.aborted) {
      await new Promise((done) =>
        server!.signal.addEventListener("abort", done)
      );
    }
    assertEquals(
      (await flightError(server!.messages.read())).code,
      "CANCELLED",
    );
    // The connection is still in order.
    const next = t.client.call(request({ messages: values(message("x")) }));
    assertEquals((await rest(next.messages)).map(text), ["enough"]);
  });

  test("calls: an answer that nobody reads yet still ends the request", async () => {
    await using t = await pair(() =>
      answer(values(message("a"), message("b"), message("c")))
    );
    const source = new TestSource((index) => {
      return index === 0 ? message("x") : new Promise<undefined>(() => {});
    });
    const response = t.client.call(request({ messages: source }));
    assertEquals(await source.cancelled, undefined);
    assertEquals((await rest(response.messages)).map(text), ["a", "b", "c"]);
  });

  test("calls: an error of the client's source is reported and ends the call", async () => {
    const aborted = Promise.withResolvers<FlightError>();
    await using t = await pair((request) => {
      request.signal.addEventListener(
        "abort",
        () => aborted.resolve(request.signal.reason),
      );
      return answer(
        new TestSource<OutgoingMessage>(async () => {
          await rest(request.messages);
          return undefined;
        }),
      );
    });
    const cause = new Error("disk on fire");
    const response = t.client.call(request({
      messages: new TestSource((index) => {
        if (index === 1) throw cause;
        return message("x");
      }),
    }));
    const error = await response.messages.read().catch((error) => error);
    assertStrictEquals(error, cause);
    assertEquals((await aborted.promise).code, "CANCELLED");
  });

  test("calls: a message that contradicts itself is not sent", async () => {
    await using t = await pair(() =>
      answer(values({ byteLength: 5, chunks: [new Uint8Array(3)] }))
    );
    const wrong = { byteLength: 3, chunks: [new Uint8Array(5)] };
    const source = values(wrong, wrong);
    const response = t.client.call(request({ messages: source }));
    const error = await assertRejects(
      () => response.messages.read(),
      RangeError,
      "Cannot send message: its chunks have 5 bytes, not 3",
    );
    assertStrictEquals(await source.cancelled, error);
    const next = t.client.call(request());
    const remote = await flightError(next.messages.read());
    assertEquals(remote.details, "the service failed to handle the call");
    assertEquals(remote.code, "UNKNOWN");
  });

  test("calls: 200 calls run at once on one connection", async () => {
    const peers = new Set<string>();
    await using t = await pair((request) => {
      peers.add(request.peer);
      return echo(request);
    });
    const results = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const response = t.client.call(request({
          messages: values(message(`a${i}`), block(70_000), message(`b${i}`)),
        }));
        const [a, , b] = await rest(response.messages);
        return `${text(a!)} ${text(b!)}`;
      }),
    );
    assertEquals(results, Array.from({ length: 200 }, (_, i) => `a${i} b${i}`));
    assertEquals(peers.size, 1);
  });
}
