/**
 * Rows of parameters on their way to a worker: their arrays travel as buffers. Deno visits each element of a typed
 * array that a message to a worker has (2.9.6), which takes 0.15 s for a MiB of text; and any runtime would clone all
 * of the buffer that a view is a part of.
 */

import type { BindColumn, BindRows } from "./bind_column.ts";

/** The classes of arrays that columns have. */
const ARRAYS = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
} as const;

/** An array as it travels. */
interface SentArray {
  readonly array: keyof typeof ARRAYS;
  readonly buffer: ArrayBuffer;
}

/** Properties of a column, of which some are arrays. */
type Properties = Record<string, unknown>;

/** Arguments of an operation as they travel. */
interface PackedArguments {
  readonly args: unknown[];
  /** The large buffers in them, which can be moved. */
  readonly moved: ArrayBuffer[];
}

/**
 * Puts copies of arrays into the place of those that the arguments of an operation have.
 *
 * @param leastBytes Size of the smallest buffer that is moved.
 */
export function packArguments(
  args: readonly unknown[],
  leastBytes: number,
): PackedArguments {
  const moved: ArrayBuffer[] = [];
  const pack = (value: unknown): unknown => {
    if (!ArrayBuffer.isView(value)) return value;
    const { byteOffset, byteLength, constructor: { name } } = value;
    if (!isArrayName(name)) return value;
    const bytes = new Uint8Array(value.buffer, byteOffset, byteLength);
    const { buffer } = bytes.slice();
    if (byteLength >= leastBytes) moved.push(buffer);
    return { array: name, buffer } satisfies SentArray;
  };
  const packed = args.map((arg) => isRows(arg) ? mapRows(arg, pack) : arg);
  return { args: packed, moved };
}

/** Gives the arguments that were packed. */
export function unpackArguments(args: readonly unknown[]): unknown[] {
  return args.map((arg) => isRows(arg) ? mapRows(arg, unpack) : arg);
}

function isRows(arg: unknown): arg is BindRows {
  const { rows, columns } = (arg ?? {}) as Partial<BindRows>;
  return typeof rows === "number" && Array.isArray(columns);
}

function mapRows(
  { rows, columns }: BindRows,
  map: (value: unknown) => unknown,
): BindRows {
  return { rows, columns: columns.map((column) => mapColumn(column, map)) };
}

function mapColumn(
  column: BindColumn,
  map: (value: unknown) => unknown,
): BindColumn {
  const mapped: Properties = {};
  for (const [name, value] of Object.entries(column)) {
    mapped[name] = name === "dictionary"
      ? mapColumn(value as BindColumn, map)
      : map(value);
  }
  return mapped as unknown as BindColumn;
}

function isArrayName(name: string): name is keyof typeof ARRAYS {
  return name in ARRAYS;
}

function unpack(value: unknown): unknown {
  return isSent(value) ? new ARRAYS[value.array](value.buffer) : value;
}

function isSent(value: unknown): value is SentArray {
  return (value as Partial<SentArray> | undefined)?.buffer instanceof
      ArrayBuffer && "array" in (value as object);
}
