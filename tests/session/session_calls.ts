/** A service with sessions, and calls of it. */

import { assert } from "@std/assert";
import { FlightError, type FlightService } from "@contrail/flight";
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
import {
  type Connected,
  type ConnectTo,
  interceptorTest,
} from "../support/transports.ts";

export const KEY = "0123456789abcdef0123456789abcdef";

export const KINDS: Readonly<Record<string, () => FlightInterceptor>> = {
  "kept by the server": () => serverSessions(),
  "kept by the client": () => statelessServerSessions({ keys: [KEY] }),
};

/** A test of both kinds of sessions, on every transport. */
export function sessionTest(
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
export const SUM: FlightService = {
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

export async function add(
  { client }: Connected,
  amount: number,
): Promise<number> {
  const [result] = await Array.fromAsync(client.doAction(`${amount}`));
  return result!.body[0]!;
}

export async function options({ client }: Connected): Promise<unknown> {
  return Object.fromEntries((await client.getSessionOptions()).sessionOptions);
}

export function connectWithSessions(
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
