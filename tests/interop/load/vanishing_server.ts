/**
 * The server of ours whose clients vanish, on any runtime that is started with
 * `gc` exposed:
 *
 *     vanishing_server.ts
 *
 * A ticket is the number of batches of 1 MiB. Any action tells its state. Prints
 * its port on the first line. When its standard input ends it shuts down, and
 * then has nothing left that would keep it.
 *
 * @module
 */
import process from "node:process";
import type { RecordBatch } from "apache-arrow";
import { serve } from "../../../mod.ts";
import { bigBatch } from "./big_stream.ts";
import { serverState } from "./server_state.ts";

let streams = 0;

function* batches(count: number): Generator<RecordBatch> {
  streams++;
  try {
    for (let index = 0; index < count; index++) yield bigBatch(index);
  } finally {
    streams--;
  }
}

const server = await serve({
  doGet: (ticket) => batches(Number(ticket.text())),
  doAction: () => [{ body: serverState(streams) }],
});
console.log(server.port);
// The parent process holds standard input open.
process.stdin.on("end", () => server.shutdown()).resume();
