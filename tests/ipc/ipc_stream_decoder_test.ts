import { batchesOf } from "../support/ipc/ipc_streams.ts";
import { test } from "node:test";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  Dictionary,
  Int32,
  type RecordBatch,
  Schema,
  Table,
  tableFromArrays,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { concatBytes } from "../../internal/base/bytes.ts";
import type { Source } from "../../internal/base/source.ts";
import { FlightError } from "../../internal/core/flight_error.ts";
import { IpcStreamDecoder } from "../../internal/ipc/decode/ipc_stream_decoder.ts";
import { IpcLimits } from "../../internal/ipc/decode/ipc_stream_reader.ts";
import { NUMBERS, numbers } from "../support/numbers.ts";
import { fileOf } from "../support/ipc/ipc_files.ts";
import { encode } from "../support/ipc/ipc_streams.ts";

const LIMIT = 1024 * 1024;

/** A decoder of chunks, for messages of up to so many bytes. */
function decoderOf(
  source: Source<Uint8Array>,
  maxMessageBytes = LIMIT,
): IpcStreamDecoder {
  const limits = new IpcLimits(maxMessageBytes, LIMIT);
  return new IpcStreamDecoder(source, { limits });
}

/** Makes a source of the given chunks, which records its cancellation. */
function chunks(
  ...chunks: Uint8Array[]
): Source<Uint8Array> & { cancelled: boolean; left: number } {
  return {
    cancelled: false,
    get left() {
      return chunks.length;
    },
    read() {
      return Promise.resolve(chunks.shift());
    },
    cancel() {
      this.cancelled = true;
    },
  };
}

/** The same bytes in pieces of `size`, each in memory of its own. */
function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    pieces.push(bytes.slice(at, at + size));
  }
  return pieces;
}

function numbersOf(batches: readonly RecordBatch[]): number[][] {
  return batches.map((batch) => [...batch.getChildAt(0)!] as number[]);
}

const batches = [numbers(1, 2, 3), numbers(), numbers(4)];
const schema = NUMBERS;
const table = new Table(schema, batches);
const stream = tableToIPC(table, "stream");
/** Without its schema in front, as apache-arrow writes files. */
const file = tableToIPC(table, "file");
/** As all others write them. */
const properFile = fileOf(encode(batches, schema));

for (
  const [name, bytes] of Object.entries({ stream, file, properFile })
) {
  test(`IpcStreamDecoder: a ${name} is read from chunks of any size`, async () => {
    for (const size of [1, 3, 8, 64, 1000, bytes.length]) {
      const source = chunks(...cut(bytes, size));
      const decoder = decoderOf(source);
      assertEquals((await decoder.schema())!.names, ["n"]);
      assertEquals(numbersOf(await batchesOf(decoder)), [[1, 2, 3], [], [4]]);
      assertEquals(await decoder.read(), undefined);
      assertEquals([source.left, source.cancelled], [0, false]);
    }
  });
}

test("IpcStreamDecoder: a stream that is cut anywhere gives what is whole", async () => {
  for (let length = 0; length < stream.length; length++) {
    const source = chunks(...cut(stream.slice(0, length), 100));
    const decoder = decoderOf(source);
    const seen: RecordBatch[] = [];
    try {
      for (;;) {
        const message = await decoder.read();
        if (message === undefined) break;
        seen.push(message.batch!);
      }
    } catch (error) {
      assert(FlightError.is(error), `${length}: ${error}`);
      assertEquals(error.code, "INVALID_ARGUMENT");
      assert(source.cancelled);
      // It stays so.
      assertStrictEquals(await decoder.read().catch((e) => e), error);
      assertStrictEquals(await decoder.schema().catch((e) => e), error);
    }
    assertEquals(numbersOf(seen), [[1, 2, 3], [], [4]].slice(0, seen.length));
    if (length >= stream.length - 8) assertEquals(seen.length, 3);
  }
});

test("IpcStreamDecoder: a stream of format 0.14, without continuation markers", async () => {
  const old: Uint8Array[] = [];
  const view = new DataView(stream.buffer, stream.byteOffset);
  for (let at = 0; at < stream.length;) {
    const length = view.getInt32(at + 4, true);
    // Up to the next marker: all lengths are multiples of 8.
    let next = at + 8;
    while (next < stream.length && view.getUint32(next, true) !== 0xffffffff) {
      next += 8;
    }
    old.push(stream.subarray(at + 4, next));
    at = length === 0 ? stream.length : next;
  }
  const decoder = decoderOf(chunks(concatBytes(old)));
  assertEquals(numbersOf(await batchesOf(decoder)), [[1, 2, 3], [], [4]]);
});

test("IpcStreamDecoder: batches come as soon as they are there", async () => {
  const pending = Promise.withResolvers<Uint8Array | undefined>();
  const first = tableToIPC(new Table(schema, batches.slice(0, 1)), "stream");
  const parts = [Promise.resolve(first.subarray(0, -8)), pending.promise];
  const decoder = decoderOf({
    read: () => parts.shift() ?? Promise.resolve(undefined),
    cancel: () => {},
  });
  assertEquals(numbersOf([(await decoder.read())!.batch!]), [[1, 2, 3]]);
  const second = decoder.read();
  pending.resolve(undefined);
  assertEquals(await second, undefined);
});

test("IpcStreamDecoder: dictionaries, also in a file without its schema in front", async () => {
  const words = new Table({
    word: vectorFromArray(
      ["a", "b", "a"],
      new Dictionary(new Utf8(), new Int32()),
    ),
  });
  for (const format of ["stream", "file"] as const) {
    const decoder = decoderOf(chunks(...cut(tableToIPC(words, format), 50)));
    const [batch] = await batchesOf(decoder);
    assertEquals([...batch!.getChildAt(0)!], ["a", "b", "a"]);
    assert((await decoder.schema()) instanceof Schema);
  }
});

test("IpcStreamDecoder: nothing at all, and nothing but a schema", async () => {
  const none = decoderOf(chunks());
  assertEquals(await none.schema(), undefined);
  assertEquals(await none.read(), undefined);
  for (const format of ["stream", "file"] as const) {
    const empty = decoderOf(
      chunks(tableToIPC(new Table(schema, []), format)),
    );
    assertEquals((await empty.schema())!.names, ["n"]);
    assertEquals(await empty.read(), undefined);
  }
});

test("IpcStreamDecoder: what follows the end is dropped, and much of it cut off", async () => {
  for (const size of [10, 1_000_000]) {
    const source = chunks(stream, ...cut(new Uint8Array(size), 1000));
    const decoder = decoderOf(source);
    assertEquals((await batchesOf(decoder)).length, 3);
    assertEquals(source.cancelled, size > 64 * 1024);
  }
});

test("IpcStreamDecoder: what is too large is refused before it is read", async () => {
  const huge = tableFromArrays({ n: new Int32Array(100_000) });
  const source = chunks(...cut(tableToIPC(huge, "stream"), 1000));
  const before = source.left;
  const error = await batchesOf(decoderOf(source, 100_000)).catch((error) =>
    error
  );
  assertEquals(error.code, "RESOURCE_EXHAUSTED");
  assert(source.left > before - 10, `${before - source.left} chunks were read`);
  assert(source.cancelled);
});

test("IpcStreamDecoder: cancelling ends it", async () => {
  const source = chunks(...cut(stream, 10));
  const decoder = decoderOf(source);
  await decoder.read();
  decoder.cancel("enough");
  assert(source.cancelled);
  assertEquals(await decoder.read(), undefined);
});
