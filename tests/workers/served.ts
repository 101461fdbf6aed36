/** A program with workers, for tests: its argument has the options, in JSON. */

import { existsSync } from "node:fs";
import process from "node:process";
import type { FlightService } from "@contrail/flight";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { isWorker, serveWorkers, workerStore } from "@contrail/flight/workers";
import { filled } from "../support/numbers.ts";

const [text = "{}"] = process.argv.slice(2);
const { crash, database: file, ...options } = JSON.parse(text);

/** A service that tells which process answers. */
function service(index: number): FlightService | Promise<never> {
  if (crash === "never ready" && index === 2) return new Promise(() => {});
  if (crash === "at start" && index === 2) throw new Error("no service today");
  console.log(`serves as ${index}`);
  if (file !== undefined) {
    return flightSqlService(database(sqlite(file)), { store: workerStore() });
  }
  return {
    async *doAction({ type, body }) {
      if (type === "exit") process.exit(3);
      if (type === "block") {
        // Does nothing else as long as a file is there.
        const path = new TextDecoder().decode(body);
        const never = new Int32Array(new SharedArrayBuffer(4));
        while (existsSync(path)) Atomics.wait(never, 0, 0, 5);
      }
      yield await Promise.resolve({
        body: new TextEncoder().encode(String(process.pid)),
      });
    },
    async *doGet({ ticket }) {
      const batches = Number(new TextDecoder().decode(ticket));
      for (let i = 0; i < batches; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        yield filled(1000, i);
      }
    },
    async doPut(stream) {
      for await (const _ of stream);
    },
  };
}

if (!isWorker()) console.log(`first process ${process.pid}`);
const workers = await serveWorkers(service, {
  workers: 2,
  shutdownOnSignals: true,
  ...options,
});
console.log(`Listening on ${workers.location.uri}`);
await workers.closed;
console.log("closed");
