/** Writes the answer to a request: RFC 9112, sections 4, 6 and 7. */

import { Buffer } from "node:buffer";

import { OutgoingData } from "../socket/outgoing_data.ts";
import type { SocketWriter } from "../socket/socket_writer.ts";
import type { Field } from "./field.ts";
import { statusLine } from "./http_error.ts";
import type { RequestHead } from "./request_head.ts";

/** Most bytes around the data of a chunk: its size and two ends of lines. */
const CHUNK_OVERHEAD_BYTES = 12;

/** Smallest part worth a chunk at the end of a buffer, in bytes. */
const MIN_PART_BYTES = 4096;

const CR = 13;
const LF = 10;

const LAST_CHUNK: Uint8Array = Buffer.from("0\r\n\r\n");

/** Form of the body: chunks, plain bytes up to a length or the end of the connection, or none. */
type BodyForm = "chunks" | "bytes" | "none";

let date = "";
let dateUntil = 0;

/** Returns the time for the field `date` (RFC 9110, section 6.6.1), which is the same for a second. */
function currentDate(): string {
  const now = Date.now();
  if (now >= dateUntil) {
    dateUntil = now - now % 1000 + 1000;
    date = new Date(now).toUTCString();
  }
  return date;
}

/** One answer. Its data are copied once, from their place into the buffer that goes to the socket. */
export class AnswerWriter {
  readonly #output: SocketWriter;
  readonly #request: RequestHead;
  #form: BodyForm = "none";

  /**
   * @param output Receives the bytes.
   * @param request The request.
   */
  constructor(output: SocketWriter, request: RequestHead) {
    this.#output = output;
    this.#request = request;
  }

  /**
   * Writes the head.
   *
   * @param fields The fields, with `:status` as the first.
   * @param isAll True if there is no body.
   * @param isPersistent True if the connection stays open.
   * @throws {TypeError} When a value would end its line.
   */
  writeHead(
    fields: Iterable<Field>,
    isAll: boolean,
    isPersistent: boolean,
  ): void {
    let text = "";
    let hasLength = false;
    let status = 200;
    for (const [name, value] of fields) {
      if (/[\r\n\0]/.test(value)) {
        throw new TypeError(`a control character in ${name}`);
      }
      if (name === ":status") status = Number(value);
      else text += `${name}: ${value}\r\n`;
      hasLength ||= name === "content-length";
    }
    let head = `${statusLine(status)}date: ${currentDate()}\r\n${text}`;
    if (status === 204 || status === 101) this.#form = "none";
    else if (hasLength) this.#form = "bytes";
    else if (isAll) head += "content-length: 0\r\n";
    else if (this.#request.isModern) {
      head += "transfer-encoding: chunked\r\n";
      this.#form = "chunks";
    } else this.#form = "bytes";
    if (this.#request.method === "HEAD") this.#form = "none";
    if (!isPersistent) head += "connection: close\r\n";
    this.#output.write(Buffer.from(`${head}\r\n`, "latin1"));
  }

  /**
   * Makes the data of the body, which are none if the answer has no body.
   *
   * @param chunks The parts.
   * @param byteLength The sum of their lengths.
   * @param isLast True if the answer ends with them.
   */
  bodyOf(
    chunks: readonly Uint8Array[],
    byteLength: number,
    isLast: boolean,
  ): OutgoingData {
    return this.#form === "none"
      ? new OutgoingData([], 0, isLast)
      : new OutgoingData(chunks, byteLength, isLast);
  }

  /**
   * Writes data of the body, as far as there is room.
   *
   * @returns True if all of it was copied.
   * @throws When it cannot be copied; nothing of the current part was written.
   */
  pump(data: OutgoingData): boolean {
    while (data.remaining > 0) {
      if (!this.#output.hasRoom) return false;
      this.#writePart(data);
    }
    if (data.endStream && this.#form === "chunks") {
      this.#output.write(LAST_CHUNK);
    }
    return true;
  }

  #writePart(data: OutgoingData): void {
    const output = this.#output;
    const space = output.reserve(
      CHUNK_OVERHEAD_BYTES + Math.min(data.remaining, MIN_PART_BYTES),
    );
    const bytes = Math.min(data.remaining, space - CHUNK_OVERHEAD_BYTES);
    const { buffer, offset } = output;
    if (this.#form === "bytes") {
      data.copyTo(buffer, offset, bytes);
      output.advance(bytes);
      return;
    }
    let at = writeSize(buffer, offset, bytes);
    data.copyTo(buffer, at, bytes);
    at += bytes;
    buffer[at++] = CR;
    buffer[at++] = LF;
    output.advance(at - offset);
  }
}

/** Writes the size of a chunk, and returns the position of its data. */
function writeSize(buffer: Uint8Array, at: number, bytes: number): number {
  for (const digit of bytes.toString(16)) buffer[at++] = digit.charCodeAt(0);
  buffer[at++] = CR;
  buffer[at++] = LF;
  return at;
}
