/**
 * A proxy in front of a service, and a copy from one service to another. Neither decodes a batch, so
 * both work for types and compressions that this package cannot read.
 */

import { connect, serve } from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";
import { forwarding } from "./proxy/forwarding.ts";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
await using origin = await serve({ doGet: () => table }, {
  compression: "zstd",
});
await using toOrigin = connect(origin.location);

await using proxy = await serve(forwarding(toOrigin));
await using client = connect(proxy.location);
const copy = await client.doGet("numbers").table();
console.log(`through the proxy: ${copy.getChild("n")!.toArray().join(" ")}`);

await using archive = await serve({
  async *doPut(upload) {
    let messages = 0;
    for await (const _ of upload.flightData()) messages++;
    yield { appMetadata: `${messages} messages` };
  },
});
await using toArchive = connect(archive.location);
const [result] = await toArchive.doPut("copy")
  .writeAll(toOrigin.doGet("numbers").flightData());
console.log(`copied: ${result!.text()}`);
