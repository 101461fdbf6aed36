/** A database behind Flight SQL: SQLite, by way of `database()`. */

import { test } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FlightError } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { clientCookies } from "@contrail/flight/middleware";
import { serverSessions } from "@contrail/flight/session";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { tableFromArrays } from "apache-arrow";
import { packAny } from "../../internal/sql/messages/any.ts";
import { commandStatementIngest } from "../../internal/sql/messages/ingest.ts";
import {
  commandGetDbSchemas,
  commandGetTables,
} from "../../internal/sql/messages/metadata_commands.ts";
import { commandStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { rpcTest } from "../support/transports.ts";
import { integers } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";

type Client = Parameters<typeof sql.query>[0];

function memory(options = {}, serviceOptions = {}) {
  return flightSqlService(
    database(sqlite(":memory:"), options),
    serviceOptions,
  );
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, FlightError)).code;
}

async function count(client: Client, transaction?: Uint8Array) {
  const table = await sql.query(client, "SELECT count(*) FROM t", transaction);
  return Number(table.getChildAt(0)!.get(0));
}

const INGEST = {
  table: "t",
  temporary: false,
  options: new Map<string, string>(),
  tableDefinitionOptions: { ifNotExist: "CREATE", ifExists: "APPEND" },
} as const;

rpcTest("a database answers statements of every kind", async (join) => {
  await using service = memory();
  await using joined = await join(service);
  const { client } = joined;
  await sql.update(client, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
  assertEquals(
    await sql.update(client, "INSERT INTO t (a) VALUES ('x'), ('y')"),
    2n,
  );
  const insert = await sql.prepare(client, "INSERT INTO t (id) VALUES (?)");
  assertEquals(insert.isUpdate, true);
  assertEquals(
    await sql.executeUpdate(
      client,
      insert.preparedStatementHandle,
      integers(7, 8),
    ),
    2n,
  );
  const select = await sql.prepare(client, "SELECT id FROM t WHERE id > ?");
  await sql.bind(client, select.preparedStatementHandle, integers(1));
  const table = await sql.execute(client, select.preparedStatementHandle);
  assertEquals([...table.getChild("id")!].map(Number).sort(), [2, 7, 8]);
  await sql.closeStatement(client, select.preparedStatementHandle);
  // R6: as ADBC does.
  const info = await sql.info(client, commandStatementQuery, {
    query: "INSERT INTO t (id) VALUES (9)",
  });
  assertEquals((await sql.fetch(client, info)).numRows, 0);
  assertEquals(await codeOf(sql.fetch(client, info)), "NOT_FOUND");
  assertEquals(await count(client), 5);
});

rpcTest(
  "a transaction is isolated until its commit, and undone by its rollback",
  async (join) => {
    await using service = memory();
    await using joined = await join(service);
    const { client } = joined;
    await sql.update(client, "CREATE TABLE t (id INTEGER)");
    const first = await sql.begin(client);
    await sql.update(client, "INSERT INTO t VALUES (1)", first);
    assertEquals([await count(client), await count(client, first)], [0, 1]);
    await sql.end(client, first, "COMMIT");
    const second = await sql.begin(client);
    await sql.update(client, "INSERT INTO t VALUES (2)", second);
    const saved = await sql.savepoint(client, second, 'x"; DROP TABLE t; --');
    await sql.update(client, "INSERT INTO t VALUES (3)", second);
    const inner = await sql.savepoint(client, second, 'x"; DROP TABLE t; --');
    await sql.update(client, "INSERT INTO t VALUES (4)", second);
    await sql.endSavepoint(client, inner, "RELEASE");
    assertEquals(await count(client, second), 4);
    await sql.endSavepoint(client, saved, "ROLLBACK");
    assertEquals(await count(client, second), 2);
    await sql.end(client, second, "ROLLBACK");
    assertEquals(await count(client), 1);
  },
);

rpcTest(
  "R28, R30: an ingest and metadata do not wait for their own transaction",
  async (join) => {
    await using service = memory();
    await using joined = await join(service);
    const { client } = joined;
    const id = await sql.begin(client);
    await sql.update(client, "CREATE TABLE t (n INTEGER)", id);
    const tables = await sql.rows(client, commandGetTables, {
      tableNameFilterPattern: "t",
      tableTypes: [],
      includeSchema: true,
    });
    assertEquals(tables.numRows, 1);
    const data = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
    assertEquals(
      sql.countOf(await sql.put(client, commandStatementIngest, INGEST, data)),
      3n,
    );
    assertEquals(await count(client, id), 3);
    await sql.end(client, id, "ROLLBACK");
    assertEquals(await codeOf(count(client)), "NOT_FOUND");
  },
  // There a client without a session has no identity: its calls share no connection.
  { overHttp: false },
);

rpcTest("texts of a client stay texts", async (join) => {
  await using service = memory();
  await using joined = await join(service);
  const { client } = joined;
  await sql.update(client, "CREATE TABLE t (n INTEGER)");
  const evil = ["x'; DROP TABLE t; --", 'x"; DROP TABLE t; --', "%' OR '1'='1"];
  const data = tableFromArrays({ n: Int32Array.of(1) });
  for (const text of evil) {
    await sql.rows(client, commandGetTables, {
      catalog: text,
      dbSchemaFilterPattern: text,
      tableNameFilterPattern: text,
      tableTypes: [text],
      includeSchema: true,
    });
    await sql.rows(client, commandGetDbSchemas, {
      catalog: text,
      dbSchemaFilterPattern: text,
    });
    await sql.put(client, commandStatementIngest, {
      ...INGEST,
      table: text,
    }, data);
    assertEquals(
      await codeOf(
        sql.put(client, commandStatementIngest, {
          ...INGEST,
          catalog: text,
        }, data),
      ),
      "NOT_FOUND",
    );
    assertEquals(
      await codeOf(sql.query(client, "SELECT 1; DROP TABLE t")),
      "INVALID_ARGUMENT",
    );
  }
  assertEquals(await count(client), 0);
  const tables = await sql.rows(client, commandGetTables, {
    tableTypes: ["TABLE"],
    includeSchema: false,
  });
  assertEquals(
    [...tables.getChild("table_name")!].sort(),
    [...evil, "t"].sort(),
  );
});

test("a client that vanishes in a transaction is rolled back, and holds up no other", async () => {
  const service = memory({}, { transactionTimeoutMs: 1000 });
  await using _ = service;
  await using client = connectInMemory(service);
  await sql.update(client, "CREATE TABLE t (n INTEGER)");
  const gone = connectInMemory(service);
  const id = await sql.begin(gone);
  await sql.update(gone, "INSERT INTO t VALUES (1)", id);
  await gone.close();
  // It waits for the lock that the other one has left behind.
  await sql.update(client, "INSERT INTO t VALUES (2)");
  assertEquals(await count(client), 1);
});

test("a transaction whose client has vanished holds up writers, which are told, and no readers", async () => {
  const adapter = sqlite(":memory:", { busyTimeoutMs: 50 });
  const service = flightSqlService(database(adapter));
  await using _ = service;
  await using client = connectInMemory(service);
  await sql.update(client, "CREATE TABLE t (n INTEGER)");
  const gone = connectInMemory(service);
  const id = await sql.begin(gone);
  await sql.update(gone, "INSERT INTO t VALUES (1)", id);
  await gone.close();
  const error = await assertRejects(
    () => sql.update(client, "INSERT INTO t VALUES (2)"),
    FlightError,
    "busyTimeoutMs",
  );
  assertEquals(error.code, "UNAVAILABLE");
  assertEquals(await count(client), 0);
});

test("a query that is canceled gives its connection back", async () => {
  const service = memory({ maxConnections: 1 });
  await using _ = service;
  await using client = connectInMemory(service);
  const endless =
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c";
  for (let i = 0; i < 3; i++) {
    const info = await sql.info(client, commandStatementQuery, {
      query: endless,
    });
    const reader = client.doGet(info.endpoints[0]!.ticket).getReader();
    assert((await reader.read()).value!.numRows > 0);
    if (i === 0) await reader.cancel();
    else {
      await client.cancelFlightInfo(info);
      await assertRejects(async () => {
        while (!(await reader.read()).done);
      }, FlightError);
    }
    assertEquals((await sql.query(client, "SELECT 1")).numRows, 1);
  }
});

test("statements are bounded by rows and time", async () => {
  const endless =
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c";
  for (
    const [options, code, name] of [
      [{ maxRows: 1000 }, "RESOURCE_EXHAUSTED", "maxRows"],
      [{ queryTimeoutMs: 500 }, "DEADLINE_EXCEEDED", "queryTimeoutMs"],
    ] as const
  ) {
    const service = memory(options);
    await using _ = service;
    await using client = connectInMemory(service);
    const error = await assertRejects(
      () => sql.query(client, endless),
      FlightError,
      name,
    );
    assertEquals(error.code, code);
    assertEquals((await sql.query(client, "SELECT 1")).numRows, 1);
  }
});

test("a call waits for a connection, but not for ever", async () => {
  const service = memory({ maxConnections: 1, connectionTimeoutMs: 1000 });
  await using _ = service;
  await using client = connectInMemory(service);
  const id = await sql.begin(client);
  // A transaction without statements holds no connection.
  assertEquals((await sql.query(client, "SELECT 1")).numRows, 1);
  await sql.query(client, "SELECT 1", id);
  const error = await assertRejects(
    () => sql.query(client, "SELECT 1"),
    FlightError,
    "maxConnections",
  );
  assertEquals(error.code, "RESOURCE_EXHAUSTED");
  const waiting = sql.query(client, "SELECT 1");
  await sql.end(client, id, "COMMIT");
  assertEquals((await waiting).numRows, 1);
});

test("a statement that was prepared goes on after the table has changed", async () => {
  const service = memory();
  await using _ = service;
  await using client = connectInMemory(service);
  await sql.update(client, "CREATE TABLE t (a INTEGER)");
  const text = "SELECT * FROM t";
  assertEquals((await sql.query(client, text)).numCols, 1);
  await sql.update(client, "ALTER TABLE t ADD COLUMN b TEXT");
  assertEquals((await sql.query(client, text)).numCols, 2);
  const id = await sql.begin(client);
  await sql.update(client, "ALTER TABLE t ADD COLUMN c TEXT", id);
  assertEquals((await sql.query(client, text)).numCols, 2);
  assertEquals((await sql.query(client, text, id)).numCols, 3);
  await sql.end(client, id, "COMMIT");
  assertEquals((await sql.query(client, text)).numCols, 3);
});

test("R21: the catalog of a session is one that exists", async () => {
  const service = memory();
  await using _ = service;
  await using client = connectInMemory(service);
  const { errors } = await client.setSessionOptions({
    catalog: "main",
    schema: "main",
  });
  assertEquals(errors.size, 0);
  const wrong = await client.setSessionOptions({ catalog: "x", color: "y" });
  assertEquals([...wrong.errors], [
    ["catalog", "INVALID_VALUE"],
    ["color", "INVALID_NAME"],
  ]);
});

test("a session over SQLite can only have the names that are in force", async () => {
  const service = memory();
  await using _ = service;
  await using client = connectInMemory(service, {
    serverInterceptors: [serverSessions()],
    interceptors: [clientCookies()],
  });
  await client.setSessionOptions({ catalog: "main" });
  const id = await sql.begin(client);
  await sql.update(client, "CREATE TEMP TABLE t (n INTEGER)", id);
  const { errors } = await client.setSessionOptions({
    catalog: "temp",
    schema: "temp",
  });
  assertEquals([...errors], [
    ["catalog", "INVALID_VALUE"],
    ["schema", "INVALID_VALUE"],
  ]);
  assertEquals(await count(client, id), 0);
  const { sessionOptions } = await client.getSessionOptions();
  assertEquals([...sessionOptions], [["catalog", "main"]]);
});

test("database() takes nothing but an adapter", () => {
  for (const wrong of [":memory:", undefined, {}]) {
    assertThrows(
      () => database(wrong as never),
      TypeError,
      "is not an adapter, which sqlite of @contrail/flight/sqlite",
    );
  }
});

test("the database is closed with its service", async () => {
  const service = memory();
  const client = connectInMemory(service);
  await sql.query(client, "SELECT 1");
  await service[Symbol.asyncDispose]();
  assertEquals(await codeOf(sql.query(client, "SELECT 1")), "UNAVAILABLE");
  await client.close();
});

test("an ingest that its client gives up leaves nothing behind", async () => {
  const service = memory();
  await using _ = service;
  await using client = connectInMemory(service);
  await sql.update(client, "CREATE TABLE t (n INTEGER)");
  const controller = new AbortController();
  const [batch] = tableFromArrays({ n: Int32Array.of(1, 2, 3) }).batches;
  async function* rows() {
    yield batch!;
    yield batch!;
    controller.abort();
    // It stays open: only the abort ends it.
    await new Promise(() => {});
  }
  const upload = client.doPut(
    { cmd: packAny(commandStatementIngest, INGEST) },
    { signal: controller.signal },
  );
  await assertRejects(() => upload.writeAll(rows()));
  // The lock is free again, and no row was written.
  assertEquals(await sql.update(client, "INSERT INTO t VALUES (9)"), 1n);
  assertEquals(await count(client), 1);
});
