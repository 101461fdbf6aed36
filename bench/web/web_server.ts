/**
 * A server of this runtime with a flight, by gRPC-Web and as plain bytes, and the same flight by gRPC on
 * another port:
 *
 *     web_server.ts --mib=N --port=0 --page=FILE
 *
 * - `GET /plain` sends what the DoGet of the flight sends, as it is.
 * - `GET /cpu` answers with the processor time of this process, in seconds.
 * - `GET /page` answers with a page whose script is the file.
 * - `GET /grpc` answers with the location of the server of gRPC.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { type FlightService, serve } from "@contrail/flight";
import { flightHandler } from "@contrail/flight/handler";
import { connectWeb } from "@contrail/flight/web";
import { serveFetch } from "../../tests/support/serve_fetch.ts";
import { Flags } from "../support/flags.ts";
import { endWithStdin } from "../support/worker.ts";
import { bytesPerRow, perfBatch } from "../transfer/perf_data.ts";

/** Bytes of a batch. */
const BATCH_BYTES = 2 ** 20;

const flags = new Flags(process.argv.slice(2), [
  "mib",
  "port",
  "page",
]);
const batches = flags.count("mib", 256);
const batch = perfBatch("int64", BATCH_BYTES / bytesPerRow("int64"));
const service: FlightService = {
  *doGet() {
    for (let i = 0; i < batches; i++) yield batch;
  },
};
const plain = await chunksOf(flightHandler(service));
const { location } = await serve(service);
const { url } = await serveFetch(
  flightHandler(service, { otherwise: (request) => answer(request) }),
);
console.log(new URL(url).port);
endWithStdin();

/** The chunks of the body of a DoGet. */
async function chunksOf(
  handler: ReturnType<typeof flightHandler>,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const client = connectWeb("http://localhost", {
    async fetch(request) {
      const response = await handler(request);
      const body = response.body!.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            chunks.push(chunk);
            controller.enqueue(chunk);
          },
        }),
      );
      return new Response(body, response);
    },
  });
  for await (const _ of client.doGet("all"));
  return chunks;
}

async function answer(request: Request): Promise<Response> {
  switch (new URL(request.url).pathname) {
    case "/plain": {
      const left = plain.values();
      return new Response(
        new ReadableStream({
          pull(controller) {
            const { done, value } = left.next();
            if (done) controller.close();
            else controller.enqueue(value);
          },
        }, { highWaterMark: 0 }),
      );
    }
    case "/page":
      return new Response(
        '<!doctype html><script type="module" src="/page.js"></script>',
        { headers: { "content-type": "text/html" } },
      );
    case "/page.js": {
      const script = await readFile(flags.text("page", ""), "utf8");
      const headers = { "content-type": "text/javascript" };
      return new Response(script, { headers });
    }
    case "/cpu": {
      const { user, system } = process.cpuUsage();
      return new Response(String((user + system) / 1e6));
    }
    default:
      return new Response(location.uri);
  }
}
