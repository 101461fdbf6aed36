/**
 * The benchmark over the npm package arrow-flight-client.
 *
 * @module
 */
import { commandDescriptor, FlightClient } from "arrow-flight-client";
import type { RecordBatch } from "apache-arrow";
import { perfTicket } from "./perf_messages.ts";
import type { PerfConnection } from "./perf_run.ts";

type ForeignBatch = NonNullable<
  Awaited<ReturnType<FlightClient["getTable"]>>["batches"][number]
>;

const foreignBatches = new Map<number, ForeignBatch>();

/** Opens a connection without any limit on the size of a message. */
export function connectArrowFlightClient(location: string): PerfConnection {
  const client = new FlightClient(location.replace(/^grpc(\+tcp)?:\/\//, ""), {
    maxReceiveMessageLength: -1,
    maxSendMessageLength: -1,
  });

  /**
   * It writes only batches of its own copy of apache-arrow: this one comes from
   * the server. The runs that warm up pay for it.
   */
  async function foreign({ numRows }: RecordBatch): Promise<ForeignBatch> {
    let batch = foreignBatches.get(numRows);
    if (batch === undefined) {
      const ticket = perfTicket({
        data: "int64",
        compression: "none",
        numStreams: 1,
        recordsPerStream: numRows,
        recordsPerBatch: numRows,
      });
      batch = (await client.getTable(ticket)).batches[0]!;
      foreignBatches.set(numRows, batch);
    }
    return batch;
  }

  return {
    async getFlightInfo(command) {
      const info = await client.getFlightInfo(commandDescriptor(command));
      return info.endpoints.map(({ ticket, locations }) => ({
        ticket: ticket!,
        location: locations[0],
      }));
    },
    async *doGet(ticket) {
      // Its reader, not getTable(): that would hold the stream in memory.
      for await (const { data } of await client.doGet(ticket)) {
        if (data !== null) yield data as unknown as RecordBatch;
      }
    },
    async doPut(batches, written) {
      async function* source(): AsyncGenerator<ForeignBatch, void> {
        for (const batch of batches) {
          yield await foreign(batch);
          // It asks for the next one when this one was written.
          written();
        }
      }
      const descriptor = commandDescriptor(new TextEncoder().encode("perf"));
      for await (const _ of client.doPut(descriptor, source()));
    },
    doExchange() {
      throw new TypeError("arrow-flight-client is not measured in exchanges");
    },
    async ping() {
      for await (const _ of client.doAction({ type: "ping" }));
    },
    close: () => client.close(),
  };
}
