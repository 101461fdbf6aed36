/** The catalog and the schema of a session, over DuckDB. */

import { describe, it } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { type FlightClient, FlightError } from "@contrail/flight";
import { duckdb, type DuckdbOptions } from "@contrail/flight/duckdb";
import { connectInMemory } from "@contrail/flight/memory";
import { clientCookies } from "@contrail/flight/middleware";
import { serverSessions } from "@contrail/flight/session";
import { flightSql, type FlightSqlClient } from "@contrail/flight/sql";
import {
  database,
  type DatabaseOptions,
  flightSqlService,
} from "@contrail/flight/sql/server";
import { tableFromArrays } from "apache-arrow";
import { api, skip } from "./duckdb_package.ts";

const ODD = 'Ä "quoted". name';

/** A service whose database has the catalogs "memory" and "other", and tables `t` that tell where they are. */
async function withSessions(
  use: (
    connect: () => FlightSqlClient,
    connectPlainly: () => FlightClient,
  ) => Promise<void>,
  options: DatabaseOptions = {},
  adapterOptions: DuckdbOptions = {},
): Promise<void> {
  const instance = await api.DuckDBInstance.create(":memory:");
  const connection = await instance.connect() as {
    run(sql: string): Promise<unknown>;
    closeSync(): void;
  };
  const odd = `"${ODD.replaceAll('"', '""')}"`;
  for (
    const [schema, value] of [
      ["memory.main", "memory.main"],
      ["memory.a", "memory.a"],
      ["other.main", "other.main"],
      ["other.a", "other.a"],
      [`other.${odd}`, "odd"],
    ]
  ) {
    if (schema === "other.main") {
      await connection.run("ATTACH ':memory:' AS other");
    }
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await connection.run(`CREATE TABLE ${schema}.t AS SELECT '${value}' AS v`);
  }
  connection.closeSync();
  const service = flightSqlService(
    database(
      duckdb(instance, { readOnly: false, ...adapterOptions }),
      options,
    ),
  );
  const clients: FlightClient[] = [];
  const open = (options?: Parameters<typeof connectInMemory>[1]) => {
    const client = connectInMemory(service, options);
    clients.push(client);
    return client;
  };
  try {
    await use(
      () =>
        flightSql(open({
          serverInterceptors: [serverSessions()],
          interceptors: [clientCookies()],
        })),
      () => open(),
    );
  } finally {
    for (const client of clients) await client.close();
    await service[Symbol.asyncDispose]();
    instance.closeSync();
  }
}

async function place(client: FlightSqlClient, text = "SELECT v FROM t") {
  const [row] = await client.query(text);
  return row!.v;
}

describe("sessions over DuckDB", { skip }, () => {
  it("resolve names by the catalog and schema of each, on one connection", () =>
    withSessions(async (connect) => {
      const [first, second, third] = [connect(), connect(), connect()];
      await second.use({ catalog: "other" });
      await third.use({ schema: "a" });
      for (let round = 0; round < 3; round++) {
        assertEquals(await place(first), "memory.main");
        assertEquals(await place(second), "other.main");
        assertEquals(await place(third), "memory.a");
      }
      await second.use({ schema: ODD });
      assertEquals(await place(second), "odd");
      assertEquals(await place(second, "SELECT v FROM main.t"), "other.main");
      await second.use({ catalog: "memory", schema: "a" });
      assertEquals(await place(second), "memory.a");
      await second.setSessionOptions({ catalog: undefined, schema: undefined });
      assertEquals(await place(second), "memory.main");
    }, { maxConnections: 1 }));

  it("take a schema of the catalog of the same call, in any order", () =>
    withSessions(async (connect) => {
      const client = connect();
      await client.flight.setSessionOptions(
        new Map([["schema", ODD], ["catalog", "other"]]),
      );
      assertEquals(await place(client), "odd");
    }));

  it("begin in the default schema of a new catalog", () =>
    withSessions(async (connect) => {
      const client = connect();
      await client.use({ catalog: "other", schema: "a" });
      await client.use({ catalog: "other" });
      assertEquals(await place(client), "other.a");
      await client.use({ catalog: "memory" });
      assertEquals(await place(client), "memory.main");
      assertEquals([...await client.getSessionOptions()], [
        ["catalog", "memory"],
      ]);
    }));

  it("refuse what does not exist, and keep what they have", () =>
    withSessions(async (connect) => {
      const client = connect();
      await client.use({ catalog: "other", schema: "a" });
      const wrong: readonly [string, string | bigint][] = [
        ["catalog", "nowhere"],
        ["catalog", "system"],
        ["catalog", ""],
        ["catalog", 1n],
        ["schema", "nowhere"],
        ["schema", 'a"; DROP TABLE t; --'],
      ];
      for (const [name, value] of wrong) {
        const { errors } = await client.flight.setSessionOptions(
          new Map([[name, value]]),
        );
        assertEquals([...errors], [[name, "INVALID_VALUE"]]);
      }
      const { errors } = await client.flight.setSessionOptions(
        new Map([["schema", ODD], ["catalog", "memory"]]),
      );
      assertEquals([...errors], [["schema", "INVALID_VALUE"]]);
      assertEquals(await place(client), "memory.main");
    }));

  it("hold in transactions, for ingests and prepared statements", () =>
    withSessions(async (connect) => {
      const client = connect();
      await client.use({ catalog: "other" });
      await using prepared = await client.prepare("SELECT v FROM t");
      await client.use({ schema: "a" });
      await client.ingest("i", tableFromArrays({ n: Int32Array.of(1) }));
      await client.execute("CREATE TABLE c AS SELECT 'c' AS v");
      assertEquals(await place(client, "SELECT v FROM other.a.c"), "c");
      assertEquals(
        (await client.query("SELECT n FROM other.a.i")).length,
        1,
      );
      {
        await using transaction = await client.begin();
        const [row] = await transaction.query("SELECT v FROM t");
        assertEquals(row!.v, "other.a");
        await transaction.rollback();
      }
      // Names mean what they meant when the statement was prepared.
      const [row] = await prepared.query();
      assertEquals(row!.v, "other.main");
      assertEquals(await place(connect()), "memory.main");
    }));

  it("say which schema is gone", () =>
    withSessions(async (connect) => {
      const client = connect();
      await client.use({ schema: "a" });
      await connect().execute("DROP SCHEMA memory.a CASCADE");
      for (let i = 0; i < 2; i++) {
        const error = await assertRejects(() => place(client), FlightError);
        assertEquals(error.code, "NOT_FOUND");
        assertEquals(
          error.details,
          'Cannot use the session options catalog and schema: there is no schema "a" in the catalog "memory"',
        );
      }
      await client.use({ schema: "main" });
      assertEquals(await place(client), "memory.main");
    }, { maxConnections: 1 }));

  it("are needed to change names", () =>
    withSessions(async (_connect, connectPlainly) => {
      const client = connectPlainly();
      const errorsOf = async (options: Record<string, string>) => [
        ...(await client.setSessionOptions(options)).errors,
      ];
      assertEquals(await errorsOf({ catalog: "memory", schema: "main" }), []);
      for (const [name, value] of [["catalog", "other"], ["schema", "a"]]) {
        assertEquals(await errorsOf({ [name!]: value! }), [
          [name, "INVALID_VALUE"],
        ]);
      }
    }));

  it("work where the database is read only", () =>
    withSessions(
      async (connect) => {
        const client = connect();
        await client.use({ catalog: "other", schema: "a" });
        assertEquals(await place(client), "other.a");
      },
      {},
      { readOnly: true },
    ));
});
