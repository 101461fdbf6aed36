/** Every message of `proto/`, and the types of the protocol that are made of them. */

import { concatBytes } from "../../../internal/base/bytes.ts";
import type { EncodedFlightData } from "../../../internal/protocol/flight_data.ts";
import { findFlightDataBody } from "../../../internal/protocol/flight_data.ts";
import { mutatedProto } from "../inputs/mutate_proto.ts";
import { type Codec, codecsOf } from "../inputs/proto_codecs.ts";
import { MESSAGE_NAMES, randomMessage } from "../inputs/proto_shapes.ts";
import type { Random } from "../random.ts";
import { sameValue } from "../same_value.ts";
import {
  check,
  type Input,
  rejection,
  type Target,
  type Verdict,
} from "./target.ts";

const CODECS: ReadonlyMap<string, readonly Codec[]> = new Map(
  MESSAGE_NAMES.map((name) => [name, codecsOf(name)]),
);

/** Entries of maps are read by the message that has them. */
const NAMES = MESSAGE_NAMES.filter((name) => CODECS.get(name)!.length > 0);

/** An element of a repeated field takes two bytes on the wire and a hundred in memory. */
const BYTES_PER_BYTE = 400;
const NOISE_BYTES = 48 << 20;

/** An input of the protobuf target. */
export interface ProtobufInput extends Input {
  /** Full name of the message that the bytes are meant to be. */
  readonly message: string;
}

/** One message. */
export const protobufTarget: Target<ProtobufInput> = {
  name: "protobuf",
  reads: "protobuf: every message of Flight, Flight SQL, health and reflection",
  memoryBound: ({ parts }) => NOISE_BYTES + BYTES_PER_BYTE * parts[0]!.length,
  generate(random: Random): ProtobufInput {
    const message = random.pick(NAMES);
    const donors = [randomMessage(random.pick(NAMES), random, 3)];
    const bytes = mutatedProto(randomMessage(message, random), donors, random);
    return { message, parts: [bytes] };
  },
  run({ message, parts }: ProtobufInput): Verdict {
    let verdict: Verdict;
    const bytes = parts[0]!;
    findFlightDataBody(bytes);
    for (const codec of CODECS.get(message)!) {
      verdict = read(codec, bytes) ?? verdict;
    }
    return verdict;
  },
};

function read(codec: Codec, bytes: Uint8Array): Verdict {
  let value: unknown;
  try {
    value = codec.decode(bytes);
  } catch (error) {
    return rejection(error);
  }
  if (codec.encode === undefined) return undefined;
  const encoded = bytesOf(codec.encode(value as never));
  const again = codec.decode(encoded);
  check(
    sameValue(value, again),
    () =>
      `${codec.name} was changed on the way: ${text(value)} → ${text(again)}`,
  );
  // Also what is not in the value, such as fields that are unknown here.
  check(
    sameValue(encoded, bytesOf(codec.encode(again as never))),
    () => `${codec.name} has other bytes when it is sent again: ${text(value)}`,
  );
  return undefined;
}

function bytesOf(encoded: unknown): Uint8Array {
  if (encoded instanceof Uint8Array) return encoded;
  return concatBytes((encoded as EncodedFlightData).chunks);
}

function text(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) =>
      typeof inner === "bigint"
        ? `${inner}n`
        : inner instanceof Map
        ? [...inner]
        : inner,
  );
}
