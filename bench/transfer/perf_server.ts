/**
 * A server for the benchmark client of Arrow C++, and every other that speaks
 * its messages (perf.proto). `--workers` is the number of processes.
 * `--reuse_memory` uses the memory of uploaded batches again.
 *
 *     deno run -A bench/transfer/perf_server.ts --port 31337
 *     bun bench/transfer/perf_server.ts --port 31337 --tls
 *     bun bench/transfer/perf_server.ts --port 31337 --workers 2
 *
 * @module
 */
import process from "node:process";
import type { RecordBatch } from "apache-arrow";
import { type FlightService, serve } from "@contrail/flight";
import { serveWorkers } from "@contrail/flight/workers";
import { certified } from "../../tests/support/certs.ts";
import { Flags } from "../support/flags.ts";
import { TRANSPORT } from "../support/transport.ts";
import { endWithStdin } from "../support/worker.ts";
import { perfBatch, perfBatches } from "./perf_data.ts";
import {
  type PerfSize,
  perfTicket,
  readCommand,
  readTicket,
} from "./perf_messages.ts";

const batches = new Map<string, RecordBatch>();

/** Caches batches: making random rows must not count. */
function batchOf({ data, recordsPerBatch }: PerfSize): RecordBatch {
  const key = `${data} ${recordsPerBatch}`;
  let batch = batches.get(key);
  if (batch === undefined) {
    batches.set(key, batch = perfBatch(data, recordsPerBatch));
  }
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
      const size = readCommand(descriptor.cmd);
      // Here, so that the first stream does not pay for it.
      const { schema } = batchOf(size);
      return {
        schema,
        descriptor,
        endpoints: Array.from({ length: size.numStreams }, (_, stream) => ({
          ticket: perfTicket(size, stream),
          // C++'s client opens a connection of its own for each location.
          locations: [location()],
        })),
        totalRecords: BigInt(size.numStreams * size.recordsPerStream),
      };
    },
    doGet({ ticket }, context) {
      const size = readTicket(ticket);
      if (size === undefined) return undefined;
      context.setWriteOptions({ compression: size.compression });
      return perfBatches(batchOf(size), size.recordsPerStream);
    },
    async *doPut(upload) {
      upload.reuseMemory(reusesMemory);
      for await (const { appMetadata } of upload.messages()) {
        if (appMetadata !== undefined) yield { appMetadata };
      }
    },
    async *doExchange(input, context) {
      const descriptor = await input.descriptor;
      if (descriptor?.type === "CMD") {
        const { compression } = readCommand(descriptor.cmd);
        context.setWriteOptions({ compression });
      }
      yield* input.reuseMemory(reusesMemory);
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
  "tls",
  "stop_with_stdin",
  "reuse_memory",
  "workers",
]);
const reusesMemory = flags.on("reuse_memory");
const options = {
  hostname: flags.text("server_host", "127.0.0.1"),
  port: flags.count("port", flags.count("server_port", 31337)),
  ...flags.on("tls") ? { tls: certified("server") } : {},
};
const workers = flags.count("workers", 0);
let location = "";
const server = workers > 0
  ? await serveWorkers(() => ({
    ...perfService(() => location),
    // They learn the port with the first call.
    getFlightInfo(descriptor, context) {
      location = context.location!.uri;
      return perfService(() => location).getFlightInfo!(descriptor, context);
    },
  }), { ...options, workers })
  : await serve(perfService(() => location), {
    ...options,
    transport: TRANSPORT,
  });
location = server.location.uri;
console.log(`Server port: ${server.port}`);
if (flags.on("stop_with_stdin")) endWithStdin();
