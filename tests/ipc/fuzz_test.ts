import { assert } from "@std/assert";
import {
  Dictionary,
  Int32,
  type RecordBatch,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { IpcDecoder } from "../../internal/ipc/ipc_decoder.ts";
import { decodeSchema, encodeSchema } from "../../internal/ipc/schema.ts";
import { batchOf, everything, SAMPLES } from "./samples.ts";
import {
  encode,
  receive,
  type ReceivedMessage,
  seededRandom,
} from "./streams.ts";

/** Numbers that are likely to be at the edge of something. */
const EDGES = [
  0,
  1,
  -1,
  2,
  7,
  8,
  127,
  128,
  255,
  0x7fff,
  0xffff,
  0x10000,
  2 ** 31 - 1,
  -(2 ** 31),
  0x200000,
];

/** How many mutations of each sample. */
const MUTATIONS = 150;

type Random = () => number;

function below(random: Random, count: number): number {
  return Math.floor(random() * count);
}

/** A copy with a few bytes or words changed, or cut off, or moved. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  if (copy.byteLength < 8) return copy;
  const view = new DataView(copy.buffer);
  for (let i = below(random, 3); i >= 0; i--) {
    const at = below(random, copy.byteLength - 7);
    switch (below(random, 7)) {
      case 0:
        copy[at]! ^= 1 << below(random, 8);
        break;
      case 1:
        copy[at] = below(random, 256);
        break;
      case 2:
        view.setInt32(at & ~3, EDGES[below(random, EDGES.length)]!, true);
        break;
      case 3:
        view.setInt16(at & ~1, EDGES[below(random, EDGES.length)]!, true);
        break;
      case 4:
        view.setUint32(at & ~3, below(random, copy.byteLength), true);
        break;
      case 5:
        copy.copyWithin(at, below(random, copy.byteLength), at + 8);
        break;
      default:
        if (random() < 0.2) return copy.subarray(0, at);
        view.setInt8(at, copy[at]! + (random() < 0.5 ? 1 : -1));
    }
  }
  return copy;
}

/** Runs `call`, which may throw a FlightError and nothing else. */
function attempt<R>(call: () => R): R | undefined {
  try {
    return call();
  } catch (error) {
    assert(error instanceof FlightError, (error as Error).stack);
    return undefined;
  }
}

/** Gets values of a vector, and values of those values, up to a number of each. */
function walk(value: unknown, depth = 0): number {
  if (value === null || typeof value !== "object" || depth > 6) return 1;
  let count = 1;
  if (Symbol.iterator in value) {
    for (const item of value as Iterable<unknown>) {
      count += walk(item, depth + 1);
      if (count > 200) break;
    }
  }
  return count;
}

function walkBatch(batch: RecordBatch): number {
  let count = 0;
  for (let i = 0; i < Math.min(batch.numCols, 100); i++) {
    const column: Vector = batch.getChildAt(i)!;
    count += column.nullCount < 0 ? 1 : 0;
    for (let row = 0; row < Math.min(column.length, 50); row++) {
      try {
        count += walk(column.get(row));
      } catch (error) {
        // A correct value, which apache-arrow cannot give as a number.
        assert(String(error).includes("is not safe to convert"), String(error));
      }
    }
  }
  return count;
}

/** Decodes a stream one message of which is mutated, and walks what comes out. */
function run(
  messages: readonly ReceivedMessage[],
  random: Random,
): "batch" | "error" {
  const decoder = new IpcDecoder();
  const target = below(random, messages.length);
  let outcome: "batch" | "error" = "error";
  for (const [index, { header, body }] of messages.entries()) {
    const inHeader = random() < 0.7;
    const received: ReceivedMessage = index !== target
      ? { header, body }
      : inHeader
      ? { header: mutated(header, random), body }
      : { header, body: mutated(body, random) };
    const decoded = attempt(() =>
      decoder.decode(received.header, received.body)
    );
    if (decoded?.kind !== "batch") continue;
    walkBatch(decoded.batch);
    outcome = "batch";
  }
  return outcome;
}

for (const [index, [name, make]] of Object.entries(SAMPLES).entries()) {
  test(`mutated streams of ${name} give batches or FlightErrors`, () => {
    const random = seededRandom(1000 + index);
    const messages = receive(encode([batchOf({ column: make() })]));
    const outcomes = { batch: 0, error: 0 };
    for (let i = 0; i < MUTATIONS; i++) outcomes[run(messages, random)]++;
    // Both have to happen, or this does not test anything.
    assert(outcomes.batch > 10, `${outcomes.batch} batches`);
    assert(outcomes.error > 10, `${outcomes.error} errors`);
  });
}

test("mutated streams of all types give batches or FlightErrors", () => {
  const random = seededRandom(7);
  const messages = receive(encode([everything()]));
  for (let i = 0; i < 300; i++) run(messages, random);
});

for (const compression of ["lz4", "zstd"] as const) {
  test(`mutated streams in ${compression} give batches or FlightErrors`, () => {
    const random = seededRandom(10);
    // Small buffers are not compressed: these are large enough.
    const words = Array.from({ length: 300 }, (_, row) => `word ${row % 9}`);
    const batch = batchOf({
      n: vectorFromArray(words.map((_, row) => row >> 3), new Int32()).data[0]!,
      s: vectorFromArray(words, new Utf8()).data[0]!,
      d: vectorFromArray(words, new Dictionary(new Utf8(), new Int32()))
        .data[0]!,
    });
    const messages = receive(encode([batch], undefined, { compression }));
    const outcomes = { batch: 0, error: 0 };
    for (let i = 0; i < 1000; i++) outcomes[run(messages, random)]++;
    assert(outcomes.batch > 10, `${outcomes.batch} batches`);
    assert(outcomes.error > 10, `${outcomes.error} errors`);
  });
}

test("mutated schemas give schemas or FlightErrors", () => {
  const random = seededRandom(8);
  const bytes = encodeSchema(everything().schema);
  let decoded = 0;
  for (let i = 0; i < 1000; i++) {
    const schema = attempt(() => decodeSchema(mutated(bytes, random)));
    if (schema === undefined) continue;
    decoded++;
    // What was decoded can be encoded, whatever it has become.
    attempt(() => encodeSchema(schema));
  }
  assert(decoded > 10);
});

test("random bytes give FlightErrors", () => {
  const random = seededRandom(9);
  for (let i = 0; i < 1000; i++) {
    const bytes = Uint8Array.from(
      { length: below(random, 200) },
      () => below(random, 256),
    );
    attempt(() => decodeSchema(bytes));
    const decoder = new IpcDecoder();
    attempt(() => decoder.decode(bytes, bytes));
  }
});
