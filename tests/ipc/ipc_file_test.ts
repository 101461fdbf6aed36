import { batchesOf } from "../support/ipc/ipc_streams.ts";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  Dictionary,
  Int32,
  type RecordBatch,
  RecordBatch as Batch,
  tableFromIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import type { Source } from "../../internal/base/source.ts";
import type { IpcWriteOptions } from "../../internal/core/ipc_options.ts";
import { FlightError } from "../../internal/core/flight_error.ts";
import type { FileBytes } from "../../internal/ipc/decode/file_bytes.ts";
import { IpcStreamDecoder } from "../../internal/ipc/decode/ipc_stream_decoder.ts";
import { IpcLimits } from "../../internal/ipc/decode/ipc_stream_reader.ts";
import { filled, numbers } from "../support/numbers.ts";
import { batchHeader } from "../support/ipc/handmade_messages.ts";
import {
  type FileInit,
  fileOf,
  type FooterInit,
} from "../support/ipc/ipc_files.ts";
import { everything } from "../support/ipc/samples.ts";
import { columnOf, encode, valuesOf } from "../support/ipc/ipc_streams.ts";

const LIMIT = 64 * 1024 * 1024;

function sourceOf(bytes: Uint8Array, size = 1000): Source<Uint8Array> {
  let at = 0;
  return {
    read() {
      if (at >= bytes.byteLength) return Promise.resolve(undefined);
      return Promise.resolve(bytes.slice(at, at += size));
    },
    cancel() {
      at = bytes.byteLength;
    },
  };
}

function read(
  bytes: Uint8Array,
  limits = new IpcLimits(LIMIT, LIMIT),
): Promise<RecordBatch[]> {
  return batchesOf(new IpcStreamDecoder(sourceOf(bytes), { limits }));
}

async function failure(
  bytes: Uint8Array,
  limits?: IpcLimits,
): Promise<FlightError> {
  const error = await read(bytes, limits).catch((error) => error);
  assert(FlightError.is(error), `${error}`);
  return error;
}

const TYPE = new Dictionary(new Utf8(), new Int32(), 7);

/** A batch of words, in a dictionary that begins with those given first. */
function words(values: string[], known: string[] = []): RecordBatch {
  const vector = vectorFromArray([...known, ...values], TYPE);
  return new Batch({ w: vector.slice(known.length).data[0]! });
}

/** Three batches, and two dictionaries: the second one is a delta. */
function wordsFile(init: FileInit = {}, options: IpcWriteOptions = {}) {
  const batches = [
    words(["a", "b", "a"]),
    words(["b"], ["a"]),
    words(["c", "a"], ["a", "b"]),
  ];
  const messages = encode(batches, batches[0]!.schema, {
    dictionaries: "delta",
    ...options,
  });
  return fileOf(messages, init);
}

const WORDS = [["a", "b", "a"], ["b"], ["c", "a"]];

function golden(name: string): Uint8Array {
  return readFileSync(new URL(`golden/${name}`, import.meta.url));
}

test("a file of every type has the values that it was written from", async () => {
  const batch = everything();
  for (const compression of ["none", "lz4", "zstd"] as const) {
    const bytes = fileOf(encode([batch, batch], batch.schema, { compression }));
    const got = await read(bytes);
    assertEquals(got.map(valuesOf), [valuesOf(batch), valuesOf(batch)]);
  }
});

test("the messages of a file may lie in any order", async () => {
  const count = encode([words(["a"])]).length;
  assertEquals(count, 3);
  // Dictionary, batch, batch, delta, batch: all orders of the five.
  for (const order of permutations([0, 1, 2, 3, 4])) {
    for (const gap of [0, 8]) {
      const bytes = wordsFile({ order, gap, schemaInFront: order[0] === 0 });
      const got = await read(bytes);
      assertEquals(got.map((batch) => columnOf(batch, "w")), WORDS, `${order}`);
    }
  }
});

test("the batches of a file come in the order of its footer, and no others", async () => {
  const reversed = await read(
    wordsFile({ footer: ({ batches }) => batches.reverse() }),
  );
  assertEquals(
    reversed.map((batch) => columnOf(batch, "w")),
    WORDS.toReversed(),
  );
  const fewer = await read(
    wordsFile({ footer: ({ batches }) => batches.splice(1, 1) }),
  );
  assertEquals(fewer.map((batch) => columnOf(batch, "w")), [
    WORDS[0]!,
    WORDS[2]!,
  ]);
  const none = await read(
    wordsFile({ footer: ({ batches }) => batches.splice(0) }),
  );
  assertEquals(none, []);
});

for (
  const name of [
    "polars_1_41_2_uncompressed",
    "polars_1_43_2_uncompressed",
    "polars_2_1_0_uncompressed",
    "polars_2_1_0_lz4",
    "polars_2_1_0_zstd",
  ]
) {
  test(`a file of Polars is read: ${name}`, async () => {
    const [batch, ...others] = await read(golden(`${name}.arrow`));
    assertEquals(others, []);
    const colours = ["red", "green", null, "blue"];
    assertEquals(valuesOf(batch!), [
      Array.from({ length: 8 }, (_, i) => BigInt(i)),
      Array.from({ length: 8 }, (_, i) => i % 2 ? `a text of row ${i}` : null),
      [...colours, ...colours],
    ]);
  });
}

test("a file of pyarrow is read: delta dictionaries", async () => {
  const got = await read(golden("pyarrow_delta.arrow"));
  assertEquals(got.map((batch) => columnOf(batch, "c")), [
    ["a", "b"],
    ["c", "a"],
    [null, "d"],
  ]);
});

test("a file of pyarrow is read: without continuation markers, of version 4", async () => {
  const got = await read(golden("pyarrow_legacy.arrow"));
  assertEquals(got.map((batch) => columnOf(batch, "c")), [[null, "d"]]);
});

test("a file is cut anywhere: one error, and nothing that is not there", async () => {
  const bytes = wordsFile();
  for (let length = 1; length < bytes.byteLength; length++) {
    const error = await failure(bytes.subarray(0, length));
    assertEquals(error.code, "INVALID_ARGUMENT", `${length}: ${error}`);
  }
});

const MALFORMED: Record<string, [(footer: FooterInit) => void, string]> = {
  "a batch that is listed twice": [
    ({ batches }) => batches.push(batches[0]!),
    "it lists messages which overlap",
  ],
  "a batch inside another one": [
    ({ batches }) => batches[1] = [batches[0]![0] + 8, 16, 0],
    "it lists messages which overlap",
  ],
  "a batch inside a dictionary": [
    ({ batches, dictionaries }) => batches[0] = dictionaries[0]!,
    "it lists messages which overlap",
  ],
  "a batch before the messages": [
    ({ batches }) => batches[0]![0] = 0,
    "batch 0 is said to be at 0,",
  ],
  "a batch at a negative place": [
    ({ batches }) => batches[0]![0] = -8,
    "batch 0 is said to be at -8,",
  ],
  "a batch behind the messages": [
    ({ batches }) => batches[2]![0] += 16,
    "batch 2 is said to be at",
  ],
  "a batch behind the file": [
    ({ batches }) => batches[1]![0] = 2 ** 50,
    "batch 1 is said to be at 1125899906842624,",
  ],
  "a batch at a place beyond all numbers": [
    ({ batches }) => batches[1]![0] = 2 ** 62,
    "is out of range",
  ],
  "a dictionary of negative length": [
    ({ dictionaries }) => dictionaries[0]![2] = -8,
    "dictionary 0 is said to be at",
  ],
  "a batch without metadata": [
    ({ batches }) => batches[0]![1] = 0,
    "batch 0 is said to be at",
  ],
  "a batch of negative metadata": [
    ({ batches }) => batches[0]![1] = -1,
    "batch 0 is said to be at",
  ],
  "a batch whose metadata is cut": [
    ({ batches }) => batches[0]![1] -= 8,
    "the header claims to take",
  ],
  "a batch whose body is cut": [
    ({ batches }) => batches[0]![2] -= 8,
    "and its footer lists",
  ],
  "a batch in the middle of one": [
    ({ batches }) => batches[0] = [batches[0]![0] + 4, 40, 0],
    "Cannot decode",
  ],
  "a dictionary among the batches": [
    ({ batches, dictionaries }) => batches[0] = dictionaries.pop()!,
    "lists a batch at",
  ],
  "a batch among the dictionaries": [
    ({ batches, dictionaries }) => dictionaries.push(batches.pop()!),
    "lists a dictionary at",
  ],
  "a delta before its dictionary": [
    ({ dictionaries }) => dictionaries.reverse(),
    "a delta arrived before dictionary",
  ],
  "more messages than a file may have": [
    ({ batches }) => {
      while (batches.length <= 2 ** 20) batches.push(batches[0]!);
    },
    "more than 1048576",
  ],
};

for (const [name, [footer, problem]] of Object.entries(MALFORMED)) {
  test(`IPC file: a footer is refused: ${name}`, async () => {
    const error = await failure(wordsFile({ footer }));
    assertEquals(error.code, "INVALID_ARGUMENT");
    assertStringIncludes(error.message, problem);
  });
}

test("IPC file: a footer is refused: any byte of it may be another", async () => {
  const bytes = wordsFile();
  const length = new DataView(bytes.buffer, bytes.byteOffset)
    .getInt32(bytes.byteLength - 10, true);
  for (let i = 0; i < length + 10; i++) {
    for (const change of [0xff, 0x01, 0x80]) {
      const copy = bytes.slice();
      copy[bytes.byteLength - 1 - i]! ^= change;
      try {
        await read(copy);
      } catch (error) {
        assert(FlightError.is(error), `${i}: ${error}`);
      }
    }
  }
});

test("IPC file: a footer is refused: a length that cannot be", async () => {
  for (const length of [-1, 0, 4, 2 ** 31 - 1]) {
    const bytes = wordsFile();
    new DataView(bytes.buffer).setInt32(bytes.byteLength - 10, length, true);
    assertEquals((await failure(bytes)).code, "INVALID_ARGUMENT", `${length}`);
  }
});

test("a file may not replace a dictionary", async () => {
  const batches = [words(["a", "b"]), words(["x", "y"])];
  const bytes = fileOf(encode(batches));
  const error = await failure(bytes);
  assertEquals(error.code, "INVALID_ARGUMENT");
  assertStringIncludes(error.message, "it replaces dictionary 7");
});

test("a batch of a file may not have a body of others", async () => {
  const [schema, batch] = encode([numbers(1, 2)]);
  const header = batchHeader({
    rows: 2,
    nodes: [[2, 0]],
    buffers: [[0, 0], [0, 1024]],
    bodyLength: 1024,
  });
  const bytes = fileOf([schema!, { ...batch!, header }]);
  assertStringIncludes((await failure(bytes)).message, "has 1024 bytes, and");
});

test("files are bounded: as a whole, and each message", async () => {
  const bytes = fileOf(encode([filled(1000, 1), filled(1000, 2)]));
  const { byteLength } = bytes;
  assertEquals((await read(bytes, new IpcLimits(LIMIT, byteLength))).length, 2);
  const whole = await failure(bytes, new IpcLimits(LIMIT, byteLength - 1));
  assertEquals(whole.code, "RESOURCE_EXHAUSTED");
  assertStringIncludes(
    whole.message,
    `the file has more than ${byteLength - 1} bytes (option maxFileBytes)`,
  );
  const message = await failure(bytes, new IpcLimits(3000, LIMIT));
  assertEquals(message.code, "RESOURCE_EXHAUSTED");
  assertStringIncludes(message.message, "(option maxReceiveMessageBytes)");
});

test("a batch of a small file holds no more memory than the file", async () => {
  const bytes = fileOf(encode([numbers(1, 2), numbers(3)]));
  for (const batch of await read(bytes)) {
    const { buffer } = batch.data.children[0]!.values as Int32Array;
    assert(buffer.byteLength <= bytes.byteLength);
  }
});

/** A file that is in no memory: it counts what is read of it. */
class Parts implements FileBytes {
  readonly bytes: Uint8Array;
  readonly byteLength: number;
  readonly reads: [begin: number, end: number, ahead: number][] = [];
  cancelled = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.byteLength = bytes.byteLength;
  }

  read(begin: number, end: number, ahead: number): Promise<Uint8Array> {
    this.reads.push([begin, end, ahead]);
    return Promise.resolve(this.bytes.slice(begin, end));
  }

  cancel(): void {
    this.cancelled = true;
  }
}

test("a file that can be read in parts is read so, one message at a time", async () => {
  const parts = new Parts(wordsFile({ order: [1, 2, 4, 3, 0] }));
  const decoder = new IpcStreamDecoder(sourceOf(parts.bytes.subarray(0, 100)), {
    // The file is larger.
    limits: new IpcLimits(LIMIT, 100),
    file: () => Promise.resolve(parts),
  });
  assertEquals((await decoder.schema())!.names, ["w"]);
  assertEquals(parts.reads.length, 1);
  const first = await decoder.read();
  assertEquals(columnOf(first!.batch!, "w"), WORDS[0]!);
  // The footer, two dictionaries, a batch.
  assertEquals(parts.reads.length, 4);
  // Batches 1 and 2 lie behind batch 0, and are read in one go.
  const [begin, , ahead] = parts.reads[3]!;
  assertEquals((await batchesOf(decoder)).length, 2);
  assert(begin < parts.reads[4]![0]);
  assertEquals(ahead, parts.reads[5]![1]);
  decoder.cancel(undefined);
  assert(parts.cancelled);
});

test("the dictionaries of a file are bounded together", async () => {
  const parts = new Parts(wordsFile());
  const decoder = new IpcStreamDecoder(sourceOf(parts.bytes), {
    limits: new IpcLimits(LIMIT, LIMIT),
    maxDictionaryBytes: 150,
    file: () => Promise.resolve(parts),
  });
  const error = await batchesOf(decoder).catch((error) => error);
  assertEquals(error.code, "RESOURCE_EXHAUSTED");
  assertStringIncludes(error.message, "maxDictionaryBytes is 150");
  assert(parts.cancelled);
});

const text = (value: string) => new TextEncoder().encode(value);

const OTHERS: Record<string, [Uint8Array, string]> = {
  SQLite: [text("SQLite format 3\0"), "it is a SQLite database, and"],
  Parquet: [text("PAR1\x15\x04\x15"), "it is a Parquet file, and"],
  "encrypted Parquet": [text("PARE\x15\x04\x15"), "an encrypted Parquet file"],
  "Feather V1": [golden("feather_v1.feather"), "it is a Feather V1 file"],
  ORC: [text("ORC\x08"), "an ORC file"],
  Avro: [text("Obj\x01avro"), "an Avro file"],
  gzip: [Uint8Array.of(0x1f, 0x8b, 8, 0, 0), "compressed with gzip"],
  Zstandard: [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), "with Zstandard"],
  LZ4: [Uint8Array.of(0x04, 0x22, 0x4d, 0x18), "compressed with LZ4"],
  bzip2: [text("BZh91AY"), "compressed with bzip2"],
  xz: [Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), "compressed with xz"],
  ZIP: [text("PK\x03\x04"), "a ZIP archive"],
  JSON: [text('{"error": "no such key"}'), 'it is JSON, "{\\"error\\":'],
  "a list of JSON": [text("[1, 2, 3]"), 'it is JSON, "[1, 2, 3]"'],
  HTML: [
    text("\n\n <!doctype html>\n<title>Sign in</title>"),
    'it is HTML or XML, " <!doctype html> <title>Sign in</title>"',
  ],
  XML: [text("\ufeff<Error>"), "it is HTML or XML"],
  text: [text("i,s\n1,a\n"), 'it is text, "i,s 1,a "'],
};

for (const [name, [bytes, problem]] of Object.entries(OTHERS)) {
  test(`IPC file: what is not Arrow is named: ${name}`, async () => {
    const decoder = new IpcStreamDecoder(sourceOf(bytes, 3), {
      limits: new IpcLimits(2 ** 31, LIMIT),
    });
    const error = await decoder.schema().catch((error) => error);
    assert(FlightError.is(error), `${error}`);
    assertEquals(error.code, "UNIMPLEMENTED");
    assertStringIncludes(error.message, problem);
    assert(decoder.isOther);
  });
}

test("the files that these tests make are files to apache-arrow", () => {
  const table = tableFromIPC(fileOf(encode([numbers(1, 2), numbers(3)])));
  assertEquals([...table.getChild("n")!], [1, 2, 3]);
});

function permutations(values: number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value) =>
    permutations(values.filter((other) => other !== value))
      .map((rest) => [value, ...rest])
  );
}
