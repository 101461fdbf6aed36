/** Base64 as gRPC uses it for `-bin` metadata: written without padding, read with or without. */

/**
 * The base64 text of `bytes` (RFC 4648, section 4).
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
  return padding ? text : text.replace(/=+$/, "");
}

/**
 * Decodes base64, padded or not, in the ordinary or the URL alphabet.
 *
 * @throws {SyntaxError} When `text` is not base64.
 */
export function decodeBase64(text: string): Uint8Array {
  const standard = text.replace(/=+$/, "").replaceAll("-", "+").replaceAll(
    "_",
    "/",
  );
  let binary: string;
  try {
    binary = atob(standard);
  } catch (cause) {
    throw new SyntaxError("Cannot decode base64: the text is malformed", {
      cause,
    });
  }
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
