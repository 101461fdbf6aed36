/** Changes to the messages of an IPC stream: headers, bodies, and their order. */

import type { ReceivedMessage } from "../../support/ipc/ipc_streams.ts";
import type { SeedMessage, SeedStream } from "./ipc_seeds.ts";
import { mutatedBytes, readInteger, writeInteger } from "./mutate_bytes.ts";
import { claimRows, mutateFlatbuffer } from "./mutate_flatbuffer.ts";
import type { Random } from "../random.ts";

/** A stream that was changed in a few places. */
export function mutatedStream(
  streams: readonly SeedStream[],
  random: Random,
): ReceivedMessage[] {
  const { messages, rows } = random.pick(streams);
  const mutated: ReceivedMessage[] = [...messages];
  const kind = random.below(12);
  if (kind === 0) reorder(mutated, streams, random);
  for (let i = random.below(3); i >= 0; i--) {
    // Mostly what comes late: the schema has to be good for the rest to be read.
    const index = random.oneIn(4)
      ? random.below(messages.length)
      : messages.length - 1 - random.below(Math.max(1, messages.length - 1));
    mutated[index] = mutatedMessage(
      messages[index]!,
      mutated[index] ?? messages[index]!,
      rows,
      random,
    );
  }
  return mutated;
}

function mutatedMessage(
  seed: SeedMessage,
  { header, body }: ReceivedMessage,
  rows: number,
  random: Random,
): ReceivedMessage {
  const isPristine = header.length === seed.header.length;
  switch (random.below(12)) {
    case 0:
      return { header: mutatedBytes(header, random), body };
    case 1:
      return { header, body: mutatedBytes(body, random) };
    case 2:
      return { header, body: body.slice(0, random.below(body.length + 1)) };
    case 3:
    case 4:
    case 5:
      return { header, body: mutatedBuffer(body, seed.buffers, random) };
    case 6:
      if (!isPristine) return { header, body };
      header = header.slice();
      claimRows(header, seed.anatomy, random, rows);
      return { header, body };
    default:
      if (!isPristine) return { header, body };
      header = header.slice();
      for (let i = random.below(2); i >= 0; i--) {
        mutateFlatbuffer(header, seed.anatomy, random);
      }
      return { header, body };
  }
}

/** Changes an integer of a buffer: an offset, an index, a length, a type id. */
function mutatedBuffer(
  body: Uint8Array,
  buffers: SeedMessage["buffers"],
  random: Random,
): Uint8Array {
  if (buffers.length === 0) return body;
  const copy = body.slice();
  const [offset, length] = random.pick(buffers);
  const width = random.pick([1, 4, 4, 8]);
  const at = offset + width * random.below(Math.ceil(length / width));
  if (at + width > copy.length) return copy;
  writeInteger(copy, at, width, random.near(readInteger(copy, at, width)));
  return copy;
}

function reorder(
  messages: ReceivedMessage[],
  streams: readonly SeedStream[],
  random: Random,
): void {
  const at = random.below(messages.length);
  switch (random.below(5)) {
    case 0:
      messages.splice(at, 1);
      return;
    case 1:
      messages.splice(at, 0, messages[random.below(messages.length)]!);
      return;
    case 2:
      messages.splice(at, 0, random.pick(random.pick(streams).messages));
      return;
    case 3:
      messages.push(...random.pick(streams).messages);
      return;
    default: {
      const other = random.below(messages.length);
      [messages[at], messages[other]] = [messages[other]!, messages[at]!];
    }
  }
}
