import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import {
  type DataType,
  Float64,
  Int64,
  type Table,
  tableFromArrays,
  TimestampMillisecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import {
  chartData,
  type ChartSpec,
  chooseChart,
  numbersOf,
} from "../../explorer/model/chart_data.ts";
import { ResultStore } from "../../explorer/model/result_store.ts";

function storeOf(table: Table): ResultStore {
  const store = new ResultStore(table.schema, Infinity);
  for (const batch of table.batches) store.add(batch);
  return store;
}

function column(values: readonly unknown[], type: DataType) {
  return vectorFromArray(values as never[], type as never);
}

function spec(
  kind: ChartSpec["kind"],
  rest: Partial<ChartSpec> = {},
): ChartSpec {
  return { kind, x: 0, y: 1, aggregate: "count", ...rest };
}

test("chooseChart: by the types of the columns", () => {
  const numbers = Float64Array.of(1);
  const time = column([new Date(0)], new TimestampMillisecond());
  const text = column(["a"], new Utf8());
  const kinds = ([
    { text, time, numbers },
    { text, numbers },
    { numbers, more: numbers },
    { numbers },
    { text },
  ] as Record<string, Float64Array>[])
    .map((columns) => chooseChart(tableFromArrays(columns).schema)?.kind);
  assertEquals(kinds, ["line", "bars", "line", "histogram", "bars"]);
  assertEquals(chooseChart(tableFromArrays({}).schema), undefined);
});

test("numbersOf: nulls are NaN, times are milliseconds", () => {
  const table = tableFromArrays({
    n: column([1n, null, 2n ** 40n], new Int64()),
    t: column([0, 1500, null], new TimestampMillisecond()),
  } as unknown as Record<string, Float64Array>);
  const store = storeOf(table);
  assertEquals([...numbersOf(store, 0)], [1, NaN, 2 ** 40]);
  assertEquals([...numbersOf(store, 1)], [0, 1500, NaN]);
});

test("chartData: a line keeps every peak of a million rows", () => {
  const length = 1_000_000;
  const x = Float64Array.from({ length }, (_, i) => i);
  const y = new Float64Array(length);
  y[123_456] = 99;
  y[777_777] = -99;
  const { points, note } = chartData(
    storeOf(tableFromArrays({ x, y })),
    spec("line"),
  );
  assert(points.length < 2000);
  assert(points.some(({ x, y }) => x === 123_456 && y === 99));
  assert(points.some(({ x, y }) => x === 777_777 && y === -99));
  assert(points.every(({ x }, i) => i === 0 || points[i - 1]!.x <= x));
  assert(note !== undefined);
});

test("chartData: a short line has all its points", () => {
  const table = tableFromArrays({
    x: Float64Array.of(3, 1, 2),
    y: Float64Array.of(30, 10, NaN),
  });
  const { points, note } = chartData(storeOf(table), spec("line"));
  assertEquals(points, [{ x: 1, y: 10 }, { x: 3, y: 30 }]);
  assertEquals(note, undefined);
});

test("chartData: bars are the highest groups", () => {
  const length = 1000;
  const table = tableFromArrays({
    name: column(
      Array.from({ length }, (_, i) => i % 4 === 0 ? null : `c${i % 50}`),
      new Utf8(),
    ),
    value: column(Array.from({ length }, (_, i) => i), new Float64()),
  } as unknown as Record<string, Float64Array>);
  const { bars, note } = chartData(
    storeOf(table),
    spec("bars", { aggregate: "count" }),
  );
  assertEquals(bars[0], { label: "null", value: 250 });
  assertEquals(bars.length, 30);
  assert(note?.includes("30 highest"));
  const mean = chartData(storeOf(table), spec("bars", { aggregate: "mean" }));
  assertEquals(mean.bars[0], { label: "c48", value: 548 });
});

test("chartData: a histogram counts every row once", () => {
  const length = 10_000;
  const values = Float64Array.from({ length }, (_, i) => Math.sqrt(i));
  values[5] = NaN;
  const { bars } = chartData(
    storeOf(tableFromArrays({ values })),
    spec("histogram"),
  );
  assertEquals(bars.reduce((sum, { value }) => sum + value, 0), length - 1);
  assertEquals(bars.map(({ from }) => from).slice(0, 3), [0, 5, 10]);
});

test("chartData: one value, and none", () => {
  const one = storeOf(tableFromArrays({ a: Float64Array.of(7) }));
  assertEquals(chartData(one, spec("histogram")).bars, [
    { label: "7", value: 1, from: 7, to: 8 },
  ]);
  const none = storeOf(tableFromArrays({ a: Float64Array.of(NaN) }));
  assertEquals(chartData(none, spec("histogram")).bars, []);
  const empty = new ResultStore(one.schema, 1);
  assertEquals(chartData(empty, spec("bars")).bars, []);
});
