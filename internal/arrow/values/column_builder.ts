/** Makes columns of JavaScript's values. */

import type { Data, DataType } from "apache-arrow";
import { encodeUtf8 } from "../../base/bytes.ts";
import { valueName } from "../../base/value_name.ts";
import { type DataParts, newData, newVector } from "../arrow_objects.ts";
import { TYPE_ID, UNION_MODE } from "../arrow_format.ts";
import { bitmapBytes } from "../bitmap.ts";
import { asOffsets } from "../offsets.ts";
import { type AnyType, anyType } from "../types/same_type.ts";
import {
  cannotBe,
  castBoolean,
  castBytes,
  castDecimal,
  CastError,
  castFloat,
  castInteger,
  castText,
  castTime,
} from "./cast_value.ts";
import { writeWords } from "./decimal_text.ts";
import {
  binary,
  each,
  fixed,
  halfBits,
  intervals,
  texts,
  views,
  wordsOf,
} from "./leaf_columns.ts";
import { inferType, itemsOf } from "./infer_type.ts";
import type { Place } from "./place.ts";
import { typeText } from "../types/type_text.ts";

/**
 * Makes a column.
 *
 * @param type Its type.
 * @param values One value for each row; null and undefined are null.
 * @param place The places of the values, for errors.
 * @throws {TypeError} When a value is not of the type.
 * @throws {RangeError} When a value is beyond the type.
 */
export function columnOf(
  type: DataType,
  values: readonly unknown[],
  place: Place,
): Data {
  const any = anyType(type);
  const { length } = values;
  if (any.typeId === TYPE_ID.null) {
    each(values, place, (_, value) => {
      throw cannotBe(value, "Null");
    });
    return newData(type, length, length, {});
  }
  if (any.typeId === TYPE_ID.union) return unionOf(type, any, values, place);
  const { validity, nullCount } = validityOf(values);
  const parts = partsOf(any, type, values, place);
  return newData(type, length, nullCount, { ...parts, validity });
}

function partsOf(
  any: AnyType,
  type: DataType,
  values: readonly unknown[],
  place: Place,
): DataParts {
  const { length } = values;
  switch (any.typeId) {
    case TYPE_ID.bool: {
      const bits = new Uint8Array(bitmapBytes(length));
      each(values, place, (i, value) => {
        if (castBoolean(value)) bits[i >> 3]! |= 1 << (i & 7);
      });
      return { values: bits };
    }
    case TYPE_ID.int:
      return fixed(type, values, place, castInteger(any));
    case TYPE_ID.float:
      return any.precision === 0
        ? fixed(type, values, place, halfBits(castFloat(type)))
        : fixed(type, values, place, castFloat(type));
    case TYPE_ID.date:
    case TYPE_ID.time:
    case TYPE_ID.timestamp:
    case TYPE_ID.duration:
      return fixed(type, values, place, castTime(any));
    case TYPE_ID.decimal: {
      const words = (any.bitWidth ?? 128) / 32;
      return wordsOf(
        values,
        words,
        place,
        castDecimal(any),
        (out, at, value) => writeWords(out, at, words, value),
      );
    }
    case TYPE_ID.interval:
      return intervals(type, any.unit, values, place);
    case TYPE_ID.utf8:
    case TYPE_ID.largeUtf8: {
      const isLarge = any.typeId === TYPE_ID.largeUtf8;
      return texts(values, place, isLarge, castText(type));
    }
    case TYPE_ID.binary:
    case TYPE_ID.largeBinary:
      return binary(
        values,
        place,
        any.typeId === TYPE_ID.largeBinary,
        castBytes(type),
      );
    case TYPE_ID.utf8View: {
      const cast = castText(type);
      return views(values, place, (value) => encodeUtf8(cast(value)));
    }
    case TYPE_ID.binaryView:
      return views(values, place, castBytes(type));
    case TYPE_ID.fixedSizeBinary: {
      const { byteWidth } = any;
      const out = new Uint8Array(length * byteWidth);
      const cast = castBytes(type, byteWidth);
      each(values, place, (i, value) => out.set(cast(value), i * byteWidth));
      return { values: out };
    }
    case TYPE_ID.list:
    case TYPE_ID.largeList:
      return lists(any, values, place);
    case TYPE_ID.fixedSizeList:
      return fixedLists(any, values, place);
    case TYPE_ID.struct:
      return { children: structColumns(any, values, place) };
    case TYPE_ID.map:
      return maps(any, values, place);
    case TYPE_ID.dictionary:
      return dictionary(any, type, values, place);
    default:
      throw new TypeError(
        `Cannot use ${place(0)}: values cannot be made into ${
          typeText(type)
        } here`,
      );
  }
}

function validityOf(
  values: readonly unknown[],
): { validity: Uint8Array | undefined; nullCount: number } {
  let nullCount = 0;
  let validity: Uint8Array | undefined;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== null && values[i] !== undefined) continue;
    nullCount++;
    validity ??= new Uint8Array(bitmapBytes(values.length)).fill(255);
    validity[i >> 3]! &= ~(1 << (i & 7));
  }
  return { validity, nullCount };
}

/** The items of values that must be lists. */
function checkedItems(
  values: readonly unknown[],
  place: Place,
  type: unknown,
): { items: unknown[]; itemPlace: Place } {
  each(values, place, (_, value) => {
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) {
      throw cannotBe(value, type, " (give an array)");
    }
  });
  return itemsOf(values, place);
}

/** The end of each list in the items of all. */
function endsOf(lengths: readonly number[]): Float64Array {
  const ends = new Float64Array(lengths.length + 1);
  lengths.forEach((length, i) => ends[i + 1] = ends[i]! + length);
  return ends;
}

function lists(
  any: AnyType,
  values: readonly unknown[],
  place: Place,
): DataParts {
  const { items, itemPlace } = checkedItems(values, place, any);
  const ends = endsOf(values.map((list) => (list as unknown[])?.length ?? 0));
  return {
    offsets: asOffsets(ends, any.typeId === TYPE_ID.largeList ? 8 : 4),
    children: [columnOf(any.children![0]!.type, items, itemPlace)],
  };
}

function fixedLists(
  any: AnyType,
  values: readonly unknown[],
  place: Place,
): DataParts {
  const { listSize } = any;
  each(values, place, (_, value) => {
    const { length } = value as { length?: number };
    if (length !== listSize) {
      throw new CastError(`${length ?? "no"} items are not ${listSize}`, true);
    }
  });
  const none = new Array(listSize).fill(null);
  const { items, itemPlace } = checkedItems(
    values.map((value) => value ?? none),
    place,
    any,
  );
  return { children: [columnOf(any.children![0]!.type, items, itemPlace)] };
}

function structColumns(
  any: AnyType,
  values: readonly unknown[],
  place: Place,
): Data[] {
  const names = new Set(any.children!.map(({ name }) => name));
  each(values, place, (_, value) => {
    if (
      typeof value !== "object" || Array.isArray(value) ||
      ArrayBuffer.isView(value)
    ) throw cannotBe(value, any, " (give an object)");
    for (const name of Object.keys(value as object)) {
      if (!names.has(name)) {
        throw new CastError(`it has no field ${JSON.stringify(name)}`);
      }
    }
  });
  return any.children!.map(({ name, type }) =>
    columnOf(
      type,
      values.map((value) => own(value, name)),
      (i) => `"${name}" of ${place(i)}`,
    )
  );
}

/** A property of its own; null has none. */
function own(object: unknown, name: string): unknown {
  return object && Object.hasOwn(object, name)
    ? (object as Record<string, unknown>)[name]
    : undefined;
}

function maps(
  any: AnyType,
  values: readonly unknown[],
  place: Place,
): DataParts {
  const all: (readonly (readonly [unknown, unknown])[])[] = values.map(
    () => [],
  );
  each(values, place, (i, value) => {
    if (value instanceof Map) all[i] = [...value];
    else if (
      Object.getPrototypeOf(value) === Object.prototype
    ) all[i] = Object.entries(value as object);
    else throw cannotBe(value, any, " (give a Map)");
  });
  const entries = anyType(any.children![0]!.type);
  const [keys, items] = [0, 1].map((side) =>
    itemsOf(all.map((list) => list.map((entry) => entry[side])), place)
  );
  const children = [keys!, items!].map(({ items, itemPlace }, side) =>
    columnOf(entries.children![side]!.type, items, itemPlace)
  );
  return {
    offsets: Int32Array.from(endsOf(all.map(({ length }) => length))),
    children: [
      newData(any.children![0]!.type, keys!.items.length, 0, { children }),
    ],
  };
}

/** Equal strings, numbers and bigints share an entry. */
function dictionary(
  any: AnyType,
  type: DataType,
  values: readonly unknown[],
  place: Place,
): DataParts {
  const indexes = new Map<unknown, number>();
  const first: number[] = [];
  // The array type of a dictionary type is that of its values.
  const out = new any.indices.ArrayType(values.length) as
    | Int32Array
    | BigInt64Array;
  const isBig = out instanceof BigInt64Array || out instanceof BigUint64Array;
  each(values, place, (i, value) => {
    let index = indexes.get(value);
    if (index === undefined) {
      index = first.push(i) - 1;
      indexes.set(value, index);
    }
    out[i] = (isBig ? BigInt(index) : index) as never;
    if (Number(out[i]) !== index) {
      throw new CastError(
        `there are too many values for ${typeText(type)}`,
        true,
      );
    }
  });
  const entries = columnOf(
    any.dictionary,
    first.map((i) => values[i]),
    (i) => place(first[i]!),
  );
  return { values: out, dictionary: newVector([entries]) };
}

/** Each value goes to the first child whose type is its own, else to the first that takes it. */
function unionOf(
  type: DataType,
  any: AnyType,
  values: readonly unknown[],
  place: Place,
): Data {
  const isDense = any.mode === UNION_MODE.dense;
  const children = any.children ?? [];
  const columns: unknown[][] = children.map(() =>
    isDense ? [] : new Array(values.length).fill(null)
  );
  const typeIds = new Int8Array(values.length);
  const offsets = new Int32Array(values.length);
  values.forEach((value, i) => {
    const child = childFor(children.map((field) => field.type), value);
    if (child < 0) {
      throw new TypeError(
        `Cannot use ${place(i)}: no member of ${typeText(type)} takes ${
          valueName(value)
        }`,
      );
    }
    typeIds[i] = any.typeIds[child]!;
    offsets[i] = columns[child]!.length;
    if (isDense) columns[child]!.push(value);
    else columns[child]![i] = value;
  });
  return newData(type, values.length, 0, {
    typeIds,
    offsets: isDense ? offsets : undefined,
    children: children.map((field, i) =>
      columnOf(field.type, columns[i]!, place)
    ),
  });
}

function childFor(types: readonly DataType[], value: unknown): number {
  if (value === null || value === undefined) {
    const none = types.findIndex(({ typeId }) => typeId === TYPE_ID.null);
    return none >= 0 ? none : types.length > 0 ? 0 : -1;
  }
  const takes = (type: DataType): boolean => {
    try {
      columnOf(type, [value], () => "");
      return true;
    } catch {
      return false;
    }
  };
  let wanted: number | undefined;
  try {
    wanted = inferType([value], () => "").typeId;
  } catch {
    // Only a cast will do.
  }
  const exact = types.findIndex((type) =>
    type.typeId === wanted && takes(type)
  );
  return exact >= 0 ? exact : types.findIndex(takes);
}
