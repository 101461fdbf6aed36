/** A service that forwards every data stream to another one, without decoding. */

import type { FlightClient, FlightService } from "@contrail/flight";

/**
 * Makes the service.
 *
 * Messages go through unchanged, with any types, compression and dictionaries: no batch is decoded
 * or encoded. A client that stops reading stops the service behind, and a client that cancels also
 * cancels there, because the signal goes with the call.
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

/** Pipes while the answers are read: if this fails, they fail too, with the reason. */
function pipe<T>(from: ReadableStream<T>, to: WritableStream<T>): void {
  from.pipeTo(to).catch(() => {});
}
