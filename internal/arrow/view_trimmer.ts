/** Drops parts of buffers that no view refers to. */

import type { Data } from "apache-arrow";
import { getBit } from "./bitmap.ts";

/** Longest value that is in the view itself; longer ones are in a buffer, in bytes. */
const INLINE_BYTES = 12;

/** Buffers of a view array. */
interface TrimmedViews {
  /** 16 bytes per row: length, and the bytes or prefix, buffer and offset. */
  readonly views: Uint8Array;
  /** Buffers of the views. */
  readonly variadic: readonly Uint8Array[];
}

/** Buffers of which less than one part in this many is used are copied without the rest. */
const MOST_UNUSED = 2;

/**
 * Drops data to which no row of a view array refers: otherwise each part of a batch, and each slice
 * of a table, would be sent with all buffers. Buffers are cut to the used range; if most of that is
 * unused too, the used parts are copied into one new buffer. Nothing is copied if all is used.
 *
 * @param data A view array of any copy of apache-arrow; its views are those of its rows.
 * @returns The views, and their buffers.
 */
export function trimViews(data: Data): TrimmedViews {
  const buffers = (data.variadicBuffers ?? []) as readonly Uint8Array[];
  if (data.nullCount === 0) {
    const given = (data.values as Uint8Array).subarray(0, 16 * data.length);
    const { first, end, referred } = usedRanges(viewOf(given), buffers.length);
    let byteLength = 0;
    const isAllUsed = buffers.every((bytes, i) => {
      byteLength += bytes.byteLength;
      return first[i] === 0 && end[i] === bytes.byteLength;
    });
    if (isAllUsed && byteLength <= MOST_UNUSED * referred) {
      return { views: given, variadic: buffers };
    }
  }
  const views = validViews(data);
  const view = viewOf(views);
  const { first, end, referred } = usedRanges(view, buffers.length);
  let covered = 0;
  for (let i = 0; i < end.length; i++) {
    if (end[i]! > 0) covered += end[i]! - first[i]!;
  }
  if (covered > MOST_UNUSED * referred) {
    return { views, variadic: [gathered(view, buffers, referred)] };
  }
  const numbers: number[] = [];
  const variadic: Uint8Array[] = [];
  for (const [index, bytes] of buffers.entries()) {
    if (end[index] === 0) continue;
    numbers[index] = variadic.length;
    variadic.push(bytes.subarray(first[index], end[index]));
  }
  forEachReference(view, (at, _, buffer, start) => {
    view.setInt32(at + 8, numbers[buffer]!, true);
    view.setInt32(at + 12, start - first[buffer]!, true);
  });
  return { views, variadic };
}

/** Finds the range of each buffer to which views refer, and the sum of their bytes. */
function usedRanges(
  view: DataView,
  buffers: number,
): { first: number[]; end: number[]; referred: number } {
  const first = new Array<number>(buffers).fill(Infinity);
  const end = new Array<number>(buffers).fill(0);
  let referred = 0;
  forEachReference(view, (_, bytes, buffer, start) => {
    referred += bytes;
    if (start < first[buffer]!) first[buffer] = start;
    if (start + bytes > end[buffer]!) end[buffer] = start + bytes;
  });
  return { first, end, referred };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Copies the views, with zeros for null rows, which may refer to anything. */
function validViews(
  { length, nullBitmap, offset, values }: Data,
): Uint8Array<ArrayBuffer> {
  const views = new Uint8Array(16 * length);
  views.set((values as Uint8Array).subarray(0, 16 * length));
  if (nullBitmap?.byteLength > 0) {
    for (let row = 0; row < length; row++) {
      if (getBit(nullBitmap, offset + row)) continue;
      views.fill(0, 16 * row, 16 * row + 16);
    }
  }
  return views;
}

/** Calls `visit` for each view whose bytes are in a buffer. */
function forEachReference(
  view: DataView,
  visit: (at: number, bytes: number, buffer: number, start: number) => void,
): void {
  for (let at = 0; at < view.byteLength; at += 16) {
    const bytes = view.getInt32(at, true);
    if (bytes <= INLINE_BYTES) continue;
    const buffer = view.getInt32(at + 8, true);
    visit(at, bytes, buffer, view.getInt32(at + 12, true));
  }
}

/** Copies the bytes of all views into one buffer, and makes the views refer to it. */
function gathered(
  view: DataView,
  buffers: readonly Uint8Array[],
  byteLength: number,
): Uint8Array {
  const copy = new Uint8Array(byteLength);
  let end = 0;
  forEachReference(view, (at, bytes, buffer, start) => {
    copy.set(buffers[buffer]!.subarray(start, start + bytes), end);
    view.setInt32(at + 8, 0, true);
    view.setInt32(at + 12, end, true);
    end += bytes;
  });
  return copy;
}

/**
 * Counts the bytes of the buffers that the rows from `begin` on refer to; shared ones count each
 * time.
 */
export function viewedBytes(
  data: Data,
  begin: number,
  length: number,
): number {
  const view = viewOf(data.values as Uint8Array);
  let bytes = 0;
  const end = Math.min(16 * (begin + length), view.byteLength);
  for (let at = 16 * begin; at < end; at += 16) {
    const size = view.getInt32(at, true);
    if (size > INLINE_BYTES) bytes += size;
  }
  return bytes;
}
