/** Makes types of other children. */

import {
  type DataType,
  type Field,
  FixedSizeList,
  LargeList,
  List,
  Struct,
  Union,
} from "apache-arrow";
import { TYPE_ID } from "../arrow_format.ts";
import { mapType } from "./map_type.ts";
import { anyType } from "./same_type.ts";

/**
 * Makes the type that a nested type would be with other children.
 *
 * @returns The type; `type` itself if it has no children.
 */
export function rebuiltType(
  type: DataType,
  fields: readonly Field[],
): DataType {
  const any = anyType(type);
  switch (any.typeId) {
    case TYPE_ID.list:
      return new List(fields[0]!);
    case TYPE_ID.largeList:
      return new LargeList(fields[0]!);
    case TYPE_ID.fixedSizeList:
      return new FixedSizeList(any.listSize, fields[0]!);
    case TYPE_ID.struct:
      return new Struct([...fields]);
    case TYPE_ID.map:
      return mapType(fields[0]!, any.keysSorted);
    case TYPE_ID.union:
      return new Union(any.mode, any.typeIds, [...fields]);
    default:
      return type;
  }
}
