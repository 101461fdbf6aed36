/** Transactions and savepoints of Flight SQL, and what belongs to them. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { FlightError } from "@contrail/flight";
import {
  flightSqlService,
  type SqlTransaction,
} from "@contrail/flight/sql/server";
import { commandStatementIngest } from "../../internal/sql/messages/ingest.ts";
import { commandStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { commandGetCatalogs } from "../../internal/sql/messages/metadata_commands.ts";
import { rpcTest } from "../support/transports.ts";
import { FakeHandlers, integers, NUMBERS } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, FlightError)).code;
}

const INGEST = {
  table: "t",
  temporary: false,
  options: new Map<string, string>(),
  tableDefinitionOptions: { ifNotExist: "CREATE", ifExists: "APPEND" },
} as const;

rpcTest("statements belong to the transaction that they name", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  const id = await sql.begin(client);
  await sql.update(client, "INSERT", id);
  await sql.query(client, "SELECT n", id);
  const { preparedStatementHandle } = await sql.prepare(client, "INSERT", id);
  await sql.executeUpdate(client, preparedStatementHandle);
  await sql.put(client, commandStatementIngest, {
    ...INGEST,
    transactionId: id,
  }, NUMBERS);
  await sql.end(client, id, "COMMIT");
  await sql.update(client, "INSERT");
  assertEquals(handlers.log, [
    "begin 1",
    "INSERT in 1",
    "SELECT n in 1",
    "INSERT in 1",
    "ingest t CREATE APPEND in 1 3",
    "commit 1",
    "INSERT",
  ]);
});

rpcTest(
  "a transaction that has ended is gone, with all that belongs to it",
  async (join) => {
    for (const how of ["COMMIT", "ROLLBACK"] as const) {
      const handlers = new FakeHandlers();
      await using joined = await join(flightSqlService(handlers));
      const { client } = joined;
      const id = await sql.begin(client);
      const saved = await sql.savepoint(client, id, "a");
      const info = await sql.info(client, commandStatementQuery, {
        query: "SELECT n",
        transactionId: id,
      });
      const { preparedStatementHandle } = await sql.prepare(
        client,
        "SELECT n",
        id,
      );
      await sql.end(client, id, how);
      const calls = [
        sql.end(client, id, "COMMIT"),
        sql.end(client, id, "ROLLBACK"),
        sql.update(client, "INSERT", id),
        sql.query(client, "SELECT n", id),
        sql.prepare(client, "SELECT n", id),
        sql.savepoint(client, id, "b"),
        sql.endSavepoint(client, saved, "RELEASE"),
        sql.fetch(client, info),
        sql.execute(client, preparedStatementHandle),
      ];
      for (const code of await Promise.all(calls.map(codeOf))) {
        assertEquals(code, "NOT_FOUND");
      }
      // Drivers close what they have opened, whenever that is.
      await sql.closeStatement(client, preparedStatementHandle);
      assertEquals(handlers.open, 0);
      assertEquals(handlers.log.length, 3);
    }
  },
);

rpcTest(
  "an end of a transaction or a savepoint must be one or the other",
  async (join) => {
    await using joined = await join(flightSqlService(new FakeHandlers()));
    const { client } = joined;
    const id = await sql.begin(client);
    const saved = await sql.savepoint(client, id, "a");
    assertEquals(
      await codeOf(sql.end(client, id, "UNSPECIFIED")),
      "INVALID_ARGUMENT",
    );
    assertEquals(
      await codeOf(sql.endSavepoint(client, saved, "UNSPECIFIED")),
      "INVALID_ARGUMENT",
    );
    assertEquals(
      await codeOf(sql.end(client, new Uint8Array(0), "COMMIT")),
      "INVALID_ARGUMENT",
    );
    await sql.end(client, id, "ROLLBACK");
  },
);

rpcTest("savepoints end with those that came after them", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  const id = await sql.begin(client);
  const a = await sql.savepoint(client, id, "a");
  const b = await sql.savepoint(client, id, "b");
  await sql.endSavepoint(client, a, "ROLLBACK");
  assertEquals(
    await codeOf(sql.endSavepoint(client, b, "RELEASE")),
    "NOT_FOUND",
  );
  await sql.endSavepoint(client, a, "ROLLBACK");
  const again = await sql.savepoint(client, id, "a");
  await sql.endSavepoint(client, a, "RELEASE");
  assertEquals(
    await codeOf(sql.endSavepoint(client, again, "ROLLBACK")),
    "NOT_FOUND",
  );
  await sql.end(client, id, "COMMIT");
  assertEquals(handlers.log, [
    "begin 1",
    "savepoint a 1",
    "savepoint b 1",
    "back to a 1",
    "back to a 1",
    "savepoint a 1",
    "release a 1",
    "commit 1",
  ]);
});

rpcTest("transactions may be unsupported, and savepoints", async (join) => {
  {
    await using joined = await join(flightSqlService({}));
    const error = await assertRejects(
      () => sql.begin(joined.client),
      FlightError,
      "BeginTransaction",
    );
    assertEquals(error.code, "UNIMPLEMENTED");
  }
  const transaction: SqlTransaction = { commit() {}, rollback() {} };
  await using joined = await join(
    flightSqlService({ beginTransaction: () => transaction }),
  );
  const id = await sql.begin(joined.client);
  const error = await assertRejects(
    () => sql.savepoint(joined.client, id, "a"),
    FlightError,
    "BeginSavepoint",
  );
  assertEquals(error.code, "UNIMPLEMENTED");
});

rpcTest(
  "a commit that fails leaves the transaction open, to be rolled back",
  async (join) => {
    let rolledBack = 0;
    await using joined = await join(flightSqlService({
      beginTransaction: () => ({
        commit() {
          throw new FlightError("ABORTED", "a deferred constraint");
        },
        rollback: () => void rolledBack++,
      }),
    }));
    const { client } = joined;
    const id = await sql.begin(client);
    assertEquals(await codeOf(sql.end(client, id, "COMMIT")), "ABORTED");
    await sql.end(client, id, "ROLLBACK");
    assertEquals(rolledBack, 1);
  },
);

rpcTest("ids of the handlers are those on the wire", async (join) => {
  const id = new TextEncoder().encode("transaction_id");
  const foreign = new TextEncoder().encode("of another replica");
  const seen: (SqlTransaction | undefined)[] = [];
  const own: SqlTransaction = { id, commit() {}, rollback() {} };
  const other: SqlTransaction = { commit() {}, rollback() {} };
  await using joined = await join(flightSqlService({
    beginTransaction: () => own,
    findTransaction: (id) =>
      id.byteLength === foreign.byteLength ? other : undefined,
    update: (_, { transaction }) => void seen.push(transaction),
  }));
  const { client } = joined;
  assertEquals(await sql.begin(client), id);
  assertEquals(await codeOf(sql.begin(client)), "ALREADY_EXISTS");
  await sql.update(client, "x", id);
  await sql.update(client, "x", foreign);
  assertEquals(
    await codeOf(sql.update(client, "x", foreign.subarray(1))),
    "NOT_FOUND",
  );
  assert(seen[0] === own && seen[1] === other && seen.length === 2);
  await sql.end(client, id, "COMMIT");
  assertEquals(await sql.begin(client), id);
});

rpcTest(
  "R28, R30: an ingest and metadata join the open transaction of their client",
  async (join) => {
    const handlers = new FakeHandlers();
    const seen: unknown[] = [];
    const service = flightSqlService(Object.assign(handlers, {
      catalogs(context: { readonly transaction?: unknown }) {
        seen.push(context.transaction !== undefined);
        return [];
      },
    }));
    await using joined = await join(service);
    const { client } = joined;
    const ask = (): Promise<unknown> =>
      sql.rows(client, commandGetCatalogs, {});
    const ingest = (): Promise<unknown> =>
      sql.put(client, commandStatementIngest, INGEST, NUMBERS);
    await ask();
    await ingest();
    const id = await sql.begin(client);
    await ask();
    await ingest();
    // Two may be of two programs: neither is taken.
    const second = await sql.begin(client);
    await ask();
    await ingest();
    await sql.end(client, id, "COMMIT");
    await sql.end(client, second, "COMMIT");
    assertEquals(seen, [false, true, false]);
    assertEquals(handlers.log, [
      "ingest t CREATE APPEND 3",
      "begin 1",
      "ingest t CREATE APPEND in 1 3",
      "begin 2",
      "ingest t CREATE APPEND 3",
      "commit 1",
      "commit 2",
    ]);
  },
  // There a client without a session has no identity: its calls share no connection.
  { overHttp: false },
);

rpcTest("an ingest says what it is to do", async (join) => {
  await using joined = await join(flightSqlService(new FakeHandlers()));
  const { client } = joined;
  const { tableDefinitionOptions } = INGEST;
  const wrong = [
    { ...INGEST, table: "" },
    { ...INGEST, tableDefinitionOptions: undefined },
    {
      ...INGEST,
      tableDefinitionOptions: {
        ...tableDefinitionOptions,
        ifExists: "UNSPECIFIED",
      },
    },
  ] as const;
  for (const command of wrong) {
    assertEquals(
      await codeOf(sql.put(client, commandStatementIngest, command, NUMBERS)),
      "INVALID_ARGUMENT",
    );
  }
});

rpcTest(
  "a prepared statement goes on in the next transaction of its client",
  async (join) => {
    const handlers = new FakeHandlers();
    await using joined = await join(flightSqlService(handlers));
    const { client } = joined;
    const first = await sql.begin(client);
    const { preparedStatementHandle } = await sql.prepare(
      client,
      "INSERT ?",
      first,
    );
    await sql.bind(client, preparedStatementHandle, integers(1));
    await sql.end(client, first, "COMMIT");
    const run = () => sql.executeUpdate(client, preparedStatementHandle);
    assertEquals(await codeOf(run()), "NOT_FOUND");
    const second = await sql.begin(client);
    assertEquals(await run(), 1n);
    await sql.end(client, second, "ROLLBACK");
    assertEquals(await codeOf(run()), "NOT_FOUND");
    await sql.closeStatement(client, preparedStatementHandle);
    assertEquals(handlers.open, 0);
    assertEquals(handlers.log, [
      "begin 1",
      "commit 1",
      "begin 2",
      "INSERT ? in 2 1",
      "rollback 2",
    ]);
  },
  // There a client without a session has no identity: its calls share no connection.
  { overHttp: false },
);

rpcTest(
  "R22: CloseSession ends what its connection has begun, without sessions too",
  async (join) => {
    for (const implicitTransactions of [true, false]) {
      const handlers = new FakeHandlers();
      const service = flightSqlService(handlers, { implicitTransactions });
      await using joined = await join(service);
      const { client } = joined;
      await sql.begin(client);
      await sql.prepare(client, "SELECT n");
      await client.closeSession();
      const isEnded = implicitTransactions;
      assertEquals(handlers.open, isEnded ? 0 : 1);
      assertEquals(
        handlers.log,
        isEnded ? ["begin 1", "rollback 1"] : ["begin 1"],
      );
    }
  },
  // There a client without a session has no identity: its calls share no connection.
  { overHttp: false },
);
