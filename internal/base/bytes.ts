/** Small helpers on byte arrays. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const strictDecoder = new TextDecoder("utf-8", {
  fatal: true,
  ignoreBOM: true,
});

/** Longest text that is converted here: a call of the runtime costs more than its characters. */
const SHORT_TEXT = 64;

/** The empty byte array. It is shared, which is safe: there is nothing to write to. */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** The UTF-8 encoding of `text`; byte arrays pass through unchanged. */
export function toBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? encodeUtf8(text) : text;
}

/** The UTF-8 encoding of `text`. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const { length } = text;
  if (length > SHORT_TEXT) return encoder.encode(text);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return encoder.encode(text);
    bytes[i] = code;
  }
  return bytes;
}

/**
 * Writes the UTF-8 encoding of `text`, for which there must be room: at most three bytes for each of
 * its characters.
 *
 * @returns The position behind it.
 */
export function writeUtf8(
  text: string,
  target: Uint8Array,
  start: number,
): number {
  const { length } = text;
  if (length > SHORT_TEXT) return encodeInto(text, target, start);
  let end = start;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) {
      target[end++] = code;
      continue;
    }
    if (code < 0x800) target[end++] = 0xc0 | (code >> 6);
    else {
      // A half of a pair, which may be alone.
      if ((code & 0xf800) === 0xd800) return encodeInto(text, target, start);
      target[end++] = 0xe0 | (code >> 12);
      target[end++] = 0x80 | ((code >> 6) & 0x3f);
    }
    target[end++] = 0x80 | (code & 0x3f);
  }
  return end;
}

function encodeInto(text: string, target: Uint8Array, start: number): number {
  return start + encoder.encodeInto(text, target.subarray(start)).written;
}

/** Decodes UTF-8; invalid sequences become U+FFFD. */
export function toText(bytes: Uint8Array): string {
  return shortAscii(bytes) ?? decoder.decode(bytes);
}

/**
 * Decodes UTF-8, all of it: equal texts are of equal bytes.
 *
 * @throws {TypeError} When it is not UTF-8.
 */
export function strictText(bytes: Uint8Array): string {
  return shortAscii(bytes) ?? strictDecoder.decode(bytes);
}

/** The text of a few bytes of ASCII; `undefined` for any others. */
function shortAscii(bytes: Uint8Array): string | undefined {
  const { length } = bytes;
  if (length > SHORT_TEXT) return undefined;
  for (let i = 0; i < length; i++) if (bytes[i]! >= 0x80) return undefined;
  return bytesKey(bytes);
}

/** A text of as many characters as there are bytes, U+0000 to U+00FF: a key for a map. */
export function bytesKey(bytes: Uint8Array): string {
  let key = "";
  for (let i = 0; i < bytes.length; i += 0x8000) {
    const part = i === 0 && bytes.length <= 0x8000
      ? bytes
      : bytes.subarray(i, i + 0x8000);
    // Not by `...`, which takes five times as long.
    key += String.fromCharCode.apply(null, part as unknown as number[]);
  }
  return key;
}

/** Concatenates `chunks` into a new array. */
export function concatBytes(
  chunks: readonly Uint8Array[],
  byteLength?: number,
): Uint8Array {
  const out = new Uint8Array(
    byteLength ?? chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
  );
  let offset = 0;
  for (const chunk of chunks) {
    out.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return out;
}

/**
 * Reports whether both arrays hold the same bytes. Not constant in time: never use it for secrets.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let i = 0; i < a.byteLength; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Writes a big-endian 32-bit number. */
export function writeUint32(
  bytes: Uint8Array,
  offset: number,
  value: number,
): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}
