import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import {
  type Data,
  Dictionary,
  Int32,
  Int64,
  type RecordBatch,
  RecordBatchReader,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { FlightError } from "../../internal/core/flight_error.ts";
import type { Compression } from "../../internal/core/ipc_options.ts";
import { BODY_CODECS } from "../../internal/ipc/compression/body_compression.ts";
import { IpcDecoder } from "../../internal/ipc/decode/ipc_decoder.ts";
import type { IpcMessage } from "../../internal/ipc/encode/ipc_message.ts";
import { writeSettings } from "../../internal/ipc/encode/ipc_settings.ts";
import { openMessage } from "../../internal/ipc/decode/message_reader.ts";
import {
  batchHeader,
  type BatchInit,
  intField,
  schemaHeader,
} from "../support/ipc/handmade_messages.ts";
import { CONTENTS, random } from "./lz4/contents.ts";
import { batchOf, everything } from "../support/ipc/samples.ts";
import {
  columnOf,
  encode,
  messagesOf,
  receive,
  roundTrip,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";
import { seededRandom } from "../support/seeded_random.ts";

const COMPRESSIONS: readonly Compression[] = ["lz4", "zstd"];

/** A column that compresses well. */
function sorted(rows: number): Data {
  const values = Array.from({ length: rows }, (_, row) => BigInt(row >>> 6));
  return vectorFromArray(values, new Int64()).data[0]!;
}

function bytesOf(messages: readonly IpcMessage[]): number {
  return messages.reduce((sum, { bodyLength }) => sum + bodyLength, 0);
}

for (const compression of COMPRESSIONS) {
  test(`body compression: all types survive ${compression}`, () => {
    const batch = everything();
    const batches = [batch, batch.slice(3, 12), batch.slice(0, 0)];
    const decoded = roundTrip(batches, undefined, { compression });
    assertEquals(decoded.map(valuesOf), batches.map(valuesOf));
  });

  test(`body compression: buffers shrink with ${compression}`, () => {
    const text = Array.from({ length: 5000 }, (_, row) => `row ${row % 9}`);
    const batch = batchOf({
      n: sorted(5000),
      s: vectorFromArray(text, new Utf8()).data[0]!,
      d: vectorFromArray(text, new Dictionary(new Utf8(), new Int32()))
        .data[0]!,
    });
    const plain = encode([batch]);
    const compressed = encode([batch], undefined, { compression });
    assertLess(bytesOf(compressed), bytesOf(plain) / 3);
    const decoded = roundTrip([batch], undefined, { compression });
    assertEquals(decoded.map(valuesOf), [valuesOf(batch)]);
  });

  test(`body compression: a dictionary is compressed with ${compression}`, () => {
    const words = Array.from({ length: 500 }, (_, i) => `a longer word ${i}`);
    const type = new Dictionary(new Utf8(), new Int32());
    const batch = batchOf({ d: vectorFromArray(words, type).data[0]! });
    const [, plain] = encode([batch]);
    const [, dictionary] = encode([batch], undefined, { compression });
    assertLess(dictionary!.bodyLength, plain!.bodyLength / 2);
    const decoded = roundTrip([batch], undefined, { compression });
    assertEquals(columnOf(decoded[0]!, "d"), words);
  });

  test(`body compression: what does not shrink is sent as it is with ${compression}`, () => {
    const values = new BigInt64Array(random(8000, 1).buffer);
    const batch = batchOf({ n: vectorFromArray(values).data[0]! });
    const [, { body, bodyLength }] = receive(
      encode([batch], undefined, { compression }),
    ).map((message) => ({ ...message, bodyLength: message.body.length })) as [
      unknown,
      { body: Uint8Array; bodyLength: number },
    ];
    assertEquals(bodyLength, 8008);
    assertEquals([...body.subarray(0, 8)], new Array(8).fill(255));
    assertEquals(body.subarray(8), random(8000, 1));
    const decoded = roundTrip([batch], undefined, { compression });
    assertEquals(decoded.map(valuesOf), [valuesOf(batch)]);
  });

  test(`body compression: buffers restored from ${compression} share one allocation`, () => {
    const batch = batchOf({ a: sorted(1001), b: sorted(1001) });
    const [decoded] = roundTrip([batch], undefined, { compression });
    const buffers = ["a", "b"].map((name) =>
      decoded!.getChild(name)!.data[0]!.values as BigInt64Array
    );
    assert(buffers[0]!.buffer === buffers[1]!.buffer);
    assertEquals(buffers[0]!.buffer.byteLength, 8 * (1001 + 1001));
  });

  for (const name of ["blocks", "noise"]) {
    test(`body compression: pyarrow's ${name} in ${compression}`, () => {
      const decoder = new IpcDecoder();
      const batches: RecordBatch[] = [];
      const messages = messagesOf(
        golden(`${name}_${compression}`),
        (header) => openMessage(header).bodyLength,
      );
      for (const { header, body } of messages) {
        const decoded = decoder.decode(header, body);
        if (decoded.kind === "batch") batches.push(decoded.batch);
      }
      assertEquals(batches.length, 1);
      if (name === "noise") {
        const [wanted] = [...RecordBatchReader.from(golden(name))];
        assertEquals(valuesOf(batches[0]!), valuesOf(wanted!));
        return;
      }
      const rows = Array.from({ length: 20_000 }, (_, row) => row);
      assertEquals(
        columnOf(batches[0]!, "n"),
        rows.map((row) => BigInt(Math.floor(row / 100))),
      );
      assertEquals(
        columnOf(batches[0]!, "d"),
        rows.map((row) => `value ${row % 50} of a dictionary`),
      );
    });
  }

  const codec = BODY_CODECS[compression];

  for (const [name, bytes] of Object.entries(CONTENTS)) {
    test(`body compression: ${name} in ${compression}`, () => {
      const compressed = codec.compress(bytes, 1);
      if (compressed === undefined) return;
      assert(bytes.length <= codec.longest(compressed.length));
      const target = new Uint8Array(bytes.length);
      codec.decompress(compressed, target);
      assert(target.every((byte, i) => byte === bytes[i]));
    });
  }

  test(`body compression: ${compression} of another length is refused`, () => {
    const bytes = CONTENTS["a long text"]!;
    const compressed = codec.compress(bytes, 1)!;
    for (const length of [0, 1, bytes.length - 1, bytes.length + 1]) {
      assertThrows(
        () => codec.decompress(compressed, new Uint8Array(length)),
        RangeError,
      );
    }
  });

  test(`body compression: ${compression} with wrong bytes does no harm`, () => {
    const next = seededRandom(1);
    const bytes = CONTENTS["a long text"]!.subarray(0, 3000);
    const good = codec.compress(bytes, 1)!;
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const wrong = good.slice(0, 1 + next() * good.length);
      wrong[Math.floor(next() * wrong.length)]! ^= 1 + next() * 255;
      const all = new Uint8Array(3100).fill(9);
      try {
        codec.decompress(wrong, all.subarray(50, 3050));
      } catch (error) {
        assert(error instanceof RangeError, String(error));
        assert(error.message.length > 0);
        refused++;
      }
      assert(all.subarray(0, 50).every((byte) => byte === 9));
      assert(all.subarray(3050).every((byte) => byte === 9));
    }
    assertLess(200, refused);
  });

  test(`body compression: a frame that is wrong names field, buffer and ${compression}`, () => {
    const batch = batchOf({ n: sorted(5000) });
    const messages = receive(encode([batch], undefined, { compression }));
    messages[1]!.body.fill(1, 8, 40);
    const decoder = new IpcDecoder();
    decoder.decode(messages[0]!.header, messages[0]!.body);
    const error = assertThrows(
      () => decoder.decode(messages[1]!.header, messages[1]!.body),
      FlightError,
      `Cannot decode RecordBatch: field "n": buffer 1, compressed with ${codec.name}, is malformed: `,
    );
    assertEquals(error.code, "INVALID_ARGUMENT");
  });
}

function golden(name: string): Uint8Array {
  const url = new URL(`golden/${name}.arrows`, import.meta.url);
  return new Uint8Array(readFileSync(url));
}

test("body compression: levels of zstd make a difference", () => {
  const batch = batchOf({ n: sorted(100_000) });
  const sizes = [1, 19].map((compressionLevel) =>
    bytesOf(
      encode([batch], undefined, { compression: "zstd", compressionLevel }),
    )
  );
  assertLess(sizes[1]!, sizes[0]!);
});

// By hand

/** A buffer with its prefix. */
function prefixed(length: bigint, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + content.length);
  new DataView(bytes.buffer).setBigInt64(0, length, true);
  bytes.set(content, 8);
  return bytes;
}

function decodeOne(
  init: BatchInit,
  body: Uint8Array,
  maxDecompressedMessageBytes?: number,
): RecordBatch {
  const decoder = new IpcDecoder({ maxDecompressedMessageBytes });
  decoder.decode(schemaHeader([intField()]), new Uint8Array());
  const decoded = decoder.decode(batchHeader(init), body);
  assert(decoded.kind === "batch");
  return decoded.batch;
}

function oneBuffer(rows: number, size: number, codec: number): BatchInit {
  return { rows, nodes: [[rows, 0]], buffers: [[0, 0], [0, size]], codec };
}

test("body compression: a body that is not aligned", () => {
  const values = Int32Array.of(7, 8);
  const body = prefixed(-1n, new Uint8Array(values.buffer));
  const shifted = new Uint8Array(body.length + 8).subarray(3, 3 + body.length);
  shifted.set(body);
  const batch = decodeOne(oneBuffer(2, body.length, 1), shifted);
  assertEquals(columnOf(batch, "a"), [7, 8]);
});

test("body compression: a prefix that is negative is refused", () => {
  const body = prefixed(-2n, new Uint8Array(8));
  assertThrows(
    () => decodeOne(oneBuffer(1, 16, 1), body),
    FlightError,
    "buffer 1, compressed with ZSTD, is malformed: 8 bytes cannot stand for -2",
  );
});

test("body compression: a prefix that no codec could keep is refused before memory is taken", () => {
  for (const codec of [0, 1]) {
    const body = prefixed(1n << 40n, new Uint8Array(100));
    assertThrows(
      () => decodeOne(oneBuffer(1, body.length, codec), body),
      FlightError,
      "is malformed: 100 bytes cannot stand for 1099511627776",
    );
  }
});

test("body compression: a bomb is refused by maxDecompressedMessageBytes", () => {
  for (const compression of COMPRESSIONS) {
    const { id, compress } = BODY_CODECS[compression];
    const frame = compress(new Uint8Array(1 << 20), 1)!;
    assertLess(frame.length, 5000);
    const body = prefixed(1n << 20n, frame);
    const init = oneBuffer(1, body.length, id);
    assertEquals(decodeOne(init, body, 1 << 20).numRows, 1);
    const error = assertThrows(
      () => decodeOne(init, body, (1 << 20) - 1),
      FlightError,
      "Cannot decode RecordBatch: its buffers have 1048576 bytes when decompressed, and maxDecompressedMessageBytes is 1048575",
    );
    assertEquals(error.code, "RESOURCE_EXHAUSTED");
  }
});

test("body compression: a frame that has more than its prefix says is refused", () => {
  for (const compression of COMPRESSIONS) {
    const { id, compress } = BODY_CODECS[compression];
    const body = prefixed(1000n, compress(new Uint8Array(1 << 20), 1)!);
    const error = assertThrows(
      () => decodeOne(oneBuffer(1, body.length, id), body),
      FlightError,
      "is malformed: ",
    );
    assertEquals(error.code, "INVALID_ARGUMENT");
  }
});

test("body compression: a buffer that is listed many times counts each time", () => {
  const body = prefixed(
    4096n,
    BODY_CODECS.lz4.compress(new Uint8Array(4096), 1)!,
  );
  const fields = Array.from({ length: 10 }, (_, i) => intField(`f${i}`));
  const header = batchHeader({
    rows: 1,
    nodes: fields.map(() => [1, 0]),
    buffers: fields.flatMap(() =>
      [[0, 0], [0, body.length]] as [number, number][]
    ),
    codec: 0,
  });
  const decoder = new IpcDecoder({ maxDecompressedMessageBytes: 40_000 });
  decoder.decode(schemaHeader(fields), new Uint8Array());
  assertThrows(() => decoder.decode(header, body), FlightError, "have 40960");
});

test("body compression: a runtime without ZSTD says so", () => {
  const { getBuiltinModule } = process;
  const frame = BODY_CODECS.zstd.compress(new Uint8Array(4096), 1)!;
  const body = prefixed(4096n, frame);
  process.getBuiltinModule = () => undefined as never;
  try {
    const error = assertThrows(
      () => decodeOne(oneBuffer(1, body.length, 1), body),
      FlightError,
      "this runtime has no codec for compression with ZSTD",
    );
    assertEquals(error.code, "UNIMPLEMENTED");
    const refused = assertThrows(
      () => writeSettings({ compression: "zstd" }),
      FlightError,
      'Cannot use option compression: this runtime has no codec for "zstd"',
    );
    assertEquals(refused.code, "UNIMPLEMENTED");
    assertEquals(writeSettings({ compression: "lz4" }).compression, "lz4");
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});

test("body compression: options of writing are checked", () => {
  const bad: [options: Record<string, unknown>, message: string][] = [
    [{ compression: "snappy" }, '"snappy" is not one of "none", "lz4", "zstd"'],
    [
      { compressionLevel: 0 },
      "compressionLevel: 0 is not an integer from 1 to 22",
    ],
    [{ compressionLevel: 23 }, "compressionLevel: 23 is not an integer"],
    [
      { maxBatchBytes: 0 },
      "maxBatchBytes: 0 is neither an integer of 1 or more nor",
    ],
    [{ maxBatchBytes: 1.5 }, "maxBatchBytes: 1.5 is neither"],
    [{ maxSendMessageBytes: -1 }, "maxSendMessageBytes: -1 is neither"],
    [
      { dictionaries: "deltas" },
      '"deltas" is not one of "replacement", "delta"',
    ],
    [{ dictionaries: true }, "true is not one of"],
  ];
  for (const [options, message] of bad) {
    const error = assertThrows(() => writeSettings(options), Error, message);
    assert(error instanceof RangeError || error instanceof TypeError);
    assert(error.message.startsWith("Cannot use option "));
  }
});
