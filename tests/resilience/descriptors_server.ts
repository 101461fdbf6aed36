/**
 * A server that says where it listens. The argument is a JSON object of options.
 *
 * @module
 */
import process from "node:process";
import { serve } from "@contrail/flight";

// Deno makes a pipe for signals some time after its start, and panics where it cannot.
process.on("SIGUSR2", () => {});

const server = await serve({
  listActions: () => [{ type: "here", description: "" }],
}, JSON.parse(process.argv[2]!));
console.log(server.location.uri);
