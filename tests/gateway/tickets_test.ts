/** Tickets and handles that a gateway gives out: signed, bound to their user, and expiring. */

import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import type { FlightInfo, FlightService } from "@contrail/flight";
import { connect, serve } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { flightSqlGateway } from "@contrail/flight/gateway";
import { encodeSchema } from "../../internal/ipc/encode_schema.ts";
import { packAny } from "../../internal/sql/messages/any.ts";
import { actionCreatePreparedStatementResult } from "../../internal/sql/messages/prepared_statement_actions.ts";
import { commandPreparedStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { assertFlightError } from "../support/rejections.ts";
import { gatewayOver, rowsUpTo, startBackend, USERS } from "./backends.ts";

const KEYS = ["a key of 32 bytes or more, for tests"];

/** Reads all of an info. */
function read(client: ReturnType<typeof connectInMemory>, info: FlightInfo) {
  return client.read(info).table();
}

test("tickets of a backend, of strangers and of other users are refused", {
  timeout: 60_000,
}, async () => {
  await using backend = await startBackend();
  await using gateway = flightSqlGateway(backend.uri, { keys: KEYS });
  await using server = await serve(gateway, { interceptors: [USERS] });
  await using ada = connect(server.location, {
    headers: { authorization: "Bearer ada" },
  });
  await using bob = connect(server.location, {
    headers: { authorization: "Bearer bob" },
  });
  await using direct = connect(backend.uri);
  const info = await flightSql(ada).query("SELECT n").info();
  assertEquals((await ada.read(info).table()).numRows, 3);
  const own = await flightSql(direct).query("SELECT n").info();
  const ticket = info.endpoints[0]!.ticket.ticket;
  const changed = ticket.slice();
  changed[changed.length - 20]! ^= 1;
  const refused = [
    () => bob.read(info).table(),
    () => ada.doGet(own.endpoints[0]!.ticket).table(),
    () => ada.doGet(changed).table(),
    () => ada.doGet(ticket.subarray(0, ticket.length - 1)).table(),
    () => ada.doGet("").table(),
    () => ada.doGet("t").table(),
  ];
  for (const read of refused) {
    await assertFlightError(read(), "NOT_FOUND", /not from this gateway/);
  }
  const [run] = backend.handlers.signals;
  assert(run !== undefined);
});

test("statements, transactions and savepoints of other users are refused", {
  timeout: 60_000,
}, async () => {
  await using backend = await startBackend();
  await using gateway = flightSqlGateway(backend.uri);
  await using server = await serve(gateway, { interceptors: [USERS] });
  const as = (name: string) =>
    flightSql(
      connect(server.location, {
        headers: { authorization: `Bearer ${name}` },
      }),
    );
  await using ada = as("ada");
  await using bob = as("bob");
  await using statement = await ada.prepare("SELECT ?");
  await using transaction = await ada.begin();
  const stolen = bob.transaction(transaction.id);
  await assertFlightError(stolen.execute("INSERT"), "NOT_FOUND");
  await assertFlightError(stolen.commit(), "NOT_FOUND");
  await transaction.execute("INSERT");
  assertEquals(await statement.query([1]).first(), { "1": 1n });
  const own = flightSql(connect(backend.uri));
  await using _ = own;
  const raw = await own.begin();
  await assertFlightError(
    ada.transaction(raw.id).execute("INSERT"),
    "NOT_FOUND",
    /the transaction is not from this gateway/,
  );
  await raw.rollback();
});

test(
  "a gateway with the same keys takes the tickets and statements of another",
  {
    timeout: 60_000,
  },
  async () => {
    await using backend = await startBackend();
    await using first = flightSqlGateway(backend.uri, { keys: KEYS });
    await using second = flightSqlGateway(backend.uri, {
      keys: ["a new key of 32 bytes or more, for tests", ...KEYS],
    });
    await using third = flightSqlGateway(backend.uri);
    await using a = connectInMemory(first);
    await using b = connectInMemory(second);
    await using c = connectInMemory(third);
    const info = await flightSql(a).query("SELECT n").info();
    await assertFlightError(read(c, info), "NOT_FOUND");
    assertEquals((await read(b, info)).numRows, 3);
    const transaction = await flightSql(a).begin();
    await flightSql(b).transaction(transaction.id).commit();
  },
);

test("a ticket expires, and can be renewed until then", {
  timeout: 60_000,
}, async () => {
  await using backend = await startBackend();
  await using gateway = flightSqlGateway(backend.uri, {
    keys: KEYS,
    resultLifetimeMs: 60_000,
  });
  await using brief = flightSqlGateway(backend.uri, {
    keys: KEYS,
    resultLifetimeMs: 1,
  });
  await using long = connectInMemory(gateway);
  await using short = connectInMemory(brief);
  const info = await flightSql(long).query("SELECT n").info();
  const [endpoint] = info.endpoints;
  const renewed = await long.renewFlightEndpoint(endpoint!);
  assert(renewed.expirationTime! >= endpoint!.expirationTime!);
  assertEquals(
    (await long.read({ ...info, endpoints: [renewed] }).table()).numRows,
    3,
  );
  const gone = await flightSql(short).query("SELECT n").info();
  const { expirationTime, ticket } = gone.endpoints[0]!;
  while (Date.now() <= expirationTime!.getTime() + 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await assertFlightError(short.doGet(ticket).table(), "NOT_FOUND", /expired/);
  await assertFlightError(
    short.renewFlightEndpoint(gone.endpoints[0]!),
    "NOT_FOUND",
  );
});

test("the expiration of a backend stays, and the backend renews it", {
  timeout: 60_000,
}, async () => {
  const first = new Date(Date.now() + 100_000);
  const later = new Date(Date.now() + 200_000);
  const renewals: string[] = [];
  const service: FlightService = {
    getFlightInfo: (descriptor) => ({
      descriptor,
      endpoints: [{ ticket: "theirs", expirationTime: first }],
    }),
    doGet: () => rowsUpTo(2),
    renewFlightEndpoint: ({ ticket }) => {
      renewals.push(new TextDecoder().decode(ticket.ticket));
      return { ticket: "theirs", expirationTime: later };
    },
  };
  await using front = await gatewayOver([service]);
  await using client = connectInMemory(front.gateway);
  const info = await client.getFlightInfo("x");
  assertEquals(info.endpoints[0]!.expirationTime, first);
  const renewed = await client.renewFlightEndpoint(info.endpoints[0]!);
  assertEquals(renewed.expirationTime, later);
  assertEquals(renewals, ["theirs"]);
  assertEquals(
    (await client.read({ ...info, endpoints: [renewed] }).table()).numRows,
    2,
  );
});

test("a ticket that a backend gives for a renewed one replaces it", {
  timeout: 60_000,
}, async () => {
  const expirationTime = new Date(Date.now() + 100_000);
  const asked: string[] = [];
  await using holder = await serve({
    doGet({ ticket }) {
      asked.push(new TextDecoder().decode(ticket));
      return rowsUpTo(3);
    },
  });
  await using front = await gatewayOver([{
    getFlightInfo: () => ({ endpoints: [{ ticket: "old", expirationTime }] }),
    renewFlightEndpoint: () => ({
      ticket: "new",
      locations: [holder.location],
      expirationTime,
    }),
  }]);
  await using client = connectInMemory(front.gateway);
  const info = await client.getFlightInfo("x");
  const renewed = await client.renewFlightEndpoint(info.endpoints[0]!);
  assertEquals(renewed.locations, []);
  assertEquals((await client.doGet(renewed.ticket).table()).numRows, 3);
  assertEquals(asked, ["new"]);
});

test("a ticket that has expired before 1970 is refused as any other", {
  timeout: 60_000,
}, async () => {
  await using front = await gatewayOver([{
    getFlightInfo: () => ({
      endpoints: [{ ticket: "t", expirationTime: new Date(-1000) }],
    }),
    doGet: () => rowsUpTo(3),
  }]);
  await using client = connectInMemory(front.gateway);
  const { endpoints: [endpoint] } = await client.getFlightInfo("x");
  await assertFlightError(
    client.doGet(endpoint!.ticket).table(),
    "NOT_FOUND",
    /has expired/,
  );
});

test("a gateway reads at the locations that its backend names", {
  timeout: 60_000,
}, async () => {
  const headers: (string | undefined)[] = [];
  await using holder = await serve({
    doGet(_, context) {
      headers.push(context.headers.get("authorization"));
      return rowsUpTo(5);
    },
  });
  await using front = await gatewayOver([{
    getFlightInfo: () => ({
      endpoints: [{ ticket: "part", locations: [holder.location] }],
    }),
  }], { connection: { headers: { authorization: "Bearer gateway" } } });
  await using client = connectInMemory(front.gateway);
  const info = await client.getFlightInfo("x");
  assertEquals(info.endpoints[0]!.locations, []);
  assertEquals((await read(client, info)).numRows, 5);
  // Credentials of the gateway are for its backends alone.
  assertEquals(headers, [undefined]);
});

test("a ticket that is the command of a prepared statement stays one", {
  timeout: 60_000,
}, async () => {
  const asked: Uint8Array[] = [];
  const canceled: Uint8Array[] = [];
  await using front = await gatewayOver([{
    cancelFlightInfo({ endpoints: [endpoint], descriptor }) {
      canceled.push(endpoint!.ticket.ticket);
      assertEquals(descriptor, { type: "CMD", cmd: endpoint!.ticket.ticket });
      return "CANCELLED";
    },
    getFlightInfo: (descriptor) => ({
      descriptor,
      endpoints: [{ ticket: descriptor.type === "CMD" ? descriptor.cmd : "" }],
    }),
    doGet({ ticket }) {
      asked.push(ticket);
      return rowsUpTo(4);
    },
    *doAction() {
      yield {
        body: packAny(actionCreatePreparedStatementResult, {
          preparedStatementHandle: Uint8Array.of(1, 2, 3),
          datasetSchema: encodeSchema(rowsUpTo(0).schema),
        }),
      };
    },
  }]);
  await using client = connectInMemory(front.gateway);
  const sql = flightSql(client);
  await using statement = await sql.prepare("SELECT n");
  const info = await statement.query().info();
  const [endpoint] = info.endpoints;
  // Clients know by it that the rows depend on the parameters that are bound when they are read.
  assertEquals(info.descriptor, { type: "CMD", cmd: endpoint!.ticket.ticket });
  assertEquals((await read(client, info)).numRows, 4);
  const own = { preparedStatementHandle: Uint8Array.of(1, 2, 3) };
  const command = packAny(commandPreparedStatementQuery, own);
  assertEquals(asked, [command]);
  await assertFlightError(client.doGet(command).table(), "NOT_FOUND");
  // Such a ticket can be renewed and canceled as well.
  const renewed = await client.renewFlightEndpoint(endpoint!);
  assert(renewed.expirationTime! >= endpoint!.expirationTime!);
  assertEquals(renewed.ticket, endpoint!.ticket);
  assertEquals(await client.cancelFlightInfo(info), { status: "CANCELLED" });
  assertEquals(canceled, [command]);
});
