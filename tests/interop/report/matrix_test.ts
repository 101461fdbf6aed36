import { test } from "node:test";

import { assertEquals } from "@std/assert";

import { Matrix } from "./matrix.ts";
import type { Column, Part } from "../parts/part.ts";

function column(title: string): Column {
  return {
    title,
    async *run() {},
  };
}

/** Cases are called "table row operation". */
const PART: Part = {
  columns: [column("Deno"), column("Bun")],
  tables: ["Calls", "Data", "Nothing"],
  place: (name) => {
    const [table, row, operation] = name.split(" ");
    return { table: table!, row: row!, operation: operation! };
  },
};

test("Matrix: a table for each title, a cell says what is not ok", () => {
  const matrix = new Matrix(PART);
  matrix.set("Deno", "Data int get", "ok");
  matrix.set("Deno", "Data int put", "FAILED");
  matrix.set("Deno", "Data int slice", "known");
  matrix.set("Bun", "Data int get", "ok");
  matrix.set("Bun", "Data int put", "ok");
  matrix.set("Deno", "Calls echo -", "known");
  assertEquals(
    matrix.markdown(),
    [
      "| Calls | Deno | Bun |",
      "| --- | --- | --- |",
      "| echo | known | - |",
      "",
      "| Data | Deno | Bun |",
      "| --- | --- | --- |",
      "| int | FAILED (put), known (slice) | ok |",
    ].join("\n"),
  );
  assertEquals(
    matrix.text(),
    [
      "Calls  Deno  Bun",
      "echo   known  -",
      "",
      "Data  Deno  Bun",
      "int   FAILED (put), known (slice)  ok",
    ].join("\n"),
  );
});

test("Matrix: a row is as good as the worst of its cells", () => {
  const matrix = new Matrix(PART);
  matrix.set("Deno", "Data int get", "ok");
  matrix.set("Bun", "Data int get", "ok");
  matrix.set("Deno", "Data map get", "ok");
  matrix.set("Bun", "Data map get", "known");
  matrix.set("Bun", "Data union get", "known");
  matrix.set("Bun", "Data union put", "FAILED");
  assertEquals(
    [...matrix.worst("Data")],
    [["int", "ok"], ["map", "known"], ["union", "FAILED"]],
  );
  assertEquals([...matrix.worst("Calls")], []);
});
