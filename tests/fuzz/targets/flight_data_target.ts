/** Data streams: FlightData messages, read as clients and services read them. */

import type { RecordBatch } from "apache-arrow";
import { concatBytes } from "../../../internal/base/bytes.ts";
import type { Source } from "../../../internal/base/source.ts";
import {
  commandDescriptor,
  pathDescriptor,
} from "../../../internal/protocol/flight_descriptor.ts";
import { FlightDataDecoder } from "../../../internal/stream/flight_data_decoder.ts";
import {
  encodeFlightData,
  type FlightDataParts,
} from "../../../internal/protocol/flight_data.ts";
import {
  checkRoundTrip,
  MAX_DECOMPRESSED_BYTES,
  memoryBoundOf,
} from "./ipc_target.ts";
import { seedStreams } from "../inputs/ipc_seeds.ts";
import { mutatedStream } from "../inputs/mutate_ipc.ts";
import { mutatedProto } from "../inputs/mutate_proto.ts";
import type { Random } from "../random.ts";
import { digestOf } from "../read_values.ts";
import { sameValue } from "../same_value.ts";
import { RecyclingSource } from "./recycling_source.ts";
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

const streams = seedStreams();

/** Ways to read a stream. */
const USES = [
  "batches",
  "schema first",
  "descriptor first",
  "both",
  "raw",
] as const;

/** Messages of one stream. */
export interface FlightDataInput extends Input {
  readonly use: typeof USES[number];
  /** Number of reads after which it is canceled. */
  readonly cancelAfter: number;
}

/** The messages of one stream. */
export const flightDataTarget: Target<FlightDataInput> = {
  name: "flight-data",
  reads: "FlightData: data streams",
  memoryBound: memoryBoundOf,
  generate(random: Random): FlightDataInput {
    const messages: FlightDataParts[] = mutatedStream(streams, random)
      .map(({ header, body }, index) => ({
        dataHeader: header,
        body: [body],
        appMetadata: random.oneIn(4) ? random.bytes(5) : undefined,
        descriptor: index === 0 && random.oneIn(2)
          ? random.pick([pathDescriptor("a", "b"), commandDescriptor("c")])
          : undefined,
      }));
    for (let count = random.below(3); count > 0; count--) {
      const at = random.below(messages.length + 1);
      messages.splice(at, 0, { appMetadata: random.bytes(random.below(9)) });
    }
    const parts = messages.map((message) => {
      const bytes = concatBytes(encodeFlightData(message).chunks);
      return random.oneIn(12) ? mutatedProto(bytes, [bytes], random) : bytes;
    });
    return {
      parts,
      use: random.pick(USES),
      cancelAfter: random.oneIn(6) ? random.below(4) : Infinity,
    };
  },
  async run(input: FlightDataInput): Promise<Verdict> {
    const { parts } = input;
    let next = 0;
    const source: Source<Uint8Array> = {
      read: () => Promise.resolve(parts[next++]),
      cancel: () => void (next = Infinity),
    };
    const batches: RecordBatch[] = [];
    const verdict = await readAll(
      source,
      input,
      false,
      (batch) => void batches.push(batch),
    );
    // Memory of earlier messages must not show through, whatever a message says.
    const digests: string[] = [];
    const again = await readAll(
      new RecyclingSource(parts),
      input,
      true,
      (batch) => void digests.push(digestOf(batch)),
    );
    check(again === verdict, () => `with recycled memory: ${again}`);
    check(
      sameValue(digests, batches.map(digestOf)),
      () => "batches differ with recycled memory",
    );
    checkRoundTrip(batches);
    return verdict;
  },
};

async function readAll(
  source: Source<Uint8Array>,
  { use, cancelAfter }: FlightDataInput,
  reusesMemory: boolean,
  take: (batch: RecordBatch) => void,
): Promise<Verdict> {
  const decoder = new FlightDataDecoder(source, {
    maxDecompressedMessageBytes: MAX_DECOMPRESSED_BYTES,
  });
  decoder.reuseMemory(reusesMemory);
  const ended = decoder.ended.catch(() => {});
  let verdict: Verdict;
  try {
    if (use === "raw") {
      const raw = decoder.raw();
      while (await raw.read() !== undefined) {
        // They are views of what arrived.
      }
    } else {
      if (use === "descriptor first" || use === "both") {
        await decoder.descriptor();
      }
      if (use === "schema first" || use === "both") await decoder.opening();
      for (let reads = 0;; reads++) {
        if (reads === cancelAfter) decoder.cancel(undefined);
        const message = await decoder.read();
        if (message === undefined) break;
        if (message.batch !== undefined) take(message.batch);
      }
    }
  } catch (error) {
    verdict = rejection(error);
  }
  await ended;
  return verdict;
}
