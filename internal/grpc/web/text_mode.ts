/**
 * The text mode of gRPC-Web: a body is base64 (RFC 4648, section 4), in pieces with a padding of
 * their own. Pieces and frames need not begin together.
 */

import { concatBytes } from "../../base/bytes.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { FlightError } from "../../core/flight_error.ts";

/** Characters that stand for three bytes. */
const GROUP = 4;

/** Encodes bytes to a piece of text, as ASCII. */
export function encodeText(chunks: readonly Uint8Array[]): Uint8Array {
  return new TextEncoder().encode(encodeBase64(concatBytes(chunks), true));
}

/** Decodes a text that comes in chunks of any size. */
export class TextDecoding {
  /** The start of a group that is not complete. */
  #rest = "";

  /**
   * Decodes a chunk.
   *
   * @returns The bytes of all groups that are complete.
   * @throws {FlightError} INTERNAL when it is not base64.
   */
  push(chunk: Uint8Array): Uint8Array {
    const text = this.#rest + ascii(chunk);
    const end = text.length - text.length % GROUP;
    this.#rest = text.slice(end);
    const parts: Uint8Array[] = [];
    // A padding ends a piece, so none is in the middle of what atob() gets.
    for (let at = 0; at < end;) {
      const padding = text.indexOf("=", at);
      const stop = padding < 0 || padding >= end
        ? end
        : padding - padding % GROUP + GROUP;
      parts.push(decode(text.slice(at, stop)));
      at = stop;
    }
    return concatBytes(parts);
  }

  /**
   * Takes the end of the text.
   *
   * @throws {FlightError} INTERNAL when it ends inside a group.
   */
  end(): void {
    if (this.#rest !== "") throw malformed();
  }
}

function decode(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw malformed();
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function ascii(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

function malformed(): FlightError {
  return new FlightError("INTERNAL", "the body in text mode is not base64", {
    origin: "remote",
  });
}
