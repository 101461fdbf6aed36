/**
 * A server that says where it listens. The argument is a JSON object of options.
 *
 * @module
 */
import process from "node:process";
import { serve } from "@contrail/flight";
import { transportNamed } from "../support/transport_named.ts";

// Deno makes a pipe for signals some time after its start, and panics where it cannot.
process.on("SIGUSR2", () => {});

const { transport, ...options } = JSON.parse(process.argv[2]!);
const server = await serve({
  listActions: () => [{ type: "here", description: "" }],
}, { ...options, transport: transportNamed(transport) });
console.log(server.location.uri);
