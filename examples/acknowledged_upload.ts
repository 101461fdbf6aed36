/**
 * An upload that waits until the server has stored each batch, so that it could
 * resume from there after a failure.
 */

import { connect, serve } from "@contrail/flight";
import { type RecordBatch, tableFromArrays } from "apache-arrow";

const stored: RecordBatch[] = [];
await using server = await serve({
  // Each yielded value is sent at once, while the upload goes on.
  async *doPut(upload) {
    for await (const batch of upload) {
      stored.push(batch);
      yield { appMetadata: `batch ${stored.length}` };
    }
  },
});

await using client = connect(server.location);
const upload = client.doPut("numbers");
const writer = upload.writable.getWriter();
const results = upload.results.getReader();
for (let i = 0; i < 3; i++) {
  const { batches: [batch] } = tableFromArrays({ n: Int32Array.of(i, i + 1) });
  await writer.write(batch!);
  const { value } = await results.read();
  console.log(`stored: ${value?.text()}`);
}
await writer.close();
const { done } = await results.read();
console.log(`complete: ${done}`);
