/**
 * Layout of the arrays of a schema in record batches. It is computed once per stream, so that
 * messages do not have to inspect types again.
 *
 * | kind       | buffers                              | children            |
 * |------------|--------------------------------------|---------------------|
 * | null       |                                      |                     |
 * | fixed      | validity, values                     |                     |
 * | bool       | validity, bits                       |                     |
 * | binary     | validity, offsets, bytes             |                     |
 * | view       | validity, views, any number of bytes |                     |
 * | list       | validity, offsets                    | 1                   |
 * | fixed list | validity                             | 1, `width` per row  |
 * | struct     | validity                             | any, 1 per row      |
 * | sparse     | type ids                             | any, 1 per row      |
 * | dense      | type ids, offsets                    | any                 |
 */

import type { DataType, Field } from "apache-arrow";
import { cannotEncode } from "./encodings/cannot_encode.ts";
import { TYPE_ID, typeName, UNION_MODE } from "./arrow_format.ts";
import { type WireEncoding, wireEncodingOf } from "./encodings/encoding.ts";
import { type AnyType, anyType } from "./types/same_type.ts";

/** Kind of a layout. */
export type LayoutKind =
  | "null"
  | "fixed"
  | "bool"
  | "binary"
  | "view"
  | "list"
  | "fixed list"
  | "struct"
  | "sparse"
  | "dense";

/** Typed arrays in which apache-arrow keeps values. */
type ValuesArray =
  | Int8ArrayConstructor
  | Int16ArrayConstructor
  | Int32ArrayConstructor
  | BigInt64ArrayConstructor
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor
  | BigUint64ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;

/** Layout of one field. */
export interface FieldLayout {
  /** Name of the field, for error texts. */
  readonly name: string;
  /** Type of the field: a Dictionary if it is dictionary-encoded. */
  readonly type: DataType;
  /** Kind of its buffers: those of the indices if it is dictionary-encoded. */
  readonly kind: LayoutKind;
  /** Bytes per row (fixed), bytes per offset (binary, list), children per row (fixed list). */
  readonly width: number;
  /** Typed array for values of kind fixed. */
  readonly values: ValuesArray;
  /** Layouts of the children, without those of the values of a dictionary. */
  readonly children: readonly FieldLayout[];
  /** Dictionary to which the values are indices. */
  readonly dictionary: DictionaryLayout | undefined;
  /** True if the field, or one inside it, is dictionary-encoded. */
  readonly hasDictionaries: boolean;
  /** Encoding on the wire, if it is not the usual one: the rest describes the plain columns. */
  readonly wire: WireLayout | undefined;
}

/**
 * Layout on the wire of columns that are plain in memory.
 *
 * | kind      | buffers                  | children              |
 * |-----------|--------------------------|-----------------------|
 * | run ends  |                          | ends of runs, values  |
 * | list view | validity, offsets, sizes | 1                     |
 */
export type WireLayout =
  | {
    /** A value for each run of equal rows. */
    readonly kind: "run ends";
    /** Layout of the ends of runs. */
    readonly runEnds: FieldLayout;
    /** Layout of the values, which are of the type of the rows. */
    readonly values: FieldLayout;
  }
  | {
    /** Lists with offsets and sizes, of `width` bytes each. */
    readonly kind: "list view";
  };

/** Dictionary of a stream. */
export interface DictionaryLayout {
  /** Its id on the wire. */
  readonly id: number;
  /** Layout of its values. */
  readonly value: FieldLayout;
  /** Ids of the dictionaries inside its values. */
  readonly inner: readonly number[];
}

/** Layouts of a schema. */
export interface SchemaLayout {
  /** One per field. */
  readonly fields: readonly FieldLayout[];
  /** Dictionaries by id; those inside others come before them. */
  readonly dictionaries: ReadonlyMap<number, DictionaryLayout>;
}

/** Returns the id of a dictionary on the wire. */
export type DictionaryIds = (type: DataType) => number;

/**
 * Computes the layouts of `fields`.
 *
 * @param idOf The ids of dictionaries on the wire: their own by default.
 * @throws {FlightError} UNIMPLEMENTED for types that apache-arrow does not know.
 */
export function layoutOf(
  fields: readonly Field[],
  idOf: DictionaryIds = (type) => anyType(type).id,
): SchemaLayout {
  const dictionaries = new Map<number, DictionaryLayout>();
  return {
    fields: fields.map(({ name, type }) => layout(name, type, name)),
    dictionaries,
  };

  function layout(
    name: string,
    type: DataType,
    path: string,
    encoding: WireEncoding | undefined = wireEncodingOf(type),
  ): FieldLayout {
    const plain = plainLayout(name, type, path);
    if (encoding === undefined) return plain;
    if (encoding.kind === "list view") return { ...plain, wire: encoding };
    const { runEnds, values, inner } = encoding;
    return {
      ...plain,
      wire: {
        kind: "run ends",
        runEnds: plainLayout(runEnds.name, runEnds.type, path),
        values: inner === undefined
          ? { ...plain, name: values.name }
          : layout(values.name, type, path, inner),
      },
    };
  }

  function plainLayout(
    name: string,
    type: DataType,
    path: string,
  ): FieldLayout {
    const any = anyType(type);
    if (any.typeId === TYPE_ID.dictionary) {
      const id = idOf(type);
      let dictionary = dictionaries.get(id);
      if (dictionary === undefined) {
        const value = layout(name, any.dictionary, path);
        dictionary = { id, value, inner: innerIds(value) };
        dictionaries.set(id, dictionary);
      }
      return {
        name,
        type,
        kind: "fixed",
        width: anyType(any.indices).bitWidth / 8,
        values: any.indices.ArrayType as ValuesArray,
        children: [],
        dictionary,
        hasDictionaries: true,
        wire: undefined,
      };
    }
    const children = (any.children ?? []).map((child) =>
      layout(child.name, child.type, `${path}.${child.name}`)
    );
    return {
      name,
      type,
      kind: kindOf(any, path),
      width: widthOf(any),
      values: (type.ArrayType ?? Uint8Array) as ValuesArray,
      children,
      dictionary: undefined,
      hasDictionaries: children.some((child) => child.hasDictionaries),
      wire: undefined,
    };
  }
}

/** Returns the ids of all dictionaries in a layout. */
function innerIds(layout: FieldLayout): number[] {
  if (layout.dictionary !== undefined) {
    return [layout.dictionary.id, ...layout.dictionary.inner];
  }
  return layout.children.flatMap(innerIds);
}

function kindOf(type: AnyType, path: string): LayoutKind {
  switch (type.typeId) {
    case TYPE_ID.null:
      return "null";
    case TYPE_ID.int:
    case TYPE_ID.float:
    case TYPE_ID.decimal:
    case TYPE_ID.date:
    case TYPE_ID.time:
    case TYPE_ID.timestamp:
    case TYPE_ID.interval:
    case TYPE_ID.duration:
    case TYPE_ID.fixedSizeBinary:
      return "fixed";
    case TYPE_ID.bool:
      return "bool";
    case TYPE_ID.binary:
    case TYPE_ID.utf8:
    case TYPE_ID.largeBinary:
    case TYPE_ID.largeUtf8:
      return "binary";
    case TYPE_ID.binaryView:
    case TYPE_ID.utf8View:
      return "view";
    case TYPE_ID.list:
    case TYPE_ID.largeList:
    case TYPE_ID.map:
      return "list";
    case TYPE_ID.fixedSizeList:
      return "fixed list";
    case TYPE_ID.struct:
      return "struct";
    case TYPE_ID.union:
      return type.mode === UNION_MODE.dense ? "dense" : "sparse";
    default:
      throw cannotEncode(
        `field "${path}"`,
        `apache-arrow does not support ${typeName(type.typeId)}`,
        "UNIMPLEMENTED",
      );
  }
}

function widthOf(type: AnyType): number {
  switch (type.typeId) {
    case TYPE_ID.int:
    case TYPE_ID.time:
      return type.bitWidth / 8;
    case TYPE_ID.decimal:
      return (type.bitWidth ?? 128) / 8;
    case TYPE_ID.float:
      return 2 << type.precision;
    case TYPE_ID.date:
      return type.unit === 0 ? 4 : 8;
    case TYPE_ID.interval:
      // YEAR_MONTH, DAY_TIME, MONTH_DAY_NANO.
      return 4 << type.unit;
    case TYPE_ID.timestamp:
    case TYPE_ID.duration:
    case TYPE_ID.largeBinary:
    case TYPE_ID.largeUtf8:
    case TYPE_ID.largeList:
      return 8;
    case TYPE_ID.binary:
    case TYPE_ID.utf8:
    case TYPE_ID.list:
    case TYPE_ID.map:
      return 4;
    case TYPE_ID.fixedSizeBinary:
      return type.byteWidth;
    case TYPE_ID.fixedSizeList:
      return type.listSize;
    default:
      return 0;
  }
}
