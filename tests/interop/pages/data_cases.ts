/**
 * Columns and SQL under the policy of the page, which forbids code of strings and WebAssembly.
 *
 * @module
 */
import { exactTable, exactValues, exactVector } from "@contrail/flight/data";
import { pathDescriptor } from "@contrail/flight/web";
import { flightSql, identifier } from "@contrail/flight/sql";
import {
  Dictionary,
  Int32,
  type Table,
  tableFromArrays,
  Utf8,
} from "apache-arrow";
import {
  assert,
  assertEquals,
  failureOf,
  flightErrorOf,
} from "./page_assert.ts";
import type { PageCases } from "./page_context.ts";

const CITIES = ["Oslo", null, "naïve 🌍", ""];

/** The cases. */
export const DATA_CASES: PageCases = {
  async "columns of plain arrays, without code of strings"(page) {
    // If these began to work, exactTable would have lost its reason.
    await failureOf(EvalError, () => new Function("return 1"));
    await failureOf(EvalError, () => tableFromArrays({ city: CITIES }));
    const table = exactTable({
      city: CITIES,
      height: Float64Array.of(23, 0.5, -1, 0),
      people: [1, null, 2n ** 60n, 3],
      tags: [["a"], [], null, ["b", "c"]],
      kind: exactVector(
        new Dictionary(new Utf8(), new Int32()),
        ["x", "y", "x", null],
      ),
    });
    for (const compression of [undefined, "lz4"] as const) {
      const name = page.name();
      await page.client.doPut(pathDescriptor("keep", name), {
        compression,
      }).writeAll(table);
      const got = await page.client.doGet(`kept ${name}`).table();
      assertEquals(valuesOf(got), valuesOf(table));
    }
  },

  async "Flight SQL: ingest, a query with parameters, tables, an error"(page) {
    const client = flightSql(page.sqlClient);
    const table = `t${page.name().replaceAll("-", "_")}`;
    const rows = CITIES.map((city, id) => ({ id, city }));
    assertEquals(await client.ingest(table, rows), 4n);
    const name = identifier(table);
    const got = await client
      .sql`SELECT city FROM ${name} WHERE id > ${1} ORDER BY id`;
    assertEquals(got.map(({ city }) => city), CITIES.slice(2));
    await client.sql`UPDATE ${name} SET city = ${"Bergen"} WHERE id = 0`
      .execute();
    const first = await client.sql`SELECT city FROM ${name} WHERE id = 0`
      .first();
    assertEquals(first?.city, "Bergen");
    const tables = await client.tables();
    assert(tables.some((entry) => entry.name === table));
    const error = await flightErrorOf(() => client.query("SELEC 1"));
    assert(error.details.includes("SELEC"), error.details);
  },
};

function valuesOf(table: Table): unknown {
  return table.schema.fields.map(({ name }, index) => [
    name,
    exactValues(table.getChildAt(index)!),
  ]);
}
