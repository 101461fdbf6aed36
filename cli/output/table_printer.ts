/** Tables for people. */

import type { Schema } from "apache-arrow";
import Table from "cli-table3";
import stringWidth from "string-width";
import { columnsOf } from "./columns.ts";
import type { Target } from "./output.ts";
import { plainText } from "./plain_text.ts";
import type { Printer } from "./printer.ts";
import { isNumeric, valueText } from "./values.ts";

/** Rows are written a page at a time, so that a large result needs little memory. */
const PAGE_ROWS = 1000;
/** Longer texts are cut: the other formats have all of it. */
const MAX_WIDTH = 60;

type Row = string[];

/**
 * Writes a table with borders. The columns of a later page may be wider, and are never narrower. Where the
 * first page does not fit the terminal, each row is written in lines of its own.
 */
export function tablePrinter(output: Target): Printer {
  let schema: Schema;
  let widths: number[] = [];
  let page: Row[] = [];
  let isFirst = true;
  let isUpright = false;
  let rowsBefore = 0;

  async function writeUpright(): Promise<void> {
    const names = schema.fields.map(({ name }) => cell(name));
    const width = Math.max(...names.map((name) => stringWidth(name)));
    for (const row of page) {
      rowsBefore++;
      await output.text(`row ${rowsBefore}\n`);
      for (const [column, value] of row.entries()) {
        const name = names[column]!;
        const space = " ".repeat(width - stringWidth(name));
        await output.text(`  ${name}${space} │ ${value}\n`);
      }
    }
    page = [];
  }

  async function writePage(isLast: boolean): Promise<void> {
    const head = schema.fields.map(({ name }) => cell(name));
    const lines = isFirst ? [head, ...page] : page;
    widths = head.map((_, column) =>
      Math.max(
        widths[column] ?? 0,
        ...lines.map((row) => stringWidth(row[column]!)),
      )
    );
    if (isFirst && page.length > 0) {
      const total = widths.reduce((sum, width) => sum + width + 3, 1);
      isUpright = total > (output.columns ?? Infinity);
    }
    if (isUpright) {
      isFirst = false;
      return await writeUpright();
    }
    const table = new Table({
      ...(isFirst ? { head } : {}),
      chars: {
        ...(isFirst ? {} : EMPTY_TOP),
        ...(isLast ? {} : EMPTY_BOTTOM),
      },
      colWidths: widths.map((width) => width + 2),
      colAligns: schema.fields.map(({ type }) =>
        isNumeric(type) ? "right" : "left"
      ),
      style: { head: [], border: [], compact: true },
    });
    table.push(...page);
    const text = table.toString();
    if (text !== "") await output.text(`${text}\n`);
    page = [];
    isFirst = false;
  }

  return {
    begin(ofAll) {
      schema = ofAll;
      return Promise.resolve();
    },
    async batch(batch) {
      const columns = columnsOf(batch);
      for (let row = 0; row < batch.numRows; row++) {
        if (page.length === PAGE_ROWS) await writePage(false);
        page.push(columns.map((column) => cell(valueText(column, row))));
      }
    },
    async end() {
      if (schema.fields.length > 0) await writePage(true);
      await output.flush();
    },
  };
}

const EMPTY_TOP = {
  "top": "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
};
const EMPTY_BOTTOM = {
  "bottom": "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
};

function cell(value: string | null): string {
  if (value === null) return "NULL";
  const text = plainText(value);
  const characters = [...text];
  return characters.length > MAX_WIDTH
    ? `${characters.slice(0, MAX_WIDTH - 1).join("")}…`
    : text;
}
