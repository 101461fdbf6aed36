/** Sessions of a server, kept by it or by the client, on every transport. */

import { assert, assertEquals } from "@std/assert";
import {
  FlightError,
  type FlightService,
  type SessionOptionValue,
} from "@contrail/flight";
import {
  clientCookies,
  CookieJar,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import {
  serverSessions,
  SESSION,
  sessionMethods,
  statelessServerSessions,
} from "@contrail/flight/session";
import { assertFlightError } from "../support/rejections.ts";
import { numbers } from "../support/numbers.ts";
import { type ConnectTo, interceptorTest } from "../support/transports.ts";
import {
  add,
  connectWithSessions,
  KEY,
  options,
  sessionTest,
  SUM,
} from "./session_calls.ts";

sessionTest(
  "sessions: a session goes from call to call",
  async (connectTo, sessions) => {
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
  },
);

sessionTest(
  "sessions: clients have sessions of their own",
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

sessionTest(
  "sessions: a closed session is gone",
  async (connectTo, sessions) => {
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
  },
);

sessionTest(
  "sessions: a cookie that names no session",
  async (connectTo, sessions) => {
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
      assertEquals(error.headers!.getAll("set-cookie"), [
        `${name}=; Max-Age=0`,
      ]);
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
  },
);

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
  "sessions: a failed call keeps what it has set",
  async (connectTo, sessions) => {
    await using peer = await connectWithSessions(connectTo, sessions());
    await assertFlightError(add(peer, 101), "OUT_OF_RANGE");
    assertEquals(await options(peer), { sum: 101n });
  },
);

sessionTest(
  "sessions: what is set after the headers is kept too, by a cookie in trailers",
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
  "sessions: what is set between the headers and a failure is kept too",
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

sessionTest(
  "sessions: options that a service does not have",
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
  "sessions: a session without interceptors is a mistake",
  async (connectTo) => {
    await using peer = await connectTo({ ...sessionMethods() });
    await assertFlightError(peer.client.getSessionOptions(), "UNKNOWN");
    assert(
      String(peer.errors[0]).includes(
        "Cannot use sessionMethods(): it needs serverSessions()",
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
  "sessions: calls at the same time keep what each has set",
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
