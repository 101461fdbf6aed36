/** Copies the vectors of DuckDB into the buffers of Arrow columns. */

import {
  type DataType,
  type Field,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import { DUCK_TYPE, type DuckItems, type DuckType } from "./native.ts";
import {
  ArrayBuilder,
  ListBuilder,
  StructBuilder,
  UnionBuilder,
} from "./nested_builders.ts";
import {
  BoolBuilder,
  BytesBuilder,
  DecimalBuilder,
  IntervalBuilder,
  ItemsBuilder,
} from "./value_builders.ts";
import type { VectorBuilder } from "./vector_builder.ts";

/** Largest number of 38 digits. */
const MAX_HUGE = 10n ** 38n - 1n;

type ItemsClass = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): DuckItems;
};

const ITEMS: Readonly<Record<number, ItemsClass>> = {
  [DUCK_TYPE.TINYINT]: Int8Array,
  [DUCK_TYPE.SMALLINT]: Int16Array,
  [DUCK_TYPE.INTEGER]: Int32Array,
  [DUCK_TYPE.BIGINT]: BigInt64Array,
  [DUCK_TYPE.UTINYINT]: Uint8Array,
  [DUCK_TYPE.USMALLINT]: Uint16Array,
  [DUCK_TYPE.UINTEGER]: Uint32Array,
  [DUCK_TYPE.UBIGINT]: BigUint64Array,
  [DUCK_TYPE.FLOAT]: Float32Array,
  [DUCK_TYPE.DOUBLE]: Float64Array,
  [DUCK_TYPE.DATE]: Int32Array,
  [DUCK_TYPE.TIME]: BigInt64Array,
  [DUCK_TYPE.TIME_NS]: BigInt64Array,
  [DUCK_TYPE.TIMESTAMP]: BigInt64Array,
  [DUCK_TYPE.TIMESTAMP_S]: BigInt64Array,
  [DUCK_TYPE.TIMESTAMP_MS]: BigInt64Array,
  [DUCK_TYPE.TIMESTAMP_NS]: BigInt64Array,
  [DUCK_TYPE.TIMESTAMP_TZ]: BigInt64Array,
};

function itemsBuilder(
  type: DataType,
  Items: ItemsClass,
  dictionary?: Vector,
): VectorBuilder {
  const width = Items.BYTES_PER_ELEMENT;
  return new ItemsBuilder(
    type,
    width,
    (bytes) =>
      new Items(bytes.buffer, bytes.byteOffset, bytes.byteLength / width),
    dictionary,
  );
}

/**
 * Makes the builder of a column.
 *
 * @param duck Type of the vectors.
 * @param type Its Arrow type.
 * @param maxValueBytes Most bytes of a text or BLOB.
 */
export function vectorBuilder(
  duck: DuckType,
  type: DataType,
  maxValueBytes: number,
): VectorBuilder {
  const Items = ITEMS[duck.typeId];
  if (Items !== undefined) return itemsBuilder(type, Items);
  const inside = (inner: DuckType, { type }: Field) =>
    vectorBuilder(inner, type, maxValueBytes);
  const child = (types: readonly DuckType[]) =>
    types.map((inner, i) => inside(inner, type.children[i]!));
  switch (duck.typeId) {
    case DUCK_TYPE.BOOLEAN:
      return new BoolBuilder(type);
    case DUCK_TYPE.DECIMAL:
      return new DecimalBuilder(type, decimalReader(duck.width!));
    case DUCK_TYPE.HUGEINT:
      return new DecimalBuilder(type, (view, item) =>
        within38Digits(
          (view.getBigInt64(item * 16 + 8, true) << 64n) +
            view.getBigUint64(item * 16, true),
        ));
    case DUCK_TYPE.UHUGEINT:
      return new DecimalBuilder(type, (view, item) =>
        within38Digits(
          (view.getBigUint64(item * 16 + 8, true) << 64n) +
            view.getBigUint64(item * 16, true),
        ));
    case DUCK_TYPE.INTERVAL:
      return new IntervalBuilder(type);
    case DUCK_TYPE.ENUM: {
      const count = duck.values!.length;
      const dictionary = vectorFromArray(duck.values!, new Utf8());
      return itemsBuilder(
        type,
        count <= 0xff
          ? Uint8Array
          : count <= 0xffff
          ? Uint16Array
          : Uint32Array,
        dictionary,
      );
    }
    case DUCK_TYPE.LIST:
      return new ListBuilder(type, child([duck.valueType!])[0]!);
    case DUCK_TYPE.ARRAY:
      return new ArrayBuilder(type, child([duck.valueType!])[0]!, duck.length!);
    case DUCK_TYPE.MAP: {
      const [entries] = type.children;
      const fields = [duck.keyType!, duck.valueType!].map((inner, i) =>
        inside(inner, entries!.type.children[i]!)
      );
      return new ListBuilder(type, new StructBuilder(entries!.type, fields));
    }
    case DUCK_TYPE.STRUCT:
      return new StructBuilder(type, child(duck.entryTypes!));
    case DUCK_TYPE.UNION:
      return new UnionBuilder(type, child(duck.memberTypes!));
    case DUCK_TYPE.VARCHAR:
      return new BytesBuilder(type, maxValueBytes, String, true);
    case DUCK_TYPE.BLOB:
      return new BytesBuilder(
        type,
        maxValueBytes,
        (item) => (item as { bytes: Uint8Array }).bytes,
        true,
      );
    default:
      return textBuilder(type, maxValueBytes);
  }
}

function decimalReader(
  width: number,
): (view: DataView, item: number) => bigint {
  if (width <= 4) return (view, item) => BigInt(view.getInt16(item * 2, true));
  if (width <= 9) return (view, item) => BigInt(view.getInt32(item * 4, true));
  if (width <= 18) return (view, item) => view.getBigInt64(item * 8, true);
  return (view, item) =>
    (view.getBigInt64(item * 16 + 8, true) << 64n) +
    view.getBigUint64(item * 16, true);
}

function within38Digits(value: bigint): bigint {
  if (value <= MAX_HUGE && value >= -MAX_HUGE) return value;
  throw new FlightError(
    "OUT_OF_RANGE",
    `The integer ${value} has more than the 38 digits of a decimal of Arrow; CAST it to VARCHAR`,
  );
}

/** Makes the builder of a column of texts, for any values. */
export function textBuilder(
  type: DataType,
  maxValueBytes: number,
): VectorBuilder {
  return new BytesBuilder(type, maxValueBytes, String, false);
}
