/** A file that is replaced while it is served. */

import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { rename, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql/client";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { assertFlightError } from "../support/rejections.ts";
import { withFolder } from "./databases.ts";

/** Puts a file with one row to a path, by renaming it. */
async function publish(path: string, columns: string, values: string) {
  const made = `${path}.new`;
  const db = new DatabaseSync(made);
  db.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, ${columns})`);
  db.exec(`INSERT INTO t VALUES (1, ${values})`);
  db.close();
  await rename(made, path);
}

describe("a file of SQLite that is served read-only", () => {
  it("can be replaced, and goes away and comes back", () =>
    withFolder(async (path) => {
      await publish(path, "s TEXT", "'first'");
      const service = flightSqlService(database(sqlite(path)));
      await using _ = service;
      await using client = flightSql(connectInMemory(service));
      const byKey = await client.prepare("SELECT s FROM t WHERE id = ?");
      const all = await client.prepare("SELECT * FROM t");
      const text = "SELECT s FROM t";
      /** What all ways to read find, on several connections and the one for point queries. */
      const found = async () => {
        const results = await Promise.all([
          client.query(text),
          client.query(text),
          client.query(text),
          byKey.query([1]),
          all.query(),
        ]);
        return new Set(results.flat().map(({ s }) => s));
      };
      for (const value of ["first", "second", "third"]) {
        await publish(path, "s TEXT", `'${value}'`);
        for (let i = 0; i < 3; i++) {
          assertEquals(await found(), new Set([value]));
        }
      }

      await rm(path);
      await assertFlightError(client.query(text).table(), "NOT_FOUND");
      await assertFlightError(byKey.query([1]).table(), "NOT_FOUND");
      await publish(path, "s TEXT", "'back'");
      assertEquals(await found(), new Set(["back"]));

      await publish(path, "n INTEGER, s TEXT", "5, 'wide'");
      assertEquals(await client.query(text), [{ s: "wide" }]);
      assertEquals(await byKey.query([1]), [{ s: "wide" }]);
      await assertFlightError(
        all.query().table(),
        "ABORTED",
        /columns have changed since it was prepared/,
      );
    }));
});
