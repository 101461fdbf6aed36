/** An open WebSocket of a server: RFC 6455, sections 5 to 7. */

import { clearTimeout, setTimeout } from "node:timers";

import { Change } from "../../base/deferred.ts";
import { OutgoingData } from "../../socket/outgoing_data.ts";
import type { UpgradedConnection, UpgradedProtocol } from "../exchange.ts";
import {
  CLOSE_CODE,
  closeContent,
  frameHead,
  OPCODE,
  parseClose,
  WebSocketFault,
} from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";

/** Bytes of messages that wait to be read; the socket is not read while there are more. */
const MAX_UNREAD_BYTES: number = 64 * 1024;

/** Smallest part worth copying at the end of a buffer, in bytes. */
const MIN_PART_BYTES = 4096;

/** Longest time in which a client must take what was written before the close frame, in milliseconds. */
const FLUSH_TIMEOUT_MS = 10_000;

/** The end of a socket. */
interface End {
  readonly code: number;
  readonly reason: string;
}

/** Messages in both directions. Those of the client are pulled. */
export class ServerWebSocket implements UpgradedProtocol {
  /** The subprotocol that was agreed on. */
  readonly protocol: string;
  readonly #owner: UpgradedConnection;
  readonly #faultOf: (text: string) => unknown;
  readonly #frames: FrameReader;
  readonly #messages: Uint8Array[] = [];
  #unread = 0;
  #fault: { readonly error: unknown } | undefined;
  #end: End | undefined;
  /** Comes when there may be more to read. */
  readonly #change = new Change();
  readonly #outgoing: OutgoingData[] = [];
  /** Comes when there may be room to write. */
  readonly #room = new Change();
  /** True once a close frame was written. */
  #isClosing = false;
  #flushTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param owner The connection.
   * @param protocol The subprotocol.
   * @param maxMessageBytes Largest message that is accepted.
   * @param faultOf Makes the error that `read` rejects with after a fault of the client.
   */
  constructor(
    owner: UpgradedConnection,
    protocol: string,
    maxMessageBytes: number,
    faultOf: (text: string) => unknown,
  ) {
    this.#owner = owner;
    this.protocol = protocol;
    this.#faultOf = faultOf;
    this.#frames = new FrameReader(maxMessageBytes, {
      onMessage: (message) => this.#take(message),
      onControl: (opcode, content) => this.#control(opcode, content),
    });
  }

  /** The end, once all messages before it are read. */
  get end(): End | undefined {
    return this.#messages.length > 0 ? undefined : this.#end;
  }

  /** Reads the next message; undefined once the socket is closed. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        this.#unread -= message.length;
        this.#owner.readOn();
        return message;
      }
      if (this.#fault) throw this.#fault.error;
      if (this.#end) return undefined;
      await this.#change.next();
    }
  }

  /**
   * Writes a message.
   *
   * @returns A promise that resolves when there is room for another one, or the socket is closed;
   * undefined if there is room.
   */
  write(message: Uint8Array): Promise<void> | undefined {
    if (this.#isClosing || this.#end) return undefined;
    this.#send(OPCODE.BINARY, message);
    if (this.#outgoing.length === 0) return undefined;
    return this.#room.next();
  }

  /** Closes the socket after all messages that were written. */
  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#messages.length = 0;
    this.#unread = 0;
    this.#sendClose(code, reason);
    this.#finish({ code, reason });
  }

  /**
   * Reads bytes of the client, as far as messages may wait, at most to the end of a frame.
   *
   * @returns Position after the last byte that was read; `at` if it reads none for now.
   */
  push(chunk: Uint8Array, at: number): number {
    if (this.#isOver()) return chunk.length;
    if (this.#unread >= MAX_UNREAD_BYTES) return at;
    try {
      return this.#frames.push(chunk, at);
    } catch (error) {
      if (!(error instanceof WebSocketFault)) throw error;
      this.#fault = { error: this.#faultOf(error.message) };
      this.#change.notify();
      return chunk.length;
    }
  }

  /** Writes what waits, as far as there is room. The connection calls it. */
  pump(): void {
    const { output } = this.#owner;
    const outgoing = this.#outgoing;
    while (outgoing.length > 0 && output.hasRoom) {
      const data = outgoing[0]!;
      const space = output.reserve(Math.min(data.remaining, MIN_PART_BYTES));
      const bytes = Math.min(data.remaining, space);
      data.copyTo(output.buffer, output.offset, bytes);
      output.advance(bytes);
      if (data.remaining === 0) outgoing.shift();
    }
    if (outgoing.length > 0) return;
    this.#room.notify();
    if (!this.#isClosing) return;
    clearTimeout(this.#flushTimer);
    this.#owner.close();
  }

  /** Notes that the connection has ended. The connection calls it. */
  onConnectionEnd(): void {
    clearTimeout(this.#flushTimer);
    this.#outgoing.length = 0;
    this.#room.notify();
    this.#finish({ code: CLOSE_CODE.LOST, reason: "" });
  }

  /** True if nothing more is read. */
  #isOver(): boolean {
    return this.#fault !== undefined || this.#end !== undefined;
  }

  #take(message: Uint8Array): void {
    this.#messages.push(message);
    this.#unread += message.length;
    this.#change.notify();
  }

  #control(opcode: number, content: Uint8Array): void {
    if (opcode === OPCODE.PING) {
      // A client that does not read gets one answer for many, as section 5.5.3 permits.
      if (this.#outgoing.length === 0 && !this.#isClosing) {
        this.#send(OPCODE.PONG, content.slice());
      }
    } else if (opcode === OPCODE.CLOSE) {
      const end = parseClose(content);
      if (!this.#isClosing) this.#sendClose(end.code, "");
      this.#finish(end);
    }
  }

  #send(opcode: number, content: Uint8Array): void {
    const head = frameHead(opcode, content.length);
    this.#outgoing.push(
      new OutgoingData([head, content], head.length + content.length, false),
    );
    this.pump();
  }

  #sendClose(code: number, reason: string): void {
    this.#isClosing = true;
    if (this.#end?.code === CLOSE_CODE.LOST) return;
    this.#flushTimer = setTimeout(
      () => this.#owner.destroy(),
      FLUSH_TIMEOUT_MS,
    );
    this.#send(OPCODE.CLOSE, closeContent(code, reason));
  }

  /** Ends the messages; the first end counts. */
  #finish(end: End): void {
    this.#end ??= end;
    this.#change.notify();
  }
}
