/**
 * Runs the cases of our client with a Flight SQL server, on any runtime:
 *
 *     sql_client.ts SERVER PORT TRANSPORT [CASE]
 *
 * Prints a line of JSON for each case: its name, and its error if it failed.
 *
 * @module
 */
import process from "node:process";
import { connectSql } from "../../../sql_client.ts";
import { transportNamed } from "../../support/transport_named.ts";
import { printCase } from "../programs/print_case.ts";
import { OTHER_CASES } from "./other_cases.ts";
import { CASES_BEHIND_GATEWAY, SQL_CASES, type SqlCase } from "./sql_cases.ts";

const CASES: Readonly<Record<string, Readonly<Record<string, SqlCase>>>> = {
  go: SQL_CASES,
  "go, gateway": CASES_BEHIND_GATEWAY,
  ...OTHER_CASES,
};

const [server = "", port, transport, filter = ""] = process.argv.slice(2);
await using client = connectSql(`grpc://localhost:${port}`, {
  transport: transportNamed(transport),
});
for (const [name, run] of Object.entries(CASES[server]!)) {
  const title = `${server}: ${name}`;
  if (!title.includes(filter)) continue;
  await printCase(title, () => run(client));
}
