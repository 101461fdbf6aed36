/** The frames of a call on their way out. */

import { concatBytes } from "../../base/bytes.ts";
import { type Deferred, deferred } from "../../base/deferred.ts";
import { handled } from "../../base/handled.ts";
import type { WebSocketConnection } from "./connection.ts";
import {
  creditFrame,
  FRAME,
  HEAD_BYTES,
  INITIAL_CREDIT_BYTES,
  newFrame,
  plainFrame,
} from "./frames.ts";

/** Bytes of frames with which a message is full. */
const FULL_BYTES: number = 64 * 1024;

/**
 * Turns of promises that a message waits for more frames: a small call has all of them by then. Each
 * message is an event for the peer, and a packet on the network.
 */
const SOON_TURNS = 32;

/** Data that leaves in frames as there is credit for it. */
interface Data {
  readonly chunks: readonly Uint8Array[];
  /** Number of bytes that are left. */
  left: number;
  /** The place of the next byte. */
  chunk: number;
  at: number;
  /** Resolves to true when all is in frames, to false when it never will be. */
  readonly done: Deferred<boolean>;
}

/**
 * Sends frames in order, several in a message. Those for the connection itself overtake the others, and
 * never pile up: there is one of each kind, at most.
 */
export class SendQueue {
  readonly #connection: WebSocketConnection;
  readonly #onData: (isWaiting: boolean) => void;
  /** Frames and data, in order, behind the batch. */
  #queue: (Uint8Array | Data)[] = [];
  /** Frames of the next message. */
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  /** Bytes of data that the peer takes. */
  #credit = INITIAL_CREDIT_BYTES;
  #grant = 0;
  #hasPing = false;
  #hasPong = false;
  #isScheduled = false;
  /** True while the connection has no room. */
  #isFull = false;
  #isClosed = false;
  /** Called when the last frame has left. */
  #onLast: (() => void) | undefined;

  /**
   * @param connection Takes the messages.
   * @param onData Is told when a part of the data has left, and if there is more.
   */
  constructor(
    connection: WebSocketConnection,
    onData: (isWaiting: boolean) => void,
  ) {
    this.#connection = connection;
    this.#onData = onData;
  }

  /** Number of bytes that the peer takes. */
  get credit(): number {
    return this.#credit;
  }

  /** Takes credit from the peer. */
  receiveCredit(bytes: number): void {
    this.#credit += bytes;
    this.#fill();
  }

  /** Lets the peer send more. */
  grant(bytes: number): void {
    this.#grant += bytes;
    this.#schedule();
  }

  /** Asks the peer for a sign of life. */
  ping(): void {
    this.#hasPing = true;
    this.#schedule();
  }

  /** Answers a PING. */
  pong(): void {
    this.#hasPong = true;
    this.#schedule();
  }

  /** Sends a frame behind all that waits. */
  frame(frame: Uint8Array): void {
    this.#queue.push(frame);
    this.#fill();
  }

  /**
   * Sends data, which must not change until then.
   *
   * @returns True when it is copied to frames; false if it never will be.
   */
  data(chunks: readonly Uint8Array[]): Promise<boolean> {
    const done = deferred<boolean>();
    if (this.#isClosed) done.resolve(false);
    else {
      const left = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      this.#queue.push({ chunks, left, chunk: 0, at: 0, done });
      this.#onData(true);
      this.#fill();
    }
    return done.promise;
  }

  /**
   * Sends the last frame.
   *
   * @param frame The frame. Data that waits is dropped: it would wait for credit.
   * @param onLast Called when it has left.
   */
  last(frame: Uint8Array, onLast: () => void): void {
    const waiting = this.#queue;
    this.#queue = waiting.filter((item) => item instanceof Uint8Array);
    this.#onLast = onLast;
    drop(waiting);
    this.frame(frame);
  }

  /** Sends nothing more. */
  close(): void {
    this.#isClosed = true;
    drop(this.#queue);
    this.#queue = [];
    this.#batch = [];
  }

  /** Moves what may leave to the next message. */
  #fill(): void {
    while (this.#batchBytes < FULL_BYTES) {
      const item = this.#queue[0];
      if (item === undefined) break;
      const frame = item instanceof Uint8Array ? item : this.#takeData(item);
      if (frame === undefined) break;
      if (item === frame) this.#queue.shift();
      this.#batch.push(frame);
      this.#batchBytes += frame.length;
    }
    if (this.#batchBytes > 0) this.#schedule();
  }

  #takeData(item: Data): Uint8Array | undefined {
    const bytes = Math.min(
      item.left,
      this.#credit,
      FULL_BYTES - this.#batchBytes,
    );
    if (bytes === 0) return undefined;
    this.#credit -= bytes;
    const frame = dataFrame(item, bytes);
    if (item.left === 0) {
      this.#queue.shift();
      item.done.resolve(true);
    }
    this.#onData(item.left > 0);
    return frame;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isFull || this.#isClosed) return;
    this.#isScheduled = true;
    handled(this.#sendSoon());
  }

  async #sendSoon(): Promise<void> {
    for (
      let turn = 0;
      turn < SOON_TURNS && this.#batchBytes < FULL_BYTES;
      turn++
    ) await undefined;
    this.#isScheduled = false;
    this.#send();
  }

  #send(): void {
    if (this.#isClosed) return;
    const frames = [...this.#control(), ...this.#batch];
    this.#batch = [];
    this.#batchBytes = 0;
    if (frames.length > 0) {
      const room = this.#connection.write(
        frames.length === 1 ? frames[0]! : concatBytes(frames),
      );
      if (room !== undefined) {
        this.#isFull = true;
        handled(room.then(() => {
          this.#isFull = false;
          this.#send();
        }));
        return;
      }
    }
    this.#fill();
    if (this.#batchBytes > 0 || this.#queue.length > 0) return;
    const onLast = this.#onLast;
    this.#onLast = undefined;
    onLast?.();
  }

  /** Takes the frames for the connection itself. */
  #control(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    if (this.#hasPong) frames.push(plainFrame(FRAME.PONG));
    if (this.#hasPing) frames.push(plainFrame(FRAME.PING));
    if (this.#grant > 0) frames.push(creditFrame(this.#grant));
    this.#hasPong = this.#hasPing = false;
    this.#grant = 0;
    return frames;
  }
}

function drop(items: readonly (Uint8Array | Data)[]): void {
  for (const item of items) {
    if (!(item instanceof Uint8Array)) item.done.resolve(false);
  }
}

/** Copies the next bytes of the data to a frame: it may change as soon as all of it is copied. */
function dataFrame(data: Data, bytes: number): Uint8Array {
  const frame = newFrame(FRAME.DATA, bytes);
  for (let to = HEAD_BYTES; to < frame.length;) {
    const chunk = data.chunks[data.chunk]!;
    const part = chunk.subarray(data.at, data.at + frame.length - to);
    frame.set(part, to);
    to += part.length;
    data.at += part.length;
    if (data.at === chunk.length) {
      data.chunk++;
      data.at = 0;
    }
  }
  data.left -= bytes;
  return frame;
}
