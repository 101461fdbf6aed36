/** Storage of Arrow's values and columns in SQLite. */

import type { DataType } from "apache-arrow";
import { TYPE_ID } from "../../arrow/arrow_format.ts";
import { anyType } from "../../arrow/types/same_type.ts";
import { type Cell, jsonText } from "../database/arrow_cells.ts";
import type { SqliteValue } from "./engine/column_builder.ts";

/** The form in which SQLite stores a value: nested ones as JSON. */
export function storable(cell: Cell): SqliteValue {
  switch (typeof cell) {
    case "boolean":
      return cell ? 1n : 0n;
    case "object":
      return cell === null || cell instanceof Uint8Array
        ? cell
        : jsonText(cell);
    case "number":
      return cell;
    default:
      return cell;
  }
}

/** Declared type of the SQLite column that holds values of an Arrow type. */
export function declaredType(type: DataType): string {
  const any = anyType(type);
  switch (any.typeId) {
    case TYPE_ID.int:
    case TYPE_ID.duration:
      return "INTEGER";
    case TYPE_ID.float:
      return "REAL";
    case TYPE_ID.bool:
      return "BOOLEAN";
    case TYPE_ID.binary:
    case TYPE_ID.largeBinary:
    case TYPE_ID.fixedSizeBinary:
    case TYPE_ID.binaryView:
      return "BLOB";
    case TYPE_ID.date:
      return any.unit === 0 ? "DATE" : "TIMESTAMP_MS";
    case TYPE_ID.time:
      return any.unit === 3 ? "TIME_NS" : "TIME";
    case TYPE_ID.timestamp:
      return any.timezone ? any.unit === 3 ? "TEXT" : "TIMESTAMPTZ" : [
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP",
        "TIMESTAMP_NS",
      ][any.unit]!;
    case TYPE_ID.dictionary:
      return declaredType(any.dictionary);
    default:
      // Decimals too: a column of numeric affinity would make doubles of their digits.
      return "TEXT";
  }
}
