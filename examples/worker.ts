/**
 * A Cloudflare Worker that is a Flight service: it has a table of its own, and passes on all other data
 * from the service whose URL is its variable `UPSTREAM`. `npx wrangler deploy examples/worker.ts` bundles
 * and deploys it; any other bundler works too.
 */

import { flightHandler, type FlightService } from "@contrail/flight/handler";
import { connectWeb, type FlightClient } from "@contrail/flight/web";
import { tableFromArrays } from "apache-arrow";

/** The variables of the Worker. */
interface Env {
  /** URL of a service that speaks gRPC-Web. */
  readonly UPSTREAM: string;
}

const stations = tableFromArrays({
  station: Int32Array.of(1, 2, 3),
  meters: Float64Array.of(23.5, 161, 60),
});

function serviceWith(upstream: FlightClient): FlightService {
  return {
    doGet: ({ ticket }, { signal }) =>
      new TextDecoder().decode(ticket) === "stations"
        ? stations
        : upstream.doGet(ticket, { signal }),
  };
}

// Requests can share it: the client uses `fetch`, and no socket belongs to one of them.
let handler: ReturnType<typeof flightHandler> | undefined;

export default {
  fetch(request: Request, { UPSTREAM }: Env): Promise<Response> {
    handler ??= flightHandler(serviceWith(connectWeb(UPSTREAM)));
    return handler(request);
  },
};
