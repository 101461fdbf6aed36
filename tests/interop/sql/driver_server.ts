/**
 * A Flight SQL server of ours for the drivers of others, with users, tokens and sessions:
 *
 *     driver_server.ts sqlite|duckdb [http2|grpc-js]
 *
 * Its first line is the port, the second a token of the user "bob"; "ada" has the password "1815". It ends
 * with its standard input.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { serve } from "../../../mod.ts";
import {
  knownPasswords,
  serverHeaderAuth,
  signedTokens,
} from "../../../auth.ts";
import { serverSessions } from "../../../session.ts";
import {
  database,
  type DatabaseAdapter,
  flightSqlService,
} from "../../../sql_server.ts";
import { duckdb } from "../../../duckdb.ts";
import { sqlite } from "../../../sqlite.ts";
import { transportNamed } from "../../support/transport_named.ts";

const SETUP = [
  "CREATE TABLE artist (id BIGINT PRIMARY KEY, name TEXT NOT NULL)",
  `CREATE TABLE album (
     id BIGINT PRIMARY KEY,
     title TEXT NOT NULL,
     artist_id BIGINT NOT NULL REFERENCES artist (id),
     price DOUBLE,
     cover BLOB
   )`,
  "CREATE VIEW priced AS SELECT title, price FROM album WHERE price IS NOT NULL",
  "INSERT INTO artist VALUES (1, 'Nina'), (2, 'Miles')",
  `INSERT INTO album VALUES
     (1, 'Blue', 2, 9.5, {00ff}), (2, 'Wild', 1, NULL, NULL), (3, 'Kind', 2, 12.25, {})`,
];

const folder = mkdtempSync(join(tmpdir(), "flight-drivers-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Opens an empty database. Its catalog has the name of the file in DuckDB. */
async function open(engine: string | undefined): Promise<DatabaseAdapter> {
  const file = join(folder, "drivers.db");
  if (engine === "sqlite") return sqlite(file, { readOnly: false });
  const { api } = await import("../../duckdb/duckdb_package.ts");
  const instance = await api.DuckDBInstance.create(file);
  return duckdb(instance, { readOnly: false });
}

/** Bytes in the SQL of an engine. */
function bytes(engine: string | undefined, hex: string): string {
  if (engine === "sqlite") return `x'${hex}'`;
  return `'${hex.replaceAll(/../g, "\\x$&")}'::BLOB`;
}

const engine = process.argv[2];
const adapter = await open(engine);
const connection = await adapter.connect();
const { signal } = new AbortController();
for (const sql of SETUP) {
  const statement = await connection.prepare(
    sql.replaceAll(/\{(\w*)\}/g, (_, hex) => bytes(engine, hex)),
    { signal },
  );
  await statement.execute(undefined, { signal });
  await statement.close();
}
await connection.close();

const tokens = signedTokens();
const server = await serve(
  flightSqlService(database(adapter), { keys: ["k".repeat(32)] }),
  {
    transport: transportNamed(process.argv[3] ?? "http2"),
    interceptors: [
      serverHeaderAuth({
        verifyPassword: knownPasswords({ ada: "1815" }),
        tokens,
      }),
      serverSessions(),
    ],
  },
);
console.log(`${server.port}`);
console.log(await tokens.issue("bob"));
process.stdin.on("end", () => process.exit(0)).resume();
