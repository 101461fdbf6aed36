/** Types of Arrow as text. */

import type { DataType, Field } from "apache-arrow";
import { TYPE_ID, UNION_MODE } from "../arrow_format.ts";
import { anyType } from "./same_type.ts";

/**
 * Writes a type as text, such as `Int32`, `Decimal128(10, 2)`, `List<Utf8>` or
 * `DenseUnion<{a:Int32=0, b:Utf8=1}>`.
 *
 * It is the text of `String(type)` with what apache-arrow leaves out: the width
 * of a decimal, the mode, names and type ids of a union, and sorted keys of a
 * map. Like `String(type)`, it says nothing about nullability.
 *
 * ```ts
 * import { typeText } from "@contrail/flight/data";
 * import { assertEquals } from "@std/assert";
 * import { Decimal } from "apache-arrow";
 *
 * const price = new Decimal(2, 10);
 * assertEquals(typeText(price), "Decimal128(10, 2)");
 * assertEquals(String(price), "Decimal[10e+2]");
 * ```
 *
 * @param type The type; it may come from another copy of apache-arrow.
 * @returns The text, for people and for the texts of errors. Programs should not parse it.
 */
export function typeText(type: DataType): string {
  const any = anyType(type);
  const children = any.children ?? [];
  switch (any.typeId) {
    case TYPE_ID.decimal:
      return `Decimal${any.bitWidth ?? 128}(${any.precision}, ${any.scale})`;
    case TYPE_ID.list:
    case TYPE_ID.largeList:
    case TYPE_ID.fixedSizeList:
      return `${kindText(type)}<${
        children.map(({ type }) => typeText(type)).join()
      }>`;
    case TYPE_ID.struct:
      return `Struct<{${fieldsText(children)}}>`;
    case TYPE_ID.map:
      return `Map<{${
        children.map(({ type }) => fieldsText(type.children ?? [])).join()
      }}${any.keysSorted ? ", keysSorted" : ""}>`;
    case TYPE_ID.union:
      return `${any.mode === UNION_MODE.sparse ? "Sparse" : "Dense"}Union<{${
        children.map((field, i) => `${fieldText(field)}=${any.typeIds[i]}`)
          .join(", ")
      }}>`;
    case TYPE_ID.dictionary:
      return `Dictionary<${typeText(any.indices)}, ${
        typeText(any.dictionary)
      }>`;
    default:
      return String(type);
  }
}

/** The text before the types of the children, such as `FixedSizeList[3]`. */
function kindText(type: DataType): string {
  return String(type).split("<", 1)[0]!;
}

function fieldText({ name, type }: Field): string {
  return `${name}:${typeText(type)}`;
}

function fieldsText(fields: readonly Field[]): string {
  return fields.map(fieldText).join(", ");
}
