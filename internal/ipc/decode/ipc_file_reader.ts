/** Arrow's IPC file format: the messages in its footer. */

import type { Schema } from "apache-arrow";
import { MESSAGE_HEADER } from "../../arrow/arrow_format.ts";
import { cannotDecode } from "../../arrow/codec_error.ts";
import type { FileBytes } from "./file_bytes.ts";
import {
  type Block,
  Blocks,
  footerLength,
  readFooter,
  TAIL_BYTES,
} from "./ipc_footer.ts";
import { firstHeader } from "../encode/ipc_message.ts";
import type { IpcLimits, RawMessage } from "./ipc_stream_reader.ts";
import { openMessage } from "./message_reader.ts";

/** Bytes read with the tail, enough for the footer of most files. */
const LIKELY_FOOTER_BYTES = 64 * 1024;

/** Largest gap between two messages that is read and skipped; a larger one is not requested. */
const MAX_GAP_BYTES = 64 * 1024;

/**
 * Largest run of messages that is read in one go: not every runtime applies backpressure to the
 * server if a body is not read.
 */
const MAX_RUN_BYTES = 16 * 1024 * 1024;

/**
 * Reads the messages of a file: all dictionaries, then the batches, in the order of the footer.
 * They may lie in the file in any order. Messages that are missing from the footer are not read.
 */
export class IpcFileReader {
  readonly #file: FileBytes;
  readonly #limits: IpcLimits;
  #blocks = new Blocks(0, 0);
  #next = 0;
  /** End of the last message, and end of the messages that follow it in one run. */
  #position = 0;
  #ahead = 0;
  /** Ids of the dictionaries that were read. */
  readonly #dictionaries = new Set<number>();

  /**
   * @param file The file.
   * @param limits The limits.
   */
  constructor(file: FileBytes, limits: IpcLimits) {
    this.#file = file;
    this.#limits = limits;
  }

  /**
   * Reads the footer.
   *
   * @throws {FlightError} INVALID_ARGUMENT when it is malformed, RESOURCE_EXHAUSTED when it is too
   * large.
   */
  async schema(): Promise<Schema> {
    const { byteLength } = this.#file;
    const from = Math.max(byteLength - LIKELY_FOOTER_BYTES, 0);
    let tail = await this.#file.read(from, byteLength, byteLength);
    const length = footerLength(tail, byteLength);
    this.#limits.checkSize(length);
    const end = byteLength - TAIL_BYTES;
    const begin = end - length;
    if (begin < from) tail = await this.#file.read(begin, end, end);
    else tail = tail.subarray(begin - from, end - from);
    const { schema, blocks } = readFooter(tail, begin);
    this.#blocks = blocks;
    return schema;
  }

  /** Reads the next message; `undefined` at the end. It rejects like `IpcStreamReader.next`. */
  async next(): Promise<RawMessage | undefined> {
    const block = this.#blocks.at(this.#next);
    if (block === undefined) return undefined;
    const { begin, bodyBegin, end } = block;
    this.#limits.checkSize(end - begin);
    if (begin < this.#position || end > this.#ahead) {
      this.#ahead = this.#endOfRun();
    }
    this.#next++;
    this.#position = end;
    const bytes = await this.#file.read(begin, end, this.#ahead);
    const header = firstHeader(bytes.subarray(0, bodyBegin - begin));
    if (typeof header === "string") throw cannotDecode("IPC file", header);
    this.#check(block, header, end - bodyBegin);
    return { header, body: bytes.subarray(bodyBegin - begin) };
  }

  /** Signals to the file that nothing more is wanted. */
  cancel(reason: unknown): void {
    this.#file.cancel(reason);
  }

  /** Returns the end of the messages that can be read in one run from the next one on. */
  #endOfRun(): number {
    const { begins, ends, length } = this.#blocks;
    const last = begins[this.#next]! + MAX_RUN_BYTES;
    let end = ends[this.#next]!;
    for (let i = this.#next + 1; i < length; i++) {
      const begin = begins[i]!;
      if (begin < end || begin > end + MAX_GAP_BYTES || ends[i]! > last) break;
      end = ends[i]!;
    }
    return end;
  }

  #check(block: Block, bytes: Uint8Array, room: number): void {
    const { kind, begin } = block;
    const { reader, header, headerType, bodyLength } = openMessage(bytes);
    const wanted = kind === "batch"
      ? MESSAGE_HEADER.recordBatch
      : MESSAGE_HEADER.dictionaryBatch;
    if (headerType !== wanted) {
      throw cannotDecode(
        "IPC file",
        `its footer lists a ${kind} at ${begin}, where there is none`,
      );
    }
    if (bodyLength > room) {
      throw cannotDecode(
        "IPC file",
        `the body of the ${kind} at ${begin} has ${bodyLength} bytes, and its ` +
          `footer lists ${room}`,
      );
    }
    if (kind === "batch" || header === 0 || reader.boolIn(header, 2)) return;
    const id = reader.int64In(header, 0);
    if (this.#dictionaries.has(id)) {
      throw cannotDecode(
        "IPC file",
        `it replaces dictionary ${id}, which only a stream can do`,
      );
    }
    this.#dictionaries.add(id);
  }
}
