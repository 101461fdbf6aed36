/** The parameters of statements: JavaScript's values, as record batches. */

import {
  Field,
  Null,
  type RecordBatch,
  type Schema,
  type Table,
} from "apache-arrow";
import { NO_COLUMNS } from "../../arrow/values/no_columns.ts";
import { type ColumnInit, RowBatches } from "../../arrow/values/row_batches.ts";
import { isIterables, toSource } from "../../base/source.ts";
import { valueName } from "../../base/value_name.ts";
import {
  type FlightDataInit,
  isFlightData,
  isRecordBatch,
  isTable,
} from "../../stream/record_batch_source.ts";
import { takesAny } from "../metadata/any_parameter.ts";

/** One row of values: by position, or by name. */
export type SqlRowInit = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * Parameters of one execution: values by position, or by name; or a RecordBatch or a Table, each row of which
 * is a set of parameters.
 */
export type SqlParameters =
  | SqlRowInit
  // Any columns.
  // deno-lint-ignore no-explicit-any
  | RecordBatch<any>
  // deno-lint-ignore no-explicit-any
  | Table<any>;

/** Many rows: an iterable of them, or data in one of the forms that DoPut takes. */
export type SqlRows =
  | Iterable<SqlRowInit>
  | AsyncIterable<SqlRowInit>
  | ReadableStream<SqlRowInit>
  // deno-lint-ignore no-explicit-any
  | FlightDataInit<any>;

/** Number of rows of values in a batch. */
const ROWS_PER_BATCH = 4096;

/** Data to upload, and its schema where it is known beforehand. */
export interface UploadData {
  /** The batches. */
  readonly data: FlightDataInit;
  /** The schema of data that may have no batch. */
  readonly schema: Schema | undefined;
}

/** No parameters: an upload without a field and without a row. */
export const NO_DATA: UploadData = { data: [], schema: NO_COLUMNS };

/**
 * Makes the parameters of one execution.
 *
 * @param parameters The values.
 * @param schema The parameters that the server expects, where it says so.
 * @returns `undefined` where there are none.
 * @throws {TypeError} When they are not what the statement expects.
 * @throws {RangeError} When a value is beyond the type of its parameter.
 */
export function parameterData(
  parameters: SqlParameters | undefined,
  schema: Schema | undefined,
): UploadData | undefined {
  const fields = fieldsOf(schema);
  if (parameters === undefined) {
    if (fields === undefined) return undefined;
    throw new TypeError(
      `The statement has ${counted(fields.length)}, and none is given`,
    );
  }
  if (isRecordBatch(parameters) || isTable(parameters)) {
    return { data: parameters, schema: undefined };
  }
  const row = checkedRow("parameters", parameters);
  const columns = new RowShape("parameter", fields, true).columns([row]);
  if (columns.length === 0) return undefined;
  try {
    const batch = new RowBatches("parameter", typedFields(fields, columns))
      .batch(columns, 1);
    return { data: batch, schema: undefined };
  } catch (error) {
    throw withListHint(error, columns);
  }
}

/** An array where one value is expected was meant for `IN (…)`, or is one of several rows. */
function withListHint(error: unknown, columns: readonly ColumnInit[]): unknown {
  const hasList = columns.some(({ values }) => Array.isArray(values[0]));
  if (!hasList || !(error instanceof TypeError)) return error;
  const hint =
    "list(values) makes placeholders of an array, executeMany takes several rows";
  return new TypeError(`${error.message} (${hint})`, { cause: error });
}

/**
 * Makes data of many rows, a batch at a time: rows are taken from their source as fast as they are sent.
 *
 * @param rows The rows.
 * @param schema The schema that they are to have, where it is known.
 * @param noun The name of a value, for errors.
 * @returns The data.
 * @throws {TypeError} When `rows` is neither rows nor data.
 */
export function rowData(
  rows: SqlRows,
  schema: Schema | undefined,
  noun: "parameter" | "column",
): UploadData {
  const isReader = typeof (rows as { readRecordBatch?: unknown } | undefined)
    ?.readRecordBatch === "function";
  if (isRecordBatch(rows) || isTable(rows) || isReader) {
    return { data: rows as FlightDataInit, schema: undefined };
  }
  if (!isIterables<unknown>(rows)) {
    throw new TypeError(
      `Rows must be an iterable of arrays or objects, or data, not ${
        valueName(rows)
      }`,
    );
  }
  const fields = fieldsOf(schema);
  return {
    data: batchesOf(rows, fields, noun),
    // The rows tell the types of parameters that take any.
    schema: fields?.some(takesAny) ? undefined : schema,
  };
}

async function* batchesOf(
  rows: Iterable<unknown> | AsyncIterable<unknown> | ReadableStream<unknown>,
  fields: readonly Field[] | undefined,
  noun: "parameter" | "column",
): AsyncGenerator<RecordBatch> {
  const source = toSource<unknown>(rows);
  let isEnded = false;
  let isEmpty = true;
  try {
    let batches: RowBatches | undefined;
    let shape: RowShape | undefined;
    let waiting: SqlRowInit[] = [];
    const flush = (): RecordBatch => {
      shape ??= new RowShape(noun, fields, noun === "parameter");
      const columns = shape.columns(waiting);
      if (columns.length === 0 && noun === "parameter") {
        throw new TypeError(
          "Cannot run the statement for each of the rows: they have no values",
        );
      }
      batches ??= new RowBatches(noun, typedFields(fields, columns));
      const batch = batches.batch(columns, waiting.length);
      waiting = [];
      return batch;
    };
    while (true) {
      const item = await source.read();
      if (item === undefined) break;
      isEmpty = false;
      if (isData(item)) {
        if (waiting.length > 0) yield flush();
        // Anything else among data is refused when it is sent.
        yield item as RecordBatch;
        continue;
      }
      waiting.push(checkedRow("a row", item));
      if (waiting.length >= ROWS_PER_BATCH) yield flush();
    }
    isEnded = true;
    if (isEmpty && noun === "column" && fields === undefined) {
      throw new TypeError(
        "Cannot ingest rows: there are none, so their columns are unknown; name them by the option columns",
      );
    }
    if (waiting.length > 0) yield flush();
    else if (isEmpty && fields?.some(takesAny)) {
      yield new RowBatches(noun, fields).batch(
        fields.map(({ name }) => ({ name, values: [] })),
        0,
      );
    }
  } finally {
    if (!isEnded) source.cancel(undefined);
  }
}

function isData(item: unknown): boolean {
  return isRecordBatch(item) || isTable(item) || isFlightData(item) ||
    (typeof item === "object" && item !== null && "batch" in item &&
      isRecordBatch(item.batch));
}

function checkedRow(what: string, row: unknown): SqlRowInit {
  if (
    typeof row === "object" && row !== null &&
    (Array.isArray(row) || !(Symbol.iterator in row)) &&
    !ArrayBuffer.isView(row)
  ) return row as SqlRowInit;
  throw new TypeError(
    `Cannot use ${what}: it must be an array or an object of values, not ${
      valueName(row)
    }`,
  );
}

/** The fields of a schema; a server that gives none may know none. */
function fieldsOf(schema: Schema | undefined): readonly Field[] | undefined {
  return schema === undefined || schema.fields.length === 0
    ? undefined
    : schema.fields;
}

/**
 * The fields of columns. Numbers, booleans and bytes keep their own types where a parameter takes any: as a text, 9
 * would be more than 10, and less than nothing that is a number.
 */
function typedFields(
  fields: readonly Field[] | undefined,
  columns: readonly ColumnInit[],
): readonly Field[] | undefined {
  if (!fields?.some(takesAny)) return fields;
  return fields.map((field, i) =>
    takesAny(field) && isPlain(columns[i]!.values)
      ? new Field(field.name, new Null(), true)
      : field
  );
}

/** Tells whether values are all numbers of at most 64 bits, all booleans, or all bytes. */
function isPlain(values: readonly unknown[]): boolean {
  const kinds = new Set(
    values.filter((value) => value !== null).map((value) => {
      switch (typeof value) {
        case "bigint":
          return BigInt.asIntN(64, value) === value ? "number" : undefined;
        case "object":
          return value instanceof Uint8Array || value instanceof ArrayBuffer
            ? "bytes"
            : undefined;
        case "number":
        case "boolean":
          return typeof value;
        default:
          return undefined;
      }
    }),
  );
  return kinds.size === 1 && !kinds.has(undefined);
}

/** Brings rows, which may have their values by position or by name, into columns. */
class RowShape {
  readonly #noun: string;
  readonly #fields: readonly Field[] | undefined;
  readonly #isComplete: boolean;
  /** The names of the columns, once they are known. */
  #names: readonly string[] | undefined;
  /** Names as rows may write them. */
  #keys: readonly (readonly string[])[] = [];
  #known = new Set<string>();
  #row = 0;

  /**
   * @param noun The name of a value, for errors.
   * @param fields The fields that are wanted.
   * @param isComplete Whether each row must have a value for each of them.
   */
  constructor(
    noun: string,
    fields: readonly Field[] | undefined,
    isComplete: boolean,
  ) {
    this.#noun = noun;
    this.#fields = fields;
    this.#isComplete = isComplete;
  }

  columns(rows: readonly SqlRowInit[]): ColumnInit[] {
    if (this.#names === undefined) {
      this.#setNames(this.#fields?.map(({ name }) => name) ?? namesOf(rows));
    }
    const columns = this.#names!.map((name) => ({
      name,
      values: new Array<unknown>(rows.length).fill(null),
    }));
    rows.forEach((row, i) => {
      if (Array.isArray(row)) this.#byPosition(row, i, columns);
      else this.#byName(row as Record<string, unknown>, i, columns);
      this.#row++;
    });
    return columns;
  }

  #setNames(names: readonly string[]): void {
    this.#names = names;
    // Servers name parameters as the statement writes them: `:id`, `@id`, `$id`.
    this.#keys = names.map((name) => [name, name.replace(/^[:@$?]/, "")]);
    this.#known = new Set(this.#keys.flat());
  }

  #byPosition(
    row: readonly unknown[],
    i: number,
    columns: readonly { values: unknown[] }[],
  ): void {
    if (row.length !== columns.length) {
      throw new TypeError(
        `${this.#where()}there ${row.length === 1 ? "is" : "are"} ${
          counted(row.length, "value")
        } for ${counted(columns.length, this.#noun)}`,
      );
    }
    for (const [c, { values }] of columns.entries()) {
      if (row[c] === undefined) {
        throw new TypeError(
          `${this.#where()}value ${c} is undefined (NULL is null)`,
        );
      }
      values[i] = row[c];
    }
  }

  #byName(
    row: Readonly<Record<string, unknown>>,
    i: number,
    columns: readonly { values: unknown[] }[],
  ): void {
    for (const name of Object.keys(row)) {
      if (this.#known.has(name)) continue;
      throw new TypeError(
        `${this.#where()}there is no ${this.#noun} ${JSON.stringify(name)}` +
          ` (there are ${
            this.#names!.map((n) => JSON.stringify(n)).join(", ")
          })`,
      );
    }
    for (const [c, { values }] of columns.entries()) {
      const key = this.#keys[c]!.find((key) => Object.hasOwn(row, key));
      const value = key === undefined ? undefined : row[key];
      if (value !== undefined) values[i] = value;
      else if (this.#isComplete) {
        throw new TypeError(
          `${this.#where()}there is no value for ${this.#noun} ${
            JSON.stringify(this.#names![c])
          }`,
        );
      }
    }
  }

  #where(): string {
    return this.#row > 0
      ? `Cannot use row ${this.#row}: `
      : `Cannot use the ${this.#noun}s: `;
  }
}

/** The names of columns that no schema names: those of all objects, or positions. */
function namesOf(rows: readonly SqlRowInit[]): string[] {
  const names = new Set<string>();
  let width = 0;
  for (const row of rows) {
    if (Array.isArray(row)) width = Math.max(width, row.length);
    else for (const name of Object.keys(row)) names.add(name);
  }
  return names.size > 0
    ? [...names]
    : Array.from({ length: width }, (_, i) => String(i));
}

function counted(count: number, noun = "parameter"): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
