/**
 * The benchmark over this package.
 *
 * @module
 */
import { commandDescriptor, connect } from "@contrail/flight";
import type { PerfConnection } from "./perf_run.ts";
import { TRANSPORT } from "../support/transport.ts";

/** Opens a connection with the defaults of this package. */
export function connectContrail(location: string): PerfConnection {
  const client = connect(location, { transport: TRANSPORT });
  return {
    async getFlightInfo(command) {
      const info = await client.getFlightInfo(commandDescriptor(command));
      return info.endpoints.map(({ ticket, locations }) => ({
        ticket: ticket.ticket,
        location: locations[0]?.uri,
      }));
    },
    doGet: (ticket) => client.doGet(ticket),
    async doPut(batches, written) {
      // Not UNKNOWN, which C++'s server takes as an absent descriptor.
      const upload = client.doPut(commandDescriptor("perf"));
      const writer = upload.writable.getWriter();
      for (const batch of batches) {
        await writer.write(batch);
        written();
      }
      await writer.close();
      // The call is complete only when the server has read everything.
      for await (const _ of upload.results);
    },
    async ping() {
      for await (const _ of client.doAction("ping"));
    },
    close: () => client.close(),
  };
}
