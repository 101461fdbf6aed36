/**
 * A client that may not reach executors: it reads a query, and prints its rows and the time in milliseconds.
 *
 *     hidden_client.ts LOCATION SQL
 *
 * @module
 */
import process from "node:process";
import { connectSql } from "../../../sql_client.ts";

const [location = "", sql = ""] = process.argv.slice(2);
const start = performance.now();
await using client = connectSql(location);
const { numRows } = await client.query(sql).table();
console.log(
  JSON.stringify({ rows: numRows, ms: Math.round(performance.now() - start) }),
);
