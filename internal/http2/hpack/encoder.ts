/**
 * The HPACK encoder: RFC 7541, sections 3 and 6.
 *
 * @module
 */

import { BlockWriter } from "./block_writer.ts";
import { EncoderTable } from "./encoder_table.ts";
import { type Header, headerBytes } from "./header.ts";
import {
  MAX_TABLE_SHARE,
  SECRET_NAMES,
  VOLATILE_NAMES,
} from "./indexing_policy.ts";
import { checkTableBytes, INITIAL_TABLE_BYTES } from "./table_size.ts";

/** Options of an {@linkcode HpackEncoder}. */
interface HpackEncoderOptions {
  /**
   * Largest dynamic table that is used even if the peer allows more, in bytes.
   *
   * @default {4096}
   */
  readonly maxTableBytes?: number;
  /**
   * Names, in lower case, of further headers whose values are secrets: they are
   * never indexed, like `authorization`, `auth-token-bin`, `cookie`,
   * `proxy-authorization` and `set-cookie`.
   *
   * @default {[]}
   */
  readonly neverIndexed?: Iterable<string>;
}

/** A block, and the version of the table that it was encoded with. */
interface EncodedBlock {
  readonly version: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Encodes the header lists of one direction of a connection. The blocks must
 * all be sent, in their order.
 */
export class HpackEncoder {
  readonly #writer = new BlockWriter();
  readonly #secrets: ReadonlySet<string>;
  readonly #table = new EncoderTable(INITIAL_TABLE_BYTES);
  /** Largest table that we want, in bytes. */
  readonly #wantedBytes: number;
  /**
   * If defined, the smallest size since the last block, which the peer must
   * learn.
   */
  #smallestBytes: number | undefined;
  /** Blocks of lists that cannot change, which left the table as it was. */
  readonly #blocks = new WeakMap<object, EncodedBlock>();

  /**
   * @param options The headers to index, and the size of the table.
   * @throws {RangeError} If `maxTableBytes` is not an integer from 0 to 2^32 − 1.
   */
  constructor(options: HpackEncoderOptions = {}) {
    const { maxTableBytes = INITIAL_TABLE_BYTES, neverIndexed = [] } = options;
    checkTableBytes(maxTableBytes);
    this.#wantedBytes = maxTableBytes;
    this.#secrets = new Set([...SECRET_NAMES, ...neverIndexed]);
    this.setMaxTableBytes(INITIAL_TABLE_BYTES);
  }

  /** Current size of the dynamic table: RFC 7541, section 4.1. */
  get tableBytes(): number {
    return this.#table.byteLength;
  }

  /**
   * Follows the peer's SETTINGS_HEADER_TABLE_SIZE. Call it for every such
   * setting, before its acknowledgement is sent. The next block tells the peer
   * about the table (RFC 7541, sections 4.2 and 6.3).
   *
   * @param bytes The peer's value, from 0 to 2^32 − 1.
   * @throws {RangeError} If it is not such a number.
   */
  setMaxTableBytes(bytes: number): void {
    checkTableBytes(bytes);
    const size = Math.min(bytes, this.#wantedBytes);
    if (size === this.#table.maxBytes) return;
    this.#table.resize(size);
    this.#smallestBytes = Math.min(size, this.#smallestBytes ?? size);
  }

  /**
   * Encodes a header list as one block, to be sent in HEADERS and, if it is
   * larger than a frame, CONTINUATION. A frozen array is encoded once, as long
   * as the table stays as it is.
   *
   * @param headers Names in lower case, and values; all characters are octets.
   * @returns The block, which must not be changed.
   * @throws {TypeError} If a character is above U+00FF. The encoder can still be
   * used: the next block then begins with an empty table.
   */
  encode(headers: Iterable<Header>): Uint8Array<ArrayBuffer> {
    const writer = this.#writer;
    const { version } = this.#table;
    const hasUpdates = this.#smallestBytes !== undefined;
    const known = hasUpdates ? undefined : this.#blocks.get(headers);
    if (known?.version === version) return known.bytes;
    const isConstant = !hasUpdates && Object.isFrozen(headers);
    let complete = false;
    try {
      this.#writeSizeUpdates();
      for (const header of headers) this.#writeHeader(header);
      const bytes = writer.take();
      complete = true;
      if (isConstant && this.#table.version === version) {
        this.#blocks.set(headers, { version, bytes });
      }
      return bytes;
    } finally {
      writer.reset();
      if (complete) {
        this.#smallestBytes = undefined;
      } else {
        // The peer will never see what this block has added to the table.
        this.#table.clear();
        this.#smallestBytes = 0;
      }
    }
  }

  /**
   * Writes size updates (section 6.3). If the size was smaller for a while,
   * there are two. The first one is then 0, because Go's decoder
   * (golang.org/x/net 0.62) refuses a second one unless the first has emptied
   * the table.
   */
  #writeSizeUpdates(): void {
    if (this.#smallestBytes === undefined) return;
    const { maxBytes } = this.#table;
    if (this.#smallestBytes < maxBytes) {
      this.#table.clear();
      this.#writer.writeInteger(0x20, 0x1f, 0);
    }
    this.#writer.writeInteger(0x20, 0x1f, maxBytes);
  }

  #writeHeader(header: Header): void {
    const name = header[0];
    const table = this.#table;
    if (this.#secrets.has(name)) {
      // Section 6.2.3: literal never indexed.
      this.#writeLiteral(0x10, 0x0f, table.indexOfName(name), header);
      return;
    }
    const index = table.indexOf(header);
    if (index !== 0) {
      // Section 6.1: indexed header field.
      this.#writer.writeInteger(0x80, 0x7f, index);
      return;
    }
    const nameIndex = table.indexOfName(name);
    if (this.#isWorthIndexing(header, nameIndex)) {
      // Section 6.2.1: literal with incremental indexing.
      this.#writeLiteral(0x40, 0x3f, nameIndex, header);
      table.add([name, header[1]]);
    } else {
      // Section 6.2.2: literal without indexing.
      this.#writeLiteral(0x00, 0x0f, nameIndex, header);
    }
  }

  #isWorthIndexing(header: Header, nameIndex: number): boolean {
    // The name of a volatile header is worth an entry, once.
    if (nameIndex !== 0 && VOLATILE_NAMES.has(header[0])) return false;
    return headerBytes(header) <= this.#table.maxBytes * MAX_TABLE_SHARE;
  }

  #writeLiteral(
    pattern: number,
    mask: number,
    nameIndex: number,
    header: Header,
  ): void {
    this.#writer.writeInteger(pattern, mask, nameIndex);
    if (nameIndex === 0) this.#writer.writeString(header[0]);
    this.#writer.writeString(header[1]);
  }
}
