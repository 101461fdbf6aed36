/** Widths of columns, chosen from few rows so that they do not change while one scrolls. */

import { cellsOf } from "./cell_text.ts";
import type { ResultStore } from "./result_store.ts";
import { typeText } from "./type_text.ts";

/** Rows that are looked at, at each end: what counts rows gets longer towards the last ones. */
const SAMPLE_ROWS = 100;
/** Width of a character, in pixels, of the font of the cells. */
const CHARACTER_PX = 7.6;
/** Space around the text of a cell, in pixels. */
const PADDING_PX = 26;
const MIN_PX = 64;
const MAX_PX = 380;

/**
 * Chooses widths.
 *
 * @param store The rows.
 * @returns The width of each column, in pixels.
 */
export function columnWidths(store: ResultStore): number[] {
  return store.schema.fields.map(({ name, type }, column) => {
    let length = Math.max(
      name.length + 1,
      Math.min(typeText(type).length, 22) * 0.92,
    );
    const end = store.numRows;
    for (
      const [from, to] of [[0, SAMPLE_ROWS], [end - SAMPLE_ROWS, end]] as const
    ) {
      for (const text of cellsOf(store, column, from, to).texts) {
        length = Math.max(length, text.length);
      }
    }
    return Math.round(
      Math.min(MAX_PX, Math.max(MIN_PX, length * CHARACTER_PX + PADDING_PX)),
    );
  });
}
