/**
 * The server of ours that many clients use at the same time, on any runtime
 * that is started with `gc` exposed:
 *
 *     load_server.ts
 *
 * It does what integration_server.ts does where no scenario is named. Any action
 * tells its state. Prints its port on the first line, and shuts down when its
 * standard input ends.
 *
 * @module
 */
import process from "node:process";
import { type FlightServer, serve } from "../../../mod.ts";
import { jsonData } from "../scenarios/json_data.ts";
import { serverState } from "./server_state.ts";

const server: FlightServer = await serve({
  ...jsonData({}).service(() => server.location),
  doAction: () => [{ body: serverState() }],
});
console.log(server.port);
// The parent process holds standard input open.
process.stdin.on("end", () => server.shutdown()).resume();
