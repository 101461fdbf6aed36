/** Columns of parameters in the form that a worker receives: plain buffers, and few kinds of them. */

import { FlightError } from "../../../core/flight_error.ts";
import type { SqliteValue } from "./column_builder.ts";

/** Values of a parameter. */
export type BindColumn =
  & {
    /** First bit in bitmaps; other buffers begin with the first row. */
    readonly offset: number;
    /** Validity bitmap, if a row is null. */
    readonly validity: Uint8Array | undefined;
  }
  & (
    | { readonly kind: "values"; readonly values: readonly SqliteValue[] }
    | { readonly kind: "bool"; readonly values: Uint8Array }
    | { readonly kind: "integer"; readonly values: ArrayLike<number | bigint> }
    | { readonly kind: "real"; readonly values: ArrayLike<number> }
    | {
      readonly kind: "text" | "bytes";
      readonly offsets: Int32Array;
      readonly values: Uint8Array;
    }
    | {
      readonly kind: "dictionary";
      readonly indices: ArrayLike<number | bigint>;
      readonly dictionary: BindColumn;
    }
  );

/** Rows of parameters. */
export interface BindRows {
  /** Number of rows. */
  readonly rows: number;
  /** One column for each parameter. */
  readonly columns: readonly BindColumn[];
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Text up to this length is decoded here, if it is ASCII. */
const SHORT_TEXT = 16;

function textAt(values: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT) {
    let text = "";
    let i = start;
    for (; i < end && values[i]! < 0x80; i++) {
      text += String.fromCharCode(values[i]!);
    }
    if (i === end) return text;
  }
  return decoder.decode(values.subarray(start, end));
}

/** Makes the function that gives the values of a column by row. */
export function bindReader(column: BindColumn): (row: number) => SqliteValue {
  const value = valueReader(column);
  const { validity, offset } = column;
  if (validity === undefined) return value;
  return (row) => {
    const bit = row + offset;
    return (validity[bit >>> 3]! & (1 << (bit & 7))) === 0 ? null : value(row);
  };
}

function withinInt64(value: bigint, row: number): bigint {
  if (value < 2n ** 63n) return value;
  throw new FlightError(
    "OUT_OF_RANGE",
    `Cannot bind ${value} of row ${row}: the integers of SQLite have 64 bits and a sign`,
  );
}

function valueReader(column: BindColumn): (row: number) => SqliteValue {
  switch (column.kind) {
    case "values": {
      const { values } = column;
      return (row) => values[row]!;
    }
    case "bool": {
      const { values, offset } = column;
      return (row) => {
        const bit = row + offset;
        return (values[bit >>> 3]! & (1 << (bit & 7))) === 0 ? 0n : 1n;
      };
    }
    case "integer": {
      const { values } = column;
      if (values instanceof BigInt64Array) return (row) => values[row]!;
      if (values instanceof BigUint64Array) {
        return (row) => withinInt64(values[row]!, row);
      }
      return (row) => BigInt(values[row]!);
    }
    case "real": {
      const { values } = column;
      return (row) => values[row]!;
    }
    case "text": {
      const { offsets, values } = column;
      return (row) => textAt(values, offsets[row]!, offsets[row + 1]!);
    }
    case "bytes": {
      const { offsets, values } = column;
      return (row) => values.subarray(offsets[row]!, offsets[row + 1]!);
    }
    case "dictionary": {
      const { indices } = column;
      const read = bindReader(column.dictionary);
      return (row) => read(Number(indices[row]!));
    }
  }
}
