/** A service that sends every data stream on to another one, and decodes none of them. */

import type { FlightClient, FlightService } from "@contrail/flight";

/**
 * Makes the service.
 *
 * Messages go through as they are: whatever their types, their compression and their dictionaries, no
 * batch is decoded or encoded. Who stops reading stops the service behind, and who cancels cancels
 * there, because the signal goes with the call.
 *
 * @param upstream The client of the service behind it.
 */
export function forwarding(upstream: FlightClient): FlightService {
  return {
    doGet(ticket, { signal }) {
      return upstream.doGet(ticket, { signal }).flightData();
    },
    async doPut(input, { signal }) {
      const upload = upstream.doPut((await input.descriptor)!, { signal });
      pipe(input.flightData(), upload.writable);
      return upload.results;
    },
    async doExchange(input, { signal }) {
      const descriptor = (await input.descriptor)!;
      const exchange = upstream.doExchange(descriptor, { signal });
      pipe(input.flightData(), exchange.writable);
      return exchange.readable.flightData();
    },
  };
}

/** Pipes while the answers are read: they fail too, and tell why, when this does. */
function pipe<T>(from: ReadableStream<T>, to: WritableStream<T>): void {
  from.pipeTo(to).catch(() => {});
}
