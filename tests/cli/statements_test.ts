/** Texts that are split into statements. */

import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import type { SqlInfo } from "@contrail/flight/sql";
import { dialectOf } from "../../cli/sql/dialects.ts";
import { statementsIn, StatementSplitter } from "../../cli/sql/splitter.ts";
import {
  kindOfStatement,
  looksLikeQuery,
  modesOf,
  savepointOf,
} from "../../cli/sql/statements.ts";
import type { SqlDialect } from "../../cli/sql/tokens.ts";

/** Texts of all databases, their statements, and whether another one has begun. */
const texts: [string, string[], boolean?][] = [
  ["SELECT 1; SELECT 2", ["SELECT 1"], true],
  ["SELECT ';'; SELECT 'it''s;';", ["SELECT ';'", "SELECT 'it''s;'"]],
  ['SELECT "a;b", `c;d`, "e"";f";', ['SELECT "a;b", `c;d`, "e"";f"']],
  ["SELECT '-- a; '; SELECT 2;", ["SELECT '-- a; '", "SELECT 2"]],
  ["SELECT 1 -- it's; b\n;", ["SELECT 1 -- it's; b"]],
  ["SELECT 1; -- the end; really", ["SELECT 1"]],
  ["SELECT 1 -- not yet;", [], true],
  ["SELECT 1 -- a;\r\n, 2;\r\nSELECT 3;\r\n", [
    "SELECT 1 -- a;\r\n, 2",
    "SELECT 3",
  ]],
  ["SELECT /* ; */ 1; -- the end", ["SELECT /* ; */ 1"]],
  ["/* a */ /* b", [], true],
  ["SELECT 1 /*;*/;/**/;", ["SELECT 1 /*;*/"]],
  ["SELECT $$;$$; SELECT $a$;$$;$a$; SELECT $ü$;$ü$;", [
    "SELECT $$;$$",
    "SELECT $a$;$$;$a$",
    "SELECT $ü$;$ü$",
  ]],
  ["SELECT $1; SELECT a$b$; SELECT $2$;", [
    "SELECT $1",
    "SELECT a$b$",
    "SELECT $2$",
  ]],
  ["SELECT 'not ended; really", [], true],
  [";;  ;\ufeff", []],
  ["\ufeffSELECT 1;", ["SELECT 1"]],
  [String.raw`SELECT E'it\'s; x'; SELECT e'\\'; SELECT 3;`, [
    String.raw`SELECT E'it\'s; x'`,
    String.raw`SELECT e'\\'`,
    "SELECT 3",
  ]],
  [String.raw`SELECT type'\'; SELECT 2;`, [
    String.raw`SELECT type'\'`,
    "SELECT 2",
  ]],
  ["SELECT a['x;]y'], [1, [2]]; SELECT 2;", [
    "SELECT a['x;]y'], [1, [2]]",
    "SELECT 2",
  ]],
  ["SELECT [a;b]; SELECT 2;", ["SELECT [a;b]", "SELECT 2"]],
  ["BEGIN; SELECT CASE WHEN 1 THEN 2 END; END; BEGIN WORK; COMMIT;", [
    "BEGIN",
    "SELECT CASE WHEN 1 THEN 2 END",
    "END",
    "BEGIN WORK",
    "COMMIT",
  ]],
  ["CREATE TABLE trigger(begin, x); SELECT 1;", [
    "CREATE TABLE trigger(begin, x)",
    "SELECT 1",
  ]],
];

/** Definitions that have statements in them. */
const BODIES = [
  "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END",
  "create temp trigger t after insert on a begin select case when 1 then 2 end; select case x when 1 then 2 end; end",
  "CREATE TRIGGER t AFTER INSERT ON a WHEN CASE 1 WHEN 1 THEN 1 END BEGIN UPDATE b SET x = NEW.end, y = '; END;'; /* END; */ END",
  "EXPLAIN QUERY PLAN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
  "CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f()",
  "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 2 END; END",
  "CREATE FUNCTION f() RETURNS int AS $$ BEGIN; END; $$ LANGUAGE plpgsql",
  "CREATE FUNCTION f(x int) RETURNS int RETURN x + 1",
  "CREATE DEFINER = 'a'@'b' PROCEDURE p() BEGIN IF a THEN SELECT 1; ELSE BEGIN SELECT 2; END; END IF; CASE a WHEN 1 THEN SELECT 3; END CASE; WHILE b DO SELECT 4; END WHILE; END",
  "CREATE PROCEDURE p() BEGIN BEGIN END; BEGIN SELECT 1; END; END",
];
for (const body of BODIES) {
  texts.push([`${body};SELECT 1;`, [body, "SELECT 1"]]);
}

/** Gives a text in parts of a number of characters. */
function split(text: string, size: number, dialect?: SqlDialect) {
  const splitter = new StatementSplitter(dialect);
  const statements: string[] = [];
  for (let at = 0; at < text.length; at += size) {
    for (const found of splitter.push(text.slice(at, at + size))) {
      assertEquals(text.slice(found.from, found.to).trim(), found.text);
      statements.push(found.text);
    }
  }
  const { isBegun } = splitter;
  return { statements, isBegun, last: splitter.end() };
}

for (const [text, statements, isBegun = false] of texts) {
  test(`statements: ${JSON.stringify(text)}`, () => {
    for (const size of [text.length, 1, 2, 7]) {
      const found = split(text, size);
      assertEquals(found.statements, statements);
      assertEquals(found.isBegun, isBegun);
    }
  });
}

/** Texts that only one kind of database reads so. */
const dialectTexts: [string, SqlInfo, string[]][] = [
  ["SELECT [it's;], [a]]b]; SELECT 2;", { name: "SQLite" }, [
    "SELECT [it's;], [a]]b]",
    "SELECT 2",
  ]],
  ["SELECT [it's;]; SELECT 2;", { identifierQuoteChar: "[" }, [
    "SELECT [it's;]",
    "SELECT 2",
  ]],
  ["SELECT 1 /* /* ; */; SELECT 2;", { name: "SQLite" }, [
    "SELECT 1 /* /* ; */",
    "SELECT 2",
  ]],
  ["SELECT 1 /* /* ; */ ; */; SELECT 2;", { name: "DuckDB" }, [
    "SELECT 1 /* /* ; */ ; */",
    "SELECT 2",
  ]],
  [
    String.raw`SELECT 'it\'s;', "\";"; # it's; --
    SELECT 5--1; SELECT 2;`,
    { name: "Apache Doris" },
    [
      String.raw`SELECT 'it\'s;', "\";"`,
      "# it's; --\n    SELECT 5--1",
      "SELECT 2",
    ],
  ],
  [String.raw`SELECT 'it\'s;'; SELECT '\\';`, { name: "Sail" }, [
    String.raw`SELECT 'it\'s;'`,
    String.raw`SELECT '\\'`,
  ]],
  [String.raw`SELECT '\'; SELECT "\";`, { name: "DuckDB" }, [
    String.raw`SELECT '\'`,
    String.raw`SELECT "\"`,
  ]],
];
for (const [text, info, statements] of dialectTexts) {
  const name = info.name ?? "a server with brackets";
  test(`statements: ${JSON.stringify(text)} for ${name}`, () => {
    for (const size of [text.length, 1]) {
      const found = split(text, size, dialectOf(info));
      assertEquals(found.statements, statements);
    }
  });
}

test("statements: a long literal in many parts is read once", () => {
  const part = `${"x;".repeat(8192)}`;
  const splitter = new StatementSplitter();
  assertEquals(splitter.push("SELECT '"), []);
  // Read anew for each part, it would be 64 GiB.
  for (let i = 0; i < 4096; i++) assertEquals(splitter.push(part), []);
  const [found] = splitter.push("'; ");
  assertEquals(found?.to, "SELECT '".length + 4096 * part.length + 1);
});

test("statements: one of many lines is read once", () => {
  const splitter = new StatementSplitter();
  splitter.push("INSERT INTO t VALUES\n");
  let length = "INSERT INTO t VALUES\n".length;
  // Read anew for each line, it would be 25 GB.
  for (let i = 0; i < 50_000; i++) {
    const line = `(${i}, 'text'),\n`;
    assertEquals(splitter.push(line), []);
    length += line.length;
  }
  const [found] = splitter.push("(1, 'text');\n");
  assertEquals(found?.to, length + "(1, 'text')".length);
});

test("statements: the last one needs no semicolon", () => {
  assertEquals(
    statementsIn("SELECT 1;\n SELECT 2 -- b\n").map(({ text }) => text),
    [
      "SELECT 1",
      "SELECT 2 -- b",
    ],
  );
  assertEquals(statementsIn("-- nothing;\n/* ; */"), []);
});

test("statements: their first words tell what they do", () => {
  const kinds = {
    "SELECT 1": "query",
    "-- a\n( VALUES (1))": "query",
    "insert into t values (1)": "update",
    "INSERT INTO t VALUES (1) RETURNING *": "unknown",
    "WITH a AS (SELECT 1) DELETE FROM t": "unknown",
    "PRAGMA user_version": "unknown",
    "BEGIN": "begin",
    "begin transaction": "begin",
    "COMMIT": "commit",
    "ROLLBACK": "rollback",
    "BEGIN WORK": "begin",
    "BEGIN IMMEDIATE TRANSACTION": "begin",
    "START TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY": "begin",
    "BEGIN SELECT 1": "unknown",
    "COMMIT WORK": "commit",
    "END TRANSACTION": "commit",
    "COMMIT AND NO CHAIN": "commit",
    "COMMIT AND CHAIN": "unknown",
    "rollback /* all */ work -- of it": "rollback",
    "ABORT": "rollback",
    "ROLLBACK TO a": "rollback to",
    'ROLLBACK TRANSACTION TO SAVEPOINT "a b"': "rollback to",
    "SAVEPOINT a": "savepoint",
    "RELEASE SAVEPOINT a": "release",
    "RELEASE a": "release",
    "INSERT INTO t VALUES ('RETURNING')": "update",
    "(SELECT 1)": "query",
    "": "unknown",
  };
  for (const [statement, kind] of Object.entries(kinds)) {
    assertEquals(kindOfStatement(statement), kind, statement);
  }
});

test("statements: others are guessed where the server does not tell", () => {
  const queries = [
    "WITH a AS (SELECT 'delete') SELECT * FROM a",
    "with a as (select 1) insert into t select * from a returning n",
    "INSERT INTO t VALUES (1) RETURNING n",
    "PRAGMA user_version",
  ];
  for (const text of queries) assert(looksLikeQuery(text), text);
  const updates = [
    "WITH a AS (SELECT 1) DELETE FROM t",
    "VACUUM",
    "SET x = 'RETURNING'",
  ];
  for (const text of updates) assert(!looksLikeQuery(text), text);
});

test("statements: transactions have modes, and savepoints names", () => {
  assertEquals(modesOf("BEGIN DEFERRED TRANSACTION"), "");
  assertEquals(modesOf("BEGIN IMMEDIATE"), "IMMEDIATE");
  assertEquals(
    modesOf("start transaction isolation level serializable, read only"),
    "ISOLATION LEVEL SERIALIZABLE, READ ONLY",
  );
  assertEquals(savepointOf("SAVEPOINT a"), "a");
  assertEquals(savepointOf('ROLLBACK TO "a ""b"" -- c"'), 'a "b" -- c');
});
