/**
 * Layouts that the format has for types of apache-arrow beside the usual one: run-end encoded, and list
 * views. apache-arrow does not have these types, so a column has the type of its plain values, and
 * the object of the type remembers its encoding.
 */

import { type DataType, Field, Int, Schema } from "apache-arrow";
import { TYPE_ID } from "../arrow_format.ts";
import { rebuiltType } from "../types/rebuilt_type.ts";
import { anyType, sameType } from "../types/same_type.ts";
import { typeText } from "../types/type_text.ts";

/** Properties of a field, without its type. */
interface FieldNames {
  /** Its name. */
  readonly name: string;
  /** True if its rows may be null. */
  readonly nullable: boolean;
  /** Its metadata. */
  readonly metadata: Map<string, string>;
}

/** Encoding of a column on the wire. */
export type WireEncoding =
  | {
    /** Its values stand for runs of equal rows. */
    readonly kind: "run ends";
    /** True if the field itself may have nulls: those of its values are what counts. */
    readonly nullable: boolean;
    /** Field of the ends of runs, signed integers of 16, 32 or 64 bits. */
    readonly runEnds: Field<Int>;
    /** Field of the values. */
    readonly values: FieldNames;
    /** Encoding of the values, if they have one. */
    readonly inner: WireEncoding | undefined;
  }
  | {
    /** Its lists have offsets and sizes, in any order. */
    readonly kind: "list view";
  };

/** Encodings by the object of the type; a copy of the type has none. */
const ENCODINGS = new WeakMap<DataType, WireEncoding>();

/** Returns the encoding of columns of a type; `undefined` for the usual one. */
export function wireEncodingOf(type: DataType): WireEncoding | undefined {
  return ENCODINGS.get(type);
}

/** Gives a type an encoding, in place of the one that it has. */
export function setEncoding(type: DataType, encoding: WireEncoding): void {
  ENCODINGS.set(type, encoding);
}

/** Makes a copy of a type, which may have an encoding of its own. */
function copyOf<T extends DataType>(type: T): T {
  const copy = Object.create(Object.getPrototypeOf(type));
  return Object.assign(copy, type);
}

/**
 * Makes a type whose columns are sent run-end encoded: one value for each run of equal rows, as in
 * RunEndEncodedArray of other implementations.
 *
 * The columns themselves are plain, both those that are sent and those that are received. Their runs
 * are found when they are sent. A received schema has such types, so a service that sends it on,
 * sends the columns as they came; see {@linkcode withoutEncodings} for peers that cannot read them.
 *
 * @param type The type of the rows.
 * @param runEndBits Size of the numbers of rows, in bits; a batch with ends of 16 bits has at most
 * 32,767 rows. Default: 32.
 * @returns A copy of `type` with this encoding.
 * @throws {RangeError} When the size is none of these.
 *
 * @example
 * ```ts
 * import { runEndEncoded } from "@contrail/flight";
 * import { Field, Schema, Utf8 } from "apache-arrow";
 *
 * const schema = new Schema([
 *   new Field("country", runEndEncoded(new Utf8()), true),
 * ]);
 * ```
 */
export function runEndEncoded<T extends DataType>(
  type: T,
  runEndBits: 16 | 32 | 64 = 32,
): T {
  if (![16, 32, 64].includes(runEndBits)) {
    throw new RangeError(
      `Cannot use runEndBits: ${runEndBits} is not 16, 32 or 64`,
    );
  }
  const encoded = copyOf(type);
  setEncoding(encoded, {
    kind: "run ends",
    nullable: true,
    runEnds: new Field("run_ends", new Int(true, runEndBits), false),
    values: { name: "values", nullable: true, metadata: new Map() },
    inner: wireEncodingOf(type),
  });
  return encoded;
}

/**
 * Makes a type whose columns are sent as list views: each list has an offset and a size.
 *
 * @param type A List or LargeList.
 * @returns A copy of `type` with this encoding. Its columns are lists as usual.
 * @throws {TypeError} When it is no list.
 *
 * @example
 * ```ts
 * import { listView } from "@contrail/flight";
 * import { Field, Int32, List } from "apache-arrow";
 *
 * const type = listView(new List(new Field("item", new Int32(), true)));
 * ```
 */
export function listView<T extends DataType>(type: T): T {
  const { typeId } = anyType(type);
  if (typeId !== TYPE_ID.list && typeId !== TYPE_ID.largeList) {
    throw new TypeError(
      `Cannot make a list view of ${typeText(type)}: it is no list`,
    );
  }
  const encoded = copyOf(type);
  setEncoding(encoded, { kind: "list view" });
  return encoded;
}

/** Encoding of a type, as {@linkcode encodingOf} returns it. */
export type ColumnEncoding =
  | {
    /** The columns are run-end encoded. */
    readonly kind: "run ends";
    /** Size of the ends of runs, in bits. */
    readonly runEndBits: 16 | 32 | 64;
    /** Encoding of the values, if they have one. */
    readonly values?: ColumnEncoding | undefined;
  }
  | {
    /** The columns are list views. */
    readonly kind: "list view";
  };

/**
 * Returns the encoding that columns of a type have on the wire.
 *
 * @param type The type of a field of a schema, received or made.
 * @returns The encoding; `undefined` for the usual one of the type.
 *
 * @example
 * ```ts
 * import { encodingOf, runEndEncoded } from "@contrail/flight";
 * import { Int32 } from "apache-arrow";
 *
 * console.log(encodingOf(runEndEncoded(new Int32()))?.kind); // run ends
 * console.log(encodingOf(new Int32())); // undefined
 * ```
 */
export function encodingOf(type: DataType): ColumnEncoding | undefined {
  return publicEncoding(wireEncodingOf(type));
}

function publicEncoding(
  encoding: WireEncoding | undefined,
): ColumnEncoding | undefined {
  if (encoding?.kind !== "run ends") return encoding;
  const { runEnds, inner } = encoding;
  const values = publicEncoding(inner);
  return {
    kind: "run ends",
    runEndBits: runEnds.type.bitWidth as 16 | 32 | 64,
    ...(values === undefined ? {} : { values }),
  };
}

/**
 * Removes the encodings from the types of a schema, at any depth, so that columns are sent plain. Many
 * readers know neither run-end encoded columns nor list views; apache-arrow itself is one of them.
 *
 * @param schema A schema, such as a received one.
 * @returns A schema of the same plain types, which fits the same batches; `schema` itself if it has no
 * encodings.
 *
 * @example
 * ```ts
 * import { runEndEncoded, withoutEncodings } from "@contrail/flight";
 * import { Field, Int32, Schema } from "apache-arrow";
 *
 * const schema = new Schema([new Field("x", runEndEncoded(new Int32()), true)]);
 * const plain = withoutEncodings(schema);
 * ```
 */
export function withoutEncodings(schema: Schema): Schema {
  const fields = withoutIn(schema.fields);
  return fields === schema.fields
    ? schema
    : new Schema([...fields], schema.metadata);
}

function withoutIn(fields: readonly Field[]): readonly Field[] {
  const plain = fields.map((field) => {
    const type = withoutEncoding(field.type);
    return type === field.type
      ? field
      : new Field(field.name, type, field.nullable, field.metadata);
  });
  return plain.every((field, i) => field === fields[i]) ? fields : plain;
}

function withoutEncoding(type: DataType): DataType {
  const { typeId, children, dictionary } = anyType(type);
  let plain = type;
  if (typeId === TYPE_ID.dictionary) {
    const value = withoutEncoding(dictionary);
    if (value !== dictionary) {
      plain = Object.assign(copyOf(type), { dictionary: value });
    }
  } else if (children) {
    const fields = withoutIn(children);
    if (fields !== children) plain = rebuiltType(type, fields);
  }
  return plain === type && wireEncodingOf(type) ? copyOf(type) : plain;
}

/** Reports whether two types have the same encodings, at any depth. */
export function sameEncodings(a: DataType, b: DataType): boolean {
  if (a === b) return true;
  if (!alike(wireEncodingOf(a), wireEncodingOf(b))) return false;
  const [x, y] = [anyType(a), anyType(b)];
  if (x.typeId === TYPE_ID.dictionary) {
    return sameEncodings(x.dictionary, y.dictionary);
  }
  const others = y.children ?? [];
  return (x.children ?? []).every(({ type }, i) =>
    others[i] !== undefined && sameEncodings(type, others[i].type)
  );
}

function alike(
  a: WireEncoding | undefined,
  b: WireEncoding | undefined,
): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind !== "run ends" || b.kind !== "run ends") return a.kind === b.kind;
  return sameType(a.runEnds.type, b.runEnds.type) && alike(a.inner, b.inner);
}
