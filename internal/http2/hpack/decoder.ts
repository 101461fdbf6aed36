/**
 * The HPACK decoder: RFC 7541, sections 3 and 6.
 *
 * @module
 */

import { equalBytes } from "../../base/bytes.ts";
import { BlockReader, Octets } from "./block_reader.ts";
import { DynamicTable } from "./dynamic_table.ts";
import {
  type Header,
  HEADER_OVERHEAD_BYTES,
  headerBytes,
  type HeaderList,
} from "./header.ts";
import { HpackError } from "./hpack_error.ts";
import { octetsToString } from "./octets.ts";
import { STATIC_TABLE } from "./static_table.ts";
import { checkTableBytes, INITIAL_TABLE_BYTES } from "./table_size.ts";

/** Options of a {@linkcode HpackDecoder}. */
interface HpackDecoderOptions {
  /**
   * SETTINGS_HEADER_TABLE_SIZE for the first block: 4096 unless both sides know
   * better. Our own SETTINGS apply only once the peer has acknowledged them,
   * see {@linkcode HpackDecoder.setMaxTableBytes}.
   *
   * @default {4096}
   */
  readonly maxTableBytes?: number;
  /**
   * Largest header list that is returned. Each header counts its octets and 32
   * more, as in SETTINGS_MAX_HEADER_LIST_SIZE.
   */
  readonly maxHeaderListBytes: number;
}

/** Longest block that is remembered, in bytes. */
const MAX_REMEMBERED_BYTES = 256;

/** Number of blocks that are remembered, a power of 2: those of headers and trailers, of a few methods. */
const MAX_REMEMBERED = 4;

/** Knowledge about a list that the same block may give again. */
interface RememberedList {
  /** The part of a message as which its user has found it well-formed. */
  wellFormedAs: string | undefined;
}

/** A block that has left the table as it was, and its headers. */
interface RememberedBlock extends RememberedList {
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly list: HeaderList;
  readonly listBytes: number;
}

/**
 * Decodes the header blocks of one direction of a connection: all of them, in
 * their order, also those of streams that are no longer of interest.
 *
 * Time and memory are linear in the length of any block: an indexed header is
 * shared and not copied, and headers beyond `maxHeaderListBytes` are read but
 * not kept.
 */
export class HpackDecoder {
  readonly #reader = new BlockReader();
  readonly #maxHeaderListBytes: number;
  readonly #table: DynamicTable;
  /** Largest size that the peer may choose for the table, in bytes. */
  #maxTableBytes: number;
  /**
   * If defined, the size to which the next block must first shrink the table.
   */
  #mustShrinkTo: number | undefined;
  #failed: HpackError | undefined;
  #list: HeaderList = [];
  #listBytes = 0;
  /** Most calls of a connection have the same headers as one before. */
  readonly #remembered: RememberedBlock[] = [];
  #nextRemembered = 0;
  #last: RememberedBlock | undefined;
  readonly #name = new Octets();
  readonly #value = new Octets();

  /**
   * @param options The limits.
   * @throws {RangeError} If a limit is out of its range.
   */
  constructor(options: HpackDecoderOptions) {
    const { maxTableBytes = INITIAL_TABLE_BYTES, maxHeaderListBytes } = options;
    checkTableBytes(maxTableBytes);
    if (!(maxHeaderListBytes >= 0)) {
      throw new RangeError(
        `Cannot limit header lists: ${maxHeaderListBytes} is not a size`,
      );
    }
    this.#maxTableBytes = maxTableBytes;
    this.#maxHeaderListBytes = maxHeaderListBytes;
    // A larger table begins only with a size update of the peer.
    this.#table = new DynamicTable(
      Math.min(maxTableBytes, INITIAL_TABLE_BYTES),
    );
  }

  /** Size of the last header list, also if it was too large to be returned. */
  get listBytes(): number {
    return this.#listBytes;
  }

  /** Knowledge about the last list; undefined if no other block may give it again. */
  get remembered(): RememberedList | undefined {
    return this.#last;
  }

  /** Current size of the dynamic table: RFC 7541, section 4.1. */
  get tableBytes(): number {
    return this.#table.byteLength;
  }

  /**
   * Changes SETTINGS_HEADER_TABLE_SIZE. Call it when the peer acknowledges
   * these SETTINGS: until then its blocks may rely on the value before.
   *
   * If the peer uses a larger table, its next block must shrink it first (RFC
   * 7541 section 4.2, RFC 9113 section 4.3.1).
   *
   * @param bytes The new value, from 0 to 2^32 − 1.
   * @throws {RangeError} If it is not such a number.
   */
  setMaxTableBytes(bytes: number): void {
    checkTableBytes(bytes);
    this.#maxTableBytes = bytes;
    if (bytes < this.#table.maxBytes) {
      this.#mustShrinkTo = Math.min(bytes, this.#mustShrinkTo ?? bytes);
    }
  }

  /**
   * Decodes a whole header block: the fragments of HEADERS or PUSH_PROMISE and
   * its CONTINUATION frames, put together.
   *
   * @param block The block, which is not kept.
   * @returns The headers, which must not be changed: the same block may give the
   * same list. Undefined if they are larger than `maxHeaderListBytes`. That concerns only their stream: the decoder goes on.
   * @throws {HpackError} If the block is malformed, which ends the connection;
   * then every later block throws it too.
   */
  decode(block: Uint8Array): HeaderList | undefined {
    if (this.#failed !== undefined) throw this.#failed;
    const known = this.#last = this.#recall(block);
    if (known !== undefined) {
      this.#listBytes = known.listBytes;
      return known.list;
    }
    const { version } = this.#table;
    const list: HeaderList = [];
    this.#list = list;
    this.#listBytes = 0;
    this.#reader.open(block);
    try {
      this.#readSizeUpdates();
      while (!this.#reader.done) this.#readHeader();
    } catch (error) {
      if (error instanceof HpackError) this.#failed = error;
      throw error;
    } finally {
      this.#reader.close();
      this.#name.clear();
      this.#value.clear();
      this.#list = [];
    }
    if (this.#listBytes > this.#maxHeaderListBytes) return undefined;
    if (this.#table.version === version) this.#remember(block, list);
    return list;
  }

  #recall(block: Uint8Array): RememberedBlock | undefined {
    // A block may be the one that must shrink the table.
    if (this.#mustShrinkTo !== undefined) return undefined;
    const { version } = this.#table;
    for (const known of this.#remembered) {
      if (known.version === version && equalBytes(known.bytes, block)) {
        return known;
      }
    }
    return undefined;
  }

  #remember(block: Uint8Array, list: HeaderList): void {
    const isUpdate = block.length > 0 && (block[0]! & 0xe0) === 0x20;
    if (isUpdate || block.length > MAX_REMEMBERED_BYTES) return;
    this.#last = this.#remembered[this.#nextRemembered] = {
      wellFormedAs: undefined,
      version: this.#table.version,
      // Not slice(), which is a view if it is a Buffer.
      bytes: new Uint8Array(block),
      list,
      listBytes: this.#listBytes,
    };
    this.#nextRemembered = (this.#nextRemembered + 1) & (MAX_REMEMBERED - 1);
  }

  /**
   * Reads size updates (section 6.3), which section 4.2 allows only at the
   * beginning of a block.
   */
  #readSizeUpdates(): void {
    const reader = this.#reader;
    while (!reader.done && (reader.peek & 0xe0) === 0x20) {
      const bytes = reader.readInteger(0x1f);
      if (bytes > this.#maxTableBytes) {
        throw new HpackError(
          `a dynamic table of ${bytes} bytes is larger than ${this.#maxTableBytes}`,
        );
      }
      if (bytes <= (this.#mustShrinkTo ?? bytes)) {
        this.#mustShrinkTo = undefined;
      }
      this.#table.resize(bytes);
      if (this.#mustShrinkTo !== undefined) break;
    }
    if (this.#mustShrinkTo !== undefined) {
      throw new HpackError(
        `the dynamic table does not shrink to ${this.#mustShrinkTo} bytes first`,
      );
    }
  }

  #readHeader(): void {
    const reader = this.#reader;
    const first = reader.peek;
    if (first >= 0x80) {
      // Section 6.1: indexed header field.
      const header = this.#headerAt(reader.readInteger(0x7f));
      if (this.#count(headerBytes(header))) this.#list.push(header);
    } else if (first >= 0x40) {
      // Section 6.2.1: literal with incremental indexing.
      this.#readLiteral(reader.readInteger(0x3f), true);
    } else if (first >= 0x20) {
      throw new HpackError("a dynamic table size update after a header");
    } else {
      // Sections 6.2.2 and 6.2.3: literal without indexing or never indexed.
      this.#readLiteral(reader.readInteger(0x0f), false);
    }
  }

  #readLiteral(nameIndex: number, indexed: boolean): void {
    const known = nameIndex === 0 ? undefined : this.#headerAt(nameIndex)[0];
    const name = this.#name;
    const value = this.#value;
    this.#reader.releaseStrings();
    if (known === undefined) this.#reader.readString(name);
    this.#reader.readString(value);
    const bytes = (known ?? name).length + value.length +
      HEADER_OVERHEAD_BYTES;
    const listed = this.#count(bytes);
    // Makes room even for an entry that will not fit, as section 4.4 demands.
    const stored = indexed && this.#table.makeRoom(bytes);
    if (!listed && !stored) return;
    const header: Header = [
      known ?? octetsToString(name.bytes, name.start, name.end),
      octetsToString(value.bytes, value.start, value.end),
    ];
    if (stored) this.#table.add(header);
    if (listed) this.#list.push(header);
  }

  /** Adds to the size of the list; returns true if it is within the limit. */
  #count(bytes: number): boolean {
    this.#listBytes += bytes;
    return this.#listBytes <= this.#maxHeaderListBytes;
  }

  /** Returns the header at an index (section 2.3.3). */
  #headerAt(index: number): Header {
    const header = index <= STATIC_TABLE.length
      ? STATIC_TABLE[index - 1]
      : this.#table.get(index - STATIC_TABLE.length - 1);
    if (header === undefined) {
      throw new HpackError(`there is no header with index ${index}`);
    }
    return header;
  }
}
