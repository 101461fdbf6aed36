/** Makes objects of apache-arrow without the detours of its factories. */

import {
  Data,
  type DataType,
  RecordBatch,
  Schema,
  Struct,
  Vector,
} from "apache-arrow";

/** Parts of {@linkcode newData} that only some types have. */
export interface DataParts {
  /** The validity bitmap. */
  readonly validity?: Uint8Array | undefined;
  /** Offsets of lists and binary, or into the children of a dense union. */
  readonly offsets?: ArrayBufferView | undefined;
  /** Values, bits, bytes or views. */
  readonly values?: ArrayBufferView | undefined;
  /** The type ids of a union. */
  readonly typeIds?: Int8Array | undefined;
  /** The children. */
  readonly children?: Data[] | undefined;
  /** The dictionary. */
  readonly dictionary?: Vector | undefined;
  /** Buffers of views. */
  readonly variadic?: readonly Uint8Array[] | undefined;
}

/** The types of apache-arrow tie buffers to types; here the layout guarantees the match. */
const AnyData = Data as unknown as new (...args: unknown[]) => Data;

/**
 * Makes Data.
 *
 * @param nullCount Number of null rows; -1 to count them on first use.
 */
export function newData(
  type: DataType,
  length: number,
  nullCount: number,
  parts: DataParts,
): Data {
  return new AnyData(
    type,
    0,
    length,
    nullCount,
    [parts.offsets, parts.values, parts.validity, parts.typeIds],
    parts.children,
    parts.dictionary,
    parts.variadic,
  );
}

/** Makes a vector of chunks of one type. */
export function newVector(chunks: readonly Data[]): Vector {
  return new Vector(chunks);
}

const NO_COLUMNS = new Schema([]);

/** Fields that the constructor of a batch sets. */
interface BatchShape {
  schema: Schema;
  data: Data;
  _metadata: Map<string, string>;
}

const BatchShape = function (
  this: BatchShape,
  schema: Schema,
  data: Data,
  metadata: Map<string, string>,
): void {
  this.schema = schema;
  this.data = data;
  this._metadata = metadata;
} as unknown as new (
  schema: Schema,
  data: Data,
  metadata: Map<string, string>,
) => RecordBatch;
BatchShape.prototype = RecordBatch.prototype;

/** True if this version of apache-arrow keeps metadata in the fields of {@linkcode BatchShape}. */
const hasBatchShape = (() => {
  const metadata = new Map<string, string>();
  const data = newData(new Struct([]), 0, 0, { children: [] });
  return new BatchShape(NO_COLUMNS, data, metadata).metadata === metadata;
})();

/**
 * Makes a batch with exactly this schema and these columns.
 *
 * The constructor would make a schema of its own for each batch, in time quadratic in the number of
 * fields, and would give fields of the same name the same type. Even without columns it would take
 * a sixth of the time for a small message.
 *
 * @param type The struct of the fields of `schema`.
 */
export function newRecordBatch(
  schema: Schema,
  type: Struct,
  length: number,
  children: Data[],
  metadata: Map<string, string>,
): RecordBatch {
  const data = newData(type, length, 0, { children });
  if (hasBatchShape) return new BatchShape(schema, data, metadata);
  const none = newData(new Struct([]), 0, 0, { children: [] });
  const batch: { schema: Schema; data: Data } = new RecordBatch(
    NO_COLUMNS,
    none as Data<Struct>,
    metadata,
  );
  batch.schema = schema;
  batch.data = data;
  return batch as RecordBatch;
}
