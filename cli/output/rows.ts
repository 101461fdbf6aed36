/** Rows of plain values, written like any other result. */

import {
  Bool,
  type DataType,
  Field,
  Int64,
  type RecordBatch,
  Schema,
  Table,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import type { OutputOptions } from "../options.ts";
import { Output } from "./output.ts";
import { printBatches, printerOf } from "./printer.ts";

/** Types of columns. */
const TYPES = {
  text: new Utf8(),
  integer: new Int64(),
  flag: new Bool(),
} satisfies Record<string, DataType>;

/** A column of a listing. */
type ColumnType = keyof typeof TYPES;

/** A row of a listing. */
type Row<C extends Record<string, ColumnType>> = {
  readonly [name in keyof C]:
    | (C[name] extends "text" ? string
      : C[name] extends "integer" ? bigint
      : boolean)
    | undefined;
};

/** Rows of one batch: a listing is written while it arrives. */
const BATCH_ROWS = 1000;

/**
 * Writes rows to standard output.
 *
 * @param options Format and limit.
 * @param columns The columns by name.
 * @param rows The rows.
 */
export async function printRows<const C extends Record<string, ColumnType>>(
  { output, limit }: OutputOptions,
  columns: C,
  rows: AsyncIterable<Row<C>> | Iterable<Row<C>>,
): Promise<void> {
  const names = Object.keys(columns);
  const schema = new Schema(
    names.map((name) => new Field(name, TYPES[columns[name]!], true)),
  );
  const batchOf = (rows: readonly Row<C>[]): RecordBatch => {
    const vectors = names.map((name) =>
      [
        name,
        vectorFromArray(
          rows.map((row) => row[name] ?? null),
          TYPES[columns[name]!],
        ),
      ] as const
    );
    return new Table(schema, Object.fromEntries(vectors)).batches[0]!;
  };
  await printBatches(printerOf(output, Output.standard()), {
    schema: Promise.resolve(schema),
    async *[Symbol.asyncIterator]() {
      let waiting: Row<C>[] = [];
      for await (const row of rows) {
        waiting.push(row);
        if (waiting.length < BATCH_ROWS) continue;
        yield batchOf(waiting);
        waiting = [];
      }
      if (waiting.length > 0) yield batchOf(waiting);
    },
  }, { limit });
}
