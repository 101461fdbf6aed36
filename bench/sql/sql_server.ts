/**
 * A Flight SQL server over a new database that is deleted in the end:
 *
 *     sql_server.ts --engine=sqlite|duckdb --port=0
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { serve } from "@contrail/flight";
import { duckdb } from "@contrail/flight/duckdb";
import { sqlite } from "@contrail/flight/sqlite";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { Flags } from "../support/flags.ts";
import { TRANSPORT } from "../support/transport.ts";
import { endWithStdin } from "../support/worker.ts";

const flags = new Flags(process.argv.slice(2), [
  "engine",
  "port",
  "stop_with_stdin",
]);
const folder = mkdtempSync(join(tmpdir(), "flight-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

async function openDatabase() {
  if (flags.text("engine", "sqlite") === "sqlite") {
    return sqlite(join(folder, "bench.db"), { readOnly: false });
  }
  // Only here, for it installs what is missing.
  const { api, skip } = await import("../../tests/duckdb/duckdb_package.ts");
  if (skip) throw new Error(skip);
  const instance = await api.DuckDBInstance.create(
    join(folder, "bench.duckdb"),
  );
  return duckdb(instance, { readOnly: false });
}

const server = await serve(flightSqlService(database(await openDatabase())), {
  hostname: "127.0.0.1",
  port: flags.count("port", 0),
  transport: TRANSPORT,
});
console.log(`Server port: ${server.port}`);
if (flags.on("stop_with_stdin")) endWithStdin();
