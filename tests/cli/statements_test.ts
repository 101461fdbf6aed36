/** Texts that are split into statements. */

import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  kindOfStatement,
  looksLikeQuery,
  splitStatements,
} from "../../cli/sql/statements.ts";

/** A text, its statements, and what is left. */
const texts: [string, string[], string][] = [
  ["SELECT 1; SELECT 2", ["SELECT 1"], " SELECT 2"],
  ["SELECT ';'; SELECT 'it''s;';", ["SELECT ';'", "SELECT 'it''s;'"], ""],
  ['SELECT "a;b", `c;d`;', ['SELECT "a;b", `c;d`'], ""],
  ["SELECT 1 -- a; b\n;", ["SELECT 1 -- a; b"], ""],
  ["SELECT /* ; */ 1; -- the end", ["SELECT /* ; */ 1"], ""],
  ["SELECT $$;$$; SELECT $a$;$$;$a$;", [
    "SELECT $$;$$",
    "SELECT $a$;$$;$a$",
  ], ""],
  ["SELECT 'not ended; really", [], "SELECT 'not ended; really"],
  [";;  ;", [], ""],
  [
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END; SELECT 1;",
    ["CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END", "SELECT 1"],
    "",
  ],
];

for (const [text, statements, rest] of texts) {
  test(`statements: ${JSON.stringify(text)}`, () => {
    assertEquals(splitStatements(text), { statements, rest });
  });
}

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
    "ROLLBACK TO a": "unknown",
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
