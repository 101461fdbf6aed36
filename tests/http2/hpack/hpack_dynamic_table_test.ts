import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { DynamicTable } from "../../../internal/http2/hpack/dynamic_table.ts";
import {
  type Header,
  headerBytes,
} from "../../../internal/http2/hpack/header.ts";
import { RandomHeaders } from "./hpack_test_vectors.ts";

function entries(table: DynamicTable): Header[] {
  return Array.from({ length: table.length }, (_, age) => table.get(age)!);
}

test("HPACK dynamic table: the newest entry is the first", () => {
  const table = new DynamicTable(4096);
  table.add(["a", "1"]);
  table.add(["b", "2"]);
  assertEquals(entries(table), [["b", "2"], ["a", "1"]]);
  assertEquals(table.get(2), undefined);
  assertEquals(table.byteLength, 68);
});

test("HPACK dynamic table: the oldest entries are evicted first", () => {
  const evicted: Header[] = [];
  const table = new DynamicTable(100, (header) => evicted.push(header));
  for (const value of "12345") table.add(["a", value]);
  assertEquals(entries(table), [["a", "5"], ["a", "4"]]);
  assertEquals(evicted, [["a", "1"], ["a", "2"], ["a", "3"]]);
});

test("HPACK dynamic table: an entry of exactly the size of the table fits", () => {
  const table = new DynamicTable(34);
  assertEquals(table.add(["a", "1"]), true);
  assertEquals(table.add(["a", "2"]), true);
  assertEquals(entries(table), [["a", "2"]]);
  assertEquals(table.add(["a", "33"]), false);
  assertEquals(table.length, 0);
  assertEquals(table.byteLength, 0);
});

test("HPACK dynamic table: it does what a plain array would", () => {
  const random = new RandomHeaders(41);
  const table = new DynamicTable(4096);
  let plain: Header[] = [];
  let maxBytes = 4096;
  const evict = (): void => {
    const size = (): number => plain.reduce((n, h) => n + headerBytes(h), 0);
    while (size() > maxBytes) plain.pop();
  };
  for (let i = 0; i < 3000; i++) {
    switch (random.below(20)) {
      case 0:
        maxBytes = random.below(10_000);
        table.resize(maxBytes);
        break;
      case 1:
        if (random.below(5) > 0) break;
        table.clear();
        plain = [];
        break;
      default: {
        const header: Header = [`x${i}`, "v".repeat(random.below(30))];
        plain.unshift(header);
        table.add(header);
      }
    }
    evict();
    assertEquals(table.length, plain.length);
    if (i % 10 === 0) assertEquals(entries(table), plain);
  }
});
