import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import {
  DataType,
  Dictionary,
  Int32,
  type RecordBatch,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { FlightDataEncoder } from "../../internal/stream/flight_data_encoder.ts";
import { writeSettings } from "../../internal/ipc/encode/ipc_settings.ts";
import {
  batchOf,
  dictionaryData,
  ROWS,
  SAMPLES,
} from "../support/ipc/samples.ts";
import {
  decode,
  encode,
  receive,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";

/** A batch of every value of a dictionary, the last first. */
function batch(dictionary: Vector): RecordBatch {
  const type = new Dictionary(dictionary.type, new Int32(), 1001);
  const indices = Array.from(
    { length: dictionary.length },
    (_, i) => dictionary.length - 1 - i,
  );
  return batchOf({ d: dictionaryData(type, dictionary, indices) });
}

for (const [name, make] of Object.entries(SAMPLES)) {
  // There is no dictionary of indices, but of structs and lists of them.
  if (DataType.isDictionary(make().type)) continue;
  test(`a dictionary of ${name} is sent in parts`, () => {
    const wanted = batch(new Vector([make()]));
    const messages = encode([wanted, wanted], undefined, {
      dictionaries: "delta",
      maxBatchBytes: 1,
    });
    const parts = messages.filter(({ isDictionary }) => isDictionary).length;
    // Nulls take no bytes, so that there is nothing to be gained.
    assert(name === "null" || parts >= ROWS, `${parts} parts`);
    const decoded = decode(receive(messages));
    // Each row of a batch is a part too.
    const values = decoded.flatMap((part) => valuesOf(part)[0] as unknown[]);
    const [column] = valuesOf(wanted) as [unknown[]];
    assertEquals(values, [...column, ...column]);
  });
}

const texts = Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(100, "x"));
const large = batch(
  new Vector([vectorFromArray(texts, new Utf8()).data[0]!]),
);

test("the parts of a dictionary take no more than maxBatchBytes", () => {
  const messages = encode([large], undefined, {
    dictionaries: "delta",
    maxBatchBytes: 10_000,
  });
  const sizes = messages.filter(({ isDictionary }) => isDictionary)
    .map(({ bodyLength }) => bodyLength);
  assertEquals(sizes.length, 11);
  for (const size of sizes) assertLess(size, 10_100);
});

test("a dictionary is sent as a whole unless deltas are allowed", () => {
  for (const options of [{}, { dictionaries: "replacement" as const }]) {
    const messages = encode([large], undefined, {
      ...options,
      maxBatchBytes: 10_000,
    });
    const dictionaries = messages.filter(({ isDictionary }) => isDictionary);
    assertEquals(dictionaries.length, 1);
  }
});

test("a dictionary that is too large to send names the way out", () => {
  const encodeWith = (dictionaries: "replacement" | "delta") => {
    const settings = writeSettings({
      dictionaries,
      maxBatchBytes: 10_000,
      maxSendMessageBytes: 20_000,
    });
    return [...new FlightDataEncoder({ settings }).encode({ batch: large })];
  };
  assertThrows(
    () => encodeWith("replacement"),
    FlightError,
    'and maxSendMessageBytes is 20000; it is a dictionary, which the option dictionaries: "delta" sends in parts',
  );
  for (const { byteLength } of encodeWith("delta")) {
    assertLess(byteLength, 20_000);
  }
});
