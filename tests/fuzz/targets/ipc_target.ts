/** Record batches, dictionaries and schemas, message by message. */

import type { RecordBatch } from "apache-arrow";
import { IpcDecoder } from "../../../internal/ipc/decode/ipc_decoder.ts";
import { IpcEncoder } from "../../../internal/ipc/encode/ipc_encoder.ts";
import {
  encodeBatch,
  receive,
  type ReceivedMessage,
} from "../../support/ipc/ipc_streams.ts";
import { seedStreams } from "../inputs/ipc_seeds.ts";
import { mutatedStream } from "../inputs/mutate_ipc.ts";
import type { Random } from "../random.ts";
import { digestOf } from "../read_values.ts";
import {
  check,
  type Input,
  rejection,
  type Target,
  type Verdict,
} from "./target.ts";
import { putCodecParts } from "../../../internal/stream/codec_parts.ts";

// As a client and a server do.
putCodecParts();

/** Limit for compressed buffers: less than the default, so that bombs show. */
export const MAX_DECOMPRESSED_BYTES: number = 1 << 20;

/**
 * Memory that a decoder may keep for each byte that arrived: columns, views and texts of the
 * header.
 */
const BYTES_PER_BYTE = 100;

/** Below this, figures say nothing: garbage that was not collected yet. */
const NOISE_BYTES = 48 << 20;

/** A bound of memory: a multiple of what arrived, and what compressed buffers may take. */
export function memoryBoundOf({ parts }: Input): number {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  return NOISE_BYTES + BYTES_PER_BYTE * bytes + 4 * MAX_DECOMPRESSED_BYTES;
}

const streams = seedStreams();

/** Header and body of each message, one after the other. */
export const ipcTarget: Target = {
  name: "ipc",
  reads: "IPC messages: schemas, record batches, dictionaries",
  memoryBound: memoryBoundOf,
  generate(random: Random): Input {
    return {
      parts: mutatedStream(streams, random)
        .flatMap(({ header, body }) => [header, body]),
    };
  },
  run({ parts }: Input): Verdict {
    const decoder = new IpcDecoder({
      maxDecompressedMessageBytes: MAX_DECOMPRESSED_BYTES,
    });
    let verdict: Verdict;
    const batches: RecordBatch[] = [];
    for (let i = 0; i < parts.length; i += 2) {
      try {
        const decoded = decoder.decode(parts[i]!, parts[i + 1]!);
        // A later schema begins another stream.
        if (decoded.kind === "schema") batches.length = 0;
        if (decoded.kind === "batch") batches.push(decoded.batch);
      } catch (error) {
        verdict ??= rejection(error);
      }
    }
    checkRoundTrip(batches);
    return verdict;
  },
};

/** Checks that accepted batches can be read, and sent again unchanged. */
export function checkRoundTrip(batches: readonly RecordBatch[]): void {
  if (batches.length === 0) return;
  const before = batches.map(digestOf);
  const encoder = new IpcEncoder();
  const sent: ReceivedMessage[] = receive([
    encoder.schema(batches[0]!.schema),
    ...batches.flatMap((batch) => encodeBatch(encoder, batch)),
  ]);
  const decoder = new IpcDecoder();
  const after: string[] = [];
  for (const { header, body } of sent) {
    const decoded = decoder.decode(header, body);
    if (decoded.kind === "batch") after.push(digestOf(decoded.batch));
  }
  check(
    before.length === after.length &&
      before.every((one, i) => one === after[i]),
    () =>
      `Values changed on the way:\n${before.join("\n")}\n${after.join("\n")}`,
  );
}
