/** Errors: what every transport over a network must do. */

import * as http2 from "node:http2";
import process from "node:process";

import {
  assert,
  assertEquals,
  assertLess,
  assertLessOrEqual,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";

import {
  FLIGHT_ERROR_CODES,
  FlightError,
  type FlightErrorCode,
} from "../../internal/core/flight_error.ts";
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
import { tcp } from "../support/transport/tested_transport.ts";
import type { TestedTransport } from "../support/transport/tested_transport.ts";

/** Registers the tests for one transport. */
export function testErrors(
  { clientTransport, pair, test }: TestedTransport,
): void {
  /** Messages, then an error. */
  function failing(error: unknown, ...messages: OutgoingMessage[]) {
    return new TestSource((index) => {
      if (index < messages.length) return messages[index];
      throw error;
    });
  }

  test("errors: every code passes, with details and trailers", async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    await using t = await pair(({ path }) =>
      failure(
        new FlightError(
          path.slice(1) as FlightErrorCode,
          `größer: 100 %\n"🚀"`,
          {
            trailers: new FlightHeaders([
              ["x-arrow-status", "5"],
              ["grpc-status-details-bin", bytes],
            ]),
          },
        ),
      )
    );
    for (const code of Object.keys(FLIGHT_ERROR_CODES)) {
      const response = t.client.call(request({ path: `/${code}` }));
      const error = await flightError(response.messages.read());
      assertEquals(error.code as string, code);
      assertEquals(error.details, `größer: 100 %\n"🚀"`);
      assertEquals(error.origin, "remote");
      assertEquals(error.headers, undefined);
      assertEquals([...error.trailers!], [
        ["x-arrow-status", "5"],
        ["grpc-status-details-bin", bytes],
      ]);
      assertEquals([...response.trailers()], [...error.trailers!]);
      assertStrictEquals(await flightError(response.headers), error);
      assertStrictEquals(await flightError(response.messages.read()), error);
    }
  });

  test("errors: an error comes after the messages before it, with its trailers", async () => {
    const error = new FlightError("DATA_LOSS", "the rest is gone", {
      trailers: new FlightHeaders({ "x-t": "1" }),
    });
    const source = failing(error, message("a"), block(60_000), message("c"));
    await using t = await pair(() =>
      answer(source, { headers: new FlightHeaders({ "x-h": "2" }) })
    );
    for (const readsLate of [false, true]) {
      source.reads = 0;
      const outgoing = new TestSource<OutgoingMessage>(() =>
        new Promise(() => {})
      );
      const response = t.client.call(request({ messages: outgoing }));
      // The whole answer is there before anything is read.
      if (readsLate) await outgoing.cancelled;
      assertEquals((await response.headers).get("x-h"), "2");
      assertEquals(text((await response.messages.read())!), "a");
      assertEquals((await response.messages.read())!.byteLength, 60_000);
      assertEquals(text((await response.messages.read())!), "c");
      const got = await flightError(response.messages.read());
      assertEquals([got.code, got.details, got.origin], [
        "DATA_LOSS",
        "the rest is gone",
        "remote",
      ]);
      assertEquals(got.headers!.get("x-h"), "2");
      assertEquals(got.trailers!.get("x-t"), "1");
    }
  });

  test("errors: an error that is not a FlightError crosses as a fixed text", async () => {
    await using t = await pair(() =>
      answer(failing(new Error("password: hunter2")))
    );
    const response = t.client.call(request());
    const error = await flightError(response.messages.read());
    assertEquals([error.code, error.details], [
      "UNKNOWN",
      "the service failed to handle the call",
    ]);
  });

  test("errors: the client refuses a message beyond its limit", async () => {
    const requests: ServerRequest[] = [];
    await using t = await pair((request) => {
      requests.push(request);
      return answer(values(block(4 << 20), block(5 << 20)));
    }, { client: { maxReceiveMessageBytes: 4 << 20 } });
    const { messages } = t.client.call(request());
    assertEquals((await messages.read())!.byteLength, 4 << 20);
    const error = await flightError(messages.read());
    assertEquals([error.code, error.origin], ["RESOURCE_EXHAUSTED", "local"]);
    assertEquals(
      error.details,
      "the message of 5242880 bytes exceeds the limit of 4194304 bytes " +
        "(option maxReceiveMessageBytes)",
    );
  });

  test("errors: the server refuses a message beyond its limit", async () => {
    const failed = Promise.withResolvers<FlightError>();
    const aborted = Promise.withResolvers<FlightError>();
    await using t = await pair((request) => {
      request.signal.addEventListener(
        "abort",
        () => aborted.resolve(request.signal.reason),
      );
      return answer(
        new TestSource<OutgoingMessage>(async () => {
          await request.messages.read();
          failed.resolve(await flightError(request.messages.read()));
          return await new Promise(() => {});
        }),
      );
    }, { server: { maxReceiveMessageBytes: 4 << 20 } });
    const outgoing = values(block(4 << 20), block(5 << 20), block(1));
    const { messages } = t.client.call(request({ messages: outgoing }));
    const details =
      "the message of 5242880 bytes exceeds the limit of 4194304 bytes " +
      "(option maxReceiveMessageBytes)";
    const remote = await flightError(messages.read());
    assertEquals(
      [remote.code, remote.origin, remote.details],
      ["RESOURCE_EXHAUSTED", "remote", details],
    );
    const local = await failed.promise;
    assertEquals(
      [local.code, local.origin, local.details],
      ["RESOURCE_EXHAUSTED", "local", details],
    );
    assertStrictEquals(await aborted.promise, local);
  });

  /** Opens a stream as a client that does as it likes. */
  function rawStream(port: number, headers: http2.OutgoingHttpHeaders = {}): {
    session: http2.ClientHttp2Session;
    stream: http2.ClientHttp2Stream;
  } {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", () => {});
    const stream = session.request({
      ":method": "POST",
      ":path": "/x",
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    stream.on("error", () => {});
    return { session, stream };
  }

  const ENDINGS: Record<
    string,
    (stream: http2.ClientHttp2Stream, session: http2.ClientHttp2Session) => void
  > = {
    "RST_STREAM(CANCEL)": (stream) => stream.close(8),
    "RST_STREAM(NO_ERROR)": (stream) => stream.close(0),
    "a lost connection": (_, session) => session.destroy(),
  };

  for (const [how, end] of Object.entries(ENDINGS)) {
    test(`errors: a request that ends with ${how} does not look complete`, async () => {
      const called = Promise.withResolvers<ServerRequest>();
      await using t = await pair((request) => {
        called.resolve(request);
        return answer(never());
      });
      const { session, stream } = rawStream(t.server.port);
      stream.write(Uint8Array.of(0, 0, 0, 0, 1, 7));
      const { messages, signal } = await called.promise;
      assertEquals(await messages.read(), Uint8Array.of(7));
      const pending = messages.read();
      end(stream, session);
      const error = await flightError(pending);
      assertEquals([error.code, error.origin], ["CANCELLED", "remote"]);
      assertStrictEquals(signal.reason, error);
      session.destroy();
    });
  }

  test("errors: a request that ends in mid-message is an error", async () => {
    const called = Promise.withResolvers<ServerRequest>();
    await using t = await pair((request) => {
      called.resolve(request);
      return answer(never());
    });
    const { session, stream } = rawStream(t.server.port);
    stream.end(Uint8Array.of(0, 0, 0, 0, 5, 7));
    const { messages } = await called.promise;
    const error = await flightError(messages.read());
    assertEquals([error.code, error.origin], ["INTERNAL", "remote"]);
    session.destroy();
  });

  test("errors: a grpc-timeout that is malformed fails the call", async () => {
    let calls = 0;
    await using t = await pair(() => {
      calls++;
      return answer(values(message("x")));
    });
    for (
      const timeout of [
        "soon",
        "",
        "S",
        "123456789S",
        "1 S",
        "1s",
        "x1S",
        "1Sx",
      ]
    ) {
      const { session, stream } = rawStream(t.server.port, {
        "grpc-timeout": timeout,
      });
      const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) =>
        stream.once("response", resolve)
      );
      assertEquals(headers["grpc-status"], "13", timeout);
      assertEquals(
        decodeURIComponent(headers["grpc-message"] as string),
        "the header grpc-timeout is malformed: it has 1 to 8 digits and then " +
          "one of H, M, S, m, u and n",
      );
      session.destroy();
    }
    assertEquals(calls, 0);
  });

  test("errors: a length prefix alone takes no memory", async () => {
    const requests: ServerRequest[] = [];
    const called = Promise.withResolvers<void>();
    await using t = await pair((request) => {
      if (requests.push(request) === 10) called.resolve();
      return answer(never());
    }, { server: { maxReceiveMessageBytes: 2 ** 31 - 1 } });
    const before = process.memoryUsage().external;
    const raw = Array.from({ length: 10 }, () => rawStream(t.server.port));
    for (const { stream } of raw) {
      stream.write(Uint8Array.of(0, 0x7f, 0xff, 0xff, 0xff, 1));
    }
    await called.promise;
    const pending = requests.map((request) => request.messages.read());
    // The answer to a ping: what was sent before it has been received.
    for (const { session } of raw) {
      await new Promise((resolve) => session.ping(resolve));
    }
    // With all that is promised it would be 20 GiB, or 10 on Bun.
    assertLess(process.memoryUsage().external - before, 2e9);
    for (const { session } of raw) session.destroy();
    for (const read of pending) await flightError(read);
  });

  test("errors: long details are shortened", async () => {
    await using t = await pair(({ path }) =>
      failure(new FlightError("INTERNAL", path === "/a" ? "x" : "ä\ud800"))
    );
    const long = new FlightError("INTERNAL", "ä🚀".repeat(50_000));
    await using u = await pair(() => failure(long));
    const error = await flightError(u.client.call(request()).messages.read());
    assertEquals(error.code, "INTERNAL");
    assert(/^(ä🚀)+ä?\.\.\.$/u.test(error.details), error.details);
    assertLessOrEqual(encodeURI(error.details).length, 4096);
    const half = t.client.call(request({ path: "/b" }));
    assertEquals((await flightError(half.messages.read())).details, "ä\ufffd");
  });

  test("errors: headers and trailers that are too large fail one call clearly", async () => {
    const big = new FlightHeaders({ "x-big": "x".repeat(100_000) });
    await using t = await pair((request) => {
      switch (request.path) {
        case "/headers":
          return answer(values(message("a")), { headers: big });
        case "/trailers":
          return answer(values(message("a")), { trailers: big });
        case "/error":
          return failure(
            new FlightError("NOT_FOUND", "no such ticket", { trailers: big }),
          );
        default:
          return echo(request);
      }
    });
    const sibling = t.client.call(request({
      messages: new TestSource((index) => {
        if (index === 0) return message("still");
        return new Promise<undefined>(() => {});
      }),
    }));
    const call = async (path: string) =>
      await flightError(rest(t.client.call(request({ path })).messages));
    const headers = await call("/headers");
    assertEquals(headers.code, "RESOURCE_EXHAUSTED");
    assert(headers.details.startsWith("the headers of 100037 bytes exceed"));
    const trailers = await call("/trailers");
    assertEquals(trailers.code, "RESOURCE_EXHAUSTED");
    assert(trailers.details.startsWith("the trailers of 100037 bytes exceed"));
    assert(trailers.details.endsWith("the call had ended with OK"));
    const error = await call("/error");
    assertEquals(error.code, "RESOURCE_EXHAUSTED");
    assert(error.details.endsWith("NOT_FOUND: no such ticket"));
    const local = await flightError(
      t.client.call(request({ headers: big })).messages.read(),
    );
    assertEquals([local.code, local.origin], ["RESOURCE_EXHAUSTED", "local"]);
    assertEquals(text((await sibling.messages.read())!), "still");
  });

  test("errors: headers and trailers up to the limit pass", async () => {
    const many = () =>
      new FlightHeaders(
        Array.from(
          { length: 10 },
          (_, i) => [`x-${i}`, "y".repeat(5900)] as const,
        ),
      );
    await using t = await pair(({ headers }) => {
      assertEquals(headers.get("x-9")?.length, 5900);
      return answer(values(), { headers: many(), trailers: many() });
    });
    const response = t.client.call(request({ headers: many() }));
    assertEquals(await response.messages.read(), undefined);
    assertEquals((await response.headers).get("x-9")?.length, 5900);
    assertEquals(response.trailers().get("x-9")?.length, 5900);
  });

  test("errors: options out of range are refused", () => {
    const address = tcp(1);
    for (
      const options of [
        { maxReceiveMessageBytes: 0 },
        { maxReceiveMessageBytes: 2 ** 31 },
        { flowControlWindowBytes: 1000 },
        { connectTimeoutMs: 1.5 },
        { keepaliveTimeMs: -1 },
      ]
    ) {
      assertThrows(
        () => clientTransport(address, options),
        RangeError,
        `Cannot use option ${Object.keys(options)[0]}: `,
      );
    }
    assertThrows(
      () => clientTransport(address, { tls: {} }),
      TypeError,
      "is not a grpc+tls location",
    );
  });
}
