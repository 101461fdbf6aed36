/**
 * The Worker that is tested in workerd. It serves a FlightService by our handler, and it is
 * a client: `GET /fetch` and `GET /sockets` run cases with a server of ours, by `fetch`
 * and by the sockets of `node:net`.
 *
 * @module
 */
import { connect, type FlightClient } from "../../../client.ts";
import { flightHandler } from "../../../handler.ts";
import { connectWeb } from "../../../web.ts";
import { WEB_SERVICE } from "../web/web_service.ts";
import { allCases } from "./all_cases.ts";
import { REQUEST_TIMEOUT_MS } from "./request_timeout.ts";

/** The bindings of the configuration. */
interface Env {
  /** The base URL of a server of gRPC-Web. */
  readonly WEB: string;
  /** The location of a server of gRPC. */
  readonly GRPC: string;
}

/** A client by fetch can be shared by all requests. */
let shared: FlightClient | undefined;

const handler = flightHandler(WEB_SERVICE, {
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
});

export default {
  async fetch(request: Request, { WEB, GRPC }: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get("case") ?? "";
    switch (request.method + pathname) {
      case "GET/fetch":
        return await resultOf(name, shared ??= connectWeb(WEB));
      case "GET/sockets": {
        // A socket belongs to the request that has opened it.
        await using client = connect(GRPC);
        return await resultOf(name, client);
      }
      default:
        return await handler(request);
    }
  },
};

/** Runs a case; answers with its error, if it fails. */
async function resultOf(name: string, client: FlightClient): Promise<Response> {
  try {
    await allCases(client)[name]!();
    return new Response();
  } catch (error) {
    return new Response((error as Error)?.stack ?? String(error));
  }
}
