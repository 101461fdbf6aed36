/**
 * A Flight SQL server of ours for the drivers of others: SQLite in memory. Its
 * first line is the port, the second a token of the user "bob"; "ada" has the
 * password "1815".
 *
 * @module
 */
import process from "node:process";
import { serve } from "../../../mod.ts";
import {
  knownPasswords,
  serverHeaderAuth,
  signedTokens,
} from "../../../auth.ts";
import { serverSessions } from "../../../session.ts";
import { database, flightSqlService } from "../../../sql_server.ts";
import { sqlite } from "../../../sqlite.ts";
import { transportNamed } from "../../support/transport_named.ts";

const tokens = signedTokens();
const server = await serve(
  flightSqlService(database(sqlite(":memory:")), { keys: ["k".repeat(32)] }),
  {
    transport: transportNamed(process.argv[2]),
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
process.stdin.on("end", () => server.shutdown({ timeoutMs: 0 })).resume();
