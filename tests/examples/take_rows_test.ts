/** The filter of the demo must leave values of every type as they are. */
import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { type RecordBatch, Table } from "apache-arrow";
import { differenceOf } from "../../examples/demo/compare_tables.ts";
import { takeRows } from "../../examples/demo/take_rows.ts";
import { batchOf, SAMPLES } from "../support/ipc/samples.ts";

function check(batch: RecordBatch, rows: number[]): void {
  const taken = takeRows(batch, rows);
  assertEquals(taken.numRows, rows.length);
  const singles = rows.map((row) => batch.slice(row, row + 1));
  assertEquals(
    differenceOf(
      new Table(batch.schema, [taken]),
      new Table(batch.schema, singles),
    ),
    undefined,
  );
  assertEquals(taken.nullCount, 0);
}

for (const [name, data] of Object.entries(SAMPLES)) {
  test(`rows are taken from ${name}`, () => {
    const batch = batchOf({ column: data() });
    check(batch, [0, 1, 4, 20, 7, 7, 19]);
    check(batch, []);
    check(batch.slice(3, 17), [0, 1, 2, 5, 13]);
  });
}
