/** Status and message of gRPC over HTTP/2: "Status", "Percent-Encoded". */

import { truncateDetails } from "./metadata.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Percent-encodes all characters except printable ASCII other than "%". */
export function encodeDetails(details: string): string {
  let text = "";
  for (const byte of encoder.encode(truncateDetails(details, encodedBytes))) {
    text += byte >= 0x20 && byte <= 0x7e && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/** Decodes leniently: characters that are no valid escape stay as they are. */
export function decodeDetails(text: string): string {
  if (text === "") return text;
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // NaN, read beyond the end, is no digit either.
    const byte = code === 0x25
      ? hexDigit(text.charCodeAt(i + 1)) << 4 | hexDigit(text.charCodeAt(i + 2))
      : -1;
    bytes[length++] = byte >= 0 ? byte : code;
    if (byte >= 0) i += 2;
  }
  return decoder.decode(bytes.subarray(0, length));
}

/**
 * Value of a digit, or -1, which has every bit set, for any other character.
 */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function encodedBytes(char: string): number {
  const code = char.codePointAt(0)!;
  if (code >= 0x80) return code < 0x800 ? 6 : code < 0x10000 ? 9 : 12;
  return code >= 0x20 && code <= 0x7e && code !== 0x25 ? 1 : 3;
}
