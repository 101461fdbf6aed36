/** A connection of a server: RFC 9112, section 9. */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";

import { ALL_WORK, dataWork, ReadingTurns } from "../socket/reading_turns.ts";
import { MIN_PLACED_BYTES } from "../socket/socket_reader.ts";
import { SocketWriter } from "../socket/socket_writer.ts";
import { BodyReader } from "./body_reader.ts";
import {
  type ExchangeOwner,
  Http1Exchange,
  type UpgradedConnection,
  type UpgradedProtocol,
} from "./exchange.ts";
import { HeadReader } from "./head_reader.ts";
import { HttpError, statusLine } from "./http_error.ts";
import { parseHead } from "./request_head.ts";

/** Longest wait for the client to close its end, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

/**
 * Most bytes of a request that are read after its answer, so that the connection can be used again.
 * Beyond that, a new one costs less.
 */
const MAX_DISCARDED_BYTES: number = 256 * 1024;

/** Work of a head, in small frames: most begin a call. */
const HEAD_WORK = 16;

/** Limits of a connection. */
interface Http1Limits {
  /** Most bytes of a head, and of the trailers of a body. */
  readonly maxHeadBytes: number;
  /** Bytes of a request that may wait to be read; its connection is not read while there are more. */
  readonly unreadBytes: number;
  /** Longest time from the first byte of a head to the last, in milliseconds. */
  readonly headTimeoutMs: number;
  /** Longest time without room for more data, in milliseconds; without limit if undefined. */
  readonly stallTimeoutMs: number | undefined;
}

/** Receives the events of a connection. */
interface Http1Listener {
  /** Called with each request. It must set the `listener` of the exchange. */
  onExchange(exchange: Http1Exchange): void;
  /** Called when an exchange is over, and the next one may begin. */
  onIdle(): void;
  /** Called when the client accepts no data for too long, before the connection ends. */
  onStall(): void;
  /** Called when the connection has ended, once. */
  onEnd(): void;
}

type Timer = ReturnType<typeof setTimeout>;

/**
 * HTTP/1.1 on one socket. One request is answered after the other. It handles every event of the socket,
 * and never throws.
 */
export class Http1Connection {
  /** Remaining work of a turn, which counts down. */
  work: number = ALL_WORK;
  readonly #socket: Socket;
  readonly #limits: Http1Limits;
  readonly #listener: Http1Listener;
  readonly #output: SocketWriter;
  readonly #turns: ReadingTurns;
  readonly #owner: ExchangeOwner;
  #head: HeadReader;
  #exchange: Http1Exchange | undefined;
  #body: BodyReader | undefined;
  #upgraded: UpgradedProtocol | undefined;
  /** Number of bytes that were read after the answer. */
  #discarded = 0;
  #isPersistent = true;
  #isDraining = false;
  /** True if bytes were left because they could not be taken. */
  #isHeld = false;
  #isEnded = false;
  #headTimer: Timer | undefined;
  #discardTimer: Timer | undefined;
  #stallTimer: Timer | undefined;

  /**
   * @param socket A connected socket.
   * @param limits Limits for the client.
   * @param listener Receives the events.
   */
  constructor(socket: Socket, limits: Http1Limits, listener: Http1Listener) {
    this.#socket = socket;
    this.#limits = limits;
    this.#listener = listener;
    this.#output = new SocketWriter(
      socket,
      () => this.#onRoom(),
      () => this.destroy(),
    );
    const isPersistent = (): boolean => this.#isPersistent && !this.#isDraining;
    this.#owner = {
      output: this.#output,
      get isPersistent() {
        return isPersistent();
      },
      onCredit: () => this.#readOn(),
      onWait: () => this.#awaitRoom(),
      onAnswered: () => this.#answered(),
      onUpgrade: (begin) => this.#upgrade(begin),
      destroy: () => this.destroy(),
    };
    this.#head = new HeadReader(limits.maxHeadBytes, true);
    this.#turns = new ReadingTurns(socket, this, {
      read: (chunk) => this.#onBytes(() => this.#read(chunk)) ?? chunk.length,
      readPlaced: (_, bytes) => {
        this.#onBytes(() => this.#placed(bytes));
        return bytes;
      },
    });
    socket.on("end", () => this.#onClientEnd());
    socket.on("close", () => this.destroy());
    socket.on("error", () => this.destroy());
  }

  /** True if a request is being answered, or another protocol is spoken. */
  get isBusy(): boolean {
    return this.#exchange !== undefined || this.#upgraded !== undefined;
  }

  /** True if the connection has ended. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Waits until data may be written; undefined if it may be now. */
  room(): Promise<void> | undefined {
    const room = this.#output.room();
    if (room) this.#awaitRoom();
    return room;
  }

  /** Finds the final place of the next bytes, for {@linkcode ReadingTurns}. */
  place(): Uint8Array | undefined {
    const exchange = this.#exchange;
    const bytes = this.#body?.dataBytes ?? 0;
    if (
      exchange === undefined || bytes < MIN_PLACED_BYTES ||
      exchange.isDiscarding || this.#isFull()
    ) return undefined;
    return exchange.listener.placeStreamData(bytes);
  }

  /** Ends the connection once the request that is being answered, or has begun to come, is answered. */
  drain(): void {
    this.#isDraining = true;
    if (!this.isBusy && !this.#head.isStarted) this.close();
  }

  /** Ends the connection, but lets written data leave. The exchange ends too. */
  close(): void {
    if (this.#isEnded) return;
    this.#output.flush();
    this.#socket.end();
    // Later bytes are still read: closing a socket with unread bytes discards the bytes that it has sent
    // (RFC 9112, section 9.6).
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#end();
  }

  /** Ends the connection at once. The exchange ends too. */
  destroy(): void {
    if (!this.#isEnded) this.#end();
    this.#socket.destroy();
  }

  #end(): void {
    this.#isEnded = true;
    clearTimeout(this.#headTimer);
    clearTimeout(this.#discardTimer);
    clearTimeout(this.#stallTimer);
    this.#turns.stop();
    this.#output.close();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange && !exchange.isClosed) {
      exchange.close();
      // There is none if the request was refused before it was seen.
      exchange.listener?.onStreamReset();
    }
    this.#upgraded?.onConnectionEnd();
    this.#listener.onEnd();
  }

  /** Processes bytes by `read`; undefined if they have ended the connection. */
  #onBytes<T>(read: () => T): T | undefined {
    if (this.#isEnded) return undefined;
    try {
      return read();
    } catch (error) {
      this.#refuse(
        error instanceof HttpError
          ? error
          : new HttpError(400, "The request cannot be read"),
      );
      return undefined;
    }
  }

  /** Reads a chunk as far as it may be, and returns the number of bytes that were read. */
  #read(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.work > 0 && !this.#isEnded) {
      if (this.#upgraded !== undefined) {
        const end = this.#upgraded.push(chunk, at);
        if (end === at) break;
        this.work -= dataWork(end - at);
        at = end;
      } else if (this.#body !== undefined) {
        if (this.#isFull()) break;
        at = this.#readBody(this.#body, chunk, at);
      } else if (this.#exchange !== undefined) break;
      else at = this.#readHead(chunk, at);
    }
    if (this.#head.isStarted && !this.#isEnded) {
      this.#headTimer ??= setTimeout(
        () => this.#refuse(new HttpError(408, "The request took too long")),
        this.#limits.headTimeoutMs,
      );
    }
    if (this.#isEnded) return chunk.length;
    this.#isHeld = at < chunk.length;
    return at;
  }

  #readHead(chunk: Uint8Array, at: number): number {
    const head = this.#head;
    const end = head.push(chunk, at);
    if (!head.isComplete) return end;
    this.work -= HEAD_WORK;
    clearTimeout(this.#headTimer);
    this.#headTimer = undefined;
    this.#head = new HeadReader(this.#limits.maxHeadBytes, true);
    this.#begin(head.text);
    return end;
  }

  #begin(text: string): void {
    const head = parseHead(text);
    this.#isPersistent = head.isPersistent;
    this.#discarded = 0;
    const exchange = new Http1Exchange(this.#owner, head);
    this.#exchange = exchange;
    this.#body = new BodyReader(
      head.bodyLength,
      this.#limits.maxHeadBytes,
      {
        onBodyData: (chunk, start, end) =>
          this.#onBodyData(exchange, chunk, start, end),
      },
    );
    this.#listener.onExchange(exchange);
    if (head.awaitsContinue && !this.#body?.isComplete) {
      // RFC 9110, section 10.1.1: who refuses the request does not want its body, which then may or may
      // not come.
      if (exchange.isDiscarding || exchange.isClosed) {
        this.#isPersistent = false;
        exchange.endRemote();
        if (exchange.isClosed) this.close();
        return;
      }
      this.#output.write(Buffer.from(`${statusLine(100)}\r\n`));
    }
    this.#checkBody();
  }

  #upgrade(begin: (connection: UpgradedConnection) => UpgradedProtocol): void {
    this.#exchange = undefined;
    this.#body = undefined;
    this.#upgraded = begin({
      output: this.#output,
      readOn: () => this.#readOn(),
      close: () => this.close(),
      destroy: () => this.destroy(),
    });
  }

  #readBody(body: BodyReader, chunk: Uint8Array, at: number): number {
    const end = body.push(chunk, at);
    this.work -= dataWork(end - at);
    this.#checkBody();
    return end;
  }

  #placed(bytes: number): void {
    const exchange = this.#exchange;
    this.work -= dataWork(bytes);
    if (exchange && !exchange.isDiscarding) {
      exchange.unread += bytes;
      exchange.listener.onStreamDataPlaced(bytes);
    } else this.#discarded += bytes;
    this.#body?.placed(bytes);
    this.#checkBody();
  }

  #onBodyData(
    exchange: Http1Exchange,
    chunk: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (exchange.isDiscarding) {
      this.#discarded += end - start;
      return;
    }
    exchange.unread += end - start;
    exchange.listener.onStreamData(chunk, start, end);
  }

  /** Takes note of the end of the body, and of too much of it after the answer. */
  #checkBody(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (this.#body?.isComplete) {
      this.#body = undefined;
      if (exchange.isClosed) this.#answered();
      else exchange.endRemote();
    } else if (exchange.isClosed && this.#discarded > MAX_DISCARDED_BYTES) {
      this.close();
    }
  }

  /** True if too much waits to be read. */
  #isFull(): boolean {
    return (this.#exchange?.unread ?? 0) >= this.#limits.unreadBytes;
  }

  /** Handles the end of an answer. */
  #answered(): void {
    if (this.#isEnded) return;
    if (!this.#isPersistent || this.#isDraining) return this.close();
    if (this.#body !== undefined) {
      this.#discardTimer ??= setTimeout(() => this.close(), CLOSE_TIMEOUT_MS);
      return this.#readOn();
    }
    clearTimeout(this.#discardTimer);
    this.#discardTimer = undefined;
    this.#exchange = undefined;
    this.#listener.onIdle();
    this.#readOn();
  }

  /**
   * Reads what has had to wait, but not at once: a reader that gives credit for a message would find its
   * stream at another place than before.
   */
  #readOn(): void {
    if (!this.#isHeld || this.#isEnded || this.#isFull()) return;
    this.#isHeld = false;
    queueMicrotask(() => this.#turns.continue());
  }

  /** Answers a request that cannot be read, and ends the connection. */
  #refuse(error: HttpError): void {
    if (this.#isEnded) return;
    // An answer that has begun cannot be replaced: it is cut off.
    if (this.#exchange?.isStarted || this.#upgraded) return this.destroy();
    this.#output.write(Buffer.from(error.answer, "latin1"));
    this.close();
  }

  /**
   * Handles the end of what the client sends. Almost always, it is gone: a connection that is only half
   * closed cannot be told from it.
   */
  #onClientEnd(): void {
    this.#turns.finish();
    if (this.#isEnded || this.#output.isEmpty) this.destroy();
    else this.close();
  }

  #awaitRoom(): void {
    const { stallTimeoutMs } = this.#limits;
    if (stallTimeoutMs === undefined || this.#isEnded) return;
    this.#stallTimer ??= setTimeout(() => {
      this.#listener.onStall();
      this.destroy();
    }, stallTimeoutMs);
  }

  #onRoom(): void {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
    this.#exchange?.pump();
    this.#upgraded?.pump();
    if (!this.#output.hasRoom && this.#exchange?.isWaiting) this.#awaitRoom();
  }
}
