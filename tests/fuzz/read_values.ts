/** Reads the values of batches that were accepted, and compares them. */

import { DataType, type RecordBatch, type Vector } from "apache-arrow";
import { FlightError } from "../../internal/core/flight_error.ts";

/** Rows of each column that are read, at either end. */
const ROWS = 12;
const MAX_ITEMS = 60;
const MAX_COLUMNS = 60;

/**
 * Reads values in every way there is; the result is the same for the same values.
 *
 * Times that apache-arrow cannot give are said to be such by a FlightError. That stands for a value here:
 * the bytes are valid.
 */
export function digestOf(batch: RecordBatch): string {
  const parts: unknown[] = [batch.numRows, batch.numCols];
  for (let i = 0; i < Math.min(batch.numCols, MAX_COLUMNS); i++) {
    const column: Vector = batch.getChildAt(i)!;
    // Of a union, apache-arrow counts the nulls of all children, also those that no row refers to.
    const { nullCount } = column;
    parts.push(
      String(column.type),
      DataType.isUnion(column.type) ? 0 : nullCount,
    );
    readColumn(column, parts);
  }
  return parts.join();
}

function readColumn(column: Vector, parts: unknown[]): void {
  const { length } = column;
  for (const row of rowsOf(length)) {
    attempt(parts, () => {
      parts.push(column.isValid(row));
      digest(column.get(row), parts, 0);
    });
  }
  const begin = Math.floor(length / 3);
  const part = column.slice(begin, Math.min(length, begin + ROWS));
  for (let row = 0; row < part.length; row++) {
    attempt(parts, () => digest(part.get(row), parts, 4));
  }
  if (length <= 1000) attempt(parts, () => void column.toArray());
}

function rowsOf(length: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < Math.min(length, ROWS); row++) rows.push(row);
  for (let row = Math.max(ROWS, length - ROWS); row < length; row++) {
    rows.push(row);
  }
  return rows;
}

function attempt(parts: unknown[], read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof FlightError && error.code === "UNIMPLEMENTED")) {
      throw error;
    }
    parts.push("none");
  }
}

function digest(value: unknown, parts: unknown[], depth: number): void {
  if (value === null || typeof value !== "object") {
    parts.push(value);
  } else if (value instanceof Date) parts.push(value.getTime());
  else if (Symbol.iterator in value) {
    if (depth > 6) return;
    let count = 0;
    for (const item of value as Iterable<unknown>) {
      digest(item, parts, depth + 1);
      if (++count > MAX_ITEMS) break;
    }
  } else parts.push(JSON.stringify(value));
}
