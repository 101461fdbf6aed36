/** Messages for calls of every method: valid ones, changed in a few places. */

import { concatBytes } from "../../../internal/base/bytes.ts";
import { pathDescriptor } from "../../../internal/protocol/flight_descriptor.ts";
import { encodeFlightData } from "../../../internal/protocol/flight_data.ts";
import { seedStreams } from "./ipc_seeds.ts";
import { mutatedStream } from "./mutate_ipc.ts";
import { mutatedProto } from "./mutate_proto.ts";
import { randomMessage } from "./proto_shapes.ts";
import type { Random } from "../random.ts";

const FLIGHT = ".arrow.flight.protocol.";

const streams = seedStreams().slice(0, 60);

/** A message of Flight by its name, mostly valid. */
export function messageOf(name: string, random: Random): Uint8Array {
  const full = name.startsWith(".") ? name : FLIGHT + name;
  const bytes = randomMessage(full, random, 2);
  return random.oneIn(3) ? mutatedProto(bytes, [bytes], random) : bytes;
}

/** Up to three messages of a kind, mostly one. */
export function messagesOf(name: string, random: Random): Uint8Array[] {
  const count = random.oneIn(4) ? random.below(4) : 1;
  return Array.from({ length: count }, () => messageOf(name, random));
}

/** The messages of a data stream. */
export function dataOf(random: Random): Uint8Array[] {
  const seed = random.pick(streams);
  const messages = random.oneIn(2)
    ? seed.messages
    : mutatedStream(streams, random);
  return messages.map(({ header, body }, index) => {
    const data = encodeFlightData({
      dataHeader: header,
      body: [body],
      descriptor: index === 0 && !random.oneIn(8)
        ? pathDescriptor("a")
        : undefined,
      appMetadata: random.oneIn(4) ? random.bytes(3) : undefined,
    });
    const bytes = concatBytes(data.chunks);
    return random.oneIn(20) ? mutatedProto(bytes, [bytes], random) : bytes;
  });
}
