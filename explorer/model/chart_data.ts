/** The marks of a chart, few enough to draw, from columns with any number of rows. */

import { type DataType, type Schema, Type, type Vector } from "apache-arrow";
import { valueText } from "../../cli/output/values.ts";
import type { ResultStore } from "./result_store.ts";
import { type ColumnKind, kindOf } from "./type_text.ts";

/** The kinds of charts. */
export const CHART_KINDS = ["line", "points", "bars", "histogram"] as const;

/** A kind of chart. */
export type ChartKind = typeof CHART_KINDS[number];

/** The ways to make one number of the rows of a bar. */
export const AGGREGATES = ["count", "sum", "mean", "min", "max"] as const;

/** A way to make one number of many. */
type Aggregate = typeof AGGREGATES[number];

/** A chart that was asked for. */
export interface ChartSpec {
  readonly kind: ChartKind;
  /** Number of the column along the axis: the categories of bars, the values of a histogram. */
  readonly x: number;
  /** Number of the column of the height; histograms, and bars that count, do not use it. */
  readonly y: number;
  /** Of bars only. */
  readonly aggregate: Aggregate;
}

/** A point of a line or a cloud. */
interface ChartPoint {
  readonly x: number;
  readonly y: number;
}

/** A bar; a histogram has its range too. */
interface ChartBar {
  readonly label: string;
  readonly value: number;
  readonly from?: number;
  readonly to?: number;
}

/** The marks of a chart. */
export interface ChartData {
  readonly points: readonly ChartPoint[];
  readonly bars: readonly ChartBar[];
  /** True if x is a time in milliseconds since 1970. */
  readonly isTime: boolean;
  /** Tells in words what was left out; `undefined` for nothing. */
  readonly note: string | undefined;
}

/** Buckets of a line; each gives at most two points. */
const LINE_BUCKETS = 900;
/** Most points of a cloud. */
const MAX_POINTS = 4000;
/** Most bars. */
const MAX_BARS = 30;
/** Most categories that are told apart while they are counted. */
const MAX_CATEGORIES = 200_000;
/** Bars of a histogram, about. */
const HISTOGRAM_BARS = 40;

/** The numbers of the columns of one of some kinds. */
function columnsOfKind(
  schema: Schema,
  ...kinds: readonly ColumnKind[]
): number[] {
  return schema.fields.flatMap(({ type }, index) =>
    kinds.includes(kindOf(type)) ? [index] : []
  );
}

/**
 * Chooses a chart for a result.
 *
 * @param schema The columns.
 * @returns The chart; `undefined` where no column can be drawn.
 */
export function chooseChart(schema: Schema): ChartSpec | undefined {
  const [time] = columnsOfKind(schema, "time");
  const numbers = columnsOfKind(schema, "number");
  const [text] = columnsOfKind(schema, "text", "flag");
  const [first, second] = numbers;
  if (time !== undefined && first !== undefined) {
    return { kind: "line", x: time, y: first, aggregate: "sum" };
  }
  if (text !== undefined && first !== undefined) {
    const y = second ?? first;
    return { kind: "bars", x: text, y, aggregate: "sum" };
  }
  if (first !== undefined && second !== undefined) {
    return { kind: "line", x: first, y: second, aggregate: "sum" };
  }
  const only = first ?? time;
  if (only !== undefined) {
    return { kind: "histogram", x: only, y: only, aggregate: "count" };
  }
  return text === undefined
    ? undefined
    : { kind: "bars", x: text, y: text, aggregate: "count" };
}

/** Makes the marks of a chart. */
export function chartData(store: ResultStore, spec: ChartSpec): ChartData {
  const xType = store.schema.fields[spec.x]?.type;
  const isTime = xType !== undefined && kindOf(xType) === "time";
  const empty: ChartData = { points: [], bars: [], isTime, note: undefined };
  if (xType === undefined || store.numRows === 0) return empty;
  switch (spec.kind) {
    case "bars":
      return { ...empty, ...bars(store, spec) };
    case "histogram":
      return { ...empty, ...histogram(numbersOf(store, spec.x)) };
    case "line":
      return { ...empty, ...line(store, spec) };
    case "points":
      return { ...empty, ...cloud(store, spec) };
  }
}

/** A column as numbers: times in milliseconds, NaN for nulls and for what is no number. */
export function numbersOf(store: ResultStore, column: number): Float64Array {
  const numbers = new Float64Array(store.numRows);
  const read = numberReader(store.schema.fields[column]!.type);
  let next = 0;
  store.visit(column, 0, store.numRows, (vector, row) => {
    numbers[next++] = read(vector, row);
  });
  return numbers;
}

function numberReader(
  type: DataType,
): (vector: Vector, row: number) => number {
  if (type.typeId === Type.Decimal) {
    return (vector, row) => {
      const text = valueText(vector, row);
      return text === null ? NaN : Number(text);
    };
  }
  return (vector, row) => {
    const value = vector.get(row);
    return value === null || value === undefined ? NaN : Number(value);
  };
}

/** The lowest and the highest point of each bucket keep every peak of a line. */
function line(store: ResultStore, { x, y }: ChartSpec): Partial<ChartData> {
  const [xs, ys] = [numbersOf(store, x), numbersOf(store, y)];
  const [low, high] = rangeOf(xs);
  const lowest = new Map<number, number>();
  const highest = new Map<number, number>();
  const width = (high - low) / LINE_BUCKETS || 1;
  let drawable = 0;
  for (let row = 0; row < xs.length; row++) {
    const [at, value] = [xs[row]!, ys[row]!];
    if (!Number.isFinite(at) || !Number.isFinite(value)) continue;
    drawable++;
    const bucket = Math.floor((at - low) / width);
    const min = lowest.get(bucket);
    if (min === undefined || value < ys[min]!) lowest.set(bucket, row);
    const max = highest.get(bucket);
    if (max === undefined || value > ys[max]!) highest.set(bucket, row);
  }
  const rows = new Set([...lowest.values(), ...highest.values()]);
  const points = [...rows].map((row) => ({ x: xs[row]!, y: ys[row]! }))
    .sort((a, b) => a.x - b.x || a.y - b.y);
  return {
    points,
    note: points.length < drawable
      ? "Each step along the axis shows its lowest and its highest value."
      : undefined,
  };
}

function cloud(store: ResultStore, { x, y }: ChartSpec): Partial<ChartData> {
  const [xs, ys] = [numbersOf(store, x), numbersOf(store, y)];
  const step = Math.max(1, Math.ceil(xs.length / MAX_POINTS));
  const points: ChartPoint[] = [];
  for (let row = 0; row < xs.length; row += step) {
    const point = { x: xs[row]!, y: ys[row]! };
    if (Number.isFinite(point.x) && Number.isFinite(point.y)) {
      points.push(point);
    }
  }
  return {
    points,
    note: step > 1 ? `One of every ${step} rows is drawn.` : undefined,
  };
}

function bars(
  store: ResultStore,
  { x, y, aggregate }: ChartSpec,
): Partial<ChartData> {
  const values = aggregate === "count" ? undefined : numbersOf(store, y);
  const groups = new Map<string, Group>();
  let row = 0;
  let isCut = false;
  store.visit(x, 0, store.numRows, (vector, at) => {
    const value = values === undefined ? 1 : values[row]!;
    row++;
    if (!Number.isFinite(value)) return;
    const label = valueText(vector, at) ?? "null";
    let group = groups.get(label);
    if (group === undefined) {
      if (groups.size >= MAX_CATEGORIES) {
        isCut = true;
        return;
      }
      group = { count: 0, sum: 0, min: Infinity, max: -Infinity };
      groups.set(label, group);
    }
    group.count++;
    group.sum += value;
    group.min = Math.min(group.min, value);
    group.max = Math.max(group.max, value);
  });
  const all = [...groups].map(([label, group]) => ({
    label,
    value: aggregate === "mean" ? group.sum / group.count : group[aggregate],
  })).sort((a, b) => b.value - a.value);
  const shown = all.slice(0, MAX_BARS);
  const more = all.length > shown.length
    ? `The ${shown.length} highest of ${
      isCut ? "more than " : ""
    }${all.length} categories are shown.`
    : undefined;
  return { bars: shown, note: more };
}

interface Group {
  count: number;
  sum: number;
  min: number;
  max: number;
}

function histogram(values: Float64Array): Partial<ChartData> {
  const [low, high] = rangeOf(values);
  if (!(high >= low)) return {};
  const width = niceStep((high - low) / HISTOGRAM_BARS || 1);
  const start = Math.floor(low / width) * width;
  const counts = new Uint32Array(Math.floor((high - start) / width) + 1);
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const bar = Math.min(
      counts.length - 1,
      Math.floor((value - start) / width),
    );
    counts[bar]!++;
  }
  return {
    bars: [...counts].map((value, index) => ({
      label: String(start + index * width),
      value,
      from: start + index * width,
      to: start + (index + 1) * width,
    })),
  };
}

/** A round step of at least this size: 1, 2 or 5 times a power of ten. */
function niceStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const digit = [1, 2, 5, 10].find((digit) => digit * power >= size * 0.999)!;
  return digit * power;
}

function rangeOf(values: Float64Array): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
