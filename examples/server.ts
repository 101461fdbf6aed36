/** Serves a table until it is interrupted; client.ts reads it. */

import process from "node:process";
import { serve, tableService } from "@contrail/flight/server";
import { tableFromArrays } from "apache-arrow";

const peaks = tableFromArrays({
  name: ["Everest", "K2", "Kangchenjunga"],
  metres: Int16Array.of(8849, 8611, 8586),
});
const port = Number(process.argv[2] ?? 8815);
const options = { port, shutdownOnSignals: true };
const server = await serve(tableService({ peaks }), options);
console.log(`Listening on ${server.location.uri}`);
