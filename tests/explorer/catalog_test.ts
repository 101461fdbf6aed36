import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { Field, Int64, Schema, Utf8 } from "apache-arrow";
import {
  type Catalog,
  filtered,
  flightOf,
  foundColumns,
  quoted,
  selectAll,
  tablesOf,
} from "../../explorer/model/catalog.ts";
import { candidates, statementAt } from "../../explorer/model/completion.ts";

const schema = new Schema([
  new Field("id", new Int64(), false),
  new Field("Full name", new Utf8(), true),
]);

const CATALOG: Catalog = {
  tables: tablesOf([
    { name: "orders", schema: "main", type: "TABLE", tableSchema: schema },
    {
      name: "item",
      schema: "main",
      type: "TABLE",
      tableSchema: new Schema([
        new Field("id", new Int64()),
        new Field("price", new Int64()),
      ]),
    },
    { name: "Sales", schema: "other", type: "VIEW" },
  ]),
  flights: [],
};

function labels(statement: string, before = statement): string[] {
  return candidates(CATALOG, statement, before).map(({ label }) => label);
}

test("tablesOf: sorts by schema and name, and keeps columns", () => {
  assertEquals(CATALOG.tables.map(({ name }) => name), [
    "item",
    "orders",
    "Sales",
  ]);
  assertEquals(CATALOG.tables[1]!.columns, [
    { name: "id", type: "int64", isNullable: false },
    { name: "Full name", type: "utf8", isNullable: true },
  ]);
  assertEquals(CATALOG.tables[2]!.columns, []);
});

test("tablesOf: has the tables of the engine last", () => {
  const tables = tablesOf([
    { name: "item_index", schema: "main", type: "SYSTEM TABLE" },
    { name: "item", schema: "main", type: "TABLE" },
    { name: "sales", schema: "main", type: "VIEW" },
  ]);
  assertEquals(tables.map(({ name }) => name), ["item", "sales", "item_index"]);
});

test("flightOf: names flights by path and by command", () => {
  const rest = { endpoints: [], ordered: false };
  const path = { type: "PATH", path: ["a", "b"] } as const;
  const cmd = { type: "CMD", cmd: new TextEncoder().encode("get it") } as const;
  assertEquals(flightOf({ ...rest, descriptor: path }).name, "a/b");
  assertEquals(flightOf({ ...rest, descriptor: cmd }).name, "get it");
  assertEquals(flightOf(rest).name, "(unnamed)");
  const damaged = {
    ...rest,
    get schema(): undefined {
      throw new Error("damaged");
    },
  };
  assertEquals(flightOf(damaged).columns, []);
});

test("filtered: keeps what has the text in its name or a column", () => {
  const names = (text: string): string[] =>
    filtered(CATALOG, text).tables.map(({ name }) => name);
  assertEquals(names("ORD"), ["orders"]);
  assertEquals(names("full"), ["orders"]);
  assertEquals(names(" "), ["item", "orders", "Sales"]);
  assertEquals(names("zzz"), []);
});

test("foundColumns: all of a table that has the text in its name, else those that have it", () => {
  const [, orders] = CATALOG.tables;
  const names = (text: string): string[] =>
    foundColumns(orders!, text).map(({ name }) => name);
  assertEquals(names("FULL "), ["Full name"]);
  assertEquals(names("ord"), ["id", "Full name"]);
  assertEquals(names(""), ["id", "Full name"]);
});

test("quoted: quotes what is no plain word", () => {
  assertEquals(
    ["plain_1", "Full name", "select", 'a"b', "1st", "Upper"].map(quoted),
    ["plain_1", '"Full name"', '"select"', '"a""b"', '"1st"', '"Upper"'],
  );
});

test("selectAll: names the schema where there are several", () => {
  const [item, , sales] = CATALOG.tables;
  assertEquals(selectAll(item!, CATALOG), "SELECT *\nFROM main.item");
  assertEquals(selectAll(sales!, CATALOG), 'SELECT *\nFROM other."Sales"');
  const alone = { tables: [item!], flights: [] };
  assertEquals(selectAll(item!, alone), "SELECT *\nFROM item");
});

test("candidates: columns of the tables that the statement names", () => {
  assertEquals(labels("SELECT  FROM item", "SELECT "), [
    "id",
    "price",
    "item",
    "orders",
    "Sales",
  ]);
  assertEquals(labels("SELECT "), [
    "id",
    "price",
    "Full name",
    "item",
    "orders",
    "Sales",
  ]);
});

test("candidates: tables alone after FROM and JOIN", () => {
  assertEquals(labels("SELECT * FROM o"), ["item", "orders", "Sales"]);
  assertEquals(labels("SELECT * FROM item JOIN "), ["item", "orders", "Sales"]);
});

test("candidates: after a dot, what the name before it has", () => {
  assertEquals(labels("SELECT item."), ["id", "price"]);
  assertEquals(labels("SELECT o.i FROM orders AS o", "SELECT o.i"), [
    "id",
    "Full name",
  ]);
  assertEquals(labels('SELECT "orders".'), ["id", "Full name"]);
  assertEquals(labels("SELECT * FROM other."), ["Sales"]);
});

test("candidates: a name in a comment or a text is no table", () => {
  assertEquals(labels("SELECT  FROM item -- orders", "SELECT ").slice(0, 2), [
    "id",
    "price",
  ]);
});

test("candidates: insert quotation marks where they are needed", () => {
  const [, second] = candidates(CATALOG, "SELECT orders.", "SELECT orders.");
  assertEquals(second, {
    label: "Full name",
    apply: '"Full name"',
    detail: "utf8",
    kind: "column",
  });
});

test("statementAt: finds the statement around a place", () => {
  const text = "SELECT 1;\nSELECT ';' -- a; b\n;  ";
  assertEquals(statementAt(text, 3), { text: "SELECT 1", from: 0 });
  assertEquals(statementAt(text, 8).text, "SELECT 1");
  const second = statementAt(text, 15);
  assertEquals([second.text.trim(), second.from], [
    "SELECT ';' -- a; b",
    9,
  ]);
  // Behind the last one there is nothing but space.
  assertEquals(statementAt(text, text.length).from, 9);
  assertEquals(statementAt("", 0).text, "");
});
