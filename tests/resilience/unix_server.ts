/**
 * A server on a Unix socket: says "ready", or why it could not be started.
 * Usage: `unix_server.ts <path> <transport>`.
 *
 * @module
 */
import process from "node:process";
import { serve } from "@contrail/flight";
import { transportNamed } from "../support/transport_named.ts";

const [path, transport] = process.argv.slice(2);
try {
  await serve({
    listActions: () => [{ type: String(process.pid), description: "" }],
  }, {
    path: path!,
    transport: transportNamed(transport),
  });
  console.log("ready");
} catch (error) {
  console.log(String(error));
}
