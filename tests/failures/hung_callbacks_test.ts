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
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
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
      resolve(call.signal);
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
    `hung callbacks: ${name} of the server holds no call beyond its end`,
    async (connectTo) => {
      const seen = observer();
      const [server, client] = make();
      await using peer = await connectTo(service, {
        serverInterceptors: [seen.interceptor, server],
        clientInterceptors: client ? [client] : [],
      });
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = rejection(peer.client.doGet("t", { signal }).table());
      const call = await seen.signal;
      const reason = new Error("enough");
      controller.abort(reason);
      assertStrictEquals(await waiting, reason);
      // A Handshake does not end with the call that waits for it.
      if (!name.startsWith("verifyPassword")) await aborted(call);
    },
  );
}

interceptorTest(
  "hung callbacks: onRetry of clientRetry() holds no call, and no attempt follows its end",
  async (connectTo) => {
    const attempts: string[] = [];
    let retries = 0;
    const asked = event();
    const released = event();
    await using peer = await connectTo({
      doGet({ ticket }) {
        attempts.push(String(ticket));
        throw new FlightError("UNAVAILABLE", "not now");
      },
    }, {
      clientInterceptors: [
        clientRetry({
          initialBackoffMs: 1,
          onRetry() {
            retries++;
            asked.resolve();
            return released.promise;
          },
        }),
      ],
    });
    const get = (n: number, options?: FlightCallOptions) =>
      peer.client.doGet({ ticket: Uint8Array.of(n) }, options);
    const stream = get(1);
    const reading = rejection(stream.headers);
    await asked.promise;
    await stream.cancel();
    await reading;
    // On a busy machine the deadline may pass before the first failure.
    let last = 3;
    for (let timeoutMs = 50; retries < 2; timeoutMs *= 2) {
      const call = get(last++, { timeoutMs }).table();
      await rejection(call);
      if (retries === 2) await assertFlightError(call, "DEADLINE_EXCEEDED");
    }
    released.resolve();
    // This call is after any attempt that would follow.
    await assertFlightError(get(2).table(), "UNAVAILABLE");
    for (let n = 1; n < last; n++) {
      const made = attempts.filter((ticket) => ticket === String(n)).length;
      assert(n === 2 ? made === 4 : made <= 1, `${made} attempts of ${n}`);
    }
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
