/** gRPC services beside Flight, called by `client.call`. */

import { test } from "node:test";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  type FlightCallContext,
  FlightError,
  type FlightHeaders,
  type GrpcMethod,
  type GrpcService,
  HealthService,
  serve,
  unaryMethod,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { aborted, event, turns } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { numbers, values } from "../support/numbers.ts";
import { interceptorTest, rpcTest } from "../support/transports.ts";

/** A service with one method, called `Do`. */
function serviceOf(method: GrpcMethod): GrpcService {
  return { name: "example.v1.Thing", methods: { Do: method } };
}

/** A message without end that fills a window in four. */
const LARGE = new Uint8Array(16_384);

rpcTest(
  "GrpcService: a service gets bytes and gives bytes, both ways",
  async (connectTo) => {
    let context: FlightCallContext | undefined;
    const method: GrpcMethod = async function* (requests, call) {
      context = call;
      call.responseHeaders.set("x-before", "1");
      yield Uint8Array.of(0);
      for await (const request of requests) {
        assertStrictEquals(
          Object.getPrototypeOf(request),
          Uint8Array.prototype,
        );
        yield request.map((byte) => byte + 1);
      }
      call.responseTrailers.set("x-after", "2");
    };
    await using peer = await connectTo({}, { services: [serviceOf(method)] });
    const sent = event();
    const headers = event<FlightHeaders>();
    const trailers = event<FlightHeaders>();
    const answers = peer.client.call(
      "example.v1.Thing/Do",
      (async function* () {
        yield Uint8Array.of(1, 2);
        await sent.promise;
        yield Uint8Array.of();
      })(),
      {
        headers: { "x-asked": "yes" },
        timeoutMs: 60_000,
        onHeaders: headers.resolve,
        onTrailers: trailers.resolve,
      },
    ).getReader();
    // Each side goes on before the other has ended.
    assertEquals((await answers.read()).value, Uint8Array.of(0));
    const answer = (await answers.read()).value!;
    assertEquals(answer, Uint8Array.of(2, 3));
    assertStrictEquals(Object.getPrototypeOf(answer), Uint8Array.prototype);
    sent.resolve();
    assertEquals((await answers.read()).value, Uint8Array.of());
    assertEquals((await answers.read()).done, true);
    assertEquals((await headers.promise).get("x-before"), "1");
    assertEquals((await trailers.promise).get("x-after"), "2");
    assertEquals(context?.method, "example.v1.Thing/Do");
    assertEquals(context?.headers.get("x-asked"), "yes");
    assert(context!.deadline! > new Date());
    assert(context!.peer.length > 0);
  },
);

rpcTest(
  "GrpcService: a service stands beside Flight and others",
  async (connectTo) => {
    const name = unaryMethod((_request, { method }) =>
      new TextEncoder().encode(method)
    );
    await using peer = await connectTo({ doGet: () => [numbers(7)] }, {
      services: [
        { name: "a.A", methods: { Name: name, Other: name } },
        { name: "A", methods: { Name: name } },
      ],
    });
    for (const method of ["a.A/Name", "a.A/Other", "A/Name"]) {
      const [answer] = await Array.fromAsync(
        peer.client.call(method, [new Uint8Array()]),
      );
      assertEquals(new TextDecoder().decode(answer), method);
    }
    const batches = await Array.fromAsync(peer.client.doGet("t"));
    assertEquals(batches.map(values), [[7]]);
  },
);

rpcTest(
  "GrpcService: what a server does not have is UNIMPLEMENTED",
  async (connectTo) => {
    const method = unaryMethod((request) => request);
    await using peer = await connectTo({}, { services: [serviceOf(method)] });
    for (
      const name of [
        "example.v1.Thing/Other",
        "example.v1.Thing/do",
        "example.v1.Other/Do",
        "grpc.health.v1.Health/Check",
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "DoNothing",
      ]
    ) {
      // Errors name the methods of Flight without their service.
      const path = name.includes("/")
        ? name
        : `arrow.flight.protocol.FlightService/${name}`;
      const error = await assertFlightError(
        Array.fromAsync(peer.client.call(path, [])),
        "UNIMPLEMENTED",
        `[unimplemented] ${name}: unknown method /${path}`,
      );
      assertEquals([error.origin, error.method], ["remote", name]);
    }
    assertEquals(peer.errors, []);
  },
);

interceptorTest(
  "GrpcService: interceptors stand around every service",
  async (connectTo) => {
    const seen: string[] = [];
    await using peer = await connectTo({}, {
      services: [
        serviceOf(unaryMethod((request) => request)),
        new HealthService(),
      ],
      reflection: true,
      clientInterceptors: [(call, next) => {
        seen.push(`${call.side} ${call.method}`);
        return next(call);
      }],
      serverInterceptors: [(call, next) => {
        seen.push(`${call.side} ${call.method} ${call.path}`);
        if (call.headers.has("authorization")) return next(call);
        throw new FlightError("UNAUTHENTICATED", "who are you?");
      }],
    });
    const requests = {
      "example.v1.Thing/Do": Uint8Array.of(1),
      "grpc.health.v1.Health/Check": Uint8Array.of(),
      // list_services
      "grpc.reflection.v1.ServerReflection/ServerReflectionInfo": Uint8Array.of(
        0x3a,
        0,
      ),
    };
    for (const [name, request] of Object.entries(requests)) {
      await assertFlightError(
        Array.fromAsync(peer.client.call(name, [request])),
        "UNAUTHENTICATED",
        `[unauthenticated] ${name}: who are you?`,
      );
      const headers = { authorization: "yes" };
      const answers = peer.client.call(name, [request], { headers });
      assertEquals((await Array.fromAsync(answers)).length, 1);
      assertEquals(seen.splice(0).slice(2), [
        `client ${name}`,
        `server ${name} /${name}`,
      ]);
    }
  },
);

rpcTest("GrpcService: a unary method needs one request", async (connectTo) => {
  let answered = 0;
  const method = unaryMethod((request) => {
    answered++;
    return request;
  });
  await using peer = await connectTo({}, { services: [serviceOf(method)] });
  const call = (...requests: Uint8Array[]) =>
    Array.fromAsync(peer.client.call("example.v1.Thing/Do", requests));
  assertEquals(await call(Uint8Array.of(5)), [Uint8Array.of(5)]);
  await assertFlightError(
    call(),
    "UNIMPLEMENTED",
    "[unimplemented] example.v1.Thing/Do: the call ended without a request",
  );
  await assertFlightError(
    call(Uint8Array.of(5), Uint8Array.of(6)),
    "UNIMPLEMENTED",
    "[unimplemented] example.v1.Thing/Do: the call has more than one request, and the method takes one",
  );
  assertEquals(answered, 1);
});

rpcTest(
  "GrpcService: a FlightError of a service arrives, after its messages",
  async (connectTo) => {
    const method: GrpcMethod = async function* (
      _requests,
      { responseTrailers },
    ) {
      yield Uint8Array.of(1);
      responseTrailers.set("x-reason", "why");
      throw new FlightError("ALREADY_EXISTS", "twice", {
        extraInfo: Uint8Array.of(9),
      });
    };
    await using peer = await connectTo({}, { services: [serviceOf(method)] });
    const answers = peer.client.call("example.v1.Thing/Do", []).getReader();
    assertEquals((await answers.read()).value, Uint8Array.of(1));
    const error = await assertFlightError(
      answers.read(),
      "ALREADY_EXISTS",
      "[already exists] example.v1.Thing/Do: twice",
    );
    assertEquals(error.trailers?.get("x-reason"), "why");
    assertEquals(error.extraInfo, Uint8Array.of(9));
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "GrpcService: what else a service throws stays in the server",
  async (connectTo) => {
    const secret = new Error("the password is 1234");
    const methods: Record<string, GrpcMethod> = {
      Throw() {
        throw secret;
      },
      Reject: () => Promise.reject(secret),
      async *Fail(requests) {
        for await (const _ of requests) yield Uint8Array.of(1);
        throw secret;
      },
      Wrong: () => [[1, 2] as never],
      Bytes: () => Uint8Array.of(1, 2) as never,
    };
    await using peer = await connectTo({}, {
      services: [{ name: "example.v1.Thing", methods }],
    });
    for (const name of Object.keys(methods)) {
      const [code, text] = name === "Wrong" || name === "Bytes"
        ? ["INTERNAL", "the answer of the service cannot be sent"] as const
        : ["UNKNOWN", "the service failed to handle the call"] as const;
      await assertFlightError(
        Array.fromAsync(peer.client.call(`example.v1.Thing/${name}`, [])),
        code,
        `[${code.toLowerCase()}] example.v1.Thing/${name}: ${text}`,
      );
    }
    assertEquals(peer.errors.slice(0, 3), [secret, secret, secret]);
    assertEquals(peer.errors.slice(3).map(String), [
      "AnswerError: example.v1.Thing/Wrong gave what cannot be sent: a message of " +
      "example.v1.Thing/Wrong must be a Uint8Array, not an array",
      "AnswerError: example.v1.Thing/Bytes gave what cannot be sent: it must return Uint8Arrays, as a " +
      "ReadableStream, an AsyncIterable or an Iterable, or nothing, not Uint8Array (one alone is in an array)",
    ]);
  },
);

rpcTest(
  "GrpcService: a service may say nothing, and leave requests unread",
  async (connectTo) => {
    await using peer = await connectTo({}, { services: [serviceOf(() => {})] });
    const requests = (function* () {
      for (;;) yield LARGE;
    })();
    const answers = peer.client.call("example.v1.Thing/Do", requests);
    assertEquals(await Array.fromAsync(answers), []);
  },
);

rpcTest(
  "GrpcService: a service produces only as fast as the client reads",
  async (connectTo) => {
    let produced = 0;
    const total = 400;
    const method: GrpcMethod = function* () {
      for (; produced < total; produced++) yield LARGE;
    };
    await using peer = await connectTo({}, {
      services: [serviceOf(method)],
      smallWindows: true,
    });
    const answers = peer.client.call("example.v1.Thing/Do", []).getReader();
    for (let consumed = 0; consumed < total; consumed++) {
      if (consumed % 40 === 0) await turns(20);
      assert(
        produced <= consumed + peer.maxBatchesAhead,
        `${produced} produced, ${consumed} consumed`,
      );
      assertEquals((await answers.read()).value?.length, LARGE.length);
    }
    assertEquals((await answers.read()).done, true);
  },
);

rpcTest(
  "GrpcService: a client produces only as fast as the service reads",
  async (connectTo) => {
    let produced = 0;
    let worst = 0;
    const total = 400;
    const method: GrpcMethod = async (requests) => {
      let consumed = 0;
      for await (const _ of requests) {
        consumed++;
        if (consumed % 40 === 0) await turns(20);
        worst = Math.max(worst, produced - consumed);
      }
      return [Uint8Array.of(consumed & 255)];
    };
    await using peer = await connectTo({}, {
      services: [serviceOf(method)],
      smallWindows: true,
    });
    const requests = (function* () {
      for (; produced < total; produced++) yield LARGE;
    })();
    const answers = peer.client.call("example.v1.Thing/Do", requests);
    assertEquals(await Array.fromAsync(answers), [Uint8Array.of(total & 255)]);
    assert(
      worst <= peer.maxBatchesAhead,
      `${worst} messages ahead of the server`,
    );
  },
);

rpcTest(
  "GrpcService: cancel, signal and deadline reach both ends",
  async (connectTo) => {
    const state = {
      started: event(),
      ended: event<unknown>(),
      returned: event(),
    };
    let current = state;
    const method: GrpcMethod = async function* (_requests, { signal }) {
      const { started, ended, returned } = current;
      aborted(signal).then(ended.resolve);
      try {
        yield Uint8Array.of(1);
        started.resolve();
        await aborted(signal);
        yield Uint8Array.of(2);
      } finally {
        returned.resolve();
      }
    };
    await using peer = await connectTo({}, { services: [serviceOf(method)] });
    const ways: Record<
      string,
      (call: (options?: object) => ReadableStream<Uint8Array>) => Promise<void>
    > = {
      async cancel(call) {
        const reader = call().getReader();
        await reader.read();
        const pending = reader.read();
        await current.started.promise;
        await reader.cancel();
        assertEquals((await pending).done, true);
      },
      async signal(call) {
        const controller = new AbortController();
        const reader = call({ signal: controller.signal }).getReader();
        await reader.read();
        const pending = rejection(reader.read());
        await current.started.promise;
        controller.abort("over");
        assertEquals(await pending, "over");
      },
      async deadline(call) {
        const reader = call({ timeoutMs: 1000 }).getReader();
        await reader.read();
        await assertFlightError(reader.read(), "DEADLINE_EXCEEDED");
      },
    };
    for (const [name, way] of Object.entries(ways)) {
      current = { started: event(), ended: event(), returned: event() };
      const closed = event<unknown>();
      const requests = new ReadableStream<Uint8Array>({
        cancel: closed.resolve,
      });
      await way((options) =>
        peer.client.call("example.v1.Thing/Do", requests, options)
      );
      assert(FlightError.is(await current.ended.promise), name);
      await current.returned.promise;
      await closed.promise;
    }
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "GrpcService: the client's own mistakes are its own",
  async (connectTo) => {
    const method: GrpcMethod = async (requests) => {
      for await (const _ of requests);
    };
    await using peer = await connectTo({}, { services: [serviceOf(method)] });
    const { client } = peer;
    const own = new Error("no more");
    const failing = (function* () {
      yield Uint8Array.of(1);
      throw own;
    })();
    const call = (requests: Iterable<Uint8Array>) =>
      rejection(Array.fromAsync(client.call("example.v1.Thing/Do", requests)));
    assertStrictEquals(await call(failing), own);
    const wrong = await call([1] as never);
    assertEquals(
      String(wrong),
      "TypeError: a request of example.v1.Thing/Do must be a Uint8Array, not number",
    );
    for (const name of ["", "Do", "/a.B/Do", "a.B/", "a B/Do", "a.B/Do/x"]) {
      const error = await rejection((async () => {
        await client.call(name, []).cancel();
      })());
      assertEquals(
        String(error),
        `TypeError: Cannot call ${
          JSON.stringify(name)
        }: it is not of the form "service/method"`,
      );
    }
  },
);

test("GrpcService: the option services is checked", async () => {
  const name = "a.B";
  const wrong: readonly (readonly [services: unknown, problem: string])[] = [
    [{}, "it is not an array"],
    [[null], "element 0 is not an object"],
    [[{ name: "a..B" }], "the name of element 0 is not that of a gRPC service"],
    [[{ name: 1 }], "the name of element 0 is not that of a gRPC service"],
    [[{ name }], "the methods of a.B are not an object"],
    [[{ name, methods: { "a-b": 1 } }], 'a.B has a method "a-b"'],
    [[{ name, methods: { Do: 1 } }], "a.B/Do is not a function"],
    [
      [{ name, methods: {}, fileDescriptors: ["x"] }],
      "the fileDescriptors of a.B are not an array of Uint8Arrays",
    ],
    [
      [{ name, methods: {}, onShutdown: 1 }],
      "onShutdown of a.B is not a function",
    ],
    [[{ name, methods: {} }, { name, methods: {} }], "a.B is there twice"],
    [
      [{ name: "arrow.flight.protocol.FlightService", methods: {} }],
      "arrow.flight.protocol.FlightService is there twice",
    ],
  ];
  for (const [services, problem] of wrong) {
    const options = { services: services as never };
    const expected = `TypeError: Cannot use option services: ${problem}`;
    assertEquals(String(await rejection(serve({}, options))), expected);
    const inMemory = rejection((async () => {
      await connectInMemory({}, options).close();
    })());
    assertEquals(String(await inMemory), expected);
  }
});
