/** CSV (RFC 4180), with a header and lines that end in a line feed. */

import { columnsOf } from "./columns.ts";
import type { Target } from "./output.ts";
import type { Printer } from "./printer.ts";
import { columnText } from "./values.ts";

/** Rows are written in pieces of so many characters. */
const PIECE_LENGTH = 64 * 1024;

/** Writes CSV: null is an empty field, and empty text is `""`. */
export function csvPrinter(output: Target): Printer {
  return {
    begin: ({ fields }) => output.text(line(fields.map(({ name }) => name))),
    async batch(batch) {
      const columns = columnsOf(batch).map(columnText);
      let piece = "";
      for (let row = 0; row < batch.numRows; row++) {
        piece += line(columns.map((text) => text(row)));
        if (piece.length < PIECE_LENGTH) continue;
        await output.text(piece);
        piece = "";
      }
      if (piece !== "") await output.text(piece);
    },
    end: () => output.flush(),
  };
}

const NEEDS_QUOTES = /[",\r\n]/;

function line(values: readonly (string | null)[]): string {
  return `${values.map(field).join(",")}\n`;
}

function field(value: string | null): string {
  if (value === null) return "";
  return value === "" || NEEDS_QUOTES.test(value)
    ? `"${value.replaceAll('"', '""')}"`
    : value;
}
