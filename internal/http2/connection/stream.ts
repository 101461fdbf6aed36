/** One stream of a connection, and its states: RFC 9113, section 5.1. */

import type { FlowControl, StreamFlow } from "./flow_control.ts";
import type { HeaderList } from "../hpack/header.ts";
import type { ErrorCodeName } from "../frame/http2_error.ts";
import { OutgoingData } from "../../socket/outgoing_data.ts";
import { Sending } from "../../socket/sending.ts";
import { SendWindow } from "./send_window.ts";

/** Reason for the end of a stream before both sides have sent everything. */
export interface StreamReset {
  /** Side that ended it. */
  readonly by: "peer" | "us" | "connection";
  /** Code of RST_STREAM, or of the end of the connection. */
  readonly code: ErrorCodeName;
  /** Description of the problem, if there is more than the code. */
  readonly problem?: string | undefined;
  /** True if the peer says that it has done nothing for this stream (8.7). */
  readonly isUnprocessed: boolean;
}

/** Receives messages that are alike, of one frame each. */
interface AlikeData {
  /** True if the last messages were alike, so that the next one probably is too. */
  readonly isRegular: boolean;
  /**
   * Called before the header of a frame is read that probably has the next message, and nothing else.
   *
   * @param before Size of that header.
   * @param spare Memory that this call has returned before, and that was not taken.
   * @returns Memory for the header and the message, or undefined if no message is expected.
   */
  placeNext(
    before: number,
    spare: Uint8Array | undefined,
  ): Uint8Array | undefined;
  /**
   * Called when data has come to the memory that `placeNext` returned.
   *
   * @returns True if it is the expected data, and the memory was taken. Otherwise the data is passed
   * to `onStreamData`.
   */
  takeNext(memory: Uint8Array, start: number, end: number): boolean;
}

/** Receives the events of a stream. */
export interface StreamListener {
  /**
   * Called when headers or trailers have come.
   *
   * @param headers The list, or undefined if it is larger than the limit.
   * @param endStream True if nothing follows; `onStreamEnd` is called as well.
   */
  onStreamHeaders(headers: HeaderList | undefined, endStream: boolean): void;
  /** Called when data has come. The bytes must be copied. */
  onStreamData(chunk: Uint8Array, start: number, end: number): void;
  /**
   * Called before more data is read.
   *
   * @param bytes Most bytes to place.
   * @returns The final place of the next bytes, or undefined if they must come
   * by `onStreamData`.
   */
  placeStreamData(bytes: number): Uint8Array | undefined;
  /** Called when data has come to the memory that `placeStreamData` returned. */
  onStreamDataPlaced(bytes: number): void;
  /** Receives messages that are alike without a copy; undefined if nothing can. */
  readonly alikeData: AlikeData | undefined;
  /** Called when the peer has sent everything. */
  onStreamEnd(): void;
  /** Called when the stream ends before both sides have sent everything. */
  onStreamReset(reset: StreamReset): void;
  /**
   * Called when too much waits to be read on the connection, and most of it
   * here: the stream must end.
   *
   * @param unread Number of bytes of this stream that wait.
   */
  onStreamOverflow(unread: number): void;
}

/** Connection of a stream. */
export interface StreamOwner {
  /** Sends headers. */
  sendHeaders(
    stream: Http2Stream,
    headers: Iterable<readonly [string, string]>,
    endStream: boolean,
  ): void;
  /** Begins to send `stream.outgoing`. */
  sendData(stream: Http2Stream): void;
  /** Sends RST_STREAM and forgets the stream. */
  resetStream(stream: Http2Stream, code: ErrorCodeName): void;
  /** Notes that both sides have sent everything. */
  streamEnded(stream: Http2Stream): void;
}

/** One stream. */
export class Http2Stream {
  /** Stream id. */
  readonly id: number;
  /** Send window. */
  readonly sendWindow: SendWindow;
  /** Receive window, and the unread bytes. */
  readonly flow: StreamFlow;
  /** Receives the events; set before any can come. */
  listener!: StreamListener;
  /**
   * Length of the peer's data by `content-length`, in bytes (section 8.1.1).
   */
  contentLength: number | undefined;
  /** True once headers have come that are not informational. */
  hasHeaders = false;
  /** True once there was data to send. */
  isAnswered = false;
  /** True while it is in the queue of streams that can send. */
  isQueued = false;

  readonly #owner: StreamOwner;
  readonly #sending = new Sending();
  #localEnded = false;
  #remoteEnded = false;
  #isClosed = false;
  #isDiscarding = false;
  #dataBytes = 0;

  /**
   * @param owner The connection.
   * @param id The number.
   * @param sendWindowBytes Initial send window.
   * @param flow The flow control of its connection.
   */
  constructor(
    owner: StreamOwner,
    id: number,
    sendWindowBytes: number,
    flow: FlowControl,
  ) {
    this.#owner = owner;
    this.id = id;
    this.sendWindow = new SendWindow(sendWindowBytes);
    this.flow = flow.open(
      id,
      (unread) => this.listener.onStreamOverflow(unread),
    );
  }

  /** True if we have sent everything ("half-closed (local)"). */
  get localEnded(): boolean {
    return this.#localEnded;
  }

  /** True if the peer has sent everything ("half-closed (remote)"). */
  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  /** True if nothing more can be sent or received. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True if incoming data is dropped. */
  get isDiscarding(): boolean {
    return this.#isDiscarding;
  }

  /** Data that is being sent. */
  get outgoing(): OutgoingData | undefined {
    return this.#sending.data;
  }

  /** Sends headers or trailers. */
  sendHeaders(
    headers: Iterable<readonly [string, string]>,
    endStream = false,
  ): void {
    if (this.#isClosed || this.#localEnded) return;
    this.#owner.sendHeaders(this, headers, endStream);
    if (endStream) this.endLocal();
  }

  /**
   * Sends data. No other data may be pending.
   *
   * @param chunks The parts.
   * @param byteLength The sum of their lengths.
   * @param endStream True if it is the last.
   * @returns A promise that resolves when all of it was copied, or the stream
   * is closed; undefined if that is so already. It rejects, or the call throws,
   * when the data cannot be copied.
   */
  sendData(
    chunks: readonly Uint8Array[],
    byteLength: number,
    endStream = false,
  ): Promise<void> | undefined {
    if (this.#isClosed || this.#localEnded) return undefined;
    this.isAnswered = true;
    if (!endStream) this.flow.sending(byteLength);
    this.#sending.data = new OutgoingData(chunks, byteLength, endStream);
    this.#owner.sendData(this);
    return this.#sending.wait();
  }

  /**
   * Drops the data that is being sent, so that trailers can be sent in its
   * place.
   */
  abandonData(): void {
    this.#sending.end();
  }

  /** Takes back the data that is being sent: see {@linkcode Sending.takeBack}. */
  takeBackData(): Uint8Array | undefined {
    return this.#sending.takeBack();
  }

  /** Notes that all of `outgoing` was copied. The connection calls it. */
  dataSent(): void {
    const endStream = this.outgoing?.endStream;
    this.#sending.end();
    if (endStream) this.endLocal();
  }

  /** Notes that `outgoing` could not be copied. The connection calls it. */
  dataFailed(error: unknown): void {
    this.#sending.fail(error);
  }

  /** Sends RST_STREAM, unless the stream is closed. The listener is not told. */
  reset(code: ErrorCodeName): void {
    if (!this.#isClosed) this.#owner.resetStream(this, code);
  }

  /** Gives the peer credit for `bytes` that were read. */
  credit(bytes: number): void {
    this.flow.read(bytes);
  }

  /** Drops all unread and future data. */
  discard(): void {
    this.#isDiscarding = true;
    this.flow.drop();
  }

  /** Counts data. It returns true if there is more than `content-length`. */
  countData(bytes: number): boolean {
    this.#dataBytes += bytes;
    return this.#dataBytes > (this.contentLength ?? Infinity);
  }

  /** True if there is less data than `content-length`. */
  get isShort(): boolean {
    return this.#dataBytes < (this.contentLength ?? 0);
  }

  /** Notes that we have sent everything. */
  endLocal(): void {
    this.#localEnded = true;
    if (this.#remoteEnded) this.#end();
  }

  /** Notes that the peer has sent everything. */
  endRemote(): void {
    this.#remoteEnded = true;
    this.flow.stop();
    this.listener.onStreamEnd();
    if (this.#localEnded) this.#end();
  }

  /** Closes the stream. The connection calls it. */
  close(): void {
    this.#isClosed = true;
    this.flow.drop();
    this.#sending.end();
  }

  #end(): void {
    if (!this.#isClosed) this.#owner.streamEnded(this);
  }
}
