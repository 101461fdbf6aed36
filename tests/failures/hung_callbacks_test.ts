/** Callbacks of the application that never settle: a call does not wait for them beyond its end. */

import {
  type FlightCallOptions,
  FlightError,
  type FlightService,
} from "@contrail/flight";
import {
  clientAuthorization,
  clientBasicAuth,
  clientBearerAuth,
  clientHandshakeAuth,
  serverHandshakeAuth,
  serverHeaderAuth,
} from "@contrail/flight/auth";
import {
  callHooks,
  clientRetry,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { tableFromArrays } from "apache-arrow";
import { aborted, event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { interceptorTest } from "../support/transports.ts";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
const service: FlightService = {
  doGet: () => table,
  handshake: (requests) => requests,
};
const never = (): Promise<never> => new Promise(() => {});

/** Interceptors of a client whose callbacks never settle, by the names of these. */
const CLIENT: Readonly<Record<string, () => FlightInterceptor>> = {
  "an interceptor": () => never,
  "onHeaders of callHooks()": () => callHooks(() => ({ onHeaders: never })),
  "onCompleted of callHooks()": () => callHooks(() => ({ onCompleted: never })),
  "the token of clientBearerAuth()": () => clientBearerAuth(never),
  "the value of clientAuthorization()": () => clientAuthorization(never),
  "the handler of clientHandshakeAuth()": () => clientHandshakeAuth(never),
};

/** The same of a server, with the interceptors of a client that lead to them. */
const SERVER: Readonly<
  Record<string, () => readonly [FlightInterceptor, FlightInterceptor?]>
> = {
  "an interceptor": () => [never],
  "onHeaders of callHooks()": () => [callHooks(() => ({ onHeaders: never }))],
  "onCompleted of callHooks()": () => [
    callHooks(() => ({ onCompleted: never })),
  ],
  "verifyPassword of serverHeaderAuth()": () => [
    serverHeaderAuth({ verifyPassword: never }),
    clientBasicAuth({ username: "ada", password: "1815" }),
  ],
  "tokens.verify of serverHeaderAuth()": () => [
    serverHeaderAuth({ tokens: { verify: never } }),
    clientBearerAuth("t"),
  ],
  "validate of serverHandshakeAuth()": () => [
    serverHandshakeAuth({
      authenticate: ({ send }) => send(new Uint8Array(1)),
      validate: never,
    }),
    clientHandshakeAuth(() => Promise.resolve("t")),
  ],
};

/** An interceptor that tells the signals of calls. */
function observer(): {
  readonly interceptor: FlightInterceptor;
  readonly signal: Promise<AbortSignal>;
} {
  const { promise, resolve } = event<AbortSignal>();
  return {
    signal: promise,
    interceptor(call, next) {
      if (call.method === "DoGet") resolve(call.signal);
      return next(call);
    },
  };
}

for (const [name, make] of Object.entries(CLIENT)) {
  interceptorTest(
    `hung callbacks: ${name} holds no call beyond its deadline or its signal`,
    async (connectTo) => {
      const seen = observer();
      await using peer = await connectTo(service, {
        clientInterceptors: [seen.interceptor, make()],
      });
      const get = (options: FlightCallOptions) =>
        peer.client.doGet("t", options).table();
      await assertFlightError(get({ timeoutMs: 30 }), "DEADLINE_EXCEEDED");
      // The operation that the callback waits for can learn of it.
      await aborted(await seen.signal);
      const controller = new AbortController();
      const reason = new Error("enough");
      const waiting = rejection(get({ signal: controller.signal }));
      setTimeout(() => controller.abort(reason), 5);
      assertStrictEquals(await waiting, reason);
    },
  );
}

for (const [name, make] of Object.entries(SERVER)) {
  interceptorTest(
    `hung callbacks: ${name} of the server holds no call beyond its deadline`,
    async (connectTo) => {
      const seen = observer();
      const [server, client] = make();
      await using peer = await connectTo(service, {
        serverInterceptors: [seen.interceptor, server],
        clientInterceptors: client ? [client] : [],
      });
      await assertFlightError(
        peer.client.doGet("t", { timeoutMs: 100 }).table(),
        "DEADLINE_EXCEEDED",
      );
      // A client whose Handshake hangs makes no other call.
      if (!name.startsWith("verifyPassword")) await aborted(await seen.signal);
    },
  );
}

interceptorTest(
  "hung callbacks: onRetry of clientRetry() holds no call, and no attempt follows its end",
  async (connectTo) => {
    let attempts = 0;
    const released = event();
    await using peer = await connectTo({
      doGet() {
        attempts++;
        throw new FlightError("UNAVAILABLE", "not now");
      },
    }, {
      clientInterceptors: [
        clientRetry({ initialBackoffMs: 1, onRetry: () => released.promise }),
      ],
    });
    await assertFlightError(
      peer.client.doGet("t", { timeoutMs: 50 }).table(),
      "DEADLINE_EXCEEDED",
    );
    const stream = peer.client.doGet("t");
    const reading = rejection(stream.headers);
    while (attempts < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    await stream.cancel();
    await reading;
    released.resolve();
    // Another call is after any attempt that would follow.
    await rejection(peer.client.doGet("t", { timeoutMs: 200 }).table());
    assertEquals(attempts, 6);
  },
);

interceptorTest(
  "hung callbacks: onTrailers holds no call beyond its deadline or its signal",
  async (connectTo) => {
    await using peer = await connectTo(service);
    await assertFlightError(
      peer.client.doGet("t", { timeoutMs: 50, onTrailers: never }).table(),
      "DEADLINE_EXCEEDED",
    );
    const controller = new AbortController();
    const reason = new Error("enough");
    const error = await rejection(
      peer.client.doGet("t", {
        signal: controller.signal,
        onTrailers() {
          setTimeout(() => controller.abort(reason), 1);
          return never();
        },
      }).table(),
    );
    assertStrictEquals(error, reason);
  },
);

interceptorTest(
  "hung callbacks: after a token that never came, the next call gets another",
  async (connectTo) => {
    for (const auth of [clientBearerAuth, clientAuthorization]) {
      let asked = 0;
      await using peer = await connectTo(service, {
        clientInterceptors: [
          auth(() => ++asked === 1 ? never() : `Bearer-${asked}`),
        ],
      });
      await assertFlightError(
        peer.client.doGet("t", { timeoutMs: 30 }).table(),
        "DEADLINE_EXCEEDED",
      );
      assertEquals((await peer.client.doGet("t").table()).numRows, 3);
      assertEquals(asked, 2);
    }
  },
);
