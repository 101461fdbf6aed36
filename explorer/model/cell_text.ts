/** Cells of the grid as text. */

import type { Vector } from "apache-arrow";
import { valueText } from "../../cli/output/values.ts";
import type { ResultStore } from "./result_store.ts";

/** Most characters of a cell in the grid; all of them are in the value below it. */
const MAX_CELL_LENGTH = 200;

/** Text of a null. */
const NULL_TEXT = "null";

/** A column of a window of the grid. */
interface CellColumn {
  /** The texts. */
  readonly texts: string[];
  /** True for each null. */
  readonly nulls: boolean[];
}

/**
 * Reads the cells of a window.
 *
 * @param store The rows.
 * @param column The number of the column.
 * @param from The first row.
 * @param to The row after the last one.
 */
export function cellsOf(
  store: ResultStore,
  column: number,
  from: number,
  to: number,
): CellColumn {
  const texts: string[] = [];
  const nulls: boolean[] = [];
  store.visit(column, from, to, (vector, row) => {
    const text = safeText(vector, row);
    nulls.push(text === null);
    texts.push(text === null ? NULL_TEXT : lineOf(text));
  });
  return { texts, nulls };
}

/** All of the text of one cell; `null` for null, `undefined` where there is no such row. */
export function cellText(
  store: ResultStore,
  column: number,
  row: number,
): string | null | undefined {
  const place = store.locate(row);
  if (place === undefined) return undefined;
  return safeText(place.batch.getChildAt(column)!, place.row);
}

/** A value that has no text must not keep the others from being seen. */
function safeText(vector: Vector, row: number): string | null {
  try {
    return valueText(vector, row);
  } catch (error) {
    return `⚠ ${error instanceof Error ? error.message : error}`;
  }
}

function lineOf(text: string): string {
  const short = text.length > MAX_CELL_LENGTH
    ? `${text.slice(0, MAX_CELL_LENGTH)}…`
    : text;
  return short.replace(/\r\n|[\r\n]/g, "⏎").replaceAll("\t", "⇥");
}
