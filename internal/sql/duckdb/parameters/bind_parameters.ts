/** Binds values of Arrow columns to the parameters of a statement. */

import type { Data } from "apache-arrow";
import { TYPE_ID } from "../../../arrow/arrow_format.ts";
import { hasValue } from "../../../arrow/bitmap.ts";
import { anyType } from "../../../arrow/types/same_type.ts";
import { type Cell, cellReader, jsonText } from "../../database/arrow_cells.ts";
import { NANOS } from "../../database/civil_time.ts";
import { INFINITY, toMicros } from "../ingest_types.ts";
import type { DuckStatement } from "../native.ts";

type Bind = (statement: DuckStatement, index: number, row: number) => void;

const UNITS = ["s", "ms", "us", "ns"] as const;

/** Makes the function that binds the value of a row. */
export function parameterBinder(data: Data): Bind {
  const bind = valueBinder(data);
  if (data.type.typeId === TYPE_ID.union) return bind;
  return (statement, index, row) =>
    hasValue(data, row)
      ? bind(statement, index, row)
      : statement.bindNull(index);
}

function valueBinder(data: Data): Bind {
  const { values } = data;
  const type = anyType(data.type);
  switch (type.typeId) {
    case TYPE_ID.int:
      if (type.bitWidth === 64) {
        return type.isSigned
          ? (s, i, row) => s.bindBigInt(i, values[row])
          : (s, i, row) => s.bindUBigInt(i, values[row]);
      }
      return type.bitWidth === 32 && !type.isSigned
        ? (s, i, row) => s.bindBigInt(i, BigInt(values[row]))
        : (s, i, row) => s.bindInteger(i, values[row]);
    case TYPE_ID.float: {
      const read = cellReader(data);
      return (s, i, row) => s.bindDouble(i, read(row) as number);
    }
    case TYPE_ID.date:
      if (type.unit === 0) {
        return (s, i, row) => s.bindDate(i, { days: values[row] });
      }
      return (s, i, row) =>
        s.bindTimestamp(i, { micros: toMicros(values[row], 1) });
    case TYPE_ID.time:
      // Nanoseconds have no function of their own: they go as texts.
      if (type.unit === 3) break;
      return (s, i, row) =>
        s.bindTime(i, {
          micros: BigInt(values[row]) * NANOS[UNITS[type.unit]!]! / 1000n,
        });
    case TYPE_ID.timestamp:
      if (type.timezone || type.unit === 3) return textTimeBinder(data);
      return (s, i, row) =>
        s.bindTimestamp(i, { micros: toMicros(values[row], type.unit) });
    case TYPE_ID.decimal:
      if ((type.bitWidth ?? 128) > 128 || type.scale < 0) break;
      return decimalBinder(data, type.precision, type.scale);
    case TYPE_ID.duration:
      return (s, i, row) => s.bindBigInt(i, values[row]);
  }
  const read = cellReader(data);
  return (statement, index, row) => bindCell(statement, index, read(row));
}

/** Binds timestamps as texts, of which the engine knows two that are no times of a calendar. */
function textTimeBinder(data: Data): Bind {
  const read = cellReader(data);
  return (statement, index, row) => {
    const value: bigint = data.values[row];
    const isEndless = value === INFINITY || value === -INFINITY;
    statement.bindVarchar(
      index,
      isEndless ? `${value < 0n ? "-" : ""}infinity` : String(read(row)),
    );
  };
}

function decimalBinder(data: Data, width: number, scale: number): Bind {
  const read = cellReader(data);
  return (statement, index, row) => {
    const value = BigInt(String(read(row)).replace(".", ""));
    statement.bindDecimal(index, { width, scale, value });
  };
}

function bindCell(statement: DuckStatement, index: number, cell: Cell): void {
  switch (typeof cell) {
    case "boolean":
      return statement.bindBoolean(index, cell);
    case "bigint":
      return cell < 2n ** 63n
        ? statement.bindBigInt(index, cell)
        : statement.bindUBigInt(index, cell);
    case "number":
      return statement.bindDouble(index, cell);
    case "string":
      return statement.bindVarchar(index, cell);
    default:
      if (cell === null) return statement.bindNull(index);
      if (cell instanceof Uint8Array) return statement.bindBlob(index, cell);
      // DuckDB casts such texts to lists, structs and maps.
      return statement.bindVarchar(index, jsonText(cell));
  }
}
