/**
 * The benchmark over this package.
 *
 * @module
 */
import { commandDescriptor, connect } from "@contrail/flight";
import type { RecordBatch } from "apache-arrow";
import { pem } from "../../tests/support/certs.ts";
import { TRANSPORT } from "../support/transport.ts";
import type { Compression } from "./perf_messages.ts";
import type { PerfConnection } from "./perf_run.ts";

/**
 * Opens a connection with the defaults of this package.
 *
 * @param reusesMemory True to use the memory of a batch again after it.
 */
export function connectContrail(
  location: string,
  compression: Compression,
  reusesMemory = false,
): PerfConnection {
  const client = connect(location, {
    transport: TRANSPORT,
    compression,
    ...location.startsWith("grpc+tls:")
      ? { tls: { rootCertificates: pem("ca_cert") } }
      : {},
  });
  return {
    async getFlightInfo(command) {
      const info = await client.getFlightInfo(commandDescriptor(command));
      return info.endpoints.map(({ ticket, locations }) => ({
        ticket: ticket.ticket,
        location: locations[0]?.uri,
      }));
    },
    doGet: (ticket) => client.doGet(ticket).reuseMemory(reusesMemory),
    async doPut(batches, written) {
      // Not UNKNOWN, which C++'s server takes as an absent descriptor.
      const upload = client.doPut(commandDescriptor("perf"));
      await write(upload.writable, batches, written);
      // The call is complete only when the server has read everything.
      for await (const _ of upload.results);
    },
    async *doExchange(command, batches) {
      const exchange = client.doExchange(commandDescriptor(command));
      const writing = write(exchange.writable, batches);
      yield* exchange.readable.reuseMemory(reusesMemory);
      await writing;
    },
    async ping() {
      for await (const _ of client.doAction("ping"));
    },
    close: () => client.close(),
  };
}

async function write(
  writable: WritableStream<RecordBatch>,
  batches: Iterable<RecordBatch>,
  written?: () => void,
): Promise<void> {
  const writer = writable.getWriter();
  for (const batch of batches) {
    await writer.write(batch);
    written?.();
  }
  await writer.close();
}
