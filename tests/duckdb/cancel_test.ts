import { describe, it } from "node:test";
import { duckdb } from "@contrail/flight/duckdb";
import {
  cancelOnTable,
  read,
  writingCalls,
} from "../support/cancel_everywhere.ts";
import { api, skip } from "./duckdb_package.ts";

const CALLS: ReturnType<typeof writingCalls> = {
  "a query of many rows": [0, read("SELECT range FROM range(300000)")],
  "a query that sorts": [
    0,
    read(
      "SELECT max(r) FROM (SELECT hash(range) AS r FROM range(300000) ORDER BY 1)",
    ),
  ],
  ...writingCalls("SELECT range FROM range(1000)"),
};

describe("a call of DuckDB that is canceled at every stage", { skip }, () => {
  for (const [name, [rows, call]] of Object.entries(CALLS)) {
    it(`ends, and leaves all or nothing: ${name}`, async () => {
      const instance = await api.DuckDBInstance.create(":memory:");
      const adapter = duckdb(instance, { readOnly: false, batchRows: 2048 });
      await cancelOnTable(adapter, call, rows);
      await adapter.close();
      instance.closeSync();
    });
  }
});
