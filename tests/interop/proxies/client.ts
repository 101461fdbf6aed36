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
const client = connectTo(
  caFile === undefined ? ports.plain : ports.tls,
  caFile,
);
await PROXY_CASES[name!]!({ client, ports });
await client.close();
process.exit(0);
