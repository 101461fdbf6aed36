/**
 * The schemas, texts and numbers of the scenarios of Flight SQL.
 *
 * @module
 */
import {
  type Data,
  Field,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
} from "apache-arrow";

/** Metadata of every column. */
const METADATA = Object.entries({
  TABLE_NAME: "test",
  IS_AUTO_INCREMENT: "1",
  IS_CASE_SENSITIVE: "0",
  TYPE_NAME: "type_test",
  SCHEMA_NAME: "schema_test",
  IS_SEARCHABLE: "1",
  CATALOG_NAME: "catalog_test",
  PRECISION: "100",
  REMARKS: "test column",
}).map(([key, value]) => [`ARROW:FLIGHT:SQL:${key}`, value] as const);

/** Rows of queries outside a transaction, and all parameters. */
export const QUERY_SCHEMA: Schema = new Schema([
  new Field("id", new Int64(), true, new Map(METADATA)),
]);

/** Rows of queries in a transaction. */
export const TRANSACTION_SCHEMA: Schema = new Schema([
  new Field("pkey", new Int32(), true, new Map(METADATA)),
]);

/** Rows of the ingest. */
export const INGEST_SCHEMA: Schema = new Schema([
  new Field("test_field", new Int64(), true),
]);

/** One set of parameters: 1. */
export const PARAMETERS: RecordBatch = batchOf(
  QUERY_SCHEMA,
  makeData({ type: new Int64(), data: BigInt64Array.of(1n) }),
);

/** Three rows without a value. */
export const INGEST_ROWS: RecordBatch = batchOf(
  INGEST_SCHEMA,
  makeData({
    type: new Int64(),
    length: 3,
    nullCount: 3,
    nullBitmap: new Uint8Array(1),
    data: new BigInt64Array(3),
  }),
);

/** A plan, which no side understands. */
export const PLAN = {
  plan: new TextEncoder().encode("plan"),
  version: "version",
};

function batchOf(
  schema: Schema,
  column: Data<Int64>,
): RecordBatch {
  const type = new Struct(schema.fields);
  const { length } = column;
  const data = makeData({ type, length, nullCount: 0, children: [column] });
  return new RecordBatch(schema, data);
}
