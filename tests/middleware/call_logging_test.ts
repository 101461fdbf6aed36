/** Entries about calls, and what is not in them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { FlightError, pathDescriptor } from "@contrail/flight";
import { PEER_IDENTITY } from "@contrail/flight/auth";
import {
  type CallLogEntry,
  callLogging,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import { numbers } from "../support/numbers.ts";
import { interceptorTest } from "../support/transports.ts";

const SOME = pathDescriptor("some");

/** Collects entries, and waits for the next. */
function logbook(headers?: boolean): {
  next(): Promise<CallLogEntry>;
  logging: FlightInterceptor;
} {
  let added = event<CallLogEntry>();
  return {
    next: async () => {
      const entry = await added.promise;
      added = event();
      return entry;
    },
    logging: callLogging({ headers, log: (entry) => added.resolve(entry) }),
  };
}

interceptorTest(
  "callLogging(): an entry about each call, on both sides",
  async (connectTo) => {
    const [client, server] = [logbook(), logbook()];
    await using peer = await connectTo({
      async *doExchange(input) {
        for await (const batch of input) yield batch;
      },
      getSchema: () => {
        throw new FlightError("NOT_FOUND", "no such flight");
      },
    }, {
      clientInterceptors: [client.logging],
      serverInterceptors: [
        server.logging,
        (call, next) => {
          call.values.set(PEER_IDENTITY, "Ada");
          return next(call);
        },
      ],
    });
    const before = Date.now();
    const exchange = peer.client.doExchange(SOME);
    const sent = ReadableStream.from([numbers(1), numbers(2)])
      .pipeTo(exchange.writable);
    await Array.fromAsync(exchange.readable);
    await sent;
    const [mine, theirs] = [await client.next(), await server.next()];
    for (const entry of [mine, theirs]) {
      assertEquals(
        [entry.method, entry.code, entry.details],
        ["DoExchange", "OK", undefined],
      );
      assert(entry.start.getTime() >= before);
      assert(entry.durationMs >= 0);
      // Descriptor, schema, two batches; schema, two batches.
      assertEquals([entry.requests.messages, entry.responses.messages], [4, 3]);
      assert(!("requestHeaders" in entry));
    }
    assertEquals([mine.side, theirs.side], ["client", "server"]);
    assertEquals([mine.peerIdentity, theirs.peerIdentity], [undefined, "Ada"]);
    assertEquals(mine.requests, theirs.requests);
    assertEquals(mine.responses, theirs.responses);
    assert(mine.requests.bytes > 0 && mine.responses.bytes > 0);

    await rejection(peer.client.getSchema(SOME));
    for (const entry of [await client.next(), await server.next()]) {
      assertEquals([entry.code, entry.details], [
        "NOT_FOUND",
        "no such flight",
      ]);
      assertEquals(entry.responses, { messages: 0, bytes: 0 });
    }
  },
);

interceptorTest(
  "callLogging(): headers are part of an entry, secrets are not",
  async (connectTo) => {
    const [client, server] = [logbook(true), logbook(true)];
    await using peer = await connectTo({
      getFlightInfo(_descriptor, { responseHeaders, responseTrailers }) {
        responseHeaders.append("set-cookie", "hush=1").set("x-shown", "r");
        responseTrailers.set("authorization", "Bearer hush").set("x-last", "t");
        return {};
      },
    }, {
      clientInterceptors: [
        client.logging,
        // Headers that an inner interceptor adds are seen, and hidden too.
        (call, next) => {
          call.headers.set("cookie", "hush=2");
          return next(call);
        },
      ],
      serverInterceptors: [server.logging],
    });
    await peer.client.getFlightInfo(SOME, {
      headers: {
        authorization: "Basic hush",
        "auth-token-bin": new TextEncoder().encode("hush"),
        "x-api-key": "hush",
        "X-My-Secret": "hush",
        "x-shown": "yes",
        "x-shown-bin": Uint8Array.of(1, 255),
      },
    });
    for (const entry of [await client.next(), await server.next()]) {
      const { requestHeaders, responseHeaders, responseTrailers } = entry;
      const hidden = ["(hidden)"];
      for (
        const name of [
          "authorization",
          "auth-token-bin",
          "cookie",
          "x-api-key",
          "x-my-secret",
        ]
      ) assertEquals(requestHeaders![name], hidden, name);
      assertEquals(requestHeaders!["x-shown"], ["yes"]);
      assertEquals(requestHeaders!["x-shown-bin"], ["01ff"]);
      assertEquals(responseHeaders!["set-cookie"], hidden);
      assertEquals(responseHeaders!["x-shown"], ["r"]);
      assertEquals(responseTrailers!["authorization"], hidden);
      assertEquals(responseTrailers!["x-last"], ["t"]);
      const bytes = "68757368";
      assert(!new RegExp(`hush|${bytes}|aHVzaA`).test(JSON.stringify(entry)));
    }
  },
);

interceptorTest(
  "callLogging(): names of secrets can be added",
  async (connectTo) => {
    const entry = event<CallLogEntry>();
    await using peer = await connectTo({ getFlightInfo: () => ({}) }, {
      clientInterceptors: [callLogging({
        headers: true,
        secretHeaders: ["X-Tenant"],
        log: entry.resolve,
      })],
    });
    await peer.client.getFlightInfo(SOME, { headers: { "x-tenant": "hush" } });
    const { requestHeaders } = await entry.promise;
    assertEquals(requestHeaders!["x-tenant"], ["(hidden)"]);
  },
);

interceptorTest(
  "callLogging(): what the caller threw is not in an entry",
  async (connectTo) => {
    const entry = event<CallLogEntry>();
    await using peer = await connectTo({ doGet: () => [numbers(1)] }, {
      clientInterceptors: [callLogging({ log: entry.resolve })],
    });
    const stream = peer.client.doGet("x");
    await stream.cancel(new Error("hush"));
    assertEquals(
      [(await entry.promise).code, (await entry.promise).details],
      ["CANCELLED", undefined],
    );
  },
);

interceptorTest(
  "callLogging(): a log that fails does no harm",
  async (connectTo) => {
    const failing = callLogging({
      log: () => {
        throw new Error("the disk is full");
      },
    });
    await using peer = await connectTo({ getFlightInfo: () => ({}) }, {
      clientInterceptors: [failing],
      serverInterceptors: [failing],
    });
    await peer.client.getFlightInfo(SOME);
    await assertFlightError(peer.client.getSchema(SOME), "UNIMPLEMENTED");
    assertEquals(peer.errors, []);
  },
);

interceptorTest(
  "callLogging(): by default a line is written to the console",
  async (connectTo) => {
    const lines: string[] = [];
    const { info } = console;
    console.info = (line) => void lines.push(line);
    try {
      await using peer = await connectTo({ getFlightInfo: () => ({}) }, {
        clientInterceptors: [callLogging()],
        serverInterceptors: [
          callLogging(),
          (call, next) => {
            call.values.set(PEER_IDENTITY, "Ada");
            return next(call);
          },
        ],
      });
      await peer.client.getFlightInfo(SOME);
      await assertFlightError(peer.client.getSchema(SOME), "UNIMPLEMENTED");
    } finally {
      console.info = info;
    }
    const client = lines.filter((line) => line.includes(" client "));
    const server = lines.filter((line) => line.includes(" server "));
    assertMatch(
      client[0]!,
      /^\S+Z client GetFlightInfo \S+ OK [\d.]+ ms, requests 1 \(\d+ bytes\), responses 1 \(\d+ bytes\)$/,
    );
    assertMatch(server[0]!, / server GetFlightInfo \S+ \(Ada\) OK /);
    assertMatch(
      client[1]!,
      / UNIMPLEMENTED \(the service does not implement GetSchema\) /,
    );
  },
);
