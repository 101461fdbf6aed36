/** Status and message of gRPC over HTTP/2: "Status", "Percent-Encoded". */

import { truncateDetails } from "../metadata.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Percent-encodes all but printable ASCII, and "%". */
export function encodeDetails(details: string): string {
  let text = "";
  for (const byte of encoder.encode(truncateDetails(details, encodedBytes))) {
    text += byte >= 0x20 && byte <= 0x7e && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/** Decodes leniently: what is not an escape stays as it is. */
export function decodeDetails(text: string): string {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const hex = text[i] === "%" ? text.slice(i + 1, i + 3) : "";
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes[length++] = parseInt(hex, 16);
      i += 2;
    } else bytes[length++] = text.charCodeAt(i);
  }
  return decoder.decode(bytes.subarray(0, length));
}

function encodedBytes(char: string): number {
  const code = char.codePointAt(0)!;
  if (code >= 0x80) return code < 0x800 ? 6 : code < 0x10000 ? 9 : 12;
  return code >= 0x20 && code <= 0x7e && code !== 0x25 ? 1 : 3;
}
