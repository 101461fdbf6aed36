/**
 * A data set in parts: a coordinator lists their locations, workers have them.
 */

import { connect, type FlightInfo, serve } from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";

const PARTS = 4;
const partOf = (part: number) =>
  tableFromArrays({
    n: Int32Array.from({ length: 250 }, (_, i) => part * 250 + i),
  });

// Every worker has every part, and names itself.
const work = (name: string) =>
  serve({
    doGet: ({ ticket }) =>
      partOf(ticket[0]!).batches.map((batch) => ({
        batch,
        appMetadata: new TextEncoder().encode(name),
      })),
  });
await using ada = await work("Ada");
await using bob = await work("Bob");

await using coordinator = await serve({
  getFlightInfo: () => ({
    schema: partOf(0).schema,
    ordered: true,
    endpoints: Array.from({ length: PARTS }, (_, part) => ({
      ticket: Uint8Array.of(part),
      // The preferred worker comes first.
      locations: part % 2 === 0
        ? [ada.location, bob.location]
        : [bob.location, ada.location],
    })),
  }),
});

await using client = connect(coordinator.location);
const info = await client.getFlightInfo("numbers");

async function read(info: FlightInfo): Promise<void> {
  let next = 0;
  for await (
    const { batch, endpoint, appMetadata } of client.read(info).messages()
  ) {
    const part = info.endpoints.indexOf(endpoint);
    console.log(`part ${part}: ${new TextDecoder().decode(appMetadata)}`);
    for (const { n } of batch!) if (n !== next++) throw new Error("disorder");
  }
  console.log(`${next} rows`);
}

await read(info);
await ada.shutdown();
console.log("Ada has gone home");
await read(info);
