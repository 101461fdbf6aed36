/** Several statements of one `flight sql`. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type FlightServer, serve } from "@contrail/flight/server";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { flight, options, shell, unixOnly } from "./flight.ts";

const SCRIPT = String.raw`
  CREATE TABLE "a;b" (id INTEGER PRIMARY KEY, [it's;] TEXT);
  BEGIN IMMEDIATE; -- it's; a transaction
  INSERT INTO "a;b" VALUES (1, 'x\');
  SAVEPOINT "s p";
  DELETE FROM "a;b"; /* /* ; */
  ROLLBACK TO 's p'; RELEASE "S P";
  COMMIT WORK;
  CREATE TRIGGER t AFTER INSERT ON "a;b" BEGIN
    SELECT CASE WHEN 1 THEN 2 END;
    UPDATE "a;b" SET [it's;] = 'set' WHERE id = new.id;
  END;
  INSERT INTO "a;b" VALUES (2, 'y');
  SELECT [it's;] FROM [a;b] ORDER BY id`;

describe("flight sql with a script", () => {
  const adapter = sqlite(":memory:");
  let server: FlightServer;
  let folder: string;
  before(async () => {
    const service = flightSqlService(database(adapter));
    server = await serve(service, { port: 0 });
    folder = await mkdtemp(join(tmpdir(), "flight_cli_"));
  });
  after(async () => {
    await server.shutdown();
    await adapter.close();
    await rm(folder, { recursive: true });
  });

  it("splits it as the database does", options, async () => {
    const { code, stdout, stderr } = await flight(
      ...["sql", server.location.uri, SCRIPT, "-o", "csv"],
    );
    assertEquals([code, stdout], [0, "it's;\nx\\\nset\n"], stderr);
    assertEquals(stderr.split("\n"), [
      "done",
      "transaction begun, without IMMEDIATE: Flight SQL has no modes of transactions",
      "1 row changed",
      "savepoint s p set",
      "1 row changed",
      "rolled back to s p",
      "savepoint S P released",
      "committed",
      "done",
      "1 row changed",
      "",
    ]);
  });

  it("names a savepoint that is not set", options, async () => {
    const run = (sql: string) => flight("sql", server.location.uri, sql);
    const outside = await run("SAVEPOINT a");
    assertEquals(outside.code, 1);
    assertStringIncludes(outside.stderr, "no transaction is open");
    const missing = await run("BEGIN; SAVEPOINT a; ROLLBACK TO b");
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.stderr, "no savepoint b is set");
  });

  it("leaves no lock when it ends in a transaction", options, async () => {
    const run = (sql: string) => flight("sql", server.location.uri, sql);
    await run("CREATE TABLE locked(a INTEGER)");
    for (const end of ["", "; SELECT nothing FROM nowhere"]) {
      const { code } = await run(`BEGIN; INSERT INTO locked VALUES (1)${end}`);
      assert(code !== 0);
      const { stderr } = await run("INSERT INTO locked VALUES (2)");
      assertEquals(stderr, "1 row changed\n");
    }
    const { stdout } = await flight(
      ...["sql", server.location.uri, "SELECT a FROM locked", "-o", "csv"],
    );
    assertEquals(stdout, "a\n2\n2\n");
  });

  it("runs statements while they arrive", unixOnly, async () => {
    const { code, stdout, stderr } = await shell(`
      mkfifo ${folder}/go
      (echo "SELECT 1 AS a;"; cat ${folder}/go; echo "SELECT 2 AS b") |
        $FLIGHT sql ${server.location.uri} -o csv |
        while read line; do
          echo $line
          if [ $line = 1 ]; then echo > ${folder}/go; fi
        done`);
    assertEquals([code, stdout], [0, "a\n1\nb\n2\n"], stderr);
  });
});
