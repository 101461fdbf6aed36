/** The first bytes of a connection: RFC 9113, section 3.4. */

import { quotedBytes } from "../../base/quoted.ts";
import { CLIENT_PREFACE } from "../frame/frame.ts";
import { Http2Error } from "../frame/http2_error.ts";
import type { Role } from "./streams.ts";

/** Most bytes that are kept, to name the protocol of the peer. */
const MAX_KEPT_BYTES = 256;

/** Reads the first bytes of a peer. */
export class PrefaceReader {
  readonly #isServer: boolean;
  #first = new Uint8Array();
  /** Number of matching bytes of the client's preface. */
  #matched = 0;

  /** @param role The role of this end. */
  constructor(role: Role) {
    this.#isServer = role === "server";
  }

  /** True if all of the client's preface has come; always true for a client. */
  get isComplete(): boolean {
    return !this.#isServer || this.#matched === CLIENT_PREFACE.length;
  }

  /** True if no byte of the peer has come. */
  get isUntouched(): boolean {
    return this.#first.length === 0;
  }

  /**
   * Reads a chunk, until the peer's first SETTINGS have come.
   *
   * @returns The position of the first frame.
   * @throws {Http2Error} When the peer is a client without HTTP/2.
   */
  read(chunk: Uint8Array): number {
    this.#keep(chunk);
    let at = 0;
    while (!this.isComplete && at < chunk.length) {
      if (chunk[at++] !== CLIENT_PREFACE.charCodeAt(this.#matched++)) {
        throw new Http2Error("PROTOCOL_ERROR", "a peer without HTTP/2");
      }
    }
    return at;
  }

  /**
   * Name of a server's protocol that is not HTTP/2; undefined if it may be
   * HTTP/2.
   */
  get foreignProtocol(): string | undefined {
    const first = this.#first;
    if (this.#isServer || first.length === 0) return undefined;
    if (isTls(first)) {
      return "it speaks TLS: use a grpc+tls location";
    }
    if (startsWith(first, "HTTP/1.")) {
      return `it speaks HTTP/1.1, not HTTP/2: it sent ${firstLine(first)}`;
    }
    if (isText(first)) {
      return `it does not speak HTTP/2: it sent ${firstLine(first)}`;
    }
    if (first.length < 4 || isFrame(first)) return undefined;
    const bytes = Array.from(
      first.subarray(0, 16),
      (byte) => byte.toString(16).padStart(2, "0"),
    );
    return `it does not speak HTTP/2: it begins with ${bytes.join(" ")}`;
  }

  /** Describes the end of the connection, by the bytes that came before it. */
  endText(problem: string): string {
    if (this.#first.length > 0) return this.foreignProtocol ?? problem;
    return problem === "" ? "" : `${problem}, before any HTTP/2 frame`;
  }

  /**
   * Farewell to a client that does not speak HTTP/2, in its own protocol;
   * undefined if there is none.
   */
  get farewell(): Uint8Array | undefined {
    if (this.isComplete) return undefined;
    if (isTls(this.#first)) {
      // To OpenSSL, Go and others, this is a "wrong version number", or
      // "not a TLS record": they know it as a port without TLS.
      return response("400 Bad Request", "This port has no TLS.\n");
    }
    // A request line, or as much of one as has come (RFC 9112, section 3).
    const text = latin1(this.#first);
    const line = text.split("\n", 1)[0]!;
    const isRequest = line.length < text.length
      ? /^[A-Z]{1,20} .* HTTP\/\d/.test(line)
      : /^[A-Z]{1,20}(?: |$)/.test(line);
    if (!isRequest) return undefined;
    return response(
      "505 HTTP Version Not Supported",
      "This port is for gRPC: it speaks HTTP/2 without TLS. " +
        "Its option web is not set, which would permit HTTP/1.1.\n",
    );
  }

  #keep(chunk: Uint8Array): void {
    const room = MAX_KEPT_BYTES - this.#first.length;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    const first = new Uint8Array(this.#first.length + part.length);
    first.set(this.#first);
    first.set(part, this.#first.length);
    this.#first = first;
  }
}

/** Detects a record of TLS: a handshake or an alert (RFC 8446, section 5.1). */
function isTls(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x16 || bytes[0] === 0x15) && bytes[1] === 3;
}

/**
 * Reports whether the bytes may begin a frame of a known type, before any
 * SETTINGS.
 */
function isFrame([a, b, c, type]: Uint8Array): boolean {
  return a === 0 && (b! << 8 | c!) <= 16_384 && type! <= 9;
}

/**
 * Reports whether the bytes are text: a frame has zeros among its first nine.
 */
function isText(bytes: Uint8Array): boolean {
  return bytes.length > 0 &&
    bytes.subarray(0, 9).every((byte) =>
      byte >= 0x20 && byte !== 0x7f || byte === 9 || byte === 10 || byte === 13
    );
}

function firstLine(bytes: Uint8Array): string {
  const end = bytes.findIndex((byte) => byte === 10 || byte === 13);
  return quotedBytes(end < 0 ? bytes : bytes.subarray(0, end), 100);
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return latin1(bytes.subarray(0, text.length)) === text;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function response(status: string, text: string): Uint8Array {
  return new TextEncoder().encode(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
  );
}
