import { assert, assertEquals } from "@std/assert";
import { type Data, Utf8View, vectorFromArray } from "apache-arrow";
import { test } from "node:test";
import { newData } from "../../internal/arrow/arrow_objects.ts";
import { trimViews, viewedBytes } from "../../internal/arrow/view_trimmer.ts";
import { batchOf, SAMPLES } from "../support/ipc/samples.ts";
import { valuesOf } from "../support/ipc/ipc_streams.ts";

function text(row: number): string {
  return `text number ${row}`.padEnd(40, ".");
}

function views(values: (string | null)[]): Data<Utf8View> {
  return vectorFromArray(values, new Utf8View()).data[0]!;
}

/** The same array with trimmed buffers. */
function trimmed(data: Data): Data {
  const { views, variadic } = trimViews(data);
  return newData(data.type, data.length, -1, {
    validity: data.nullCount > 0 ? data.nullBitmap : undefined,
    values: views,
    variadic,
  });
}

function check(data: Data): void {
  assertEquals(
    valuesOf(batchOf({ v: trimmed(data) })),
    valuesOf(batchOf({ v: data })),
  );
}

const TEXTS = Array.from({ length: 50 }, (_, row) => text(row));

test("trimViews(): only the range that is referred to is left", () => {
  const slice = views(TEXTS).slice(10, 5);
  check(slice);
  const { variadic } = trimViews(slice);
  assertEquals(variadic.map(({ byteLength }) => byteLength), [200]);
  assert(variadic[0]!.buffer === slice.variadicBuffers[0]!.buffer);
  assertEquals(viewedBytes(slice, 0, 5), 200);
  assertEquals(viewedBytes(slice, 1, 2), 80);
});

test("trimViews(): what is short needs no buffer", () => {
  const data = views(["a", "", "twelve bytes"]);
  check(data);
  assertEquals(trimViews(data).variadic, []);
  assertEquals(viewedBytes(data, 0, 3), 0);
});

test("trimViews(): buffers that nothing refers to are left out", () => {
  const [first, second] = [views(TEXTS), views(TEXTS)];
  // Two arrays in one: the views of the second are those of buffer 1.
  const values = new Uint8Array(100 * 16);
  values.set(first.values.subarray(0, 800));
  values.set(second.values.subarray(0, 800), 800);
  const view = new DataView(values.buffer);
  for (let at = 800; at < 1600; at += 16) view.setInt32(at + 8, 1, true);
  const both = newData(new Utf8View(), 100, 0, {
    values,
    variadic: [first.variadicBuffers[0]!, second.variadicBuffers[0]!],
  });
  check(both);
  assertEquals(trimViews(both).variadic.length, 2);
  const slice = both.slice(60, 10);
  check(slice);
  const { variadic } = trimViews(slice);
  assertEquals(variadic.map(({ byteLength }) => byteLength), [400]);
});

test("trimViews(): few references all over a buffer are gathered", () => {
  const data = views(TEXTS);
  const values = new Uint8Array(3 * 16);
  for (const [i, row] of [49, 0, 20].entries()) {
    values.set(data.values.subarray(16 * row, 16 * row + 16), 16 * i);
  }
  const picked = newData(new Utf8View(), 3, 0, {
    values,
    variadic: data.variadicBuffers,
  });
  check(picked);
  const { variadic } = trimViews(picked);
  assertEquals(variadic.map(({ byteLength }) => byteLength), [120]);
});

test("trimViews(): what is hidden by nulls is not looked at", () => {
  const data = views([null, text(1), null]);
  const broken = data.values.slice();
  // The length of a null, and where it leads: nowhere.
  new DataView(broken.buffer).setInt32(0, 1000, true);
  new DataView(broken.buffer).setInt32(8, 77, true);
  const copy = data.clone();
  Object.assign(copy, { values: broken });
  const { views: sent, variadic } = trimViews(copy);
  assertEquals([...sent.subarray(0, 16)], new Array(16).fill(0));
  assertEquals(variadic.map(({ byteLength }) => byteLength), [40]);
});

for (const name of ["utf8View", "binaryView"]) {
  test(`trimViews(): ${name} keeps its values`, () => check(SAMPLES[name]!()));
}

test("trimViews() copies nothing when all is used", () => {
  const data = views(TEXTS);
  const { views: kept, variadic } = trimViews(data);
  assertEquals(kept.buffer, (data.values as Uint8Array).buffer);
  assertEquals(variadic, data.variadicBuffers as readonly Uint8Array[]);
});

test("trimViews() keeps values outside of a slice from being sent", () => {
  const secret = "a secret that is not in the slice";
  const data = views([secret, text(1), text(2), secret]).slice(1, 2);
  check(data);
  const { variadic } = trimViews(data);
  const sent = variadic.map((bytes) => new TextDecoder().decode(bytes)).join();
  assert(!sent.includes("secret"), sent);
});
