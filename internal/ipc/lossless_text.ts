/**
 * Texts that should be UTF-8, but may be any bytes: names and metadata survive unchanged. A byte
 * that is not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte, as in Python's
 * `surrogateescape` (PEP 383). Valid UTF-8 has no lone surrogates, so the two cannot be confused.
 *
 * Applications copy, compare and reassemble fields and maps of metadata. A text survives that;
 * bytes kept beside it would be lost.
 */

import { encodeUtf8 } from "../base/bytes.ts";

/** Keeps a leading U+FEFF, unlike the default: names must survive unchanged. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** First of the surrogates that stand for bytes. */
const ESCAPE = 0xdc00;
/** Matches only surrogates without a partner. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Number of code units in one call of `String.fromCharCode`. */
const UNITS_PER_CALL = 4096;

/**
 * Decodes bytes in the way of all names and metadata of schemas, fields and batches: as UTF-8, but
 * without loss. Each byte that is not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte,
 * as in Python's `surrogateescape`; `String.prototype.isWellFormed` finds such texts, and
 * `toWellFormed` makes them printable.
 *
 * ```ts
 * import { metadataBytes, metadataText } from "@contrail/flight";
 * import { assertEquals } from "@std/assert";
 * import { Binary, Field } from "apache-arrow";
 *
 * const parameters = Uint8Array.of(0x80, 0x04, 0x95);
 * const field = new Field("blob", new Binary(), true, new Map([
 *   ["ARROW:extension:name", "pickled"],
 *   ["ARROW:extension:metadata", metadataText(parameters)],
 * ]));
 * const text = field.metadata.get("ARROW:extension:metadata")!;
 * assertEquals(metadataBytes(text), parameters);
 * ```
 *
 * @param bytes Any bytes.
 * @returns A text from which {@linkcode metadataBytes} makes the same bytes.
 */
export function metadataText(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  // The decoder puts this in place of a malformed byte, but the bytes may also contain it.
  return text.includes("\ufffd") ? escaped(bytes) : text;
}

/**
 * Encodes a text in the way of all names and metadata of schemas, fields and batches: as UTF-8,
 * with the bytes restored that {@linkcode metadataText} has escaped.
 *
 * @param text Any text.
 * @returns Its bytes. Lone surrogates other than U+DC80 to U+DCFF become U+FFFD.
 */
export function metadataBytes(text: string): Uint8Array {
  return LONE_SURROGATE.test(text) ? restored(text) : encodeUtf8(text);
}

function escaped(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.byteLength);
  let count = 0;
  for (let at = 0; at < bytes.byteLength;) {
    const length = sequenceLength(bytes, at);
    const code = codePoint(bytes, at, length);
    if (code < 0x10000) units[count++] = code;
    else {
      units[count++] = 0xd800 + ((code - 0x10000) >> 10);
      units[count++] = 0xdc00 + (code & 0x3ff);
    }
    at += Math.max(length, 1);
  }
  let text = "";
  for (let at = 0; at < count; at += UNITS_PER_CALL) {
    const end = Math.min(at + UNITS_PER_CALL, count);
    text += String.fromCharCode(...units.subarray(at, end));
  }
  return text;
}

/**
 * Returns the length of the valid sequence at `at`, in bytes (RFC 3629, section 4), or 0 if there
 * is none.
 */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // No overlong forms, no surrogates, nothing beyond U+10FFFF.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1];
  if (second === undefined || second < low || second > high) return 0;
  for (let i = 2; i < length; i++) {
    if ((bytes[at + i] ?? 0) >> 6 !== 0b10) return 0;
  }
  return length;
}

function codePoint(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at]!;
  if (length === 0) return ESCAPE + first;
  if (length === 1) return first;
  let code = first & (0x7f >> length);
  for (let i = 1; i < length; i++) code = code << 6 | bytes[at + i]! & 0x3f;
  return code;
}

function restored(text: string): Uint8Array {
  // No code unit takes more than three bytes.
  const bytes = new Uint8Array(3 * text.length);
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) {
      bytes[length++] = code - ESCAPE;
    } else {
      length += encoder.encodeInto(character, bytes.subarray(length)).written;
    }
  }
  return bytes.subarray(0, length);
}
