/** Trailers in the body of an answer: "HTTP/2 related behavior" of gRPC's PROTOCOL-WEB.md. */

import { writeUint32 } from "../../base/bytes.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import { PREFIX_BYTES } from "../message_reader.ts";

/** The flag of a frame with trailers. */
export const TRAILER_FLAG = 0x80;

/** Makes the frame that ends an answer. */
export function trailerFrame(list: readonly Header[]): Uint8Array {
  const frame = headerBlock(list, PREFIX_BYTES);
  frame[0] = TRAILER_FLAG;
  writeUint32(frame, 1, frame.length - PREFIX_BYTES);
  return frame;
}

/**
 * Makes a block of lines.
 *
 * @param list The headers or trailers.
 * @param before Number of bytes to leave free before the block.
 */
export function headerBlock(
  list: readonly Header[],
  before: number,
): Uint8Array {
  const text = list.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const bytes = new Uint8Array(before + text.length);
  // Each character of a header is one octet.
  for (let i = 0; i < text.length; i++) {
    bytes[before + i] = text.charCodeAt(i);
  }
  return bytes;
}

/**
 * Reads the lines of a frame with trailers. Servers differ in the case of names, and in the space
 * after the colon.
 *
 * @returns The trailers; `undefined` if a line has no colon.
 */
export function parseTrailers(block: Uint8Array): HeaderList | undefined {
  const list: HeaderList = [];
  for (const line of latin1(block).split(/\r?\n/)) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon <= 0) return undefined;
    list.push([
      line.slice(0, colon).trim().toLowerCase(),
      line.slice(colon + 1).trim(),
    ]);
  }
  return list;
}

/** Makes a text in which each character is one octet. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}
