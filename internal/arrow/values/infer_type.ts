/** The Arrow type of values that no schema describes. */

import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Field,
  Float64,
  Int64,
  IntervalMonthDayNano,
  List,
  Null,
  Struct,
  TimeNanosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Uint64,
  Utf8,
} from "apache-arrow";
import { exactTime } from "../../base/exact_time.ts";
import { mapType } from "../types/map_type.ts";
import { withArticle } from "./cast_value.ts";
import type { Place } from "./place.ts";
import { temporalClass } from "./temporal.ts";

const MAX_INT64 = 2n ** 63n - 1n;

/** The kinds of values, told apart by their type in JavaScript. */
type Kind =
  | "boolean"
  | "integer"
  | "number"
  | "bigint"
  | "string"
  | "bytes"
  | "Date"
  | "list"
  | "Map"
  | "object"
  | `Temporal.${string}`;

/**
 * Infers one type for all values.
 *
 * | values                        | type                                          |
 * |-------------------------------|-----------------------------------------------|
 * | null alone                    | null                                          |
 * | boolean                       | bool                                          |
 * | bigint, whole numbers         | int64; uint64 for what only that holds        |
 * | numbers                       | float64                                       |
 * | string                        | utf8                                          |
 * | Uint8Array, ArrayBuffer       | binary                                        |
 * | Date, Temporal.Instant        | timestamp in UTC                              |
 * | Temporal.ZonedDateTime        | timestamp in the zone of the first            |
 * | Temporal.PlainDateTime        | timestamp without a zone                      |
 * | Temporal.PlainDate, PlainTime | date32, time64                                |
 * | Temporal.Duration             | interval of months, days and nanoseconds      |
 * | arrays                        | list                                          |
 * | Map, other objects            | map, struct                                   |
 *
 * @param values Values; null and undefined are of any type.
 * @param place Their place, for errors.
 * @throws {TypeError} When a value has no type, or two have none in common.
 */
export function inferType(values: readonly unknown[], place: Place): DataType {
  let kind: Kind | undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || value === undefined) continue;
    const next = kindOf(value);
    if (next === undefined) {
      throw new TypeError(
        `Cannot use ${place(i)}: ${withArticle(value)} has no type in Arrow`,
      );
    }
    const both = kind === undefined ? next : common(kind, next);
    if (both === undefined) {
      throw new TypeError(
        `Cannot use ${
          place(i)
        }: it is of kind ${next}, others are of kind ${kind}`,
      );
    }
    kind = both;
  }
  return kind === undefined ? new Null() : typeOf(kind, values, place);
}

function kindOf(value: unknown): Kind | undefined {
  switch (typeof value) {
    case "boolean":
    case "bigint":
    case "string":
      return typeof value as Kind;
    case "number":
      // Beyond that a double is not the number that was meant.
      return Number.isSafeInteger(value) ? "integer" : "number";
    case "object":
      break;
    default:
      return undefined;
  }
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) {
    return "bytes";
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "list";
  if (value instanceof Date) return "Date";
  if (value instanceof Map) return "Map";
  const name = temporalClass(value);
  if (name !== undefined) return `Temporal.${name}`;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ||
      Object.getPrototypeOf(prototype) === null
    ? "object"
    : undefined;
}

/** The kind that holds values of both. */
function common(a: Kind, b: Kind): Kind | undefined {
  if (a === b) return a;
  const both = new Set([a, b]);
  if (both.has("integer") && both.has("number")) return "number";
  if (both.has("integer") && both.has("bigint")) return "bigint";
  if (both.has("Date") && both.has("Temporal.Instant")) {
    return "Temporal.Instant";
  }
  return undefined;
}

function typeOf(
  kind: Kind,
  values: readonly unknown[],
  place: Place,
): DataType {
  switch (kind) {
    case "boolean":
      return new Bool();
    case "integer":
      return new Int64();
    case "bigint":
      return values.some((value) =>
          typeof value === "bigint" && value > MAX_INT64
        )
        ? new Uint64()
        : new Int64();
    case "number":
      return new Float64();
    case "string":
      return new Utf8();
    case "bytes":
      return new Binary();
    case "Date":
      return values.some((value) => value && exactTime(value as Date))
        ? new TimestampNanosecond("UTC")
        : new TimestampMillisecond("UTC");
    case "list": {
      const { items, itemPlace } = itemsOf(values, place);
      return new List(new Field("item", inferType(items, itemPlace), true));
    }
    case "Map":
      return mapOf(values as (Map<unknown, unknown> | null)[], place);
    case "object":
      return structOf(values as (Record<string, unknown> | null)[], place);
    case "Temporal.Instant":
      return new TimestampNanosecond("UTC");
    case "Temporal.ZonedDateTime": {
      const first = values.find((value) => value) as { timeZoneId: string };
      return new TimestampNanosecond(first.timeZoneId);
    }
    case "Temporal.PlainDateTime":
      return new TimestampNanosecond();
    case "Temporal.PlainDate":
      return new DateDay();
    case "Temporal.PlainTime":
      return new TimeNanosecond();
    case "Temporal.Duration":
      return new IntervalMonthDayNano();
    default:
      throw new TypeError(
        `Cannot use ${place(0)}: a ${kind} has no type in Arrow`,
      );
  }
}

/** The items of lists, one after the other, and the places of each. */
export function itemsOf(
  values: readonly unknown[],
  place: Place,
): { items: unknown[]; itemPlace: Place } {
  const items: unknown[] = [];
  const owners: number[] = [];
  const starts: number[] = [];
  values.forEach((value, i) => {
    if (value === null || value === undefined) return;
    const start = items.length;
    for (const item of value as Iterable<unknown>) {
      items.push(item);
      owners.push(i);
      starts.push(start);
    }
  });
  return {
    items,
    itemPlace: (i) =>
      `item ${i - (starts[i] ?? 0)} of ${place(owners[i] ?? 0)}`,
  };
}

function mapOf(
  values: readonly (Map<unknown, unknown> | null | undefined)[],
  place: Place,
): DataType {
  const keys = itemsOf(values.map((map) => map && [...map.keys()]), place);
  const items = itemsOf(values.map((map) => map && [...map.values()]), place);
  const entries = new Struct([
    new Field("key", inferType(keys.items, keys.itemPlace), false),
    new Field("value", inferType(items.items, items.itemPlace), true),
  ]);
  return mapType(new Field("entries", entries, false), false);
}

function structOf(
  values: readonly (Record<string, unknown> | null | undefined)[],
  place: Place,
): DataType {
  const names = new Set<string>();
  for (const value of values) {
    for (const name of Object.keys(value ?? {})) names.add(name);
  }
  return new Struct(
    [...names].map((name) =>
      new Field(
        name,
        inferType(
          values.map((value) => value?.[name]),
          (i) => `"${name}" of ${place(i)}`,
        ),
        true,
      )
    ),
  );
}
