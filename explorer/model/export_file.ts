/** Results as files: Arrow, CSV and Parquet. */

import {
  DataType,
  Field,
  IntervalUnit,
  RecordBatch,
  Schema,
} from "apache-arrow";
import { arrowPrinter } from "../../cli/output/arrow_printer.ts";
import { csvPrinter } from "../../cli/output/csv_printer.ts";
import type { Printer } from "../../cli/output/printer.ts";
import type { ResultStore } from "./result_store.ts";
import { typeText } from "./type_text.ts";

/** The formats of files. */
export const FILE_FORMATS = ["arrow", "csv", "parquet"] as const;

/** A format of files. */
export type FileFormat = typeof FILE_FORMATS[number];

/** Media types by formats. */
const MEDIA_TYPES: Readonly<Record<FileFormat, string>> = {
  arrow: "application/vnd.apache.arrow.file",
  csv: "text/csv;charset=utf-8",
  parquet: "application/vnd.apache.parquet",
};

/** Writes an Arrow IPC stream as a Parquet file. */
export type ParquetWriter = (stream: Uint8Array) => Promise<Uint8Array>;

/** Options of {@linkcode exportFile}. */
interface ExportOptions {
  /** Loads what writes Parquet; it is called for that format only. */
  readonly parquet: () => Promise<ParquetWriter>;
  /** Lets the page do other work; it is awaited between pieces of work. */
  readonly pause: () => Promise<void>;
}

/** Pieces of text are collected up to so many characters. */
const PIECE_LENGTH = 1024 * 1024;

/**
 * Writes the rows of a result as a file.
 *
 * @param store The rows.
 * @param format The format.
 * @param options Ways to load and to wait.
 * @throws {Error} When the format lacks the type of a column.
 */
export async function exportFile(
  store: ResultStore,
  format: FileFormat,
  { parquet, pause }: ExportOptions,
): Promise<Blob> {
  const parts = new Parts(pause);
  switch (format) {
    case "csv":
      await print(store, csvPrinter(parts));
      break;
    case "arrow":
      await print(store, arrowPrinter(parts, "file"));
      break;
    case "parquet": {
      checkParquet(store.schema);
      const write = await parquet();
      await print(nullable(store), arrowPrinter(parts, "stream"));
      const stream = await parts.blob("").arrayBuffer();
      const file = await write(new Uint8Array(stream));
      return new Blob([file as Uint8Array<ArrayBuffer>], {
        type: MEDIA_TYPES.parquet,
      });
    }
  }
  return parts.blob(MEDIA_TYPES[format]);
}

/** The writer of Parquet would panic at some of these, and could write nothing afterwards. */
function checkParquet({ fields }: Schema): void {
  for (const { name, type } of fields) {
    const lacking = lackingType(type);
    if (lacking === undefined) continue;
    throw new Error(
      `Parquet has no ${typeText(lacking)}, which the column ${
        JSON.stringify(name)
      } has: cast it to text in the statement, or export CSV or Arrow`,
    );
  }
}

/** Finds a type that the writer of Parquet cannot write. */
function lackingType(type: DataType): DataType | undefined {
  if (DataType.isUnion(type)) return type;
  // Those of months, days and nanoseconds.
  if (DataType.isInterval(type) && type.unit > IntervalUnit.DAY_TIME) {
    return type;
  }
  const children: readonly Field[] = type.children ?? [];
  for (const child of children) {
    const lacking = lackingType(child.type);
    if (lacking !== undefined) return lacking;
  }
  return undefined;
}

/** Rows, as printers take them. */
type Rows = Pick<ResultStore, "schema" | "batches">;

/** Columns that are declared as never null, and have nulls all the same, are no Parquet. */
function nullable({ schema, batches }: ResultStore): Rows {
  const fields = schema.fields.map(({ name, type, metadata }) =>
    new Field(name, type, true, metadata)
  );
  const loose = new Schema(fields, schema.metadata);
  return {
    schema: loose,
    batches: batches.map(({ data }) => new RecordBatch(loose, data)),
  };
}

async function print(store: Rows, printer: Printer): Promise<void> {
  await printer.begin(store.schema);
  for (const batch of store.batches) await printer.batch(batch);
  await printer.end();
}

/** The parts of a file. */
class Parts {
  readonly #pause: () => Promise<void>;
  readonly #parts: BlobPart[] = [];
  #text = "";
  readonly columns = undefined;

  constructor(pause: () => Promise<void>) {
    this.#pause = pause;
  }

  text(text: string): Promise<void> {
    this.#text += text;
    return this.#text.length >= PIECE_LENGTH ? this.flush() : DONE;
  }

  async bytes(bytes: Uint8Array): Promise<void> {
    // The writer may use its memory again.
    this.#parts.push(bytes.slice());
    if (this.#parts.length % 64 === 0) await this.#pause();
  }

  async flush(): Promise<void> {
    if (this.#text !== "") this.#parts.push(this.#text);
    this.#text = "";
    await this.#pause();
  }

  blob(type: string): Blob {
    return new Blob(this.#parts, { type });
  }
}

const DONE = Promise.resolve();

/** Makes a file name of what was asked for: letters, digits and hyphens. */
export function fileName(title: string, format: FileFormat): string {
  const name = title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "").slice(0, 48).replace(/-+$/, "");
  return `${name || "result"}.${format}`;
}
