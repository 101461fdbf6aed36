import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { ResultStore } from "../../explorer/model/result_store.ts";

function batchOf(...numbers: number[]): RecordBatch {
  return tableFromArrays({ n: Int32Array.from(numbers) }).batches[0]!;
}

function storeOf(maxRows: number, ...batches: RecordBatch[]): ResultStore {
  const store = new ResultStore(batches[0]!.schema, maxRows);
  for (const batch of batches) store.add(batch);
  return store;
}

test("ResultStore: finds rows in their batches", () => {
  const store = storeOf(100, batchOf(1, 2), batchOf(3), batchOf(4, 5, 6));
  assertEquals(store.numRows, 6);
  for (let row = 0; row < 6; row++) {
    const place = store.locate(row)!;
    assertEquals(place.batch.getChildAt(0)!.get(place.row), row + 1);
  }
  assertEquals(store.locate(6), undefined);
  assertEquals(store.locate(-1), undefined);
  assertEquals(store.locate(NaN), undefined);
});

test("ResultStore: visits a range across batches", () => {
  const store = storeOf(100, batchOf(1, 2), batchOf(3), batchOf(4, 5, 6));
  const seen: unknown[] = [];
  store.visit(0, 1, 5, (vector, row) => seen.push(vector.get(row)));
  assertEquals(seen, [2, 3, 4, 5]);
  store.visit(0, 5, 99, (vector, row) => seen.push(vector.get(row)));
  assertEquals(seen.at(-1), 6);
  assertEquals(seen.length, 5);
});

test("ResultStore: batches without rows count for nothing", () => {
  const empty = batchOf(1).slice(0, 0);
  const store = storeOf(100, batchOf(1), empty, batchOf(2));
  assertEquals(store.batches.length, 2);
  assertEquals(store.locate(1)!.batch.getChildAt(0)!.get(0), 2);
});

test("ResultStore: is full at its rows, and at its bytes", () => {
  const store = new ResultStore(batchOf(1).schema, 3);
  store.add(batchOf(1, 2));
  assert(!store.isFull);
  store.add(batchOf(3, 4));
  assert(store.isFull);
  assertEquals(store.numRows, 4);
  const small = new ResultStore(batchOf(1).schema, 1000, 16);
  assert(small.add(batchOf(1, 2, 3, 4)) >= 16);
  assert(small.isFull);
});
