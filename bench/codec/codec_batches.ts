/**
 * The grid of batches for measuring the codec: fixed, variable, nested and
 * dictionary, as in arrow-rs, with a null in every tenth row.
 *
 * @module
 */
import {
  Bool,
  type Data,
  type DataType,
  Dictionary,
  Field,
  Int32,
  Int64,
  List,
  makeData,
  makeVector,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
} from "apache-arrow";
import { randomBytes } from "../support/random_bytes.ts";

/** The kinds of columns. */
export const KINDS = ["fixed", "variable", "nested", "dictionary"] as const;

/** A kind of columns. */
export type Kind = (typeof KINDS)[number];

/** Length of a string. */
const TEXT_BYTES = 20;
/** Values in a dictionary. */
const DICTIONARY_SIZE = 1000;
/** Values in a list. */
const LIST_LENGTH = 4;

/** Makes a batch; the same for the same arguments. */
export function codecBatch(
  kind: Kind,
  rows: number,
  columns: number,
): RecordBatch {
  const children = Array.from(
    { length: columns },
    (_, seed) => COLUMNS[kind](rows, seed),
  );
  const schema = new Schema(
    children.map(({ type }, index) => new Field(`${kind}${index}`, type, true)),
  );
  return new RecordBatch(
    schema,
    makeData({
      type: new Struct(schema.fields),
      length: rows,
      nullCount: 0,
      children,
    }),
  );
}

type MakeColumn = (rows: number, seed: number) => Data<DataType>;

const COLUMNS: Readonly<Record<Kind, MakeColumn>> = {
  fixed: (rows, seed) =>
    makeData({
      type: new Int64(),
      length: rows,
      ...nulls(rows),
      data: new BigInt64Array(randomBytes(rows * 8, seed).buffer),
    }),
  variable: (rows, seed) => texts(rows, seed),
  nested(rows, seed) {
    const children = [
      texts(rows, seed),
      lists(rows, seed),
      makeData({
        type: new Bool(),
        length: rows,
        nullCount: 0,
        data: randomBytes(Math.ceil(rows / 8), seed),
      }),
    ];
    const names = ["text", "list", "flag"];
    return makeData({
      type: new Struct(
        children.map(({ type }, i) =>
          new Field<DataType>(names[i]!, type, true)
        ),
      ),
      length: rows,
      ...nulls(rows),
      children: children as Data[],
    });
  },
  dictionary: (rows, seed) =>
    makeData({
      type: new Dictionary(new Utf8(), new Int32()),
      length: rows,
      ...nulls(rows),
      data: numbers(rows, seed).map((value) => value % DICTIONARY_SIZE),
      dictionary: makeVector(texts(DICTIONARY_SIZE, seed)),
    }),
};

/** Numbers from 0. */
function numbers(count: number, seed: number): Int32Array {
  const values = new Int32Array(randomBytes(count * 4, seed).buffer);
  return values.map((value) => value & 0x7fffffff);
}

function texts(rows: number, seed: number): Data<Utf8> {
  return makeData({
    type: new Utf8(),
    length: rows,
    ...nulls(rows),
    valueOffsets: Int32Array.from(
      { length: rows + 1 },
      (_, row) => row * TEXT_BYTES,
    ),
    data: randomBytes(rows * TEXT_BYTES, seed).map((byte) => 97 + byte % 26),
  });
}

function lists(rows: number, seed: number): Data<List<Int32>> {
  const length = rows * LIST_LENGTH;
  return makeData({
    type: new List(new Field("item", new Int32(), true)),
    length: rows,
    ...nulls(rows),
    valueOffsets: Int32Array.from(
      { length: rows + 1 },
      (_, row) => row * LIST_LENGTH,
    ),
    child: makeData({
      type: new Int32(),
      length,
      nullCount: 0,
      data: numbers(length, seed),
    }),
  });
}

/** A validity bitmap in which every tenth row is null. */
function nulls(rows: number): { nullCount: number; nullBitmap: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(rows / 8)).fill(255);
  let nullCount = 0;
  for (let row = 0; row < rows; row += 10, nullCount++) {
    nullBitmap[row >> 3]! &= ~(1 << (row & 7));
  }
  return { nullCount, nullBitmap };
}
