/** Sessions of a server, kept by it or by the client, on every transport. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  clientCookies,
  CookieJar,
  FlightError,
  type FlightInterceptor,
  type FlightService,
  MemorySessionStore,
  PEER_IDENTITY,
  serverSessions,
  SESSION,
  type SessionClient,
  sessionMethods,
  type SessionOptionValue,
  type SessionStore,
  statelessServerSessions,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { assertFlightError } from "../support/rejections.ts";
import { numbers } from "../support/numbers.ts";
import { turns } from "../support/events.ts";
import {
  type Connected,
  type ConnectTo,
  interceptorTest,
} from "../support/transports.ts";

const KEY = "0123456789abcdef0123456789abcdef";

const KINDS: Readonly<Record<string, () => FlightInterceptor>> = {
  "kept by the server": () => serverSessions(),
  "kept by the client": () => statelessServerSessions({ keys: [KEY] }),
};

/** A test of both kinds of sessions, on every transport. */
function sessionTest(
  name: string,
  run: (
    connectTo: ConnectTo,
    sessions: () => FlightInterceptor,
  ) => Promise<void>,
): void {
  for (const [kind, sessions] of Object.entries(KINDS)) {
    interceptorTest(
      `${name}, ${kind}`,
      (connectTo) => run(connectTo, sessions),
    );
  }
}

/** Adds up what it is told, by the session. */
const SUM: FlightService = {
  ...sessionMethods(),
  *doAction({ type }, { values, responseHeaders }) {
    const session = values.get(SESSION)!;
    const before = session.options.get("sum") ?? 0n;
    assert(typeof before === "bigint");
    const sum = before + BigInt(type);
    session.set("sum", sum);
    if (sum > 100n) throw new FlightError("OUT_OF_RANGE", "too much");
    responseHeaders.set("x-new", `${session.isNew}`);
    yield { body: Uint8Array.of(Number(sum)) };
  },
};

async function add({ client }: Connected, amount: number): Promise<number> {
  const [result] = await Array.fromAsync(client.doAction(`${amount}`));
  return result!.body[0]!;
}

async function options({ client }: Connected): Promise<unknown> {
  return Object.fromEntries((await client.getSessionOptions()).sessionOptions);
}

function connectWithSessions(
  connectTo: ConnectTo,
  sessions: FlightInterceptor,
  jar = new CookieJar(),
  service = SUM,
): Promise<Connected> {
  return connectTo(service, {
    serverInterceptors: [sessions],
    clientInterceptors: [clientCookies(jar)],
  });
}

interceptorTest(
  "a stranger who begins very many sessions pushes out nobody else's",
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

sessionTest("a session goes from call to call", async (connectTo, sessions) => {
  const jar = new CookieJar();
  await using ada = await connectWithSessions(connectTo, sessions(), jar);
  // Asking begins no session.
  assertEquals(await options(ada), {});
  assertEquals(jar.size, 0);
  assertEquals(await add(ada, 3), 3);
  assertEquals(jar.size, 1);
  assertEquals(await add(ada, 4), 7);
  assertEquals(await options(ada), { sum: 7n });
  const values: Record<string, SessionOptionValue> = {
    text: "a",
    list: ["b", "c"],
    double: 1.5,
    sum: undefined,
  };
  assertEquals(
    (await ada.client.setSessionOptions(values)).errors,
    new Map(),
  );
  assertEquals(await options(ada), {
    text: "a",
    list: ["b", "c"],
    double: 1.5,
  });
  assertEquals(await add(ada, 5), 5);
});

sessionTest(
  "clients have sessions of their own",
  async (connectTo, sessions) => {
    const shared = sessions();
    const service: FlightService = SUM;
    // One server for both: the jars tell them apart.
    const [adas, graces] = [new CookieJar(), new CookieJar()];
    let jar = adas;
    await using peer = await connectTo(service, {
      serverInterceptors: [shared],
      clientInterceptors: [(call, next) => clientCookies(jar)(call, next)],
    });
    assertEquals(await add(peer, 1), 1);
    jar = graces;
    assertEquals(await options(peer), {});
    assertEquals(await add(peer, 20), 20);
    jar = adas;
    assertEquals(await add(peer, 1), 2);
    jar = graces;
    assertEquals(await options(peer), { sum: 20n });
  },
);

sessionTest("a closed session is gone", async (connectTo, sessions) => {
  const jar = new CookieJar();
  await using peer = await connectWithSessions(connectTo, sessions(), jar);
  await assertFlightError(
    peer.client.closeSession(),
    "NOT_FOUND",
    "[not found] DoAction: there is no session to close",
  );
  await add(peer, 9);
  assertEquals((await peer.client.closeSession()).status, "CLOSED");
  assertEquals(jar.size, 0);
  assertEquals(await options(peer), {});
  await assertFlightError(peer.client.closeSession(), "NOT_FOUND");
  assertEquals(await add(peer, 1), 1);
});

sessionTest("a cookie that names no session", async (connectTo, sessions) => {
  const service = sessions();
  const name = (await cookieNameOf(connectTo, service))!;
  await using peer = await connectTo(SUM, { serverInterceptors: [service] });
  for (const value of ["1000", "a.b", "x".repeat(3000), "AAAA.AAAA"]) {
    const cookie = `other=1; ${name}=${value}`;
    const error = await assertFlightError(
      peer.client.getSessionOptions({ headers: { cookie } }),
      "NOT_FOUND",
      "[not found] DoAction: the session has ended",
    );
    assertEquals(error.headers!.getAll("set-cookie"), [`${name}=; Max-Age=0`]);
  }
  // Not ours, or nothing.
  for (const cookie of [`x${name}=1`, `${name}=`, "junk", "; ;=;", ""]) {
    await peer.client.getSessionOptions({ headers: { cookie } });
  }
  assertEquals(peer.errors, []);

  // A client with a jar finds back by itself.
  const jar = new CookieJar();
  await using finding = await connectWithSessions(connectTo, service, jar);
  await add(finding, 1);
  await using elsewhere = await connectWithSessions(
    connectTo,
    name === "arrow_flight_session_id"
      ? serverSessions()
      : statelessServerSessions({ keys: [KEY.toUpperCase()] }),
    jar,
  );
  await assertFlightError(options(elsewhere), "NOT_FOUND");
  assertEquals(await options(elsewhere), {});
});

/** The name of the cookie that the client gets. */
async function cookieNameOf(
  connectTo: ConnectTo,
  sessions: FlightInterceptor,
): Promise<string | undefined> {
  await using peer = await connectTo(SUM, { serverInterceptors: [sessions] });
  let cookie: unknown;
  await Array.fromAsync(peer.client.doAction("1", {
    onHeaders: (headers) => cookie = headers.get("set-cookie"),
  }));
  return String(cookie).split("=")[0];
}

sessionTest(
  "a failed call keeps what it has set",
  async (connectTo, sessions) => {
    await using peer = await connectWithSessions(connectTo, sessions());
    await assertFlightError(add(peer, 101), "OUT_OF_RANGE");
    assertEquals(await options(peer), { sum: 101n });
  },
);

sessionTest(
  "what is set after the headers is kept too, by a cookie in trailers",
  async (connectTo, sessions) => {
    const jar = new CookieJar();
    await using peer = await connectWithSessions(connectTo, sessions(), jar, {
      ...sessionMethods(),
      async *doGet(_ticket, { values }) {
        const session = values.get(SESSION)!;
        yield numbers(1);
        await Promise.resolve();
        session.set("late", "yes");
        yield numbers(2);
      },
      *listFlights(_criteria, { values }) {
        const session = values.get(SESSION)!;
        session.set("early", "yes");
        yield {};
        session.close();
        yield {};
      },
    });
    const trailers: unknown[] = [];
    await Array.fromAsync(peer.client.doGet("x", {
      onHeaders: (headers) => void trailers.push(headers.has("set-cookie")),
      onTrailers: (headers) => void trailers.push(headers.has("set-cookie")),
    }));
    assertEquals(trailers, [false, true]);
    assertEquals(await options(peer), { late: "yes" });
    // Set and closed in one call.
    await Array.fromAsync(peer.client.listFlights());
    assertEquals(jar.size, 0);
    assertEquals(await options(peer), {});
    // The same for a session that begins and ends in one call.
    await Array.fromAsync(peer.client.listFlights());
    assertEquals(jar.size, 0);
  },
);

sessionTest(
  "what is set between the headers and a failure is kept too",
  async (connectTo, sessions) => {
    await using peer = await connectWithSessions(
      connectTo,
      sessions(),
      undefined,
      {
        ...sessionMethods(),
        async *doGet(_ticket, { values }) {
          values.get(SESSION)!.set("early", "yes");
          yield numbers(1);
          await Promise.resolve();
          values.get(SESSION)!.set("late", "yes");
          throw new FlightError("ABORTED", "on purpose");
        },
      },
    );
    await assertFlightError(peer.client.doGet("x").table(), "ABORTED");
    assertEquals(await options(peer), { early: "yes", late: "yes" });
  },
);

interceptorTest(
  "a slow store is told one thing after the other",
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

sessionTest(
  "options that a service does not have",
  async (connectTo, sessions) => {
    await using peer = await connectWithSessions(
      connectTo,
      sessions(),
      undefined,
      {
        ...sessionMethods({
          check: (name, value) =>
            name === "lol_invalid"
              ? "INVALID_NAME"
              : value === "lol_invalid"
              ? "INVALID_VALUE"
              : undefined,
        }),
      },
    );
    // Arrow's integration scenario session_options.
    const list = ["a", "b", "sea", "dee", " ", "  ", "geee", "(づ｡◕‿‿◕｡)づ"];
    const { errors } = await peer.client.setSessionOptions({
      foolong: 123n,
      bardouble: 456.0,
      lol_invalid: "this won't get set",
      key_with_invalid_value: "lol_invalid",
      big_ol_string_list: list,
    });
    assertEquals(
      errors,
      new Map([
        ["lol_invalid", "INVALID_NAME"],
        ["key_with_invalid_value", "INVALID_VALUE"],
      ]),
    );
    assertEquals(await options(peer), {
      foolong: 123n,
      bardouble: 456,
      big_ol_string_list: list,
    });
    await peer.client.setSessionOptions({
      foolong: undefined,
      big_ol_string_list: list.join(),
    });
    assertEquals(await options(peer), {
      bardouble: 456,
      big_ol_string_list: list.join(),
    });
  },
);

interceptorTest(
  "a session has a limit, which frees itself",
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

test("a cookie of the largest session is as long as it may be", async () => {
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
  "a session without interceptors is a mistake",
  async (connectTo) => {
    await using peer = await connectTo({ ...sessionMethods() });
    await assertFlightError(peer.client.getSessionOptions(), "UNKNOWN");
    assert(
      String(peer.errors[0]).includes(
        "sessionMethods() needs serverSessions()",
      ),
    );
    await using client = await connectTo({}, {
      clientInterceptors: [serverSessions()],
    });
    const error = await client.client.closeSession().catch((error) => error);
    assert(error instanceof TypeError);
    assertEquals(error.message, "Cannot use serverSessions on a client");
  },
);

interceptorTest(
  "a store of one's own, and one that fails",
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
  "calls at the same time keep what each has set",
  async (connectTo) => {
    await using peer = await connectWithSessions(connectTo, serverSessions());
    await peer.client.setSessionOptions({ first: true });
    await Promise.all(
      Array.from(
        { length: 8 },
        (_, i) => peer.client.setSessionOptions({ [`o${i}`]: BigInt(i) }),
      ),
    );
    assertEquals(
      (await peer.client.getSessionOptions()).sessionOptions.size,
      9,
    );
  },
);

interceptorTest("keys of cookies can be replaced", async (connectTo) => {
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
});

test("options of sessions are checked, and keys not shown", () => {
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
    [() => statelessServerSessions({ keys: [] }), "keys: there is none"],
    [
      () => statelessServerSessions({ keys: ["hush"] }),
      "keys: a key has 4 bytes",
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
