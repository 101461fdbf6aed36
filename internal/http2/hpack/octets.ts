/** Strings whose characters stand for octets. */

/** Length up to which a string is built faster than it is decoded. */
const SHORT = 16;

/** Most arguments of a call on every runtime. */
const CHUNK = 4096;

const decoder = new TextDecoder();

/**
 * Converts the bytes from `start` to `end` to a string with one character for
 * each.
 *
 * `TextDecoder` is far faster than anything else, but its "latin1" is not one:
 * it is windows-1252. So it decodes only ASCII, which nearly all headers are.
 */
export function octetsToString(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  if (end - start <= SHORT) return shortString(bytes, start, end);
  let all = 0;
  for (let i = start; i < end; i++) all |= bytes[i]!;
  if (all < 0x80) return decoder.decode(bytes.subarray(start, end));
  let text = "";
  for (let i = start; i < end; i += CHUNK) {
    const chunk = bytes.subarray(i, Math.min(i + CHUNK, end));
    text += String.fromCharCode.apply(null, chunk as unknown as number[]);
  }
  return text;
}

function shortString(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let i = start;
  for (; i + 4 <= end; i += 4) {
    text += String.fromCharCode(
      bytes[i]!,
      bytes[i + 1]!,
      bytes[i + 2]!,
      bytes[i + 3]!,
    );
  }
  for (; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
