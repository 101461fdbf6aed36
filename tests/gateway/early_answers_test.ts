/** Answers to parameters that have the rows or the FlightInfo already, through a gateway. */

import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { connect, FlightError, serve } from "@contrail/flight";
import type { FlightServer, FlightService } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { flightSql } from "@contrail/flight/sql";
import {
  type FlightSqlHandlers,
  flightSqlService,
} from "@contrail/flight/sql/server";
import {
  flightSqlGateway,
  type FlightSqlGatewayOptions,
  type GatewayAuditEntry,
} from "@contrail/flight/gateway";
import { flightInfoCodec } from "../../internal/protocol/flight_info.ts";
import { actionCreatePreparedStatementResult } from "../../internal/sql/messages/prepared_statement_actions.ts";
import {
  type DoPutPreparedStatementResult,
  doPutPreparedStatementResult,
} from "../../internal/sql/messages/put_results.ts";
import { any, packAny } from "../../internal/sql/messages/any.ts";
import { commandPreparedStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { scriptedServer } from "../sql/client/scripted_server.ts";
import { integers, ONE_INTEGER } from "../sql/fake_handlers.ts";
import * as sql from "../sql/sql_calls.ts";
import { event, until } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { rpcTest } from "../support/transports.ts";
import { gatewayOver, startBackend, USERS } from "./backends.ts";

/** Limit of each test. */
const TIMEOUT = { timeout: 60_000 };

/** Notes the calls that go through it. */
function recorder(): { calls: string[]; record: FlightInterceptor } {
  const calls: string[] = [];
  return {
    calls,
    record(call, next) {
      calls.push(call.method);
      return next(call);
    },
  };
}

type Prepared = Awaited<ReturnType<NonNullable<FlightSqlHandlers["prepare"]>>>;

/** A service whose one statement gives back its parameters. */
function echo(
  isPointQuery: boolean,
  query: Prepared["query"] = (parameters) => parameters!,
) {
  return flightSqlService({
    prepare: () => ({
      schema: ONE_INTEGER,
      parameterSchema: ONE_INTEGER,
      isPointQuery,
      query,
    }),
  }, { implicitTransactions: false });
}

/** A service that answers to parameters with something of its own. */
function answering(answer: Partial<DoPutPreparedStatementResult>) {
  return scriptedServer({
    methods: {
      async doPut(upload) {
        await upload.table();
        return [{
          appMetadata: doPutPreparedStatementResult.encode({
            preparedStatementHandle: undefined,
            rows: [],
            ...answer,
          }),
        }];
      },
    },
  }).service;
}

/** A gateway in front of a service, and a client of it. */
async function through(
  service: FlightService,
  options: FlightSqlGatewayOptions = {},
) {
  const { calls, record } = recorder();
  const entries: GatewayAuditEntry[] = [];
  const front = await gatewayOver([service], {
    audit: (entry) => void entries.push(entry),
    connection: { interceptors: [record] },
    healthIntervalMs: 2 ** 31 - 1,
    ...options,
  });
  const client = flightSql(connectInMemory(front.gateway));
  return {
    calls,
    entries,
    client,
    gateway: front.gateway,
    async [Symbol.asyncDispose]() {
      await client.close();
      await front[Symbol.asyncDispose]();
    },
  };
}

for (
  const [what, isPointQuery, expected] of [
    ["rows", true, ["DoPut"]],
    ["FlightInfo", false, ["DoPut", "DoGet"]],
  ] as const
) {
  rpcTest(
    `a gateway passes on the ${what} that its backend sends early`,
    async (connectTo) => {
      const { calls, record } = recorder();
      await using front = await gatewayOver([echo(isPointQuery)], {
        healthIntervalMs: 2 ** 31 - 1,
        connection: { interceptors: [record] },
      });
      await using joined = await connectTo(front.gateway);
      const client = flightSql(joined.client);
      await using statement = await client.prepare("SELECT ?");
      for (const n of [7n, 8n]) {
        calls.length = 0;
        assertEquals(await statement.query([n]), [{ "1": n }]);
        assertEquals(calls, [...expected]);
      }
    },
  );
}

test(
  "a FlightInfo that came early is as one of GetFlightInfo",
  TIMEOUT,
  async () => {
    await using backend = await startBackend();
    await using gateway = flightSqlGateway(backend.uri);
    await using server = await serve(gateway, { interceptors: [USERS] });
    await using ada = as(server, "ada");
    await using bob = as(server, "bob");
    const { preparedStatementHandle } = await sql.prepare(ada, "SELECT ?");
    const bind = (wantsInfo: boolean | undefined, n: number) =>
      sql.put(
        ada,
        commandPreparedStatementQuery,
        { preparedStatementHandle, wantsInfo },
        integers(n),
      );
    const [plain] = await bind(undefined, 1);
    assertEquals(doPutPreparedStatementResult.decode(plain!).info, undefined);
    const asked = await sql.info(ada, commandPreparedStatementQuery, {
      preparedStatementHandle,
    });
    const [answer] = await bind(true, 2);
    const told = flightInfoCodec.decode(
      doPutPreparedStatementResult.decode(answer!).info!,
    );
    const shape = ({ descriptor, schemaBytes, endpoints }: typeof told) => ({
      command: descriptor?.type,
      schemaBytes,
      endpoints: endpoints.map(({ locations, expirationTime }) => ({
        locations,
        expires: expirationTime !== undefined,
      })),
    });
    assertEquals(shape(told), shape(asked));
    // The ticket is signed, and bound to its user.
    await assertFlightError(sql.fetch(bob, told), "NOT_FOUND", /another user/);
    assertEquals((await sql.fetch(ada, told)).get(0)?.toJSON(), { "1": 2n });
    assertEquals((await sql.fetch(ada, asked)).get(0)?.toJSON(), { "1": 1n });
    // Its descriptor is one that the gateway knows.
    const again = await ada.getFlightInfo(told.descriptor!);
    assertEquals(again.endpoints.length, 1);
    assertEquals(await ada.cancelFlightInfo(again), { status: "CANCELLED" });
  },
);

test(
  "a FlightInfo that came early has the new handle of the statement",
  TIMEOUT,
  async () => {
    const handle = Uint8Array.of(9, 9);
    const command = (preparedStatementHandle: Uint8Array) => ({
      cmd: packAny(commandPreparedStatementQuery, { preparedStatementHandle }),
    });
    const { cmd } = command(handle);
    const service = answering({
      preparedStatementHandle: handle,
      info: flightInfoCodec.encode({
        descriptor: { cmd },
        endpoints: [{ ticket: cmd, locations: [{ uri: "grpc://hidden:1" }] }],
      }),
    });
    await using joined = await through(service);
    const { client: { flight } } = joined;
    const { preparedStatementHandle } = await sql.prepare(flight, "echo");
    const [answer] = await sql.put(
      flight,
      commandPreparedStatementQuery,
      { preparedStatementHandle, wantsInfo: true },
      integers(1),
    );
    const bound = doPutPreparedStatementResult.decode(answer!);
    const info = flightInfoCodec.decode(bound.info!);
    const own = command(bound.preparedStatementHandle!).cmd;
    assertEquals(info.descriptor, { type: "CMD", cmd: own });
    // A ticket that is the command of the statement stays one, and no server of the backend is named.
    assertEquals(info.endpoints[0]!.ticket.ticket, own);
    assertEquals(info.endpoints[0]!.locations, []);
  },
);

test(
  "rows that came early are in the audit log, and in the bounds of the user",
  TIMEOUT,
  async () => {
    await using joined = await through(echo(true), {
      limits: { maxQueryRows: 2, maxQueriesPerUser: 1 },
    });
    const { client, entries, gateway } = joined;
    await using statement = await client.prepare("SELECT ?");
    assertEquals((await statement.query(integers(1, 2))).length, 2);
    const [entry] = entries.splice(0).slice(-1);
    assertEquals(
      [entry!.method, entry!.command, entry!.rows, entry!.code],
      ["DoPut", "CommandPreparedStatementQuery", 2, "OK"],
    );
    assert(entry!.bytes > 0 && entry!.queryId !== undefined);
    await assertFlightError(
      statement.query(integers(1, 2, 3)).then(),
      "RESOURCE_EXHAUSTED",
      /more than 2 rows \(option maxQueryRows/,
    );
    assertEquals(entries.at(-1)!.code, "RESOURCE_EXHAUSTED");
    // Each has given its place back.
    assertEquals((await statement.query(integers(4))).length, 1);
    await until(() => gateway.replicas[0]!.calls === 0);
  },
);

test("bytes that came early are bounded", TIMEOUT, async () => {
  await using joined = await through(echo(true), {
    limits: { maxQueryBytes: 100 },
  });
  await using statement = await joined.client.prepare("SELECT ?");
  await assertFlightError(
    statement.query(integers(1)).then(),
    "RESOURCE_EXHAUSTED",
    /option maxQueryBytes/,
  );
});

test(
  "a query that runs with its parameters counts among those of its user",
  TIMEOUT,
  async () => {
    const begun = event();
    const release = event();
    const service = echo(true, async (parameters) => {
      begun.resolve();
      await release.promise;
      return parameters!;
    });
    await using joined = await through(service, {
      limits: { maxQueriesPerUser: 1 },
    });
    const { client } = joined;
    await using statement = await client.prepare("SELECT ?");
    await using other = await client.prepare("SELECT ?");
    const first = statement.query([1]).then((rows) => rows);
    await begun.promise;
    await assertFlightError(
      other.query([2]).then(),
      "RESOURCE_EXHAUSTED",
      /option maxQueriesPerUser/,
    );
    release.resolve();
    assertEquals(await first, [{ "1": 1n }]);
    assertEquals(await other.query([3]), [{ "1": 3n }]);
  },
);

/** A point query that ends only when it is aborted. */
function endless() {
  const begun = event();
  const ended = event();
  const service = echo(true, (_, { signal }) => {
    begun.resolve();
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => {
      ended.resolve();
      reject(signal.reason);
    });
    return promise;
  });
  return { service, begun: begun.promise, ended: ended.promise };
}

test(
  "a query that takes too long with its parameters ends in the backend",
  TIMEOUT,
  async () => {
    const { service, begun, ended } = endless();
    await using joined = await through(service, {
      limits: { queryTimeoutMs: 100 },
    });
    const { client, gateway } = joined;
    await using statement = await client.prepare("SELECT ?");
    let hasBegun = false;
    begun.then(() => hasBegun = true);
    // On a slow machine, a query may end before it has begun.
    while (!hasBegun) {
      await assertFlightError(
        statement.query([1]).then(),
        "DEADLINE_EXCEEDED",
        /option queryTimeoutMs/,
      );
    }
    await ended;
    await until(() => gateway.replicas[0]!.calls === 0);
  },
);

test(
  "a query that is canceled with its parameters ends in the backend",
  TIMEOUT,
  async () => {
    const { service, begun, ended } = endless();
    await using joined = await through(service);
    const { client, gateway } = joined;
    await using statement = await client.prepare("SELECT ?");
    const canceled = new AbortController();
    const failed = assertFlightError(
      statement.query([1], { signal: canceled.signal }).then(),
      "CANCELLED",
    );
    await begun;
    canceled.abort(new FlightError("CANCELLED", "not wanted"));
    await failed;
    await ended;
    await until(() => gateway.replicas[0]!.calls === 0);
  },
);

test(
  "a gateway asks for no early answer where it must see the query",
  TIMEOUT,
  async () => {
    const expected = ["DoPut", "GetFlightInfo", "DoGet"];
    // An engine has to know the query before it runs.
    await using joined = await through(echo(true), { engine: { name: "any" } });
    await using statement = await joined.client.prepare("SELECT ?");
    joined.calls.length = 0;
    assertEquals(await statement.query([7]), [{ "1": 7n }]);
    assertEquals(joined.calls, expected);

    // A program that answers GetFlightInfo itself has to see each.
    await using other = await through(echo(true));
    const { gateway, calls } = other;
    const wrapped: FlightService = {
      ...gateway,
      getFlightInfo: (descriptor, context) =>
        gateway.getFlightInfo!(descriptor, context),
    };
    await using client = flightSql(connectInMemory(wrapped));
    await using wrappedStatement = await client.prepare("SELECT ?");
    calls.length = 0;
    assertEquals(await wrappedStatement.query([8]), [{ "1": 8n }]);
    assertEquals(calls, [...expected]);
  },
);

test(
  "an early answer that was not asked for does not reach the client",
  TIMEOUT,
  async () => {
    const info = flightInfoCodec.encode({ endpoints: [{ ticket: "secret" }] });
    const preparedStatementHandle = Uint8Array.of(1);
    for (const answer of [{ info }, { rows: [Uint8Array.of()] }]) {
      await using joined = await through(
        answering({ preparedStatementHandle, ...answer }),
      );
      const { client: { flight } } = joined;
      const statement = await sql.prepare(flight, "echo");
      const [received] = await sql.put(
        flight,
        commandPreparedStatementQuery,
        { preparedStatementHandle: statement.preparedStatementHandle },
        integers(1),
      );
      const { preparedStatementHandle: signed, ...rest } =
        doPutPreparedStatementResult.decode(received!);
      assert(signed!.byteLength > 1);
      assertEquals(rest, { rows: [] });
    }
  },
);

test(
  "a malformed early answer is a fault of the backend",
  TIMEOUT,
  async () => {
    const malformed = Uint8Array.of(255, 255, 255);
    for (const answer of [{ info: malformed }, { rows: [malformed] }]) {
      await using joined = await through(answering(answer));
      const { client, gateway } = joined;
      await using statement = await client.prepare("echo");
      for (let i = 0; i < 2; i++) {
        await assertFlightError(statement.query([1]).then(), "INTERNAL");
      }
      await until(() => gateway.replicas[0]!.calls === 0);
    }
  },
);

test(
  "a malformed prepared statement is a fault of the backend",
  TIMEOUT,
  async () => {
    const { name } = actionCreatePreparedStatementResult;
    const body = any.encode({
      typeUrl: `type.googleapis.com/${name}`,
      value: Uint8Array.of(255, 255, 255),
    });
    await using joined = await through({ doAction: () => [{ body }] });
    await assertFlightError(joined.client.prepare("echo"), "INTERNAL");
  },
);

/** A client of a user. */
function as({ location }: FlightServer, user: string) {
  return connect(location, { headers: { authorization: `Bearer ${user}` } });
}
