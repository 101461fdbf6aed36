/**
 * Runs the cases of our client with a Flight SQL server, on any runtime:
 *
 *     sql_client.ts PORT TRANSPORT [CASE]
 *
 * Prints a line of JSON for each case: its name, and its error if it failed.
 *
 * @module
 */
import process from "node:process";
import { connectSql } from "../../../sql_client.ts";
import { transportNamed } from "../../support/transport_named.ts";
import { SQL_CASES } from "./sql_cases.ts";

const [port, transport, filter = ""] = process.argv.slice(2);
await using client = connectSql(`grpc://localhost:${port}`, {
  transport: transportNamed(transport),
});
for (const [name, run] of Object.entries(SQL_CASES)) {
  if (!name.includes(filter)) continue;
  let error: string | undefined;
  try {
    await run(client);
  } catch (thrown) {
    error = (thrown as Error).stack ?? String(thrown);
  }
  console.log(JSON.stringify({ name, error }));
}
