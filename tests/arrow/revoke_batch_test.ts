import { assertEquals, assertThrows } from "@std/assert";
import { Field, Int32, Schema, vectorFromArray } from "apache-arrow";
import { test } from "node:test";
import { exactValues, runEndEncoded, runsOf } from "@contrail/flight";
import { revokeBatch } from "../../internal/arrow/revoke_batch.ts";
import { encode, roundTrip } from "../support/ipc/ipc_streams.ts";
import { batchOf } from "../support/ipc/samples.ts";

test("revokeBatch() revokes the runs of a batch as well", () => {
  const column = vectorFromArray([1, 1, null, 2], new Int32()).data[0]!;
  const schema = new Schema([
    new Field("column", runEndEncoded(new Int32()), true),
  ]);
  const [batch] = roundTrip([batchOf({ column })], schema);
  const vector = batch!.getChildAt(0)!;
  const [runs] = runsOf(vector);
  assertEquals(exactValues(runs!.values), [1, null, 2]);
  revokeBatch(batch!, () => new Error("its time is over"));
  assertThrows(() => runs!.values.get(0), Error, "its time is over");
  assertThrows(() => exactValues(vector), Error, "its time is over");
  assertThrows(() => encode([batch!], schema), Error, "its time is over");
});
