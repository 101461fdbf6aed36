import { assertEquals } from "@std/assert";
import {
  Dictionary,
  Int32,
  type RecordBatch,
  tableFromIPC,
  Utf8,
  Utf8View,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import type { DictionaryHandling } from "../../internal/core/ipc_options.ts";
import { IpcDecoder } from "../../internal/ipc/decode/ipc_decoder.ts";
import { batchOf, dictionaryData, SAMPLES } from "../support/ipc/samples.ts";
import {
  decode,
  encode,
  receive,
  streamOf,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";

// dictionary_test.ts has what goes by memory; this is about values, and about the two ways to send.

const TYPE = new Dictionary(new Utf8(), new Int32(), 1);

/** A vector in memory of its own. */
function words(...values: (string | null)[]): Vector<Utf8> {
  return new Vector([vectorFromArray(values, new Utf8()).data[0]!]);
}

/** A batch of every value of a dictionary. */
function batch(dictionary: Vector, type: Dictionary = TYPE): RecordBatch {
  const indices = Array.from({ length: dictionary.length }, (_, i) => i);
  return batchOf({ d: dictionaryData(type, dictionary, indices) });
}

/** Lists the dictionaries before the batches: `n` values, or `+n` of a delta. */
function sent(
  batches: readonly RecordBatch[],
  dictionaries: DictionaryHandling,
): string[] {
  const messages = encode(batches, undefined, { dictionaries });
  const values = batches.map(valuesOf);
  assertEquals(decode(receive(messages)).map(valuesOf), values);
  const table = tableFromIPC(streamOf(messages));
  assertEquals(table.batches.map(valuesOf), values);
  const decoder = new IpcDecoder();
  return receive(messages).map(({ header, body }) => {
    const decoded = decoder.decode(header, body);
    if (decoded.kind !== "dictionary") return decoded.kind;
    return decoded.isDelta ? "delta" : "dictionary";
  }).slice(1);
}

test("DictionaryTracker: a dictionary with the same values is not sent again", () => {
  const batches = [
    batch(words("a", null, "c")),
    batch(words("a", null, "c")),
    batch(words("a", null).concat(words("c"))),
    batch(words("a", null)),
    batch(words("a")),
  ];
  for (const dictionaries of ["replacement", "delta"] as const) {
    assertEquals(sent(batches, dictionaries), [
      "dictionary",
      "batch",
      "batch",
      "batch",
      "batch",
      "batch",
    ]);
  }
});

test("DictionaryTracker: a dictionary that has grown is replaced, or continued by a delta", () => {
  const batches = [
    batch(words("a", "b")),
    batch(words("a", "b", "c")),
    batch(words("a", "b", "c", "d")),
  ];
  assertEquals(sent(batches, "replacement"), [
    "dictionary",
    "batch",
    "dictionary",
    "batch",
    "dictionary",
    "batch",
  ]);
  assertEquals(sent(batches, "delta"), [
    "dictionary",
    "batch",
    "delta",
    "batch",
    "delta",
    "batch",
  ]);
});

test("DictionaryTracker: a delta begins in the middle of a chunk", () => {
  const batches = [
    batch(words("a", "b", "c")),
    batch(words("a", "b").concat(words("c", "d"), words("e"))),
  ];
  assertEquals(sent(batches, "delta"), [
    "dictionary",
    "batch",
    "delta",
    "delta",
    "batch",
  ]);
});

test("DictionaryTracker: other values replace, also where their lengths are the same", () => {
  const batches = [
    batch(words("a", "b")),
    batch(words("a", "c")),
    batch(words("a", null)),
    batch(words("ab", "")),
    batch(words("b")),
  ];
  for (const dictionaries of ["replacement", "delta"] as const) {
    assertEquals(
      sent(batches, dictionaries),
      batches.flatMap(() => ["dictionary", "batch"]),
    );
  }
});

test("DictionaryTracker: chunks are sent as one, or one by one", () => {
  const batches = [batch(words("a").concat(words("b", null), words("d")))];
  assertEquals(sent(batches, "replacement"), ["dictionary", "batch"]);
  assertEquals(sent(batches, "delta"), [
    "dictionary",
    "delta",
    "delta",
    "batch",
  ]);
});

test("DictionaryTracker: values of views are compared by what they refer to", () => {
  const type = new Dictionary(new Utf8View(), new Int32(), 1);
  const long = (text: string) => `${text}, and this is too long for a view`;
  const views = (...values: string[]) =>
    new Vector([vectorFromArray(values, new Utf8View()).data[0]!]);
  const batches = [
    batch(views(long("a"), "b"), type),
    batch(views(long("a"), "b"), type),
    batch(views(long("a"), "b", long("c")), type),
    batch(views(long("x"), "b", long("c")), type),
  ];
  assertEquals(sent(batches, "delta"), [
    "dictionary",
    "batch",
    "batch",
    "delta",
    "batch",
    "dictionary",
    "batch",
  ]);
});

test("DictionaryTracker: dictionaries inside dictionaries are compared by memory only", () => {
  const [first, second] = [
    SAMPLES.nestedDictionary!(),
    SAMPLES.nestedDictionary!(),
  ];
  const batches = [first, first, second].map((data) => batchOf({ c: data }));
  assertEquals(sent(batches, "replacement"), [
    "dictionary",
    "dictionary",
    "batch",
    "batch",
    // The inner one has the same values.
    "dictionary",
    "batch",
  ]);
});
