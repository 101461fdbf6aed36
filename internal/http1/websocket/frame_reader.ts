/** Reads the frames of a client: RFC 6455, sections 5.2 to 5.5. */

import { MAX_CONTROL_BYTES, OPCODE, WebSocketFault } from "./frame.ts";

/** Memory that a message gets before its bytes have come. */
const FIRST_BYTES: number = 64 * 1024;

/** Longest head of a frame: two bytes, a length of eight, and a mask of four. */
const MAX_HEAD_BYTES = 14;

/** Receives what the frames carry. */
interface FrameSink {
  /** Takes a binary message, whose memory belongs to the receiver. */
  onMessage(message: Uint8Array): void;
  /** Takes the content of a control frame, of which it keeps nothing. */
  onControl(opcode: number, content: Uint8Array): void;
}

/** Joins the frames of a connection into messages. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #sink: FrameSink;
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);
  #headBytes = 0;
  /** Kind of the current frame, and whether its message ends with it; set once its head has come. */
  #opcode = -1;
  #isFinal = false;
  readonly #mask = new Uint8Array(4);
  /** Bytes of the frame that have come, and all of them. */
  #got = 0;
  #length = 0;
  readonly #control = new Uint8Array(MAX_CONTROL_BYTES);
  /** The message that is arriving, of one or several frames. */
  #message: Uint8Array | undefined;
  #messageBytes = 0;

  /**
   * @param maxBytes Largest message that is accepted.
   * @param sink Receives messages and control frames.
   */
  constructor(maxBytes: number, sink: FrameSink) {
    this.#maxBytes = maxBytes;
    this.#sink = sink;
  }

  /**
   * Reads from a chunk, at most to the end of one frame.
   *
   * @param at Position of the first byte.
   * @returns Position after the last byte that was read.
   * @throws {WebSocketFault} When a frame breaks the rules, or a message is too large, or text.
   */
  push(chunk: Uint8Array, at: number): number {
    while (this.#opcode < 0) {
      if (at === chunk.length) return at;
      this.#head[this.#headBytes++] = chunk[at++]!;
      this.#readHead();
    }
    const bytes = Math.min(chunk.length - at, this.#length - this.#got);
    const isControl = this.#opcode >= OPCODE.CLOSE;
    const target = isControl ? this.#control : this.#room(bytes);
    const offset = isControl ? this.#got : this.#messageBytes;
    unmask(chunk, at, bytes, target, offset, this.#mask, this.#got);
    if (!isControl) this.#messageBytes += bytes;
    this.#got += bytes;
    if (this.#got === this.#length) this.#endFrame(isControl);
    return at + bytes;
  }

  /** Looks at the head, as far as it has come. */
  #readHead(): void {
    const head = this.#head;
    if (this.#headBytes === 1) return this.#checkFirst(head[0]!);
    if (this.#headBytes === 2) this.#checkSecond(head[1]!);
    const short = head[1]! & 0x7f;
    const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
    if (this.#headBytes < 6 + lengthBytes) return;
    let length = short;
    if (lengthBytes > 0) {
      length = 0;
      for (let i = 2; i < 2 + lengthBytes; i++) {
        length = length * 256 + head[i]!;
      }
      // Section 5.2: as short as possible.
      if (length < (lengthBytes === 2 ? 126 : 65_536)) {
        throw new WebSocketFault(
          "the length of a frame is not in its short form",
        );
      }
    }
    const opcode = head[0]! & 0x0f;
    if (
      opcode < OPCODE.CLOSE && this.#messageBytes + length > this.#maxBytes
    ) {
      throw new WebSocketFault(
        `a message exceeds the limit of ${this.#maxBytes} bytes`,
      );
    }
    this.#mask.set(head.subarray(2 + lengthBytes, 6 + lengthBytes));
    this.#opcode = opcode;
    this.#length = length;
    this.#got = 0;
    this.#headBytes = 0;
  }

  #checkFirst(byte: number): void {
    const opcode = byte & 0x0f;
    this.#isFinal = (byte & 0x80) !== 0;
    if ((byte & 0x70) !== 0) {
      throw new WebSocketFault("a frame has bits of an extension");
    }
    if (opcode >= OPCODE.CLOSE) {
      if (opcode > OPCODE.PONG) throw unknown(opcode);
      if (!this.#isFinal) {
        throw new WebSocketFault("a control frame is in parts");
      }
      return;
    }
    if (opcode > OPCODE.BINARY) throw unknown(opcode);
    if (opcode === OPCODE.TEXT) {
      throw new WebSocketFault("a text message came over the WebSocket");
    }
    if ((opcode === OPCODE.CONTINUATION) !== (this.#message !== undefined)) {
      throw new WebSocketFault(
        opcode === OPCODE.CONTINUATION
          ? "a frame continues no message"
          : "a message begins inside of another one",
      );
    }
  }

  #checkSecond(byte: number): void {
    if ((byte & 0x80) === 0) {
      // Section 5.1: so that no page can make a proxy read what it sends.
      throw new WebSocketFault("a frame of a client is not masked");
    }
    if (
      (this.#head[0]! & 0x0f) >= OPCODE.CLOSE &&
      (byte & 0x7f) > MAX_CONTROL_BYTES
    ) throw new WebSocketFault("a control frame is too long");
  }

  /** Makes room for more bytes of the message, but never for those that are only promised. */
  #room(bytes: number): Uint8Array {
    const before = this.#message;
    const needed = this.#messageBytes + bytes;
    if (before && before.length >= needed) return before;
    const announced = this.#messageBytes + this.#length - this.#got;
    const message = new Uint8Array(
      Math.min(announced, Math.max(FIRST_BYTES, 2 * needed)),
    );
    if (before) message.set(before.subarray(0, this.#messageBytes));
    this.#message = message;
    return message;
  }

  #endFrame(isControl: boolean): void {
    const opcode = this.#opcode;
    this.#opcode = -1;
    if (isControl) {
      this.#sink.onControl(opcode, this.#control.subarray(0, this.#length));
      return;
    }
    if (!this.#isFinal) return;
    const message = this.#message!.subarray(0, this.#messageBytes);
    this.#message = undefined;
    this.#messageBytes = 0;
    this.#sink.onMessage(message);
  }
}

function unknown(opcode: number): WebSocketFault {
  return new WebSocketFault(`a frame has the unknown kind ${opcode}`);
}

/** Copies masked bytes, and removes their mask (section 5.3). */
function unmask(
  source: Uint8Array,
  start: number,
  bytes: number,
  target: Uint8Array,
  offset: number,
  mask: Uint8Array,
  position: number,
): void {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => mask[position + i & 3]!);
  let i = 0;
  for (; i + 3 < bytes; i += 4) {
    target[offset + i] = source[start + i]! ^ a!;
    target[offset + i + 1] = source[start + i + 1]! ^ b!;
    target[offset + i + 2] = source[start + i + 2]! ^ c!;
    target[offset + i + 3] = source[start + i + 3]! ^ d!;
  }
  for (; i < bytes; i++) {
    target[offset + i] = source[start + i]! ^ mask[position + i & 3]!;
  }
}
