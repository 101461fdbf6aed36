/** Length-prefixed messages of gRPC, in both readers that take them apart. */

import { Buffer } from "node:buffer";
import { concatBytes } from "../../../internal/base/bytes.ts";
import { FrameDecoder } from "../../../internal/transport/grpc_js/message_reader.ts";
import { MessageReader } from "../../../internal/grpc/message_reader.ts";
import { findFlightDataBody } from "../../../internal/protocol/flight_data.ts";
import { mutatedBytes } from "../inputs/mutate_bytes.ts";
import type { Random } from "../random.ts";
import { sameValue } from "../same_value.ts";
import { check, type Input, type Target, type Verdict } from "./target.ts";

const MAX_MESSAGE_BYTES = 5000;
const PREFIX_BYTES = 5;

/** Expected result for some bytes: the messages before the first fault. */
interface Expected {
  readonly messages: Uint8Array[];
  readonly problem: Verdict;
}

/** The chunks of one stream. */
export const framingTarget: Target = {
  name: "framing",
  reads: "gRPC: length-prefixed messages in chunks",
  memoryBound: () => 48 << 20,
  generate(random: Random): Input {
    const messages = Array.from({ length: random.below(6) }, () => {
      const length = random.oneIn(25)
        ? random.below(MAX_MESSAGE_BYTES)
        : random.below(30);
      const bytes = new Uint8Array(PREFIX_BYTES + length).fill(length);
      const view = new DataView(bytes.buffer);
      bytes[0] = random.oneIn(10) ? random.below(3) : 0;
      view.setUint32(1, random.oneIn(15) ? random.edge() : length);
      // The tag of a body, so that there is one to be aligned.
      if (length > 8) bytes.set([0xc2, 0x3e, length - 8], PREFIX_BYTES);
      return bytes;
    });
    let all: Uint8Array = concatBytes(messages);
    if (random.oneIn(6)) all = mutatedBytes(all, random);
    const step = random.pick([10_000, 1000, 100, 3]);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < all.length;) {
      const end = Math.min(all.length, at + 1 + random.below(step));
      parts.push(all.slice(at, end));
      at = end;
    }
    return { parts };
  },
  run({ parts }: Input): Verdict {
    const expected = split(concatBytes(parts));
    readWithHttp2(parts, expected);
    if (expected.problem !== "bad flag") readWithGrpcJs(parts, expected);
    return expected.problem;
  },
};

/** As the specification has it. */
function split(bytes: Uint8Array): Expected {
  const messages: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < PREFIX_BYTES) {
      return { messages, problem: "cut short" };
    }
    if (bytes[at]! > 1) return { messages, problem: "bad flag" };
    const length = view.getUint32(at + 1);
    if (length > MAX_MESSAGE_BYTES) return { messages, problem: "too large" };
    const end = at + PREFIX_BYTES + length;
    if (end > bytes.length) return { messages, problem: "cut short" };
    messages.push(bytes.subarray(at + PREFIX_BYTES, end));
    at = end;
  }
  return { messages, problem: undefined };
}

function readWithHttp2(
  parts: readonly Uint8Array[],
  { messages, problem }: Expected,
): void {
  let credit = 0;
  const reader = new MessageReader(
    MAX_MESSAGE_BYTES,
    (bytes) => credit += bytes,
    findFlightDataBody,
  );
  const seen: Uint8Array[] = [];
  const takeAll = (): void => {
    for (let next = reader.take(); next; next = reader.take()) {
      seen.push(next.bytes);
    }
  };
  let sum = 0;
  for (const [index, part] of parts.entries()) {
    // Chunks are only lent.
    const lent = new Uint8Array(part);
    reader.push(lent, 0, lent.length);
    lent.fill(0xee);
    sum += part.length;
    if (index % 2 === 0) takeAll();
  }
  reader.end();
  takeAll();
  check(
    sameValue(seen, messages),
    () => `${seen.length} messages instead of ${messages.length}`,
  );
  check(
    reader.problem?.kind === problem,
    () => `${reader.problem?.kind} instead of ${problem}`,
  );
  check(credit === sum, () => `${credit} of ${sum} bytes were credited`);
}

function readWithGrpcJs(
  parts: readonly Uint8Array[],
  { messages, problem }: Expected,
): void {
  const decoder = new FrameDecoder(MAX_MESSAGE_BYTES, findFlightDataBody);
  const seen: Uint8Array[] = [];
  let isTooLarge = false;
  try {
    for (const part of parts) {
      for (const frame of decoder.write(Buffer.from(part))) {
        seen.push(new Uint8Array(frame.subarray(PREFIX_BYTES)));
      }
    }
  } catch (error) {
    if (!String(error).includes("larger than max")) throw error;
    isTooLarge = true;
  }
  check(
    isTooLarge === (problem === "too large"),
    () => `too large: ${isTooLarge} instead of ${problem}`,
  );
  // Those that came in the chunk that is refused are not handed out.
  const wanted = isTooLarge ? messages.slice(0, seen.length) : messages;
  check(
    sameValue(seen, wanted),
    () => `${seen.length} messages instead of ${messages.length}`,
  );
}
