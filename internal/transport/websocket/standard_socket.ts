/** The WebSocket of the web standard as a connection: that of browsers, Deno, Workers and clients on Bun. */

import { Change, type Deferred, deferred } from "../../base/deferred.ts";
import { quietly } from "../../base/handled.ts";
import type { WebSocketConnection, WebSocketEnd } from "./connection.ts";
import { Inbox } from "./inbox.ts";

/** Bytes on their way at which a writer waits. */
const HIGH_WATER_BYTES: number = 1024 * 1024;

/** Shortest and longest time between two looks at the bytes on their way, in milliseconds. */
const MIN_POLL_MS = 1;
const MAX_POLL_MS = 64;

/** The part of a WebSocket that is used. */
interface StandardSocket {
  binaryType: string;
  readonly protocol: string;
  /** 0 before the socket is open, 1 while it is. */
  readonly readyState: number;
  /** Number of bytes that were sent and are not on the network yet; absent on some platforms. */
  readonly bufferedAmount?: number;
  send(message: Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener: EventTarget["addEventListener"];
}

const CONNECTING = 0;
const OPEN = 1;

/** Code of a socket that was lost, or never opened: RFC 6455, section 7.4.1. */
const LOST = 1006;

/** A socket that may still be connecting. */
export class StandardConnection implements WebSocketConnection {
  readonly #socket: StandardSocket;
  readonly #opened: Deferred<void> = deferred();
  readonly #inbox = new Inbox();
  /** The reason of the runtime. */
  #problem = "";
  #isClosing = false;
  /** Comes when there may be room to write. */
  readonly #room = new Change();
  #poll: ReturnType<typeof setTimeout> | undefined;

  /** @param socket The socket. Nothing else may listen to it, or send. */
  constructor(socket: StandardSocket) {
    this.#socket = socket;
    quietly(() => socket.binaryType = "arraybuffer");
    if (socket.readyState === OPEN) this.#opened.resolve();
    socket.addEventListener("open", () => this.#opened.resolve());
    socket.addEventListener("message", (event) => {
      const { data } = event as MessageEvent;
      this.#inbox.take(
        data instanceof ArrayBuffer ? new Uint8Array(data) : data,
      );
      // In a page that is hidden, timers are rare, and messages are not.
      if (this.#room.isAwaited && this.#hasRoom()) this.#release();
    });
    // Browsers give no reason, runtimes do. The event `close` follows.
    socket.addEventListener("error", (event) => {
      const { message } = event as Partial<ErrorEvent>;
      if (typeof message === "string") this.#problem = message;
      if (socket.readyState === OPEN) return;
      // But not in WebKit, where a page has too many sockets.
      setTimeout(() => this.#finish(LOST, this.#problem), 0);
    });
    socket.addEventListener("close", (event) => {
      const { code, reason } = event as CloseEvent;
      // Deno has 0 for a socket that was lost.
      this.#finish(code || LOST, reason || this.#problem);
    });
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get end(): WebSocketEnd | undefined {
    return this.#inbox.end;
  }

  /** Resolves to true when the socket is open, to false when it has ended without that. */
  async opened(): Promise<boolean> {
    await this.#opened.promise;
    return !this.#inbox.hasEnded;
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#inbox.read();
  }

  write(message: Uint8Array): Promise<void> | undefined {
    if (this.#socket.readyState === CONNECTING) {
      return this.#opened.promise.then(() => this.write(message));
    }
    if (this.#isClosing || this.#inbox.hasEnded) return undefined;
    quietly(() => this.#socket.send(message));
    if (this.#hasRoom()) return undefined;
    this.#await(MIN_POLL_MS);
    return this.#room.next();
  }

  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#inbox.clear();
    quietly(() => this.#socket.close(code, reason));
    this.#finish(code, reason);
  }

  #finish(code: number, reason: string): void {
    this.#inbox.finish(code, reason);
    this.#opened.resolve();
    this.#release();
  }

  #hasRoom(): boolean {
    return (this.#socket.bufferedAmount ?? 0) < HIGH_WATER_BYTES;
  }

  /** Looks for room after some time, and again: there is no event for it. */
  #await(ms: number): void {
    clearTimeout(this.#poll);
    this.#poll = setTimeout(() => {
      if (this.#hasRoom()) this.#release();
      else this.#await(Math.min(ms * 2, MAX_POLL_MS));
    }, ms);
  }

  #release(): void {
    clearTimeout(this.#poll);
    this.#room.notify();
  }
}
