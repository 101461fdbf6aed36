/** A server that transforms: an exchange stands in a chain of streams. */

import { connect, serve } from "@contrail/flight";
import { type RecordBatch, tableFromArrays } from "apache-arrow";

function numbers(values: Iterable<number>): RecordBatch {
  return tableFromArrays({ n: Float64Array.from(values) }).batches[0]!;
}

await using server = await serve({
  async *doExchange(input) {
    for await (const batch of input) {
      yield numbers(batch.getChild("n")!.toArray().map(Math.sqrt));
    }
  },
});

await using client = connect(server.location);
await ReadableStream.from([numbers([1, 4]), numbers([9, 16, 25])])
  .pipeThrough(client.doExchange({ cmd: "square roots" }))
  .pipeTo(
    new WritableStream({
      write: (batch) => console.log(batch.getChild("n")!.toArray().join(" ")),
    }),
  );
