/**
 * The data sets that datasets.py wrote: an IPC stream, read by apache-arrow and
 * not by this package, and what it holds as JSON.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { assertEquals } from "@std/assert";
import { type RecordBatch, RecordBatchReader, type Schema } from "apache-arrow";
import {
  batchText,
  type Json,
  type SchemaText,
  schemaText,
} from "./value_text.ts";

/** The names of all data sets. */
export interface DataIndex {
  /** Those that apache-arrow can read. */
  readonly datasets: readonly string[];
  /** Those of types that only this package can read. */
  readonly encoded: readonly string[];
}

/** Contents of a data set. */
export interface Expected {
  /** Its schema. */
  readonly schema: SchemaText;
  /** True if pyarrow serves its batches with application metadata. */
  readonly numbered: boolean;
  /** The number of rows of each batch. */
  readonly rows: readonly number[];
  /** The values by batch and column; null where they are too many. */
  readonly batches: readonly Json[][][] | null;
}

/** The data sets in a folder. */
export class DataFiles {
  readonly #folder: string;

  /** @param folder Where datasets.py wrote them. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The names of all data sets. */
  index(): DataIndex {
    return JSON.parse(readFileSync(`${this.#folder}/index.json`, "utf8"));
  }

  /** Returns the contents of a data set. */
  expected(name: string): Expected {
    return JSON.parse(readFileSync(this.#path(name, "json"), "utf8"));
  }

  /** The data set itself. */
  read(name: string): { schema: Schema; batches: RecordBatch[] } {
    const reader = RecordBatchReader.from(
      readFileSync(this.#path(name, "arrows")),
    ).open({ autoDestroy: false });
    const { schema } = reader;
    // For a stream without batches, apache-arrow gives a placeholder.
    const count = this.expected(name).rows.length;
    return { schema, batches: [...reader].slice(0, count) };
  }

  /** Throws unless this is what the data set holds, value by value. */
  check(name: string, schema: Schema, batches: readonly RecordBatch[]): void {
    const expected = this.expected(name);
    assertEquals<unknown>(schemaText(schema), expected.schema);
    assertEquals(batches.map((batch) => batch.numRows), expected.rows);
    if (expected.batches === null) return;
    for (const [index, batch] of batches.entries()) {
      assertEquals(batchText(batch), expected.batches[index]);
    }
  }

  #path(name: string, extension: string): string {
    return `${this.#folder}/${name.replaceAll(" ", "_")}.${extension}`;
  }
}
