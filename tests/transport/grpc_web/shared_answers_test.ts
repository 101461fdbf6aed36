/** Answers whose bytes others read too: the client must not free their memory. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { FlightService } from "@contrail/flight";
import { flightHandler } from "@contrail/flight/handler";
import { connectWeb } from "@contrail/flight/web";
import { filled } from "../../support/numbers.ts";
import { serveFetch } from "../../support/serve_fetch.ts";

const ROWS = 100_000;
const BATCHES = 8;

const service: FlightService = {
  *doGet() {
    for (let i = 0; i < BATCHES; i++) yield filled(ROWS, i);
  },
};

type Fetch = (
  input: Request | string | URL,
  init?: RequestInit,
) => Promise<Response>;

/** A `fetch` that clones each answer, as one that logs them does. */
function cloning(fetch: Fetch): { fetch: Fetch; clones: Response[] } {
  const clones: Response[] = [];
  return {
    clones,
    async fetch(input, init) {
      const response = await fetch(input, init);
      clones.push(response.clone());
      return response;
    },
  };
}

/** Reads all batches, then the clone: it has the same bytes. */
async function check(
  client: ReturnType<typeof connectWeb>,
  clones: readonly Response[],
): Promise<void> {
  let rows = 0;
  for await (const batch of client.doGet("all")) rows += batch.numRows;
  assertEquals(rows, BATCHES * ROWS);
  const bytes = new Uint8Array(await clones[0]!.arrayBuffer());
  assert(bytes.length > BATCHES * ROWS * 4, `only ${bytes.length} bytes`);
  const end = new TextDecoder().decode(bytes.subarray(-100));
  assert(/grpc-status: ?0/.test(end), "the clone has lost its end");
}

test("connectWeb: an answer that the option fetch has cloned stays whole", async () => {
  await using server = await serveFetch(flightHandler(service));
  const { fetch: own, clones } = cloning(fetch);
  await check(connectWeb(server.url, { fetch: own }), clones);
});

test("connectWeb: an answer that a global fetch in its place has cloned stays whole", async () => {
  await using server = await serveFetch(flightHandler(service));
  const before = globalThis.fetch;
  const { fetch: own, clones } = cloning(before);
  globalThis.fetch = own as typeof fetch;
  try {
    await check(connectWeb(server.url), clones);
  } finally {
    globalThis.fetch = before;
  }
});

test("connectWeb: chunks that the option fetch hands out stay whole", async () => {
  const handler = flightHandler(service);
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
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  assert(bytes > BATCHES * ROWS * 4, `only ${bytes} bytes`);
});
