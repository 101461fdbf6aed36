/**
 * The server of ours that SQL drivers are tested against, on any runtime: Flight SQL over SQLite, behind a
 * password and with sessions.
 *
 * Prints its port on the first line, and ends with its standard input.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { knownPasswords, serverHeaderAuth } from "../../../auth.ts";
import { serve } from "../../../server.ts";
import { serverSessions } from "../../../session.ts";
import { database, flightSqlService } from "../../../sql_server.ts";
import { sqlite } from "../../../sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "flight-drivers-"));
const file = join(folder, "drivers.db");
const setup = new DatabaseSync(file);
setup.exec(`
  CREATE TABLE artist (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE album (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    artist_id INTEGER NOT NULL REFERENCES artist (id),
    price REAL,
    cover BLOB
  );
  CREATE VIEW priced AS SELECT title, price FROM album WHERE price IS NOT NULL;
  INSERT INTO artist VALUES (1, 'Nina'), (2, 'Miles');
  INSERT INTO album VALUES
    (1, 'Blue', 2, 9.5, x'00ff'),
    (2, 'Wild', 1, NULL, NULL),
    (3, 'Kind', 2, 12.25, x'');
`);
setup.close();
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const service = flightSqlService(database(sqlite(file, { readOnly: false })));
const server = await serve(service, {
  interceptors: [
    serverHeaderAuth({ verifyPassword: knownPasswords({ ada: "1815" }) }),
    serverSessions(),
  ],
});
console.log(server.port);
// The process that started this one holds its standard input open.
process.stdin.on("end", () => process.exit(0)).resume();
