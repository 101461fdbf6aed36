/** CSV (RFC 4180), with a header and lines that end in a line feed. */

import { columnsOf } from "./columns.ts";
import type { Target } from "./output.ts";
import type { Printer } from "./printer.ts";
import { valueText } from "./values.ts";

/** Writes CSV: null is an empty field, and empty text is `""`. */
export function csvPrinter(output: Target): Printer {
  return {
    begin: ({ fields }) => output.text(line(fields.map(({ name }) => name))),
    async batch(batch) {
      const columns = columnsOf(batch);
      for (let row = 0; row < batch.numRows; row++) {
        await output.text(
          line(columns.map((column) => valueText(column, row))),
        );
      }
    },
    end: () => output.flush(),
  };
}

function line(values: readonly (string | null)[]): string {
  return `${values.map(field).join(",")}\n`;
}

function field(value: string | null): string {
  if (value === null) return "";
  return value === "" || /[",\r\n]/.test(value)
    ? `"${value.replaceAll('"', '""')}"`
    : value;
}
