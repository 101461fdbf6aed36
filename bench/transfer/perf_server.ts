/**
 * A server for the benchmark client of Arrow C++, and every other that speaks
 * its messages (perf.proto).
 *
 *     deno run -A bench/transfer/perf_server.ts --port 31337
 *     bun bench/transfer/perf_server.ts --port 31337
 *
 * @module
 */
import process from "node:process";
import type { RecordBatch } from "apache-arrow";
import { type FlightService, serve } from "@contrail/flight";
import { Flags } from "../support/flags.ts";
import { PERF_SCHEMA, perfBatch, perfBatches } from "./perf_data.ts";
import { perf, token } from "./perf_messages.ts";
import { TRANSPORT } from "../support/transport.ts";
import { endWithStdin } from "../support/worker.ts";

const batches = new Map<number, RecordBatch>();

/** Caches batches: making random rows must not count. */
function batchOf(rows: number): RecordBatch {
  let batch = batches.get(rows);
  if (batch === undefined) batches.set(rows, batch = perfBatch(rows));
  return batch;
}

/**
 * Makes the service; `location` returns the location of the server, once it is
 * known.
 */
function perfService(location: () => string): FlightService {
  return {
    getFlightInfo(descriptor) {
      if (descriptor.type !== "CMD") return undefined;
      const definition = perf.decode(descriptor.cmd);
      const { streamCount, recordsPerStream, recordsPerBatch } = definition;
      // Here, so that the first stream does not pay for it.
      batchOf(recordsPerBatch);
      return {
        schema: PERF_SCHEMA,
        descriptor,
        endpoints: Array.from({ length: streamCount }, (_, stream) => {
          const start = BigInt(stream) * recordsPerStream;
          const end = start + recordsPerStream;
          return {
            ticket: token.encode({ definition, start, end }),
            // C++'s client opens a connection of its own for each location.
            locations: [location()],
          };
        }),
        totalRecords: BigInt(streamCount) * recordsPerStream,
      };
    },
    doGet({ ticket }) {
      const { definition } = token.decode(ticket);
      if (definition === undefined) return undefined;
      return perfBatches(
        batchOf(definition.recordsPerBatch),
        Number(definition.recordsPerStream),
      );
    },
    async *doPut(upload) {
      for await (const { appMetadata } of upload.messages()) {
        if (appMetadata !== undefined) yield { appMetadata };
      }
    },
    *doAction({ type }) {
      if (type === "ping") yield { body: new TextEncoder().encode("ok") };
    },
  };
}

const flags = new Flags(process.argv.slice(2), [
  "server_host",
  "port",
  "server_port",
  "stop_with_stdin",
]);
const server = await serve(perfService(() => server.location.uri), {
  hostname: flags.text("server_host", "127.0.0.1"),
  port: flags.count("port", flags.count("server_port", 31337)),
  transport: TRANSPORT,
});
console.log(`Server port: ${server.port}`);
if (flags.on("stop_with_stdin")) endWithStdin();
