/** Stores, limits, cookies and keys of sessions, on every transport. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { FlightError, type SessionOptionValue } from "@contrail/flight";
import {
  clientCookies,
  CookieJar,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import {
  MemorySessionStore,
  serverSessions,
  SESSION,
  type SessionClient,
  sessionMethods,
  type SessionStore,
  statelessServerSessions,
} from "@contrail/flight/session";
import { PEER_IDENTITY } from "@contrail/flight/auth";
import { connectInMemory } from "@contrail/flight/memory";
import { assertFlightError } from "../support/rejections.ts";
import { turns } from "../support/events.ts";
import { interceptorTest } from "../support/transports.ts";
import {
  add,
  connectWithSessions,
  KEY,
  options,
  SUM,
} from "./session_calls.ts";

interceptorTest(
  "sessions: a stranger who begins very many sessions pushes out nobody else's",
  async (connectTo) => {
    const clients: SessionClient[] = [];
    const store = new MemorySessionStore({ maxSessions: 20 });
    const { create } = store;
    store.create = (id, options, client) => {
      clients.push(client!);
      create.call(store, id, options, client);
    };
    // As an interceptor for authentication does.
    const known: FlightInterceptor = (call, next) => {
      const name = call.headers.get("x-name");
      if (name) call.values.set(PEER_IDENTITY, name);
      return next(call);
    };
    await using ada = await connectTo(SUM, {
      serverInterceptors: [known, serverSessions({ store })],
      clientInterceptors: [
        (call, next) => {
          call.headers.set("x-name", "ada");
          return next(call);
        },
        clientCookies(),
      ],
    });
    assertEquals(await add(ada, 1), 1);
    await using stranger = await connectTo(SUM, {
      serverInterceptors: [known, serverSessions({ store })],
    });
    for (let i = 0; i < 50; i++) assertEquals(await add(stranger, 1), 1);
    assertEquals(await add(ada, 1), 2);
    assertEquals(store.size, 20);
    const hosts = new Set(clients.map(({ host }) => host));
    assertEquals(hosts.size, 1);
    assert([...hosts].every((host) => !/:\d+$/.test(host)));
    assertEquals(
      clients.map(({ peerIdentity }) => peerIdentity).slice(0, 2),
      ["ada", undefined],
    );
  },
);

interceptorTest(
  "sessions: a slow store is told one thing after the other",
  async (connectTo) => {
    const store = new MemorySessionStore();
    const create = store.create.bind(store);
    const slow: SessionStore = Object.assign(store, {
      async create(...args: Parameters<typeof create>) {
        await turns(5);
        create(...args);
      },
    });
    await using peer = await connectWithSessions(
      connectTo,
      serverSessions({ store: slow }),
      undefined,
      {
        ...sessionMethods(),
        async doAction(_action, context) {
          context.values.get(SESSION)!.set("early", "yes");
          context.sendHeaders();
          await Promise.resolve();
          context.values.get(SESSION)!.set("late", "yes");
          throw new FlightError("ABORTED", "on purpose");
        },
      },
    );
    await assertFlightError(
      Array.fromAsync(peer.client.doAction("x")),
      "ABORTED",
    );
    assertEquals(await options(peer), { early: "yes", late: "yes" });
  },
);

interceptorTest(
  "sessions: a session has a limit, which frees itself",
  async (connectTo) => {
    for (
      const [sessions, limit, name] of [
        [serverSessions({ maxSessionBytes: 300 }), 300, "maxSessionBytes"],
        [
          statelessServerSessions({ keys: [KEY], maxCookieBytes: 512 }),
          325,
          "maxCookieBytes",
        ],
      ] as const
    ) {
      let refused: unknown;
      await using peer = await connectWithSessions(
        connectTo,
        sessions,
        undefined,
        {
          ...sessionMethods(),
          listActions({ values }) {
            try {
              values.get(SESSION)!.set("big", "x".repeat(1000));
            } catch (error) {
              refused = error;
            }
            return [];
          },
        },
      );
      const set = async (values: Record<string, SessionOptionValue>) => {
        const { errors } = await peer.client.setSessionOptions(values);
        return Object.fromEntries(errors);
      };
      const half = "x".repeat(130);
      assertEquals(await set({ a: half, b: half, c: half }), { c: "ERROR" });
      assertEquals(await options(peer), { a: half, b: half });
      assertEquals(await set({ a: undefined, c: half }), {});
      assertEquals(await options(peer), { b: half, c: half });
      await Array.fromAsync(peer.client.listActions());
      assert(FlightError.is(refused));
      assertEquals(refused.code, "RESOURCE_EXHAUSTED");
      assert(
        refused.details.endsWith(
          `more than the limit of ${limit} (option ${name})`,
        ),
        refused.details,
      );
    }
  },
);

test("sessions: a cookie of the largest session is as long as it may be", async () => {
  for (const maxCookieBytes of [256, 257, 511, 4096]) {
    const jar = new CookieJar();
    await using client = connectInMemory({ ...sessionMethods() }, {
      serverInterceptors: [
        statelessServerSessions({ keys: [KEY], maxCookieBytes }),
      ],
      interceptors: [clientCookies(jar)],
    });
    let length = 1;
    for (let step = 2048; step >= 1; step /= 2) {
      const { errors } = await client.setSessionOptions({
        a: "x".repeat(length + step),
      });
      if (errors.size === 0) length += step;
    }
    const { length: size } = jar.header({
      host: "memory",
      path: "/arrow.flight.protocol.FlightService/DoAction",
      isSecure: true,
    })!;
    assert(size <= maxCookieBytes, `${size}`);
    assert(size > maxCookieBytes - 16, `${size}`);
  }
});

interceptorTest(
  "sessions: a store of one's own, and one that fails",
  async (connectTo) => {
    const kept = new MemorySessionStore();
    const seen: string[] = [];
    let failing: string | undefined;
    const store = Object.fromEntries(
      ["create", "load", "update", "remove"].map((name) => [
        name,
        async (...args: never[]) => {
          await Promise.resolve();
          if (name === failing) throw new Error("the database is down");
          seen.push(name);
          return kept[name as keyof SessionStore](...args as [never, never]);
        },
      ]),
    ) as unknown as SessionStore;
    const jar = new CookieJar();
    await using peer = await connectWithSessions(
      connectTo,
      serverSessions({ store }),
      jar,
    );
    await add(peer, 1);
    await add(peer, 1);
    await peer.client.closeSession();
    assertEquals(seen, ["create", "load", "update", "load", "remove"]);

    failing = "create";
    await assertFlightError(add(peer, 1), "UNKNOWN");
    assertEquals(jar.size, 0);
    failing = undefined;
    await add(peer, 1);
    failing = "update";
    await assertFlightError(add(peer, 1), "UNKNOWN");
    failing = "load";
    await assertFlightError(options(peer), "UNKNOWN");
    failing = "remove";
    await assertFlightError(peer.client.closeSession(), "UNKNOWN");
    assertEquals(
      peer.errors.map(String),
      Array.from({ length: 4 }, () => "Error: the database is down"),
    );
    failing = undefined;
    assertEquals(await options(peer), { sum: 1n });
  },
);

interceptorTest(
  "sessions: keys of cookies can be replaced",
  async (connectTo) => {
    const jar = new CookieJar();
    const other = "x".repeat(32);
    const use = async (keys: string[], amount: number) => {
      await using peer = await connectWithSessions(
        connectTo,
        statelessServerSessions({ keys }),
        jar,
      );
      return await add(peer, amount);
    };
    assertEquals(await use([KEY], 1), 1);
    assertEquals(await use([other, KEY], 1), 2);
    assertEquals(await use([other], 1), 3);
    await assertFlightError(use([KEY], 1), "NOT_FOUND");
  },
);

test("sessions: options of sessions are checked, and keys not shown", () => {
  const rangeErrors: [() => unknown, string][] = [
    [() => serverSessions({ maxSessionBytes: 0 }), "maxSessionBytes: 0"],
    [
      () => statelessServerSessions({ keys: [KEY], lifetimeMs: 0 }),
      "lifetimeMs: 0",
    ],
    [
      () => statelessServerSessions({ keys: [KEY], maxCookieBytes: 255 }),
      "maxCookieBytes: 255",
    ],
    [() => statelessServerSessions({ keys: [] }), "keys: the list is empty"],
    [
      () => statelessServerSessions({ keys: ["hush"] }),
      "keys: a key of 4 bytes",
    ],
  ];
  for (const [make, message] of rangeErrors) {
    const error = assertThrows(
      make,
      RangeError,
      `Cannot use option ${message}`,
    );
    assert(!error.message.includes("hush"));
  }
  for (const cookieName of ["", "a b", "a=b", "a;b", "ä"]) {
    assertThrows(
      () => serverSessions({ cookieName }),
      TypeError,
      "Cannot use option cookieName",
    );
    assertThrows(
      () => statelessServerSessions({ keys: [KEY], cookieName }),
      TypeError,
      "Cannot use option cookieName",
    );
  }
});
