/**
 * Runs one case, on any runtime: `client.ts PORTS CASE [CA]`.
 *
 * @module
 */
import process from "node:process";
import { connectTo, PROXY_CASES } from "./cases.ts";
import type { Ports } from "./setup.ts";

const [, , json, name, caFile] = process.argv;
const ports: Ports = JSON.parse(json!);
const connect = () =>
  connectTo(caFile === undefined ? ports.plain : ports.tls, caFile);
const client = connect();
await PROXY_CASES[name!]!({ client, connect, ports });
await client.close();
process.exit(0);
