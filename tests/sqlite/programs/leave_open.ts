/**
 * A program that opens a database in memory, and exits without closing it. Its temporary folder is the
 * argument.
 */

import process from "node:process";
import { sqlite } from "@contrail/flight/sqlite";
import { readdirSync } from "node:fs";

const folder = process.argv[2]!;
process.env.TMPDIR = folder;
const connection = await sqlite(":memory:").connect();
const signal = new AbortController().signal;
const statement = await connection.prepare("CREATE TABLE t (x)", { signal });
await statement.execute(undefined, { signal });
console.log(`${readdirSync(folder).length} folder`);
process.exit(0);
