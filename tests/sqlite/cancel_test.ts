import { describe, it } from "node:test";
import { sqlite } from "@contrail/flight/sqlite";
import {
  cancelOnTable,
  read,
  writingCalls,
} from "../support/cancel_everywhere.ts";

/** A query of the numbers up to one. */
const numbers = (last: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${last}) SELECT i FROM n`;

const CALLS: ReturnType<typeof writingCalls> = {
  "a query of many rows": [0, read(numbers(60_000))],
  "a query that sorts": [
    0,
    read(`${numbers(60_000)} ORDER BY i * 7919 % 65537`),
  ],
  ...writingCalls(numbers(1000)),
};

describe("a call of SQLite that is canceled at every stage", () => {
  for (const [name, [rows, call]] of Object.entries(CALLS)) {
    it(`ends, and leaves all or nothing: ${name}`, async () => {
      const adapter = sqlite(":memory:", { batchRows: 2048 });
      await cancelOnTable(adapter, call, rows);
      await adapter.close();
    });
  }
});
