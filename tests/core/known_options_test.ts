/**
 * Options by names that there are not fail at once, and so do options that contradict others or have no
 * effect: each would be ignored.
 */

import {
  connect,
  type ConnectOptions,
  type FlightCallOptions,
  type FlightGetOptions,
  type FlightPollOptions,
  type FlightPutOptions,
  type FlightReadOptions,
  type FlightWriteOptions,
  serve,
  type ServeOptions,
  tableService,
} from "@contrail/flight";
import {
  clientAuthorization,
  clientBasicAuth,
  clientHandshakeAuth,
  clientOAuth,
  serverBasicHandshake,
  serverHeaderAuth,
  signedTokens,
} from "@contrail/flight/auth";
import { ballista, flightSqlGateway } from "@contrail/flight/gateway";
import { grpcJs } from "@contrail/flight/grpc-js";
import { flightHandler } from "@contrail/flight/handler";
import { connectInMemory } from "@contrail/flight/memory";
import {
  callLogging,
  callTelemetry,
  clientCookies,
  clientRetry,
  CookieJar,
} from "@contrail/flight/middleware";
import {
  MemorySessionStore,
  serverSessions,
  sessionMethods,
  SharedSessionStore,
  statelessServerSessions,
} from "@contrail/flight/session";
import {
  flightSql,
  type SqlCallOptions,
  type SqlIngestOptions,
  type SqlQueryOptions,
  type SqlSchemasOptions,
  type SqlTablesOptions,
  type SqlTypeInfoOptions,
} from "@contrail/flight/sql";
import { connectSql } from "@contrail/flight/sql/client";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { connectWeb } from "@contrail/flight/web";
import { MemoryStore, serveWorkers } from "@contrail/flight/workers";
import {
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { test } from "node:test";
import { CALL_OPTIONS } from "../../internal/core/call_options.ts";
import { END_OPTIONS } from "../../internal/core/known_options.ts";

/** Members that tell data from options. */
type DataMember = "numRows" | "batch" | "appMetadata";

/** Names of the options of calls. */
type CallName = Exclude<
  Extract<
    | keyof FlightCallOptions
    | keyof FlightGetOptions
    | keyof FlightPollOptions
    | keyof FlightPutOptions
    | keyof FlightReadOptions
    | keyof FlightWriteOptions
    | keyof SqlCallOptions
    | keyof SqlIngestOptions
    | keyof SqlQueryOptions
    | keyof SqlSchemasOptions
    | keyof SqlTablesOptions
    | keyof SqlTypeInfoOptions,
    string
  >,
  DataMember
>;

/** Names of the options of clients and of servers. */
type EndName = keyof ConnectOptions | keyof ServeOptions;

/** The tables have these names and no others, or this does not compile. */
const _CALLS: Record<CallName, true> = CALL_OPTIONS;
const _NO_OTHER_CALLS: Record<keyof typeof CALL_OPTIONS, true> = {} as Record<
  CallName,
  true
>;
const _ENDS: Record<EndName, true> = END_OPTIONS;
const _NO_OTHER_ENDS: Record<keyof typeof END_OPTIONS, true> = {} as Record<
  EndName,
  true
>;

const URI = "grpc://localhost:1";
const HTTPS = "https://flight.example";
const TLS = "grpc+tls://localhost:1";

/** Options as in a variable or in JavaScript, whose names the compiler does not check. */
// deno-lint-ignore no-explicit-any
function any(options: Record<string, unknown>): any {
  return options;
}

async function refusal(use: () => unknown, what = ""): Promise<string> {
  let error: unknown;
  try {
    const result = await use();
    await (result as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.();
  } catch (caught) {
    error = caught;
  }
  assertInstanceOf(error, TypeError, `${what}: ${error}`);
  return error.message.replace("Cannot use option ", "");
}

/** Functions that take options, each with a wrong name and the one that is meant. */
const FUNCTIONS: readonly (readonly [
  wrong: string,
  meant: string,
  use: (options: ReturnType<typeof any>) => unknown,
])[] = [
  ["headrs", "headers", (o) => connect(URI, o)],
  ["connectTimeout", "connectTimeoutMs", (o) => connect(URI, o)],
  [
    "tls.rootCertificate",
    "tls.rootCertificates",
    (tls) => connect(TLS, { tls }),
  ],
  ["onErrors", "onError", (o) => connectInMemory({}, o)],
  ["upload", "uploads", (o) => connectWeb("https://flight.example", o)],
  ["prot", "port", (o) => serve({}, o)],
  ["web.origin", "web.origins", (web) => serve({}, { web })],
  ["tls.privatekey", "tls.privateKey", (tls) => serve({}, { tls })],
  ["cors.origin", "cors.origins", (cors) => flightHandler({}, { cors })],
  ["websocket", "webSocket", (o) => flightHandler({}, o)],
  ["worker", "workers", (o) => serveWorkers(() => ({}), o)],
  ["Put", "put", (o) => tableService({}, o)],
  ["maxByte", "maxBytes", (o) => new MemoryStore(o)],
  ["placeholder", "placeholders", (o) => flightSql(connectInMemory({}), o)],
  ["keepAliveTimeMs", "keepaliveTimeMs", (o) => connectSql(URI, o)],
  ["key", "keys", (o) => flightSqlService({}, o)],
  ["maxConnection", "maxConnections", (o) => database(sqlite(":memory:"), o)],
  ["readonly", "readOnly", (o) => sqlite(":memory:", o)],
  ["limit", "limits", (o) => flightSqlGateway(URI, o)],
  [
    "limits.maxQueryRow",
    "limits.maxQueryRows",
    (limits) => flightSqlGateway(URI, { limits }),
  ],
  ["restURL", "restUrl", (o) => ballista(o)],
  ["maxAttempt", "maxAttempts", (o) => clientRetry(o)],
  ["logs", "log", (o) => callLogging(o)],
  ["apis", "api", (o) => callTelemetry(o)],
  ["maxCookie", "maxCookies", (o) => clientCookies(new CookieJar(o))],
  ["token", "tokens", (o) => serverHeaderAuth(o)],
  ["lifetime", "lifetimeMs", (o) => signedTokens(o)],
  [
    "header",
    "headers",
    (o) => clientHandshakeAuth(() => Promise.resolve("t"), o),
  ],
  [
    "header",
    "headers",
    (o) => clientBasicAuth({ username: "a", password: "b" }, o),
  ],
  [
    "verifyPasswords",
    "verifyPassword",
    (o) => serverBasicHandshake({ verifyPassword: () => "a", ...o }),
  ],
  [
    "firstCallTimeout",
    "firstCallTimeoutMs",
    (o) => clientAuthorization("a", o),
  ],
  [
    "scopes",
    "scope",
    (o) => clientOAuth({ tokenUrl: "https://a.example", clientId: "a", ...o }),
  ],
  ["stores", "store", (o) => serverSessions(o)],
  ["lifeTimeMs", "lifetimeMs", (o) => statelessServerSessions(o)],
  ["checks", "check", (o) => sessionMethods(o)],
  ["idleTimeout", "idleTimeoutMs", (o) => new MemorySessionStore(o)],
  [
    "idleTimeout",
    "idleTimeoutMs",
    (o) => new SharedSessionStore(new MemoryStore(), o),
  ],
];

test("known options: a wrong name fails at once, and the nearest one is named", async () => {
  for (const [wrong, meant, use] of FUNCTIONS) {
    const name = wrong.replace(/^.*\./, "");
    const message = await refusal(() => use({ [name]: 1 }), wrong);
    assertEquals(
      message,
      `${wrong}: there is none; did you mean ${meant}?`,
      wrong,
    );
  }
});

test("known options: a name that is near to none, and one without a value", async () => {
  assertEquals(
    await refusal(() => connect(URI, any({ color: "red" }))),
    "color: there is none",
  );
  assertEquals(
    await refusal(() => connect(URI, any({ ["x".repeat(1e5)]: 1 }))),
    `${"x".repeat(40)}: there is none`,
  );
  await connect(URI, any({ color: undefined })).close();
});

test("known options: one object may hold the options of a client and of a server", async () => {
  const common = any({ timeoutMs: 5_000, requestTimeoutMs: 5_000 });
  await using server = await serve(tableService({}), common);
  await using client = connect(server.location, common);
  assertEquals(await Array.fromAsync(client.listFlights()), []);
});

test("known options: those of another function are refused, and told where it is known", async () => {
  const origins = ["https://app.example"];
  for (
    const [use, text] of [
      [() => serve({}, any({ workers: 2 })), "use serveWorkers of"],
      [() => serve({}, any({ cors: { origins } })), "use web, as in web: {"],
      [() => connectWeb(HTTPS, any({ cors: {} })), "there is none"],
      [() => connect(URI, any({ host: "a" })), "as in grpc://host:port"],
      [() => flightHandler({}, any({ origins })), "use cors, as in cors: {"],
      [
        () => flightSqlGateway(URI, any({ headers: {} })),
        "use connection.headers",
      ],
      [
        () => flightSqlGateway(URI, { limits: any({ maxRows: 5 }) }),
        "use limits.maxQueryRows",
      ],
      [
        () => flightSqlGateway(URI, { engine: "ballista" as never }),
        "as in engine: ballista()",
      ],
      [() => serveWorkers({} as never), "serveWorkers(() => service)"],
    ] as const
  ) assertStringIncludes(await refusal(use, text), text);
});

test("known options: a short list of names is told where none is near", async () => {
  assertEquals(
    await refusal(() => tableService({}, any({ color: "red" }))),
    "color: there is none; the names are put",
  );
});

test("known options: one object may hold the options of several calls", async () => {
  await using client = connectInMemory(tableService({}));
  const options = any({ schema: undefined, maxParallelEndpoints: 2 });
  assertEquals(await Array.fromAsync(client.listFlights("", options)), []);
  const wrong = any({ maxParalelEndpoints: 2 });
  for (
    const call of [
      () => client.getFlightInfo("d", wrong),
      () => client.getTable("d", wrong),
      () => client.doGet("t", wrong).table(),
      () => Array.fromAsync(client.poll("d", wrong)),
      () => flightSql(client).query("SELECT 1", undefined, wrong).table(),
      () => flightSql(client).execute("SELECT 1", undefined, wrong),
    ]
  ) {
    assertEquals(
      await refusal(call),
      "maxParalelEndpoints: there is none; did you mean maxParallelEndpoints?",
    );
  }
});

test("known options: shutdown() takes its time in an object", async () => {
  const server = await serve({});
  assertEquals(
    await refusal(() => server.shutdown(5 as never)),
    "options: 5 is not an object",
  );
  assertEquals(
    await refusal(() => server.shutdown(any({ timeout: 5 }))),
    "timeout: there is none; did you mean timeoutMs?",
  );
  await server.shutdown({ timeoutMs: 0 });
});

test("known options: those that contradict each other fail at once", async () => {
  for (const other of [{ port: 8815 }, { hostname: "localhost" }]) {
    for (
      const use of [
        () => serve({}, { path: "/tmp/x.sock", ...other }),
        () => serveWorkers(() => ({}), { path: "/tmp/x.sock", ...other }),
      ]
    ) {
      assertEquals(
        await refusal(use),
        `path together with ${
          Object.keys(other)[0]
        }: a Unix domain socket has neither a host nor a port`,
      );
    }
  }
});

test("known options: those without an effect fail at once", async () => {
  for (const transport of [undefined, grpcJs()]) {
    assertEquals(
      await refusal(() =>
        connect(URI, { transport, keepaliveTimeoutMs: 5 }).getFlightInfo("d")
      ),
      "keepaliveTimeoutMs: it has no effect without the option keepaliveTimeMs",
    );
  }
  assertEquals(
    await refusal(() => serve({}, { maxConnectionAgeGraceMs: 5 })),
    "maxConnectionAgeGraceMs: it has no effect without the option maxConnectionAgeMs",
  );
  assertEquals(
    await refusal(() => flightSqlGateway(URI, { auditLiterals: true })),
    "auditLiterals: it has no effect without the option audit",
  );
});

test("known options: those that grpcJs() does not have fail at once", async () => {
  const transport = grpcJs();
  for (
    const name of ["maxUnreadBytes", "maxFrameBytes", "maxHeaderListBytes"]
  ) {
    const options = { transport, [name]: 1 << 24 };
    const text = `${name}: the transport grpc-js does not have it`;
    assertEquals(await refusal(() => connect(URI, options)), text);
    assertEquals(await refusal(() => serve({}, options)), text);
  }
  for (
    const name of [
      "maxConcurrentStreams",
      "handshakeTimeoutMs",
      "sendStallTimeoutMs",
      "maxConnectionIdleMs",
      "maxConnectionAgeMs",
    ]
  ) {
    assertEquals(
      await refusal(() => serve({}, { transport, [name]: 5 })),
      `${name}: the transport grpc-js does not have it`,
    );
  }
});
