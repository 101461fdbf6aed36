/**
 * The server of ours that pyarrow's client is tested against, on any runtime:
 *
 *     ts_server.ts FOLDER
 *
 * FOLDER is where datasets.py wrote its data. Prints its port on the first
 * line, and ends with its standard input.
 *
 * @module
 */
import process from "node:process";
import { serve } from "../../../mod.ts";
import { DataFiles } from "./data_files.ts";
import { INTEROP_INTERCEPTORS, interopService } from "./service.ts";
import { withTlsServers } from "./tls_servers.ts";

// pyarrow sends a batch in one message, however large: 16 MiB are allowed.
const MAX_RECEIVE_MESSAGE_BYTES = 20 * 2 ** 20;

const service = interopService(new DataFiles(process.argv[2]!));
const server = await serve(await withTlsServers(service), {
  maxReceiveMessageBytes: MAX_RECEIVE_MESSAGE_BYTES,
  interceptors: INTEROP_INTERCEPTORS,
  // Batches are counted on the other side.
  maxBatchBytes: Infinity,
});
console.log(server.port);
// The parent process holds standard input open.
process.stdin.on("end", () => process.exit(0)).resume();
