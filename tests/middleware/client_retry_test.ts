/** Calls that are made again. */
import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { test } from "node:test";
import {
  connect,
  FlightError,
  type FlightErrorCode,
  FlightHeaders,
  type FlightServer,
  type FlightService,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import {
  type ClientRetry,
  clientRetry,
  type ClientRetryOptions,
} from "@contrail/flight/middleware";
import { aborted, event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { numbers, values } from "../support/numbers.ts";
import { forwarder } from "../support/sockets.ts";
import { interceptorTest } from "../support/transports.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

const SOME = pathDescriptor("some");

/** Makes a service that fails any call until the attempt of the given number. */
function failing(
  until: number,
  code: FlightErrorCode = "UNAVAILABLE",
): FlightService & { attempts: number } {
  const attempt = () => {
    if (++service.attempts < until) {
      throw new FlightError(code, `attempt ${service.attempts}`);
    }
  };
  const service = {
    attempts: 0,
    *listFlights() {
      attempt();
      yield { descriptor: SOME };
    },
    getFlightInfo() {
      attempt();
      return { descriptor: SOME };
    },
    *doGet() {
      attempt();
      yield numbers(1);
      yield numbers(2);
    },
    *doAction() {
      attempt();
      yield { body: Uint8Array.of(1) };
    },
    doPut() {
      attempt();
    },
  };
  return service;
}

/** An interceptor that waits no longer than it must, and notes what it does. */
function quick(options: ClientRetryOptions = {}): {
  retry: ReturnType<typeof clientRetry>;
  retries: ClientRetry[];
} {
  const retries: ClientRetry[] = [];
  return {
    retries,
    retry: clientRetry({
      initialBackoffMs: 1,
      onRetry: (retry) => void retries.push(retry),
      ...options,
    }),
  };
}

interceptorTest(
  "clientRetry(): a call that fails for the moment is made again",
  async (connectTo) => {
    const service = failing(3);
    const { retry, retries } = quick();
    await using peer = await connectTo(service, {
      clientInterceptors: [retry],
    });
    const { descriptor } = await peer.client.getFlightInfo(SOME);
    assertEquals(descriptor, SOME);
    assertEquals(service.attempts, 3);
    assertEquals(
      retries.map((
        { method, attempts, error },
      ) => [method, attempts, `${error}`]),
      [1, 2].map((n) => [
        "GetFlightInfo",
        n,
        `FlightError: [unavailable] GetFlightInfo: attempt ${n}`,
      ]),
    );

    service.attempts = 0;
    const batches = await Array.fromAsync(peer.client.doGet("x"));
    assertEquals(batches.map(values), [[1], [2]]);
    assertEquals(service.attempts, 3);

    service.attempts = 0;
    assertEquals((await Array.fromAsync(peer.client.listFlights())).length, 1);
    assertEquals(service.attempts, 3);
  },
);

interceptorTest(
  "clientRetry(): a server says itself how long to wait, or not to come again",
  async (connectTo) => {
    // No wait of its own is ever over.
    const options = { initialBackoffMs: 1e9, maxBackoffMs: 1e9 };
    const pushbacks = ["0", "25", "-1"];
    let attempts = 0;
    const service: FlightService = {
      getFlightInfo() {
        throw new FlightError("UNAVAILABLE", `attempt ${attempts}`, {
          trailers: new FlightHeaders({
            "grpc-retry-pushback-ms": pushbacks[attempts++]!,
          }),
        });
      },
    };
    const { retry, retries } = quick({ ...options, maxAttempts: 9 });
    await using peer = await connectTo(service, {
      clientInterceptors: [retry],
    });
    const error = await assertFlightError(
      peer.client.getFlightInfo(SOME),
      "UNAVAILABLE",
      "[unavailable] GetFlightInfo: attempt 2",
    );
    assertEquals(error.trailers!.get("grpc-retry-pushback-ms"), "-1");
    assertEquals(retries.map(({ delayMs }) => delayMs), [0, 25]);

    for (const nonsense of ["", "soon", "1.5", "007", "2147483648"]) {
      [attempts, pushbacks[0]] = [0, nonsense];
      await assertFlightError(peer.client.getFlightInfo(SOME), "UNAVAILABLE");
      assertEquals(attempts, 1, nonsense);
    }
  },
);

interceptorTest(
  "clientRetry(): what a server says of the wait makes the bound begin anew",
  async (connectTo) => {
    const pushbacks = [undefined, undefined, "3", undefined, undefined];
    let attempts = 0;
    const service: FlightService = {
      getFlightInfo(_, { responseTrailers }) {
        const pushback = pushbacks[attempts++];
        if (pushback) responseTrailers.set("grpc-retry-pushback-ms", pushback);
        throw new FlightError("UNAVAILABLE", "not yet");
      },
    };
    const { retry, retries } = quick({
      initialBackoffMs: 2,
      maxAttempts: 6,
      random: () => 0.5,
    });
    await using peer = await connectTo(service, {
      clientInterceptors: [retry],
    });
    await assertFlightError(peer.client.getFlightInfo(SOME), "UNAVAILABLE");
    assertEquals(retries.map(({ delayMs }) => delayMs), [1, 2, 3, 1, 2]);
  },
);

interceptorTest(
  "clientRetry(): a call is made so often and no more",
  async (connectTo) => {
    const service = failing(Infinity);
    const { retry } = quick({ maxAttempts: 3 });
    await using peer = await connectTo(service, {
      clientInterceptors: [retry],
    });
    await assertFlightError(
      peer.client.getFlightInfo(SOME),
      "UNAVAILABLE",
      "[unavailable] GetFlightInfo: attempt 3",
    );
    const once = failing(Infinity);
    await using single = await connectTo(once, {
      clientInterceptors: [quick({ maxAttempts: 1 }).retry],
    });
    await assertFlightError(single.client.getFlightInfo(SOME), "UNAVAILABLE");
    assertEquals(once.attempts, 1);
  },
);

interceptorTest(
  "clientRetry(): other failures, actions and uploads are not repeated, unless the caller wants it",
  async (connectTo) => {
    const invalid = failing(3, "INVALID_ARGUMENT");
    await using refusing = await connectTo(invalid, {
      clientInterceptors: [quick().retry],
    });
    await assertFlightError(
      refusing.client.getFlightInfo(SOME),
      "INVALID_ARGUMENT",
    );
    assertEquals(invalid.attempts, 1);

    const aborted = failing(3, "ABORTED");
    await using wanted = await connectTo(aborted, {
      clientInterceptors: [
        quick({ codes: ["ABORTED"], methods: ["DoAction"] }).retry,
      ],
    });
    await Array.fromAsync(wanted.client.doAction("x"));
    assertEquals(aborted.attempts, 3);
    aborted.attempts = 0;
    await assertFlightError(wanted.client.getFlightInfo(SOME), "ABORTED");
    assertEquals(aborted.attempts, 1);

    const service = failing(3);
    await using peer = await connectTo(service, {
      clientInterceptors: [quick().retry],
    });
    await assertFlightError(
      Array.fromAsync(peer.client.doAction("x")),
      "UNAVAILABLE",
    );
    assertEquals(service.attempts, 1);
    await assertFlightError(
      Array.fromAsync(peer.client.doPut(SOME).results),
      "UNAVAILABLE",
      /attempt 2$/,
    );
  },
);

interceptorTest(
  "clientRetry(): a call is not made again once a message has arrived",
  async (connectTo) => {
    let attempts = 0;
    await using peer = await connectTo({
      *doGet() {
        attempts++;
        yield numbers(1);
        throw new FlightError("UNAVAILABLE", "lost");
      },
    }, { clientInterceptors: [quick().retry] });
    const reader = peer.client.doGet("x").getReader();
    assertEquals(values((await reader.read()).value!), [1]);
    await assertFlightError(reader.read(), "UNAVAILABLE");
    assertEquals(attempts, 1);
  },
);

interceptorTest(
  "clientRetry(): headers are those of the attempt that gives the answer",
  async (connectTo) => {
    let attempts = 0;
    await using peer = await connectTo({
      getFlightInfo(_descriptor, { responseHeaders }) {
        responseHeaders.set("x-attempt", `${++attempts}`);
        if (attempts < 2) throw new FlightError("UNAVAILABLE", "not yet");
        return {};
      },
    }, { clientInterceptors: [quick().retry] });
    const seen: unknown[] = [];
    await peer.client.getFlightInfo(SOME, {
      onHeaders: (headers) => void seen.push(headers.get("x-attempt")),
    });
    assertEquals(seen, ["2"]);
  },
);

interceptorTest(
  "clientRetry(): the deadline holds for all attempts",
  async (connectTo) => {
    const service = failing(Infinity);
    const retries: ClientRetry[] = [];
    await using peer = await connectTo(service, {
      clientInterceptors: [clientRetry({
        initialBackoffMs: 60_000,
        maxBackoffMs: 60_000,
        random: () => 0.9,
        onRetry: (retry) => void retries.push(retry),
      })],
    });
    // The wait would be longer than the call may take: there is none.
    await assertFlightError(
      peer.client.getFlightInfo(SOME, { timeoutMs: 30_000 }),
      "UNAVAILABLE",
      "[unavailable] GetFlightInfo: attempt 1",
    );
    assertEquals(retries, []);
  },
);

interceptorTest(
  "clientRetry(): aborting or cancelling ends a wait at once",
  async (connectTo) => {
    const service = failing(Infinity);
    let waiting = event<ClientRetry>();
    await using peer = await connectTo(service, {
      clientInterceptors: [clientRetry({
        initialBackoffMs: 60_000,
        maxBackoffMs: 60_000,
        random: () => 0.9,
        onRetry: (retry) => waiting.resolve(retry),
      })],
    });
    const controller = new AbortController();
    const reason = new Error("enough");
    const info = rejection(
      peer.client.getFlightInfo(SOME, { signal: controller.signal }),
    );
    assertEquals((await waiting.promise).delayMs, 54_000);
    controller.abort(reason);
    assertStrictEquals(await info, reason);

    waiting = event();
    const stream = peer.client.doGet("x");
    await waiting.promise;
    await stream.cancel(reason);
    assertStrictEquals(await rejection(stream.headers), reason);
    assertEquals(service.attempts, 2);
  },
);

interceptorTest(
  "clientRetry(): waits grow, are random by the given numbers, and are bounded",
  async (connectTo) => {
    const service = failing(6);
    const parts = [0.5, 0, 0.25, 0.9, 0.1];
    const delays: number[] = [];
    await using peer = await connectTo(service, {
      clientInterceptors: [clientRetry({
        maxAttempts: 6,
        initialBackoffMs: 4,
        backoffMultiplier: 3,
        maxBackoffMs: 30,
        random: () => parts[delays.length]!,
        onRetry: ({ delayMs }) => void delays.push(delayMs),
      })],
    });
    await peer.client.getFlightInfo(SOME);
    assertEquals(delays, [2, 0, 7.5, 27, 3]);
  },
);

interceptorTest(
  "clientRetry(): every attempt has headers of its own",
  async (connectTo) => {
    const seen: unknown[] = [];
    await using peer = await connectTo({
      getFlightInfo(_descriptor, { headers }) {
        seen.push(headers.getAll("x-attempt").join());
        if (seen.length < 3) throw new FlightError("UNAVAILABLE", "not yet");
        return {};
      },
    }, {
      clientInterceptors: [
        quick().retry,
        (call, next) => {
          call.headers.append("x-attempt", "once");
          return next(call);
        },
      ],
    });
    await peer.client.getFlightInfo(SOME);
    assertEquals(seen, ["once", "once", "once"]);
  },
);

for (const [transportName, transport] of TRANSPORTS) {
  test(`clientRetry(): a server that comes back is found again (${transportName})`, async () => {
    const service = failing(0);
    const gone = await serve(service, { transport });
    const { location, port } = gone;
    await gone.shutdown();
    let back: Promise<FlightServer> | undefined;
    const { retry, retries } = quick({ maxAttempts: 100, maxBackoffMs: 100 });
    await using client = connect(location, {
      transport,
      interceptors: [retry, async (call, next) => {
        // The first attempt finds no server, the others do.
        if (retries.length > 0) {
          await (back ??= serve(service, { transport, port }));
        }
        return next(call);
      }],
    });
    await client.getFlightInfo(SOME);
    assertEquals(service.attempts, 1);
    assertEquals(retries[0]!.error.origin, "transport");
    await (await back!).shutdown({ timeoutMs: 0 });
  });
}

for (const [transportName, transport] of TRANSPORTS) {
  test(`clientRetry(): a connection that is cut: reads go on, uploads do not (${transportName})`, async () => {
    let attempts = 0;
    let started = event();
    const begin = async (signal: AbortSignal) => {
      attempts++;
      started.resolve();
      if (attempts === 1) await aborted(signal);
    };
    await using server = await serve({
      async *doGet(_ticket, { signal }) {
        await begin(signal);
        yield numbers(7);
      },
      doPut: (_upload, { signal }) => begin(signal),
    }, { transport, shutdownTimeoutMs: 0 });
    await using between = await forwarder(server.port);
    const { retry, retries } = quick();
    await using client = connect(between.location, {
      transport,
      interceptors: [retry],
    });

    const reading = Array.fromAsync(client.doGet("x"));
    await started.promise;
    between.drop();
    assertEquals((await reading).map(values), [[7]]);
    assertEquals(attempts, 2);
    assertEquals(
      retries.map(({ error }) => [error.code, error.origin]),
      [["UNAVAILABLE", "transport"]],
    );

    [attempts, started] = [0, event()];
    const writing = Array.fromAsync(client.doPut(SOME).results);
    await started.promise;
    between.drop();
    await assertFlightError(writing, "UNAVAILABLE");
    assertEquals([attempts, retries.length], [1, 1]);
  });
}

test("options of clientRetry are checked", () => {
  const outOfRange: ClientRetryOptions[] = [
    { maxAttempts: 0 },
    { maxAttempts: 1.5 },
    { maxAttempts: Infinity },
    { initialBackoffMs: -1 },
    { maxBackoffMs: NaN },
    { backoffMultiplier: 0.5 },
  ];
  for (const options of outOfRange) {
    const [[name, value]] = Object.entries(options) as [[string, number]];
    assertThrows(
      () => clientRetry(options),
      RangeError,
      `Cannot use option ${name}: ${value} is not`,
    );
  }
  for (const method of ["DoPut", "DoExchange", "Handshake"] as const) {
    assertThrows(
      () => clientRetry({ methods: [method] }),
      TypeError,
      `Cannot use option methods: "${method}" is not one of "ListFlights", `,
    );
  }
  assertThrows(
    () => clientRetry({ codes: ["OK" as never] }),
    TypeError,
    'Cannot use option codes: "OK" is not one of "CANCELLED", ',
  );
});

interceptorTest("clientRetry belongs to a client", async (connectTo) => {
  await using peer = await connectTo({ listActions: () => [] }, {
    serverInterceptors: [clientRetry()],
  });
  await assertFlightError(
    Array.fromAsync(peer.client.listActions()),
    "UNKNOWN",
  );
  assert(String(peer.errors[0]).includes("Cannot use clientRetry on a server"));
});
