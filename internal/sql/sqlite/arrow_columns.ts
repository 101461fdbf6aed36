/** Schemas and batches of results, and parameters on their way to a worker. */

import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Field,
  Float64,
  Int64,
  type RecordBatch,
  Schema,
  Struct,
  TimeMicrosecond,
  TimeNanosecond,
  Timestamp,
  TimeUnit,
  Utf8,
} from "apache-arrow";
import { newData, newRecordBatch } from "../../arrow/arrow_objects.ts";
import { TYPE_ID } from "../../arrow/arrow_format.ts";
import { anyType } from "../../arrow/types/same_type.ts";
import { cellReader, halfFloat } from "../database/arrow_cells.ts";
import { anyParameter } from "../metadata/any_parameter.ts";
import { storable } from "./stored_types.ts";
import type { BindColumn, BindRows } from "./engine/bind_column.ts";
import type { ColumnBuffers, SqliteValue } from "./engine/column_builder.ts";
import type { ColumnInfo, ColumnKind } from "./engine/column_kind.ts";
import type { PreparedInfo, ResultBatch } from "./engine/engine_protocol.ts";

const TYPES: Readonly<Record<ColumnKind, () => DataType>> = {
  "int64": () => new Int64(),
  "float64": () => new Float64(),
  "bool": () => new Bool(),
  "utf8": () => new Utf8(),
  "binary": () => new Binary(),
  "date32": () => new DateDay(),
  "time64[us]": () => new TimeMicrosecond(),
  "time64[ns]": () => new TimeNanosecond(),
  "timestamp[s]": () => new Timestamp(TimeUnit.SECOND, null),
  "timestamp[ms]": () => new Timestamp(TimeUnit.MILLISECOND, null),
  "timestamp[us]": () => new Timestamp(TimeUnit.MICROSECOND, null),
  "timestamp[ns]": () => new Timestamp(TimeUnit.NANOSECOND, null),
  "timestamp[us, UTC]": () => new Timestamp(TimeUnit.MICROSECOND, "UTC"),
};

/** Metadata of the fields, which JDBC reads. */
const METADATA = "ARROW:FLIGHT:SQL:";

/** Schema of the rows of a statement. */
export function resultSchema(columns: readonly ColumnInfo[]): Schema {
  return new Schema(columns.map((column) => {
    const metadata = new Map<string, string>();
    const { database, table, declared } = column;
    if (database) metadata.set(`${METADATA}CATALOG_NAME`, database);
    if (table) metadata.set(`${METADATA}TABLE_NAME`, table);
    if (declared) metadata.set(`${METADATA}TYPE_NAME`, declared);
    return new Field(column.name, TYPES[column.kind](), true, metadata);
  }));
}

/** Schema of the parameters of a statement. */
export function parameterSchema(
  parameters: PreparedInfo["parameters"],
): Schema {
  return new Schema(
    parameters.map(({ name, kind }) =>
      kind === undefined
        ? anyParameter(name, new Utf8())
        : new Field(name, TYPES[kind](), true)
    ),
  );
}

/** Makes a batch of the buffers that a worker has sent. */
export function resultBatch(schema: Schema, result: ResultBatch): RecordBatch {
  const { rows } = result;
  const columns = result.columns.map((buffers, i) =>
    columnData(schema.fields[i]!.type, rows, buffers)
  );
  const type = new Struct(schema.fields);
  return newRecordBatch(schema, type, rows, columns, new Map());
}

function columnData(
  type: DataType,
  rows: number,
  { nullCount, validity, offsets, values }: ColumnBuffers,
): Data {
  // The buffers have room for more rows than there are.
  const length = offsets !== undefined
    ? offsets[rows]!
    : type.typeId === TYPE_ID.bool
    ? Math.ceil(rows / 8)
    : rows;
  return newData(type, rows, nullCount, {
    validity: validity?.subarray(0, Math.ceil(rows / 8)),
    offsets: offsets?.subarray(0, rows + 1),
    values: values.subarray(0, length),
  });
}

/** Parameters in the form that a worker receives. */
export function bindRows(batch: RecordBatch): BindRows {
  return {
    rows: batch.numRows,
    columns: batch.data.children.map(bindColumn),
  };
}

function bindColumn(data: Data): BindColumn {
  const { offset, values, valueOffsets } = data;
  const type = anyType(data.type);
  const validity = data.nullCount > 0 && data.nullBitmap?.length > 0
    ? data.nullBitmap
    : undefined;
  switch (type.typeId) {
    case TYPE_ID.int:
    case TYPE_ID.duration:
      return { kind: "integer", offset, validity, values };
    case TYPE_ID.float:
      return {
        kind: "real",
        offset,
        validity,
        values: type.precision === 0
          ? Float64Array.from(values as Uint16Array, halfFloat)
          : values,
      };
    case TYPE_ID.bool:
      return { kind: "bool", offset, validity, values };
    case TYPE_ID.utf8:
      return { kind: "text", offset, validity, offsets: valueOffsets, values };
    case TYPE_ID.binary:
      return { kind: "bytes", offset, validity, offsets: valueOffsets, values };
    case TYPE_ID.dictionary: {
      const chunks = data.dictionary?.data ?? [];
      if (chunks.length !== 1) break;
      return {
        kind: "dictionary",
        offset,
        validity,
        indices: values,
        dictionary: bindColumn(chunks[0]!),
      };
    }
  }
  const read = cellReader(data);
  const cells = Array.from(
    { length: data.length },
    (_, row): SqliteValue => storable(read(row)),
  );
  return { kind: "values", offset: 0, validity: undefined, values: cells };
}
