/** Writes streams of record batches in the formats of `--output`. */

import type { RecordBatch, Schema } from "apache-arrow";
import { UsageError } from "../exit_code.ts";
import { arrowPrinter } from "./arrow_printer.ts";
import { csvPrinter } from "./csv_printer.ts";
import { jsonPrinter } from "./json_printer.ts";
import type { Output, Target } from "./output.ts";
import { tablePrinter } from "./table_printer.ts";

/** Writes one stream of record batches. */
export interface Printer {
  /** Is called first, with the columns. */
  begin(schema: Schema): Promise<void>;
  /** Writes rows. */
  batch(batch: RecordBatch): Promise<void>;
  /** Is called last, unless the stream has failed. */
  end(): Promise<void>;
}

/** The formats, as `--output` names them. */
export const FORMATS = ["table", "csv", "json", "arrow"] as const;

/** A format of rows. */
export type Format = typeof FORMATS[number];

/**
 * Makes the printer of a format.
 *
 * @param format The format; `arrow-file` is Arrow with a footer, for files.
 * @param output Place to write to.
 * @throws {UsageError} When it is a terminal, and the format is no text.
 */
export function printerOf(
  format: Format | "arrow-file",
  output: Target & Pick<Output, "isTerminal">,
): Printer {
  if (format.startsWith("arrow") && output.isTerminal) {
    throw new UsageError(
      "Arrow is no text for a terminal: write it to a --file, or into a pipe",
    );
  }
  switch (format) {
    case "table":
      return tablePrinter(output);
    case "csv":
      return csvPrinter(output);
    case "json":
      return jsonPrinter(output);
    case "arrow":
      return arrowPrinter(output, "stream");
    case "arrow-file":
      return arrowPrinter(output, "file");
  }
}

/** Record batches, and the schema that is known without them. */
export interface Batches extends AsyncIterable<RecordBatch> {
  readonly schema: Promise<Schema>;
}

/** Options of {@linkcode printBatches}. */
interface PrintOptions {
  /** Most rows; no bound by default. */
  readonly limit?: number | undefined;
  /** Is told how many rows were written so far. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

/**
 * Writes all batches, or as many as the limit lets through; then the stream is canceled.
 *
 * @returns The number of rows that were written.
 */
export async function printBatches(
  printer: Printer,
  batches: Batches,
  { limit = Infinity, onRows }: PrintOptions = {},
): Promise<number> {
  await printer.begin(await batches.schema);
  let rows = 0;
  // A limit of 0 asks for the columns alone.
  if (limit > 0) {
    for await (const batch of batches) {
      const rest = limit - rows;
      const part = batch.numRows > rest ? batch.slice(0, rest) : batch;
      await printer.batch(part);
      rows += part.numRows;
      onRows?.(rows);
      if (rows >= limit) break;
    }
  }
  await printer.end();
  return rows;
}
