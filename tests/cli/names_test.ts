/** Completion at the prompt of `flight sql`. */

import { assertEquals, assertThrows } from "@std/assert";
import { FlightError } from "@contrail/flight/client";
import type { FlightSqlClient } from "@contrail/flight/sql";
import { Field, Int32, Schema } from "apache-arrow";
import { test } from "node:test";
import { findTable } from "../../cli/sql/find_table.ts";
import { Names } from "../../cli/sql/names.ts";

const never = new AbortController().signal;

/** A client that knows some tables. */
function clientOf(tables: Record<string, string[]>): FlightSqlClient {
  return {
    tables: () =>
      Promise.resolve(
        Object.entries(tables).map(([name, columns]) => ({
          name,
          type: "TABLE",
          tableSchema: new Schema(
            columns.map((column) => new Field(column, new Int32())),
          ),
        })),
      ),
  } as unknown as FlightSqlClient;
}

test("completion: tables, columns and words of SQL", async () => {
  const names = new Names();
  assertEquals(names.complete("sel"), [["select"], "sel"]);
  assertEquals(names.complete("SEL"), [["SELECT"], "SEL"]);
  await names.load(
    clientOf({ Selected: ["seat", "id"], other: ["id"] }),
    never,
  );
  assertEquals(names.complete("select se"), [
    ["Selected", "seat", "select", "set"],
    "se",
  ]);
  assertEquals(names.complete("SELECT id, selected."), [["seat", "id"], ""]);
  assertEquals(names.complete("SELECT selected.s"), [["seat"], "s"]);
  assertEquals(names.complete("SELECT "), [[], ""]);
});

test("completion: names in quotes", async () => {
  const names = new Names();
  await names.load(
    clientOf({ 'my "table"': ["a b", "order"], mine: ["x"] }),
    never,
  );
  const table = '"my ""table"""';
  assertEquals(names.complete("FROM my"), [[table], "my"]);
  assertEquals(names.complete('FROM "my'), [[table], '"my']);
  assertEquals(names.complete('FROM "my ""t'), [[table], '"my ""t']);
  assertEquals(names.complete('FROM "mi'), [['"mine"'], '"mi']);
  assertEquals(names.complete(`SELECT ${table}.`), [
    ['"a b"', '"order"'],
    "",
  ]);
  assertEquals(names.complete(`SELECT ${table}."a`), [['"a b"'], '"a']);
  // Texts and comments have no names.
  assertEquals(names.complete("SELECT 'my"), [[], ""]);
  assertEquals(names.complete("SELECT 1 -- my"), [[], ""]);
  assertEquals(names.complete("SELECT 'it''s' AS mi"), [
    ["mine", "min"],
    "mi",
  ]);
});

test("completion: a server that tells no tables leaves the words", async () => {
  const names = new Names();
  const client = {
    tables: () => Promise.reject(new Error("no tables")),
  } as unknown as FlightSqlClient;
  await names.load(client, never);
  assertEquals(await names.load(client, never), undefined);
  assertEquals(names.complete("whe"), [
    ["where", "when"],
    "whe",
  ]);
});

test("completion: a server that cannot be used is told", async () => {
  for (const code of ["UNAVAILABLE", "UNAUTHENTICATED"] as const) {
    const error = new FlightError(code, "no");
    const client = {
      tables: () => Promise.reject(error),
    } as unknown as FlightSqlClient;
    assertEquals(await new Names().load(client, never), error);
    const ended = AbortSignal.abort();
    assertEquals(await new Names().load(client, ended), undefined);
  }
});

test("tables: found by name, schema and catalog", () => {
  const tables = [
    { catalog: "shop", schema: "main", name: "item", type: "TABLE" },
    { catalog: "shop", schema: "old", name: "item", type: "TABLE" },
    { catalog: "shop", schema: "old", name: 'my "x"', type: "TABLE" },
    { name: "Case", type: "TABLE" },
    { name: "case", type: "TABLE" },
  ];
  const [main, old, quoted, upper, lower] = tables;
  assertEquals(findTable(tables, "old.ITEM"), old);
  assertEquals(findTable(tables, "shop.main.item"), main);
  assertEquals(findTable(tables, 'my "x"'), quoted);
  assertEquals(findTable(tables, '"my ""x"""'), quoted);
  assertEquals(findTable(tables, "Case"), upper);
  assertEquals(findTable(tables, "case"), lower);
  assertThrows(
    () => findTable(tables, "item"),
    Error,
    "several tables have the name item: shop.main.item, shop.old.item",
  );
  assertThrows(() => findTable(tables, "none"), Error, "no table none");
});
