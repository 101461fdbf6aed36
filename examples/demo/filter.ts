/** The filter of the demo, which selects the rows of an exchange. */

import { FlightError, type Received } from "@contrail/flight";
import { DataType, type RecordBatch, type Table } from "apache-arrow";
import { takeRows } from "./take_rows.ts";

/** Keeps rows by the value of a numeric column, or every second row. */
export type Filter =
  | { readonly column: string; readonly above: number }
  | { readonly every: number };

/** Delay from which a flight counts as delayed, in minutes. */
const DELAYED_MINUTES = 15;

/** Picks a filter that makes sense for a table, with its description. */
export function filterFor(table: Table): { filter: Filter; keeps: string } {
  const columns = table.schema.fields
    .filter(({ type }) => DataType.isInt(type) || DataType.isFloat(type))
    .map(({ name }) => name);
  if (columns.includes("delay")) {
    const filter = { column: "delay", above: DELAYED_MINUTES };
    return {
      filter,
      keeps: `flights delayed by more than ${filter.above} min`,
    };
  }
  const [column] = columns;
  const above = column === undefined ? NaN : mean(table, column);
  // The sum of large numbers may be Infinity, which JSON cannot express.
  if (column === undefined || !Number.isFinite(above)) {
    return { filter: { every: 2 }, keeps: "every second row" };
  }
  return {
    filter: { column, above },
    keeps: `${column} above its mean, ${above}`,
  };
}

/** Encodes the filter as the command of an exchange: JSON. */
export function encodeFilter(filter: Filter): string {
  return JSON.stringify(filter);
}

/** Reads and checks the filter in a command of a client. */
export function filterOf(command: Received): Filter {
  const { column, above, every } = Object(command.json());
  if (typeof column === "string" && typeof above === "number") {
    return { column, above };
  }
  if (Number.isInteger(every) && every > 0) return { every };
  throw new FlightError("INVALID_ARGUMENT", "the command is not a filter");
}

/** Makes the function that filters one batch after the other. */
export function rowFilter(filter: Filter): (batch: RecordBatch) => RecordBatch {
  let rowsBefore = 0;
  return (batch) => {
    const rows: number[] = [];
    if ("every" in filter) {
      for (let row = 0; row < batch.numRows; row++) {
        if ((rowsBefore + row) % filter.every === 0) rows.push(row);
      }
      rowsBefore += batch.numRows;
    } else {
      const column = batch.getChild(filter.column);
      if (column === null) {
        throw new FlightError("NOT_FOUND", `no column ${filter.column}`);
      }
      let row = 0;
      for (const value of column) {
        if (value !== null && value > filter.above) rows.push(row);
        row++;
      }
    }
    return takeRows(batch, rows);
  };
}

function mean(table: Table, column: string): number {
  let sum = 0;
  let count = 0;
  for (const value of table.getChild(column)!) {
    if (value === null || !Number.isFinite(Number(value))) continue;
    sum += Number(value);
    count++;
  }
  return count === 0 ? 0 : Number((sum / count).toPrecision(4));
}
