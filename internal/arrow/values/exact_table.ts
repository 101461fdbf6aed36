/** Tables of columns, under any content security policy. */

import {
  type Data,
  Field,
  makeVector,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Vector,
} from "apache-arrow";
import { valueName } from "../../base/value_name.ts";
import { newData, newVector } from "../arrow_objects.ts";
import { columnOf } from "./column_builder.ts";
import { inferType } from "./infer_type.ts";

/** A column: values whose type is inferred, a typed array that is used without a copy, or a vector. */
type ColumnInit = readonly unknown[] | ArrayBufferView | Vector;

/**
 * Makes a table of columns, as `tableFromArrays` of apache-arrow does.
 *
 * apache-arrow makes functions of strings for columns of plain arrays, such as texts. A page whose
 * content security policy has no `unsafe-eval` forbids that, and so do Cloudflare Workers. This function
 * works everywhere.
 *
 * The type of a plain array is inferred: texts are utf8, whole numbers and bigints int64, other numbers
 * float64, Dates timestamps in UTC, and so on, as in rows for Flight SQL. Use `exactVector` for another
 * type.
 *
 * @param columns The columns by name, in their order: arrays of values, in which null and undefined are
 * null; typed arrays, which are used without a copy; or vectors, such as those of `exactVector`.
 * @returns The table, whose fields are all nullable.
 * @throws {TypeError} When a column is neither an array nor a vector, its values have no common type, or
 * two columns have different lengths.
 *
 * @example
 * ```ts
 * import { exactTable, exactVector } from "@contrail/flight";
 * import { Dictionary, Int32, Utf8 } from "apache-arrow";
 *
 * const table = exactTable({
 *   city: ["Oslo", "Bergen", null],
 *   height: Float64Array.of(23, 12, 0),
 *   kind: exactVector(new Dictionary(new Utf8(), new Int32()), ["a", "b", "a"]),
 * });
 * console.log(table.numRows); // 3
 * ```
 */
export function exactTable(
  columns: Readonly<
    Record<string, readonly unknown[] | ArrayBufferView | Vector>
  >,
): Table {
  const vectors = Object.entries(columns).map(([name, column]) =>
    [name, vectorOf(name, column)] as const
  );
  const [first] = vectors;
  if (first === undefined) return new Table();
  for (const [name, { length }] of vectors) {
    if (length === first[1].length) continue;
    throw new TypeError(
      `Cannot make a table: column ${
        JSON.stringify(name)
      } has ${length} rows, ` +
        `${JSON.stringify(first[0])} has ${first[1].length}`,
    );
  }
  const schema = new Schema(
    vectors.map(([name, { type }]) => new Field(name, type, true)),
  );
  const isWhole = vectors.every(([, { data }]) => data.length === 1);
  if (!isWhole) return new Table(schema, Object.fromEntries(vectors));
  const children = vectors.map(([, { data }]) => data[0]!);
  const rows = newData(new Struct(schema.fields), first[1].length, 0, {
    children,
  });
  return new Table(schema, new RecordBatch(schema, rows as Data<Struct>));
}

function vectorOf(name: string, column: ColumnInit): Vector {
  const place = (row: number): string =>
    `the value of column ${JSON.stringify(name)} in row ${row}`;
  if (Array.isArray(column)) {
    const type = inferType(column, place);
    return newVector([columnOf(type, column, place)]);
  }
  if (ArrayBuffer.isView(column) && !(column instanceof DataView)) {
    return makeVector(column as Int32Array) as Vector;
  }
  if (isVector(column)) return column;
  throw new TypeError(
    `Cannot make a table: column ${JSON.stringify(name)} is ${
      valueName(column)
    }; expected an array, a typed array or a Vector`,
  );
}

/** Recognizes vectors of another copy of apache-arrow, too. */
function isVector(value: unknown): value is Vector {
  return value instanceof Vector ||
    typeof value === "object" && value !== null &&
      Array.isArray((value as Vector).data) && "numChildren" in value;
}
