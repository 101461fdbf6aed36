/** Makes objects of apache-arrow without the detours of its factories. */

import {
  Data,
  type DataType,
  RecordBatch,
  Schema,
  Struct,
  Vector,
} from "apache-arrow";
import { TYPE_ID } from "./arrow_format.ts";

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

/** Fields that the constructor of Data sets, in its order. */
interface DataShape {
  type: DataType;
  children: readonly Data[];
  dictionary: Vector | undefined;
  offset: number;
  length: number;
  _nullCount: number;
  stride: number;
  valueOffsets?: ArrayBufferView;
  values?: ArrayBufferView;
  nullBitmap?: Uint8Array;
  typeIds?: Int8Array;
  variadicBuffers: readonly Uint8Array[];
}

const NO_CHILDREN: readonly Data[] = Object.freeze([]);
const NO_BUFFERS: readonly Uint8Array[] = Object.freeze([]);

const DataShape = function (
  this: DataShape,
  type: DataType,
  length: number,
  nullCount: number,
  validity: Uint8Array | undefined,
  values: ArrayBufferView | undefined,
  parts: DataParts | undefined,
): void {
  this.type = type;
  this.children = parts?.children ?? NO_CHILDREN;
  this.dictionary = parts?.dictionary;
  this.offset = 0;
  this.length = length;
  this._nullCount = nullCount;
  this.stride = 1;
  const offsets = parts?.offsets;
  if (offsets !== undefined) this.valueOffsets = offsets;
  if (values !== undefined) this.values = values;
  if (validity !== undefined) this.nullBitmap = validity;
  const typeIds = parts?.typeIds;
  if (typeIds !== undefined) this.typeIds = typeIds;
  this.variadicBuffers = parts?.variadic ?? NO_BUFFERS;
} as unknown as new (
  type: DataType,
  length: number,
  nullCount: number,
  validity: Uint8Array | undefined,
  values: ArrayBufferView | undefined,
  parts: DataParts | undefined,
) => Data;
DataShape.prototype = Data.prototype;

/** True if this version of apache-arrow keeps the parts of Data in the fields of {@linkcode DataShape}. */
const hasDataShape = (() => {
  const [values, typeIds] = [new Uint8Array(1), new Int8Array(1)];
  const type = new Struct([]);
  const parts: DataParts = { offsets: values, typeIds };
  const buffers = [values, values, values, typeIds];
  const theirs = new AnyData(type, 0, 1, 0, buffers);
  const ours = new DataShape(type, 1, 0, values, values, parts);
  const [keys, ourKeys] = [theirs, ours].map((data) => Object.keys(data));
  return keys!.length === ourKeys!.length &&
    keys!.every((key, index) => key === ourKeys![index]);
})();

/** Types whose rows take several values, as their `stride` says. */
function hasStride({ typeId }: DataType): boolean {
  return typeId === TYPE_ID.decimal || typeId === TYPE_ID.interval ||
    typeId === TYPE_ID.fixedSizeList || typeId === TYPE_ID.fixedSizeBinary;
}

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
  const { validity, values } = parts;
  if (hasDataShape && !hasStride(type)) {
    return new DataShape(type, length, nullCount, validity, values, parts);
  }
  return new AnyData(
    type,
    0,
    length,
    nullCount,
    [parts.offsets, values, validity, parts.typeIds],
    parts.children,
    parts.dictionary,
    parts.variadic,
  );
}

/**
 * Makes Data with a validity bitmap and values only. The constructor of apache-arrow would take half
 * of the time for a column of few rows.
 *
 * @param nullCount Number of null rows; -1 to count them on first use.
 */
export function newPlainData(
  type: DataType,
  length: number,
  nullCount: number,
  validity: Uint8Array,
  values: ArrayBufferView,
): Data {
  return hasDataShape && !hasStride(type)
    ? new DataShape(type, length, nullCount, validity, values, undefined)
    : newData(type, length, nullCount, { validity, values });
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
