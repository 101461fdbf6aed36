/**
 * Runs a query, to be killed meanwhile:
 *
 *     abandoned_query.ts PORT SQL
 *
 * @module
 */
import process from "node:process";
import { connectSql } from "../../../sql_client.ts";

const [port, sql] = process.argv.slice(2);
const client = connectSql(`grpc://127.0.0.1:${port}`);
await client.query(sql!);
