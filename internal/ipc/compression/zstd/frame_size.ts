/**
 * The structure of Zstandard frames.
 *
 * RFC 8878, section 3.1.1.
 */

const MAGIC = 0xfd2fb528;
const SINGLE_SEGMENT = 0x20;
const RESERVED = 0x08;
const CHECKSUM = 0x04;
const DICTIONARY = 0x03;

/** Bytes of the content size, by the two highest bits of the descriptor. */
const SIZE_BYTES = [0, 2, 4, 8] as const;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
/** A block of one byte that is repeated. */
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

/** Descriptor of a content size of four bytes. */
const FOUR_SIZE_BYTES = 2 << 6;
/** Position of the content size, after the magic number, the descriptor and the window. */
const SIZE_AT = 6;

/**
 * Returns the size of the contents as the header of a frame has it, which is all of `bytes` and
 * complete; `undefined` if it needs a dictionary, or is anything else. The contents of its blocks
 * are not checked.
 */
export function wholeFrameSize(
  bytes: Uint8Array,
): number | "unknown" | undefined {
  const length = bytes.byteLength;
  if (length < SIZE_AT) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  const descriptor = bytes[4]!;
  if (descriptor & (RESERVED | DICTIONARY)) return undefined;
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  const sizeBytes = SIZE_BYTES[descriptor >>> 6]! || (isSingle ? 1 : 0);
  const sizeAt = isSingle ? SIZE_AT - 1 : SIZE_AT;
  let at = sizeAt + sizeBytes;
  for (let isLast = false; !isLast;) {
    if (at + BLOCK_HEADER_BYTES > length) return undefined;
    const header = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
    isLast = (header & 1) !== 0;
    const type = header >>> 1 & 3;
    if (type === RESERVED_BLOCK) return undefined;
    at += BLOCK_HEADER_BYTES + (type === RLE_BLOCK ? 1 : header >>> 3);
  }
  if (descriptor & CHECKSUM) at += CHECKSUM_BYTES;
  return at === length ? contentSize(view, sizeAt, sizeBytes) : undefined;
}

function contentSize(
  view: DataView,
  at: number,
  bytes: number,
): number | "unknown" {
  switch (bytes) {
    case 0:
      return "unknown";
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}

/**
 * Adds the size of the contents to a whole frame that lacks it. Decoders check it, and need no
 * memory for a window: they know that the contents fit where they are written to.
 */
export function withSize(frame: Uint8Array, size: number): Uint8Array {
  const sized = new Uint8Array(frame.byteLength + 4);
  sized.set(frame.subarray(0, SIZE_AT));
  sized[4]! |= FOUR_SIZE_BYTES;
  new DataView(sized.buffer).setUint32(SIZE_AT, size, true);
  sized.set(frame.subarray(SIZE_AT), SIZE_AT + 4);
  return sized;
}
