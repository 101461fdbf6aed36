/** SQL as a template. */

import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { identifier, list, sql } from "@contrail/flight/sql";

test("values of a template become placeholders", () => {
  const name = "Robert'); DROP TABLE students;--";
  assertEquals(sql`SELECT ${1} + ${name}`.compile(), {
    text: "SELECT ? + ?",
    values: [1, name],
  });
  assertEquals(sql`SELECT ${1} + ${name}`.compile({ placeholders: "$1" }), {
    text: "SELECT $1 + $2",
    values: [1, name],
  });
});

test("templates are parts of templates", () => {
  const where = (n: number | null) => n === null ? sql`` : sql`WHERE n > ${n}`;
  const query = (n: number | null) =>
    sql`SELECT * FROM t ${where(n)} LIMIT ${5}`.compile({ placeholders: "$1" });
  assertEquals(query(null), { text: "SELECT * FROM t  LIMIT $1", values: [5] });
  assertEquals(query(2), {
    text: "SELECT * FROM t WHERE n > $1 LIMIT $2",
    values: [2, 5],
  });
});

test("a list is as many placeholders as it has values", () => {
  const { text, values } = sql`n IN (${list(new Set([1, 2, 3]))})`.compile();
  assertEquals(text, "n IN (?, ?, ?)");
  assertEquals(values, [1, 2, 3]);
  assertEquals(sql`${[1, 2]}`.compile().values, [[1, 2]]);
  const columns = list(["a", "b"].map((name) => identifier(name)));
  assertEquals(sql`SELECT ${columns}`.compile().text, 'SELECT "a", "b"');
  assertThrows(() => list([]), TypeError, "empty list");
});

test("an identifier is nothing but a name", () => {
  const text = (quote: '"' | "`" | "[]", ...parts: string[]) =>
    sql`${identifier(...parts)}`.compile({ identifierQuote: quote }).text;
  assertEquals(text('"', 'x" OR 1=1 --'), '"x"" OR 1=1 --"');
  assertEquals(text("`", "a`b", "c"), "`a``b`.`c`");
  assertEquals(text("[]", "a]b"), "[a]]b]");
  assertThrows(() => identifier(), TypeError, "no parts");
  assertThrows(() => identifier(""), TypeError, "empty");
  assertThrows(() => identifier("a\0"), TypeError, "U+0000");
  assertThrows(() => identifier("\ud800"), TypeError, "surrogate");
  assertThrows(() => identifier(5 as never), TypeError, "number");
  assertThrows(() => identifier("x".repeat(1025)), TypeError, "1024");
});

test("undefined and promises are no values, and no template is a function", () => {
  const part = Promise.resolve("part");
  assertThrows(() => sql`SELECT ${part}`.compile(), TypeError, "await it");
  assertThrows(() => sql`SELECT ${undefined}`.compile(), TypeError, "value 0");
  assertThrows(() => sql("SELECT 1" as never), TypeError, "tag of a template");
  assertThrows(() => sql(["SELECT 1"] as never), TypeError, "tag");
});
