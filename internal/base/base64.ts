/** Base64 as gRPC uses it for `-bin` metadata: written without padding, read with or without. */

/**
 * Encodes bytes as base64 (RFC 4648, section 4).
 *
 * @param bytes What to encode.
 * @param padding Whether to append `=`; gRPC recommends not to.
 */
export function encodeBase64(bytes: Uint8Array, padding = false): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  const text = btoa(binary);
  return padding ? text : text.slice(0, endOfDigits(text, text.length));
}

/** Bytes of a runtime that encodes them by itself: the newest ones do. */
interface Encodable {
  toBase64?(
    options: { readonly alphabet: "base64url"; readonly omitPadding: true },
  ): string;
}

/** Encodes bytes in the URL alphabet (RFC 4648, section 5), without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return (bytes as Encodable).toBase64?.({
    alphabet: "base64url",
    omitPadding: true,
  }) ?? encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_");
}

/**
 * Decodes base64, padded or not, in the ordinary or the URL alphabet.
 *
 * @throws {SyntaxError} When `text` is not base64.
 */
export function decodeBase64(text: string): Uint8Array {
  const standard = text.slice(0, endOfDigits(text, text.length))
    .replaceAll("-", "+").replaceAll("_", "/");
  let binary: string;
  try {
    binary = atob(standard);
  } catch (cause) {
    throw new SyntaxError("Cannot decode base64: the text is malformed", {
      cause,
    });
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * Reports whether {@linkcode decodeBase64} can decode a part of a text, without allocating
 * anything.
 *
 * @param text The text.
 * @param start Position of the first character.
 * @param end Position after the last one.
 */
export function isBase64(text: string, start: number, end: number): boolean {
  const stop = Math.max(start, endOfDigits(text, end));
  for (let i = start; i < stop; i++) {
    if (!isDigit(text.charCodeAt(i))) return false;
  }
  return (stop - start) % 4 !== 1;
}

/**
 * Finds the start of the padding before `end`. A regular expression would look for it at every "=".
 */
function endOfDigits(text: string, end: number): number {
  while (end > 0 && text.charCodeAt(end - 1) === 0x3d) end--;
  return end;
}

/** Reports whether a character is in one of the two alphabets: RFC 4648, sections 4 and 5. */
function isDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2f ||
    code === 0x2d || code === 0x5f;
}
