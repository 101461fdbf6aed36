/** Arrow IPC, as a stream or as a file. */

import {
  AsyncByteQueue,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
} from "apache-arrow";
import type { Target } from "./output.ts";
import type { Printer } from "./printer.ts";

/** Collects the chunks of a writer until they are taken. */
class Chunks extends AsyncByteQueue {
  #chunks: Uint8Array[] = [];

  override write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  take(): Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}

/** Writes Arrow IPC. */
export function arrowPrinter(
  output: Target,
  form: "stream" | "file",
): Printer {
  const options = { autoDestroy: false };
  const writer = form === "file"
    ? new RecordBatchFileWriter(options)
    : new RecordBatchStreamWriter(options);
  const chunks = new Chunks();

  async function flush(): Promise<void> {
    for (const chunk of chunks.take()) await output.bytes(chunk);
  }

  return {
    async begin(schema) {
      writer.reset(chunks, schema);
      await flush();
    },
    async batch(batch) {
      writer.write(batch);
      await flush();
    },
    async end() {
      writer.finish();
      await flush();
      await output.flush();
    },
  };
}
