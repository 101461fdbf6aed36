/** A call whose batches are large and at hand must not keep the event loop for itself. */

import { test } from "node:test";
import { assertLess } from "@std/assert";
import { connect, pathDescriptor, serve } from "@contrail/flight";
import { type RecordBatch, vectorFromArray } from "apache-arrow";

import { batchOf } from "../support/ipc/samples.ts";

const HERE = pathDescriptor("here");
const BATCHES = 200;

/** Some hundred bytes for 4 MiB, so that all fit into the first window. */
const OPTIONS = { compression: "zstd", maxBatchBytes: Infinity } as const;
const ZEROS = batchOf({
  n: vectorFromArray(new Int32Array(1 << 20)).data[0]!,
});

/** Batches that count how many of them were taken. */
class Batches {
  taken = 0;

  *[Symbol.iterator](): Generator<RecordBatch, void> {
    while (this.taken < BATCHES) {
      this.taken++;
      yield ZEROS;
    }
  }
}

test("DoGet: the first batch is received while others are compressed", async () => {
  const batches = new Batches();
  await using server = await serve({
    doGet(_, context) {
      context.setWriteOptions(OPTIONS);
      return batches;
    },
  });
  await using client = connect(server.location.uri);
  for await (const _ of client.doGet(new Uint8Array())) break;
  assertLess(batches.taken, BATCHES);
});

for (const way of ["given", "written"] as const) {
  test(`DoPut: the first of ${way} batches is received while others are compressed`, async () => {
    const batches = new Batches();
    let takenAtFirst = Infinity;
    await using server = await serve({
      async doPut(upload) {
        for await (const _ of upload) {
          takenAtFirst = Math.min(takenAtFirst, batches.taken);
        }
      },
    });
    await using client = connect(server.location.uri, OPTIONS);
    if (way === "given") await client.doPut(HERE).writeAll(batches);
    else {
      const upload = client.doPut(HERE);
      const writer = upload.writable.getWriter();
      for (const batch of batches) await writer.write(batch);
      await writer.close();
    }
    assertLess(takenAtFirst, BATCHES);
  });
}
