/** Statements of many megabytes: a regular expression with a loop would exhaust the stack at their literals. */

import { assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import { statementsIn } from "../../../cli/sql/splitter.ts";
import { duckdb } from "@contrail/flight/duckdb";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { type DatabaseAdapter, sqlite } from "@contrail/flight/sqlite";
import { api, skip } from "../../duckdb/duckdb_package.ts";

const LENGTH = 4_000_000;

/** Parts of a statement that are long, and an expression that is their length. */
const LONG = {
  "a literal": [`'${"x".repeat(LENGTH)}'`, LENGTH],
  "a literal of quotation marks": [`'${"''".repeat(LENGTH)}'`, LENGTH],
  "a comment": [`/*${"x".repeat(LENGTH)}*/ 'x'`, 1],
} as const;

async function check(
  adapter: DatabaseAdapter,
  [part, length]: readonly [string, number],
): Promise<void> {
  await using service = flightSqlService(database(adapter));
  await using client = flightSql(connectInMemory(service));
  // The placeholder behind it shows that its end was found.
  const sql = `SELECT length(${part}) AS n WHERE ? = 'y'`;
  assertEquals(await client.query(sql, ["y"]), [{ n: BigInt(length) }]);
}

describe("a statement with", () => {
  for (const [name, part] of Object.entries(LONG)) {
    it(`${name} of megabytes runs in SQLite`, () =>
      check(sqlite(":memory:"), part));
    it(`${name} of megabytes runs in DuckDB`, { skip }, async () => {
      const instance = await api.DuckDBInstance.create(":memory:");
      try {
        await check(duckdb(instance, { readOnly: false }), part);
      } finally {
        instance.closeSync();
      }
    });
  }

  it("a literal of megabytes ends where it does at the prompt", () => {
    const text = `SELECT '${"x;".repeat(LENGTH)}'`;
    const statements = statementsIn(`${text}; SELECT 2`);
    assertEquals(statements.map(({ text }) => text), [text, "SELECT 2"]);
  });
});
