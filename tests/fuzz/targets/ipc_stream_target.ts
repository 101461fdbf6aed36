/** IPC streams and files as bytes, as they come from an HTTP location. */

import type { RecordBatch } from "apache-arrow";
import { concatBytes } from "../../../internal/base/bytes.ts";
import type { Source } from "../../../internal/base/source.ts";
import { encapsulate } from "../../../internal/ipc/encode/ipc_message.ts";
import { IpcStreamDecoder } from "../../../internal/ipc/decode/ipc_stream_decoder.ts";
import { IpcLimits } from "../../../internal/ipc/decode/ipc_stream_reader.ts";
import { FOOTER, MESSAGE } from "../inputs/arrow_shapes.ts";
import { type Anatomy, anatomyOf } from "../inputs/flatbuffer_sites.ts";
import {
  checkRoundTrip,
  MAX_DECOMPRESSED_BYTES,
  memoryBoundOf,
} from "./ipc_target.ts";
import { seedFiles, seedStreams } from "../inputs/ipc_seeds.ts";
import { mutatedBytes, writeInteger } from "../inputs/mutate_bytes.ts";
import { claimRows, mutateFlatbuffer } from "../inputs/mutate_flatbuffer.ts";
import type { Random } from "../random.ts";
import { type Input, rejection, type Target, type Verdict } from "./target.ts";
import { putCodecParts } from "../../../internal/stream/codec_parts.ts";

// As a client and a server do.
putCodecParts();

const MAX_MESSAGE_BYTES = 1 << 20;
const MAX_FILE_BYTES = 1 << 20;

/** A flatbuffer somewhere in the bytes. */
interface Place {
  readonly base: number;
  readonly anatomy: Anatomy;
}

/** A valid stream or file. */
interface Seed {
  readonly bytes: Uint8Array;
  readonly places: readonly Place[];
  readonly rows: number;
}

/** The footer is what a file is read by, so it is changed more often. */
const FOOTER_WEIGHT = 4;

const seeds: readonly Seed[] = [
  ...seedStreams().map(streamSeed),
  ...seedFiles().map(fileSeed),
  ...seedFiles().map(fileSeed),
];

function streamSeed(
  { messages, rows }: ReturnType<typeof seedStreams>[number],
): Seed {
  const parts: Uint8Array[] = [];
  const places: Place[] = [];
  let at = 0;
  for (const { header, body, anatomy } of messages) {
    places.push({ base: at + 8, anatomy });
    parts.push(encapsulate(header), body);
    at += 8 + header.length + body.length;
  }
  parts.push(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
  return { bytes: concatBytes(parts), places, rows };
}

function fileSeed({ bytes, rows }: { bytes: Uint8Array; rows: number }): Seed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tail = bytes.length - 10;
  const begin = tail - view.getInt32(tail, true);
  const footer = {
    base: begin,
    anatomy: anatomyOf(bytes.subarray(begin, tail), FOOTER),
  };
  const places: Place[] = Array(FOOTER_WEIGHT).fill(footer);
  // Every message begins with a mark, at a multiple of 8.
  for (let at = 8; at < begin - 8; at += 8) {
    if (view.getUint32(at, true) !== 0xffffffff) continue;
    const length = view.getInt32(at + 4, true);
    if (length <= 0 || at + 8 + length > begin) continue;
    try {
      const header = bytes.subarray(at + 8, at + 8 + length);
      places.push({ base: at + 8, anatomy: anatomyOf(header, MESSAGE) });
    } catch {
      // Data that looks like a mark.
    }
  }
  return { bytes, places, rows };
}

/** The chunks of one stream or file. */
export const ipcStreamTarget: Target = {
  name: "ipc-stream",
  reads: "IPC streams and files, byte by byte",
  memoryBound: (input) => memoryBoundOf(input) + 4 * MAX_FILE_BYTES,
  generate(random: Random): Input {
    const seed = random.pick(seeds);
    let bytes: Uint8Array = seed.bytes.slice();
    for (let i = random.below(3); i >= 0; i--) {
      const { base, anatomy } = random.pick(seed.places);
      switch (random.below(8)) {
        case 0:
          // The length of a message.
          writeInteger(bytes, base - 4, 4, random.near(bytes.length));
          break;
        case 1:
          claimRows(bytes, anatomy, random, seed.rows, base);
          break;
        default:
          mutateFlatbuffer(bytes, anatomy, random, base);
      }
    }
    if (random.oneIn(8)) bytes = mutatedBytes(bytes, random);
    return { parts: cut(bytes, random) };
  },
  async run({ parts }: Input): Promise<Verdict> {
    let next = 0;
    const source: Source<Uint8Array> = {
      read: () => Promise.resolve(parts[next++]),
      cancel: () => void (next = Infinity),
    };
    const decoder = new IpcStreamDecoder(source, {
      limits: new IpcLimits(MAX_MESSAGE_BYTES, MAX_FILE_BYTES),
      maxDecompressedMessageBytes: MAX_DECOMPRESSED_BYTES,
    });
    const batches: RecordBatch[] = [];
    let verdict: Verdict;
    try {
      await decoder.schema();
      for (;;) {
        const message = await decoder.read();
        if (message === undefined) break;
        if (message.batch !== undefined) batches.push(message.batch);
      }
    } catch (error) {
      verdict = rejection(error);
    }
    checkRoundTrip(batches);
    return verdict;
  },
};

function cut(bytes: Uint8Array, random: Random): Uint8Array[] {
  const step = random.pick([1 << 20, 1 << 20, 1000, 60]);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + random.below(step));
    parts.push(bytes.slice(at, end));
    at = end;
  }
  return parts;
}
