/**
 * Cases of our client with servers that can do less than others: what they can must work, and everything else
 * must fail with one clear error.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FlightError, type FlightErrorCode } from "../../../mod.ts";
import type { FlightSqlClient } from "../../../sql.ts";
import type { SqlCase } from "./sql_cases.ts";

/** Asserts that a call fails, and that its error is the server's. */
async function fails(
  call: PromiseLike<unknown>,
  code: FlightErrorCode,
  text: string,
): Promise<void> {
  const error = await assertRejects(async () => await call, FlightError);
  assert(error.message.includes(text), error.message);
  assertEquals(error.code, code);
}

/** What every server can, with the literals and numbers of its dialect. */
function queries(
  { numbers, nowhere, syntax, columnsWithoutRows = 1 }: {
    /** A query of the numbers from 1 to `count`, in a column n. */
    numbers: (count: number) => string;
    nowhere: string;
    syntax: FlightErrorCode;
    /** Number of columns of a result of one column without rows. */
    columnsWithoutRows?: number;
  },
): Record<string, SqlCase> {
  return {
    async "query: rows, table, first"(client) {
      const text = "SELECT 'é🚀' AS t, CAST(2.5 AS DOUBLE) AS d, " +
        "CAST(NULL AS INT) AS n, CAST(9007199254740993 AS BIGINT) AS b, true AS l";
      const row = {
        t: "é🚀",
        d: 2.5,
        n: null,
        b: 9007199254740993n,
        l: true,
      };
      assertEquals(await client.query(text), [row]);
      assertEquals((await client.query(text).table()).numCols, 5);
      assertEquals(await client.query(text).first(), row);
    },

    async "query: dates and decimals"(client) {
      const [row] = await client.query(
        "SELECT CAST('2026-11-29' AS DATE) AS day, CAST('12.50' AS DECIMAL(10, 2)) AS price",
      );
      assertEquals(row?.day, new Date("2026-11-29"));
      assertEquals(String(row?.price), "12.50");
    },

    async "query: many rows, and left early"(client) {
      let sum = 0n;
      for await (const { n } of client.query(numbers(50_000))) {
        sum += BigInt(n as bigint);
      }
      assertEquals(sum, 1_250_025_000n);
      for await (const { n } of client.query(numbers(50_000))) {
        assert(n !== null);
        break;
      }
      assertEquals((await client.query(numbers(1))).length, 1);
    },

    async "query: many at the same time"(client) {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) => client.query(`SELECT ${i} AS i`)),
      );
      assertEquals(results.map(([row]) => Number(row?.i)), [
        ...Array(20).keys(),
      ]);
    },

    async "query: no rows"(client) {
      const table = await client.query(
        `SELECT * FROM (${numbers(3)}) WHERE n < 0`,
      )
        .table();
      assertEquals([table.numRows, table.numCols], [0, columnsWithoutRows]);
    },

    async "query: errors of the statement"(client) {
      await fails(client.query("SELEKT 1"), syntax, "SELEKT");
      await fails(client.query("SELECT * FROM nowhere_"), "INTERNAL", nowhere);
      assertEquals((await client.query("SELECT 1 AS one")).length, 1);
    },
  };
}

/** A query of numbers in DataFusion and Spark. */
const rangeOf = (table: string) => (count: number) =>
  table
    .replace("COUNT", `${count}`).replace("END", `${count + 1}`);

const dataFusion = rangeOf(
  "SELECT value AS n FROM generate_series(1, COUNT)",
);

async function unprepared(client: FlightSqlClient): Promise<void> {
  await using statement = await client.prepare("SELECT 7 AS v");
  assertEquals(await statement.query(), [{ v: 7n }]);
  assertEquals(await statement.query().first(), { v: 7n });
}

/** The cases of each server by their names. */
export const OTHER_CASES = {
  roapi: {
    ...queries({
      numbers: dataFusion,
      nowhere: "table 'roapi.public.nowhere_' not found",
      syntax: "INTERNAL",
      columnsWithoutRows: 0,
    }),
    async "query: a file"(client) {
      assertEquals(await client.query("SELECT * FROM t ORDER BY id"), [
        { id: 1n, name: "a", x: 1.5 },
        { id: 2n, name: null, x: 2.5 },
        { id: 3n, name: "c", x: null },
      ]);
    },
    "prepared: without parameters": unprepared,
    async "metadata: catalogs, schemas, tables"(client) {
      assertEquals(await client.catalogs(), ["roapi"]);
      // It sends the schema with columns that are not nullable.
      assertEquals(await client.schemas(), [
        { catalog: "roapi", schema: "public" },
      ]);
      const [table] = await client.tables({ includeSchema: true });
      assertEquals(table?.name, "t");
      assertEquals(
        table?.tableSchema?.fields.map(({ name }) => name),
        ["id", "name", "x"],
      );
    },
    async "metadata: SqlInfo"(client) {
      assertEquals((await client.sqlInfo()).name, "RoAPI Flight SQL Server");
    },
    async "not supported: each says so"(client) {
      const code = "UNIMPLEMENTED";
      const parameters = "do_put_prepared_statement_query not implemented";
      await fails(client.query("SELECT $1 + 1", [1]), code, parameters);
      await fails(client.querySchema("SELECT 1"), code, "GetSchema");
      await fails(client.tableTypes(), code, "table_types");
      await fails(client.primaryKeys("t"), code, "primary_keys");
      await fails(client.typeInfo(), code, "DoGet");
      await fails(client.begin(), code, "begin_transaction");
      await fails(client.ingest("i", [{ a: 1 }]), code, "ingest");
      await fails(
        client.use({ schema: "s" }),
        "INVALID_ARGUMENT",
        "SetSessionOptions",
      );
    },
  },
  benostreamdb: {
    ...queries({
      numbers: dataFusion,
      nowhere: "table 'datafusion.default.nowhere_' not found",
      syntax: "INTERNAL",
    }),
    async "update: a table that is made, filled and dropped"(client) {
      await client.execute("CREATE TABLE made (a INT, b VARCHAR)");
      await client.execute("INSERT INTO made VALUES (1, 'x'), (2, NULL)");
      assertEquals(await client.query("SELECT * FROM made ORDER BY a"), [
        { a: 1, b: "x" },
        { a: 2, b: null },
      ]);
      const [table] = await client.tables({
        tablePattern: "made",
        includeSchema: true,
      });
      assertEquals(
        table?.tableSchema?.fields.map(({ name }) => name),
        ["a", "b"],
      );
      await client.execute("DROP TABLE made");
    },
    "prepared: without parameters": unprepared,
    async "metadata: catalogs, schemas, types"(client) {
      assertEquals(await client.catalogs(), ["datafusion"]);
      assertEquals(await client.schemas(), [
        { catalog: "datafusion", schema: "default" },
      ]);
      assertEquals(await client.tableTypes(), ["TABLE", "VIEW"]);
      assertEquals((await client.typeInfo()).length, 7);
    },
    async "metadata: SqlInfo"(client) {
      const { name } = await client.sqlInfo();
      assertEquals(name, "BenoStreamDB Flight SQL Server");
    },
    async "not supported: each says so"(client) {
      // It accepts the values, and does not use them.
      await fails(
        client.query("SELECT $1 + 1", [1]),
        "INTERNAL",
        "Placeholder '$1' was not provided",
      );
      await fails(client.querySchema("SELECT 1"), "UNIMPLEMENTED", "GetSchema");
      await fails(client.importedKeys("t"), "UNIMPLEMENTED", "GetFlightInfo");
      await fails(client.ingest("i", [{ a: 1 }]), "INTERNAL", "DoPut");
      await fails(
        client.use({ schema: "s" }),
        "INVALID_ARGUMENT",
        "SetSessionOptions",
      );
    },
  },
  pysail: {
    ...queries({
      numbers: rangeOf("SELECT id AS n FROM range(1, END)"),
      nowhere: "Table or view not found: nowhere_",
      syntax: "INVALID_ARGUMENT",
    }),
    async "query: one that makes a view"(client) {
      await client.query("CREATE OR REPLACE TEMP VIEW v AS SELECT 5 AS five");
      assertEquals(await client.query("SELECT * FROM v"), [{ five: 5 }]);
    },
    async "not supported: each says so"(client) {
      const code = "UNIMPLEMENTED";
      const prepare = "create_prepared_statement";
      await fails(client.query("SELECT ? + 1", [1]), code, prepare);
      await fails(client.prepare("SELECT 1"), code, prepare);
      await fails(client.execute("DROP VIEW v"), code, "statement_update");
      await fails(client.querySchema("SELECT 1"), code, "GetSchema");
      await fails(client.catalogs(), code, "catalogs");
      await fails(client.sqlInfo(), code, "sql_info");
      await fails(client.begin(), code, "begin_transaction");
      await fails(client.ingest("i", [{ a: 1 }]), code, "ingest");
    },
  },
} satisfies Record<string, Record<string, SqlCase>>;
