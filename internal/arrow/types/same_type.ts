/**
 * Compares types by their properties, not by their classes: they may come from another copy of
 * apache-arrow, whose types fail `instanceof`.
 */

import type { DataType, Field } from "apache-arrow";
import { TYPE_ID } from "../arrow_format.ts";

/** All properties of types; the `typeId` of a type determines the ones that it has. */
export interface AnyType {
  readonly typeId: number;
  readonly children: readonly Field[] | null;
  readonly bitWidth: number;
  readonly isSigned: boolean;
  readonly precision: number;
  readonly scale: number;
  readonly unit: number;
  readonly timezone: string | null | undefined;
  readonly byteWidth: number;
  readonly listSize: number;
  readonly keysSorted: boolean;
  readonly mode: number;
  readonly typeIds: Int32Array;
  readonly id: number;
  readonly isOrdered: boolean;
  readonly indices: DataType;
  readonly dictionary: DataType;
}

/** Views a type as one that may have every property. */
export function anyType(type: DataType): AnyType {
  return type as unknown as AnyType;
}

/**
 * Reports whether two types lay out and interpret their values alike. Names are compared only in
 * structs and unions, not for the child of a list. Ids of dictionaries and nullability are not
 * compared.
 */
export function sameType(a: DataType, b: DataType): boolean {
  if (a === b) return true;
  const [x, y] = [anyType(a), anyType(b)];
  if (x.typeId !== y.typeId) return false;
  switch (x.typeId) {
    case TYPE_ID.int:
      return x.bitWidth === y.bitWidth && x.isSigned === y.isSigned;
    case TYPE_ID.float:
      return x.precision === y.precision;
    case TYPE_ID.decimal:
      return x.precision === y.precision && x.scale === y.scale &&
        (x.bitWidth ?? 128) === (y.bitWidth ?? 128);
    case TYPE_ID.date:
    case TYPE_ID.interval:
    case TYPE_ID.duration:
      return x.unit === y.unit;
    case TYPE_ID.time:
      return x.unit === y.unit && x.bitWidth === y.bitWidth;
    case TYPE_ID.timestamp:
      return x.unit === y.unit && (x.timezone || "") === (y.timezone || "");
    case TYPE_ID.fixedSizeBinary:
      return x.byteWidth === y.byteWidth;
    case TYPE_ID.fixedSizeList:
      return x.listSize === y.listSize && sameChildren(x, y, false);
    case TYPE_ID.list:
    case TYPE_ID.largeList:
      return sameChildren(x, y, false);
    case TYPE_ID.map:
      // The entries are a struct whose names carry no meaning.
      return x.keysSorted === y.keysSorted &&
        sameChildren(
          anyType(x.children![0]!.type),
          anyType(y.children![0]!.type),
          false,
        );
    case TYPE_ID.struct:
      return sameChildren(x, y, true);
    case TYPE_ID.union:
      return x.mode === y.mode && x.typeIds.length === y.typeIds.length &&
        x.typeIds.every((id, index) => id === y.typeIds[index]) &&
        sameChildren(x, y, true);
    case TYPE_ID.dictionary:
      return sameType(x.indices, y.indices) &&
        sameType(x.dictionary, y.dictionary);
    default:
      return true;
  }
}

function sameChildren(a: AnyType, b: AnyType, names: boolean): boolean {
  const [x, y] = [a.children ?? [], b.children ?? []];
  return x === y || x.length === y.length && x.every((field, index) => {
        const other = y[index]!;
        return field === other ||
          (!names || field.name === other.name) &&
            sameType(field.type, other.type);
      });
}
