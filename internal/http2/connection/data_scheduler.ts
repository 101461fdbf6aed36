/**
 * Order in which the data of streams is sent: RFC 9113, sections 5.2 and 6.9.
 */

import {
  FLAG,
  FRAME,
  FRAME_HEADER_BYTES,
  INITIAL_WINDOW_BYTES,
  MIN_MAX_FRAME_BYTES,
} from "../frame/frame.ts";
import { writeFrameHeader } from "../frame/frame_writer.ts";
import type { SocketWriter } from "../../socket/socket_writer.ts";
import type { Http2Stream } from "./stream.ts";
import { SendWindow } from "./send_window.ts";

/**
 * Smallest part worth a frame at the end of a buffer, in bytes: a peer reads a message that comes in
 * one frame with fewer calls of the system, and fewer copies.
 */
const MIN_PART_BYTES: number = 64 * 1024;

/**
 * Sends the data of all streams in turns of one frame, as far as the windows of
 * stream and connection and the socket allow. The bytes are copied once, from
 * their place into the buffer that goes to the socket.
 */
export class DataScheduler {
  /** Window of the connection. */
  readonly window: SendWindow = new SendWindow(INITIAL_WINDOW_BYTES);
  /** The peer's SETTINGS_MAX_FRAME_SIZE. */
  maxFrameBytes: number = MIN_MAX_FRAME_BYTES;
  readonly #output: SocketWriter;
  readonly #onFrame: (bytes: number) => void;
  #queue: Http2Stream[] = [];
  #isPumping = false;

  /**
   * @param output Receives the frames.
   * @param onFrame Called with the length of the data in each frame.
   */
  constructor(output: SocketWriter, onFrame: (bytes: number) => void) {
    this.#output = output;
    this.#onFrame = onFrame;
  }

  /** Sends the data of a stream, now or as soon as its windows allow. */
  add(stream: Http2Stream): void {
    const { outgoing } = stream;
    if (outgoing === undefined || stream.isQueued) return;
    if (outgoing.remaining === 0) {
      // An end needs no window, so it need not wait.
      this.#writeFrame(stream, FRAME_HEADER_BYTES);
      return;
    }
    if (stream.sendWindow.bytes <= 0) return;
    stream.isQueued = true;
    this.#queue.push(stream);
    this.pump();
  }

  /** Continues after there is more room, or more window. */
  pump(): void {
    // Not reentrant: writing may discover that there is room.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      this.#sendTurns();
    } finally {
      this.#isPumping = false;
    }
  }

  #sendTurns(): void {
    const queue = this.#queue;
    while (
      queue.length > 0 && this.window.bytes > 0 && this.#output.hasRoom
    ) {
      const stream = queue.shift()!;
      stream.isQueued = false;
      const remaining = stream.outgoing?.remaining ?? 0;
      // The stream was canceled, or the peer has shrunk its window in the
      // meantime.
      if (remaining === 0 || stream.sendWindow.bytes <= 0) continue;
      const space = this.#output.reserve(
        FRAME_HEADER_BYTES +
          Math.min(remaining, MIN_PART_BYTES, this.maxFrameBytes),
      );
      this.#writeFrame(stream, space);
      if (stream.outgoing && !stream.isQueued && stream.sendWindow.bytes > 0) {
        stream.isQueued = true;
        queue.push(stream);
      }
    }
  }

  #writeFrame(stream: Http2Stream, space: number): void {
    try {
      this.#copyFrame(stream, space);
    } catch (error) {
      // The memory was detached, or is not memory: nothing was written yet.
      stream.dataFailed(error);
    }
  }

  #copyFrame(stream: Http2Stream, space: number): void {
    const data = stream.outgoing!;
    const output = this.#output;
    const bytes = Math.min(
      data.remaining,
      space - FRAME_HEADER_BYTES,
      this.maxFrameBytes,
      Math.max(0, stream.sendWindow.bytes),
      Math.max(0, this.window.bytes),
    );
    const isLast = bytes === data.remaining;
    if (bytes === 0) output.reserve(FRAME_HEADER_BYTES);
    const { buffer, offset } = output;
    writeFrameHeader(
      buffer,
      offset,
      bytes,
      FRAME.DATA,
      isLast && data.endStream ? FLAG.END_STREAM : 0,
      stream.id,
    );
    data.copyTo(buffer, offset + FRAME_HEADER_BYTES, bytes);
    stream.sendWindow.spend(bytes);
    this.window.spend(bytes);
    output.advance(FRAME_HEADER_BYTES + bytes);
    this.#onFrame(bytes);
    if (isLast) stream.dataSent();
  }
}
