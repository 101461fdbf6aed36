/**
 * Reads header blocks from HEADERS and CONTINUATION: RFC 9113, sections 4.3,
 * 6.2.
 */

import { FLAG, type FrameHeader, readUint32 } from "./frame.ts";
import { Http2Error } from "./http2_error.ts";

/**
 * Most CONTINUATION frames of a block: with the limit on its size, any
 * well-behaved peer needs far fewer, because its frames hold 16 KiB.
 */
const MAX_CONTINUATIONS = 64;

/** Complete header block. */
export interface HeaderBlock {
  /** Stream of the block. */
  readonly streamId: number;
  /** The bytes for HPACK. Copy them to keep them. */
  readonly bytes: Uint8Array;
  /** True if the stream ends with it. */
  readonly endStream: boolean;
  /** True if the stream claims to depend on itself (section 5.3). */
  readonly dependsOnItself: boolean;
}

/** Assembles the fragments of header blocks. */
export class HeaderBlockReader {
  readonly #maxBytes: number;
  #begun: Omit<HeaderBlock, "bytes"> | undefined;
  #fragments: Uint8Array[] = [];
  #bytes = 0;

  /** @param maxBytes Largest block that is accepted, in bytes. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Stream of an incomplete block: no other frame may follow (6.10). */
  get streamId(): number | undefined {
    return this.#begun?.streamId;
  }

  /** Takes a HEADERS frame; returns the block if it is complete. */
  headers(header: FrameHeader, payload: Uint8Array): HeaderBlock | undefined {
    const { flags, streamId } = header;
    let start = 0;
    let end = payload.length;
    if (flags & FLAG.PADDED) {
      if (end === 0) {
        throw new Http2Error("FRAME_SIZE_ERROR", "HEADERS without pad length");
      }
      end -= payload[0]!;
      start = 1;
    }
    let dependency = 0;
    if (flags & FLAG.PRIORITY) {
      if (payload.length < start + 5) {
        throw new Http2Error("FRAME_SIZE_ERROR", "HEADERS without priority");
      }
      dependency = readUint32(payload, start) & 0x7fffffff;
      start += 5;
    }
    if (end < start) {
      throw new Http2Error(
        "PROTOCOL_ERROR",
        "HEADERS with more padding than payload",
      );
    }
    const begun = {
      streamId,
      endStream: (flags & FLAG.END_STREAM) !== 0,
      dependsOnItself: dependency === streamId,
    };
    const bytes = payload.subarray(start, end);
    if (flags & FLAG.END_HEADERS) return { ...begun, bytes };
    this.#begun = begun;
    this.#bytes = 0;
    this.#fragments = [];
    this.#add(bytes);
    return undefined;
  }

  /** Takes a CONTINUATION frame (6.10); returns the block if it is complete. */
  continuation(
    header: FrameHeader,
    payload: Uint8Array,
  ): HeaderBlock | undefined {
    const begun = this.#begun;
    if (begun === undefined || begun.streamId !== header.streamId) {
      throw new Http2Error("PROTOCOL_ERROR", "CONTINUATION without HEADERS");
    }
    this.#add(payload);
    if (!(header.flags & FLAG.END_HEADERS)) return undefined;
    const bytes = new Uint8Array(this.#bytes);
    let at = 0;
    for (const fragment of this.#fragments) {
      bytes.set(fragment, at);
      at += fragment.length;
    }
    this.#begun = undefined;
    this.#fragments = [];
    return { ...begun, bytes };
  }

  #add(fragment: Uint8Array): void {
    this.#bytes += fragment.length;
    if (
      this.#bytes > this.#maxBytes ||
      this.#fragments.length > MAX_CONTINUATIONS
    ) {
      throw new Http2Error(
        "ENHANCE_YOUR_CALM",
        `a header block of ${this.#bytes} bytes or more in ` +
          `${this.#fragments.length} CONTINUATION frames (option ` +
          "maxHeaderListBytes)",
      );
    }
    // Not slice(), which is a view if it is a Buffer.
    this.#fragments.push(new Uint8Array(fragment));
  }
}
