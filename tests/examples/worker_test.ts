import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { flightHandler } from "@contrail/flight/handler";
import { connectWeb } from "@contrail/flight/web";
import worker from "../../examples/worker.ts";
import { numbers, values } from "../support/numbers.ts";
import { serveFetch } from "../support/serve_fetch.ts";

test("example worker: serves its own table, and passes on the rest", async () => {
  await using upstream = await serveFetch(
    flightHandler({ doGet: () => [numbers(1), numbers(2)] }),
  );
  const client = connectWeb("https://worker.test", {
    fetch: (request) => worker.fetch(request, { UPSTREAM: upstream.url }),
  });
  const stations = await client.doGet("stations").table();
  assertEquals(
    [...stations.getChild("meters")!.toArray() as Float64Array],
    [23.5, 161, 60],
  );
  const rest = await Array.fromAsync(client.doGet("other"));
  assertEquals(rest.map(values), [[1], [2]]);
  await client.close();
});
