/**
 * Servers of ours for what stands around calls, each with its own interceptors.
 * pyarrow_scenarios.py has the clients, and servers that do the same.
 *
 * @module
 */
import { type FlightServer, type FlightService, serve } from "../../../mod.ts";
import {
  knownPasswords,
  serverBasicHandshake,
  serverHandshakeAuth,
  serverHeaderAuth,
} from "../../../auth.ts";
import type { FlightInterceptor } from "../../../middleware.ts";
import {
  serverSessions,
  sessionMethods,
  statelessServerSessions,
} from "../../../session.ts";

const encoder = new TextEncoder();

/** Answers every action with who calls. */
const WHO: FlightService = {
  *doAction(_action, { peerIdentity }) {
    yield { body: encoder.encode(peerIdentity) };
  },
};

/** Sends a header back, for any outcome of the call. */
const echo: FlightInterceptor = (call, next) => {
  if (call.side === "server") {
    const value = call.headers.get("x-middleware") ?? "";
    call.responseHeaders.set("x-middleware", value);
  }
  return next(call);
};

/** Answers the actions of sessions, as the scenario of that name has it. */
const SESSIONS: FlightService = {
  ...sessionMethods({
    check: (name, value) =>
      name === "lol_invalid"
        ? "INVALID_NAME"
        : value === "lol_invalid"
        ? "INVALID_VALUE"
        : undefined,
  }),
};

const SERVERS: Readonly<Record<string, () => Promise<FlightServer>>> = {
  "auth:basic_proto": () =>
    serve(WHO, {
      interceptors: [serverHandshakeAuth(serverBasicHandshake({
        verifyPassword: knownPasswords({ arrow: "flight" }),
        tokens: {
          issue: (identity) => identity,
          verify: (token) => token === "arrow" ? token : undefined,
        },
      }))],
    }),
  "auth:header": () =>
    serve(WHO, {
      interceptors: [
        serverHeaderAuth({
          verifyPassword: knownPasswords({ test: "password" }),
        }),
      ],
    }),
  "middleware": () =>
    serve({
      getFlightInfo(descriptor) {
        if (
          descriptor.type !== "CMD" ||
          new TextDecoder().decode(descriptor.cmd) !== "success"
        ) throw new Error("Unknown");
        return {
          descriptor,
          endpoints: [{
            ticket: "foo",
            locations: ["grpc+tcp://localhost:10010"],
          }],
        };
      },
    }, { interceptors: [echo], onError: () => {} }),
  "session_options": () =>
    serve(SESSIONS, { interceptors: [serverSessions()] }),
  "session_options, stateless": () =>
    serve(SESSIONS, {
      interceptors: [statelessServerSessions({ keys: ["k".repeat(32)] })],
    }),
};

/** Starts the server of a scenario; it lives as long as the process. */
export async function startScenario(name: string): Promise<number> {
  return (await SERVERS[name]!()).port;
}
