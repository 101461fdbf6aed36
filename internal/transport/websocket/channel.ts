/** One call on one WebSocket: frames in both directions, with credit. */

import { IdleTimer } from "../../base/timers/idle_timer.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FloodGuard } from "../../http2/frame/flood_guard.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import {
  FAULT_CLOSE,
  NORMAL_CLOSE,
  type WebSocketConnection,
} from "./connection.ts";
import {
  blockFrame,
  blockOf,
  creditOf,
  faultError,
  FRAME,
  type Frame,
  frameAt,
  HEAD_BYTES,
  INITIAL_CREDIT_BYTES,
  MAX_CREDIT_BYTES,
  plainFrame,
} from "./frames.ts";
import type { WebSocketSettings } from "./settings.ts";
import { SendQueue } from "./send_queue.ts";

/** Bytes by which a window grows for each byte that is read. */
const GROWTH = 4;

/** Time for a client to close the socket behind its trailers, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000;

/** Longest reason in bytes of UTF-8 (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

/** Hears what comes over a channel, until its end. */
export interface ChannelListener {
  /** Takes the headers of the peer, which come once. */
  onHeaders(list: HeaderList): void;
  /** Takes a part of the messages of the peer; the memory is lent until it returns. */
  onData(bytes: Uint8Array): void;
  /** Takes the end of the messages of a client. */
  onHalfClose(): void;
  /** Takes the trailers of a server. */
  onTrailers(list: HeaderList): void;
  /** Takes a fault of the peer: nothing more comes from it. */
  onFault(error: FlightError): void;
  /** Takes the end of the socket, of which the channel had not been told by its owner. */
  onLost(text: string): void;
  /** Learns that the peer took none of the data for too long. */
  onStall(): void;
}

/** The call as frames. */
export class Channel {
  readonly #connection: WebSocketConnection;
  readonly #isServer: boolean;
  readonly #settings: WebSocketSettings;
  readonly #listener: ChannelListener;
  readonly #guard = new FloodGuard();
  readonly #queue: SendQueue;
  readonly #silence: IdleTimer | undefined;
  readonly #answer: IdleTimer;
  readonly #stall: IdleTimer | undefined;
  /** Size of the window of the peer. */
  #window = INITIAL_CREDIT_BYTES;
  /** Number of bytes that the peer may send, and that it is not yet told of. */
  #allowed = INITIAL_CREDIT_BYTES;
  #owed = 0;
  #hasHeaders = false;
  #isHalfClosed = false;
  /** True if nothing that comes counts any more. */
  #isDeaf = false;
  #closing: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /**
   * @param connection The socket, which is the channel's from now on.
   * @param isServer The side of the call.
   * @param settings Limits.
   * @param listener Hears what comes.
   */
  constructor(
    connection: WebSocketConnection,
    isServer: boolean,
    settings: WebSocketSettings,
    listener: ChannelListener,
  ) {
    const { keepaliveTimeMs, keepaliveTimeoutMs, sendStallTimeoutMs } =
      settings;
    this.#connection = connection;
    this.#isServer = isServer;
    this.#settings = settings;
    this.#listener = listener;
    this.#queue = new SendQueue(connection, (isWaiting) => {
      this.#guard.earn(2);
      if (isWaiting) this.#stall?.start();
      else this.#stall?.stop();
    });
    this.#answer = new IdleTimer(keepaliveTimeoutMs, () => {
      this.close(FAULT_CLOSE, "no answer to a PING");
      listener.onLost(
        `no answer to a ping within ${keepaliveTimeoutMs} ms (option ` +
          "keepaliveTimeoutMs)",
      );
    });
    if (keepaliveTimeMs !== undefined) {
      this.#silence = new IdleTimer(keepaliveTimeMs, () => {
        this.#queue.ping();
        this.#answer.start();
      });
    }
    if (sendStallTimeoutMs !== undefined) {
      this.#stall = new IdleTimer(sendStallTimeoutMs, () => listener.onStall());
    }
  }

  /** Reads the socket to its end. */
  async run(): Promise<void> {
    this.#silence?.start();
    try {
      while (!this.#isClosed) {
        const message = await this.#connection.read();
        if (this.#isClosed) return;
        if (message === undefined) break;
        this.#answer.stop();
        this.#silence?.start();
        this.#takeMessage(message);
      }
    } catch (error) {
      if (!this.#isClosed) this.#fail(error);
    }
    if (this.#isClosed || this.#connection.end === undefined) return;
    const { code, reason } = this.#connection.end;
    this.#stop();
    this.#listener.onLost(
      `the WebSocket was closed with code ${code}${reason && `: ${reason}`}`,
    );
  }

  /** Sends the headers. */
  sendHeaders(list: readonly Header[]): void {
    this.#queue.frame(blockFrame(FRAME.HEADERS, list));
  }

  /**
   * Sends a part of the messages.
   *
   * @returns True when it has left; false if it never will.
   */
  sendData(chunks: readonly Uint8Array[]): Promise<boolean> {
    return this.#queue.data(chunks);
  }

  /** Ends the messages of a client. */
  sendHalfClose(): void {
    this.#queue.frame(plainFrame(FRAME.HALF_CLOSE));
  }

  /**
   * Ends the call of a server, and then the socket.
   *
   * @param fault The fault of the peer that ends it.
   */
  sendTrailers(list: readonly Header[], fault: FlightError | undefined): void {
    this.#isDeaf = true;
    this.#stall?.stop();
    this.#queue.last(blockFrame(FRAME.TRAILERS, list), () => {
      if (fault !== undefined) return this.close(FAULT_CLOSE, fault.details);
      // The end of a socket with data on its way to it may overtake the trailers.
      this.closeSoon();
    });
  }

  /** Closes the socket unless the peer does it in time. */
  closeSoon(): void {
    this.#closing ??= setTimeout(
      () => this.close(NORMAL_CLOSE, ""),
      CLOSE_TIMEOUT_MS,
    );
  }

  /** Lets the peer send as many bytes more: they were read, or a reader waits for them. */
  credit(bytes: number): void {
    if (this.#isDeaf || this.#isClosed) return;
    const growth = Math.min(
      bytes * GROWTH,
      this.#settings.flowControlWindowBytes - this.#window,
    );
    this.#window += growth;
    this.#owed += bytes + growth;
    if (this.#owed < this.#window / 4) return;
    this.#allowed += this.#owed;
    this.#queue.grant(this.#owed);
    this.#owed = 0;
  }

  /** Ends the socket. The listener hears nothing more. */
  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#stop();
    this.#connection.close(code, shortened(reason));
  }

  #stop(): void {
    this.#isClosed = true;
    clearTimeout(this.#closing);
    this.#queue.close();
    this.#silence?.close();
    this.#answer.close();
    this.#stall?.close();
  }

  #fail(error: unknown): void {
    if (this.#isDeaf) return this.close(FAULT_CLOSE, (error as Error).message);
    this.#isDeaf = true;
    this.#listener.onFault(
      FlightError.is(error)
        ? error
        : new FlightError("RESOURCE_EXHAUSTED", (error as Error).message, {
          origin: "remote",
        }),
    );
  }

  #takeMessage(message: Uint8Array): void {
    for (let at = 0; at === 0 || at < message.length;) {
      const frame = frameAt(message, at);
      at += HEAD_BYTES + frame.content.length;
      if (!this.#isDeaf) this.#take(frame);
      else if (frame.type !== FRAME.DATA) this.#guard.spend("behind the end");
      else this.#count(frame.content.length);
      if (this.#isClosed) return;
    }
  }

  #take(frame: Frame): void {
    const { maxHeaderListBytes } = this.#settings;
    const listener = this.#listener;
    switch (frame.type) {
      case FRAME.HEADERS: {
        if (this.#hasHeaders) throw faultError("HEADERS came twice");
        this.#hasHeaders = true;
        return listener.onHeaders(blockOf(frame, maxHeaderListBytes));
      }
      case FRAME.DATA:
        return this.#takeData(frame.content);
      case FRAME.HALF_CLOSE:
        this.#expectHeaders("HALF_CLOSE");
        if (!this.#isServer) throw faultError("HALF_CLOSE came from a server");
        if (this.#isHalfClosed) throw faultError("HALF_CLOSE came twice");
        this.#isHalfClosed = true;
        return listener.onHalfClose();
      case FRAME.TRAILERS:
        if (this.#isServer) throw faultError("TRAILERS came from a client");
        listener.onTrailers(blockOf(frame, maxHeaderListBytes));
        this.#isDeaf = true;
        return;
      case FRAME.CREDIT: {
        this.#guard.spend("CREDIT");
        const bytes = creditOf(frame);
        if (bytes === 0 || this.#queue.credit + bytes > MAX_CREDIT_BYTES) {
          throw faultError(
            `a CREDIT of ${bytes} bytes, in addition to ${this.#queue.credit}`,
          );
        }
        return this.#queue.receiveCredit(bytes);
      }
      case FRAME.PING:
        this.#guard.spend("PING");
        return this.#queue.pong();
      default:
        return this.#guard.spend("PONG");
    }
  }

  #takeData(bytes: Uint8Array): void {
    this.#expectHeaders("DATA");
    if (this.#isHalfClosed) throw faultError("DATA came after HALF_CLOSE");
    this.#count(bytes.length);
    this.#listener.onData(bytes);
  }

  /** Counts data, which uses the credit of the peer. */
  #count(byteLength: number): void {
    if (byteLength === 0) throw faultError("a frame DATA is empty");
    if (byteLength > this.#allowed) {
      throw faultError(
        `a frame DATA of ${byteLength} bytes came, where ` +
          `${this.#allowed} were allowed`,
      );
    }
    this.#allowed -= byteLength;
  }

  #expectHeaders(name: string): void {
    if (!this.#hasHeaders) throw faultError(`${name} came before HEADERS`);
  }
}

/** Cuts a reason to what a closing frame holds. */
function shortened(reason: string): string {
  const encoder = new TextEncoder();
  let end = 0;
  let bytes = 0;
  for (const character of reason.toWellFormed()) {
    bytes += encoder.encode(character).length;
    if (bytes > MAX_REASON_BYTES) break;
    end += character.length;
  }
  return reason.toWellFormed().slice(0, end);
}
