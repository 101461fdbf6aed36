/** One request and its answer, as a stream of HTTP/2 would have it. */

import { Sending } from "../socket/sending.ts";
import type { SocketWriter } from "../socket/socket_writer.ts";
import { AnswerWriter } from "./answer_writer.ts";
import type { Field } from "./field.ts";
import type { RequestHead } from "./request_head.ts";

/** Receives the events of an exchange. */
interface ExchangeListener {
  /** Called when data has come. The bytes must be copied. */
  onStreamData(chunk: Uint8Array, start: number, end: number): void;
  /**
   * Called before more data is read.
   *
   * @param bytes Most bytes to place.
   * @returns The final place of the next bytes; undefined if they must come by `onStreamData`.
   */
  placeStreamData(bytes: number): Uint8Array | undefined;
  /** Called when data has come to the memory that `placeStreamData` returned. */
  onStreamDataPlaced(bytes: number): void;
  /** Called when the client has sent the whole request. */
  onStreamEnd(): void;
  /** Called when the connection ends before the exchange. */
  onStreamReset(): void;
}

/** Another protocol that has taken over a connection (RFC 9110, section 7.8). */
export interface UpgradedProtocol {
  /**
   * Reads bytes of the client, a small amount of work at a time.
   *
   * @param at Position of the first byte.
   * @returns Position after the last byte that was read; `at` if it reads none for now.
   */
  push(chunk: Uint8Array, at: number): number;
  /** Writes what waits, as far as there is room. */
  pump(): void;
  /** Notes that the connection has ended. */
  onConnectionEnd(): void;
}

/** Connection that another protocol has taken over. */
export interface UpgradedConnection {
  /** Receives the bytes for the client. */
  readonly output: SocketWriter;
  /** Notes that more may be read. */
  readOn(): void;
  /** Ends the connection, but lets written data leave. */
  close(): void;
  /** Ends the connection at once. */
  destroy(): void;
}

/** Connection of an exchange. */
export interface ExchangeOwner {
  /** Receives the bytes of the answer. */
  readonly output: SocketWriter;
  /** True if another exchange may follow. */
  readonly isPersistent: boolean;
  /** Notes that data was read, so that more may come. */
  onCredit(): void;
  /** Notes that data waits for room. */
  onWait(): void;
  /** Notes that nothing more is sent, and perhaps more is received. */
  onAnswered(): void;
  /** Hands the connection over to another protocol. */
  onUpgrade(begin: (connection: UpgradedConnection) => UpgradedProtocol): void;
  /** Ends the connection. */
  destroy(): void;
}

/** One exchange. */
export class Http1Exchange {
  /** The request. */
  readonly head: RequestHead;
  /** Receives the events; set before any can come. */
  listener!: ExchangeListener;
  /** Number of bytes of the request that wait to be read. */
  unread = 0;
  readonly #owner: ExchangeOwner;
  readonly #answer: AnswerWriter;
  readonly #sending = new Sending();
  #isStarted = false;
  #localEnded = false;
  #remoteEnded = false;
  #isClosed = false;
  #isDiscarding = false;

  /**
   * @param owner The connection.
   * @param head The request.
   */
  constructor(owner: ExchangeOwner, head: RequestHead) {
    this.#owner = owner;
    this.head = head;
    this.#answer = new AnswerWriter(owner.output, head);
  }

  /** True if the whole request has come. */
  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  /** True if nothing more can be sent or received. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True if a part of the answer was written. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** True if data waits for room. */
  get isWaiting(): boolean {
    return this.#sending.data !== undefined;
  }

  /** True if the rest of the request is dropped. */
  get isDiscarding(): boolean {
    return this.#isDiscarding;
  }

  /** Sends the head of the answer; see {@linkcode AnswerWriter.writeHead}. */
  sendHeaders(fields: Iterable<Field>, endStream = false): void {
    if (this.#isClosed || this.#localEnded) return;
    this.#isStarted = true;
    this.#answer.writeHead(fields, endStream, this.#owner.isPersistent);
    if (endStream) this.#endLocal();
  }

  /**
   * Answers the request by changing to another protocol.
   *
   * @param fields The head of the answer, whose status is 101.
   * @param begin Makes the other protocol.
   */
  upgrade(
    fields: Iterable<Field>,
    begin: (connection: UpgradedConnection) => UpgradedProtocol,
  ): void {
    this.#answer.writeHead(fields, true, true);
    this.close();
    this.#owner.onUpgrade(begin);
  }

  /**
   * Sends data. No other data may be pending.
   *
   * @param chunks The parts.
   * @param byteLength The sum of their lengths.
   * @param endStream True if it is the last.
   * @returns A promise that resolves when all of it was copied, or the exchange is closed; undefined if
   * that is so already. It rejects, or the call throws, when the data cannot be copied.
   */
  sendData(
    chunks: readonly Uint8Array[],
    byteLength: number,
    endStream = false,
  ): Promise<void> | undefined {
    if (this.#isClosed || this.#localEnded) return undefined;
    this.#sending.data = this.#answer.bodyOf(chunks, byteLength, endStream);
    this.pump();
    const sent = this.#sending.wait();
    if (sent) this.#owner.onWait();
    return sent;
  }

  /** Drops the data that is being sent. */
  abandonData(): void {
    this.#sending.end();
  }

  /** Takes back the data that is being sent: see {@linkcode Sending.takeBack}. */
  takeBackData(): Uint8Array | undefined {
    return this.#sending.takeBack();
  }

  /** Sends what waits, as far as there is room. The connection calls it. */
  pump(): void {
    const { data } = this.#sending;
    if (data === undefined) return;
    try {
      if (!this.#answer.pump(data)) return;
    } catch (error) {
      // The memory was detached, or is not memory: nothing was written yet.
      return this.#sending.fail(error);
    }
    this.#sending.end();
    if (data.endStream) this.#endLocal();
  }

  /**
   * Ends the exchange. After the answer, the rest of the request is dropped; before it, the connection
   * ends, so that the client does not take the part that it has for the whole.
   */
  reset(_code: string): void {
    if (this.#isClosed) return;
    const isAnswered = this.#localEnded;
    this.close();
    if (isAnswered) this.#owner.onAnswered();
    else this.#owner.destroy();
  }

  /** Notes that `bytes` were read. */
  credit(bytes: number): void {
    this.unread -= bytes;
    this.#owner.onCredit();
  }

  /** Drops all unread and future data. */
  discard(): void {
    this.#isDiscarding = true;
    this.unread = 0;
    this.#owner.onCredit();
  }

  /** Notes that the client has sent everything. The connection calls it. */
  endRemote(): void {
    if (this.#remoteEnded || this.#isClosed) return;
    this.#remoteEnded = true;
    this.listener.onStreamEnd();
    this.#settle();
  }

  /** Closes the exchange. The listener is not told. */
  close(): void {
    this.#isClosed = true;
    this.#isDiscarding = true;
    this.unread = 0;
    this.#sending.end();
  }

  #endLocal(): void {
    this.#localEnded = true;
    this.#settle();
  }

  #settle(): void {
    if (!this.#localEnded || !this.#remoteEnded || this.#isClosed) return;
    this.close();
    this.#owner.onAnswered();
  }
}
