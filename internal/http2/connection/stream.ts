/** One stream of a connection, and its states: RFC 9113, section 5.1. */

import { type Deferred, deferred } from "../../base/deferred.ts";
import type { FlowControl, StreamFlow } from "./flow_control.ts";
import type { HeaderList } from "../hpack/header.ts";
import type { ErrorCodeName } from "../frame/http2_error.ts";
import { OutgoingData } from "./outgoing_data.ts";
import { SendWindow } from "./send_window.ts";

/** Why a stream has ended before both sides had said all. */
export interface StreamReset {
  /** Who ended it. */
  readonly by: "peer" | "us" | "connection";
  /** The code of RST_STREAM, or of what ended the connection. */
  readonly code: ErrorCodeName;
  /** What was wrong, if not the code alone. */
  readonly problem?: string | undefined;
  /** Whether the peer says that it has done nothing for this stream (8.7). */
  readonly isUnprocessed: boolean;
}

/** What is told of a stream. */
export interface StreamListener {
  /**
   * Headers or trailers have come.
   *
   * @param headers The list, or undefined if it is larger than the limit.
   * @param endStream Whether nothing follows; `onStreamEnd` is called as well.
   */
  onStreamHeaders(headers: HeaderList | undefined, endStream: boolean): void;
  /** Data has come: it must be copied. */
  onStreamData(chunk: Uint8Array, start: number, end: number): void;
  /** The peer has said all. */
  onStreamEnd(): void;
  /** The stream is no more, before both sides have said all. */
  onStreamReset(reset: StreamReset): void;
  /**
   * Too much waits to be read on the connection, and most of it here: the stream
   * has to end.
   *
   * @param unread How many bytes of this stream wait.
   */
  onStreamOverflow(unread: number): void;
}

/** What a stream needs of its connection. */
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
  /** Both sides have said all. */
  streamEnded(stream: Http2Stream): void;
}

/** One stream. */
export class Http2Stream {
  /** Its number. */
  readonly id: number;
  /** What may be sent. */
  readonly sendWindow: SendWindow;
  /** What may come, and what of it is unread. */
  readonly flow: StreamFlow;
  /** Who is told; set before anything can come. */
  listener!: StreamListener;
  /** What the peer said its data would be, in bytes (section 8.1.1). */
  contentLength: number | undefined;
  /** Whether headers have come that are not informational. */
  hasHeaders = false;
  /** What is being sent. */
  outgoing: OutgoingData | undefined;
  /** Whether it is in the queue of those that can send. */
  isQueued = false;

  readonly #owner: StreamOwner;
  #localEnded = false;
  #remoteEnded = false;
  #isClosed = false;
  #isDiscarding = false;
  #dataBytes = 0;
  #onSent: Deferred<void> | undefined;
  #sendError: { readonly error: unknown } | undefined;

  /**
   * @param owner The connection.
   * @param id The number.
   * @param sendWindowBytes What may be sent at first.
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

  /** Whether we have said all ("half-closed (local)"). */
  get localEnded(): boolean {
    return this.#localEnded;
  }

  /** Whether the peer has said all ("half-closed (remote)"). */
  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  /** Whether nothing more can be sent or come. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether what comes is dropped. */
  get isDiscarding(): boolean {
    return this.#isDiscarding;
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
   * Sends data, of which there must be none under way.
   *
   * @param chunks The parts.
   * @param byteLength The sum of their lengths.
   * @param endStream Whether it is the last.
   * @returns Resolves when all of it was copied, or the stream is closed;
   * undefined if that is so already. Rejects, or throws, when it cannot be
   * copied.
   */
  sendData(
    chunks: readonly Uint8Array[],
    byteLength: number,
    endStream = false,
  ): Promise<void> | undefined {
    if (this.#isClosed || this.#localEnded) return undefined;
    this.outgoing = new OutgoingData(chunks, byteLength, endStream);
    this.#owner.sendData(this);
    if (this.#sendError) throw this.#sendError.error;
    if (this.outgoing === undefined) return undefined;
    this.#onSent = deferred();
    return this.#onSent.promise;
  }

  /** Drops what is being sent, to send trailers in its place. */
  abandonData(): void {
    this.outgoing = undefined;
    this.#sent();
  }

  /** All of `outgoing` was copied; called by the connection. */
  dataSent(): void {
    const endStream = this.outgoing?.endStream;
    this.outgoing = undefined;
    if (endStream) this.endLocal();
    this.#sent();
  }

  /** `outgoing` could not be copied; called by the connection. */
  dataFailed(error: unknown): void {
    this.outgoing = undefined;
    this.#sendError = { error };
    this.#onSent?.reject(error);
    this.#onSent = undefined;
  }

  /** Sends RST_STREAM, unless the stream is closed. The listener is not told. */
  reset(code: ErrorCodeName): void {
    if (!this.#isClosed) this.#owner.resetStream(this, code);
  }

  /** Gives the peer credit for `bytes` that were read. */
  credit(bytes: number): void {
    this.flow.read(bytes);
  }

  /** Drops what comes from now on, and what has come and was not read. */
  discard(): void {
    this.#isDiscarding = true;
    this.flow.drop();
  }

  /** Counts data; returns whether it is more than was announced. */
  countData(bytes: number): boolean {
    this.#dataBytes += bytes;
    return this.#dataBytes > (this.contentLength ?? Infinity);
  }

  /** Whether there is less data than was announced. */
  get isShort(): boolean {
    return this.#dataBytes < (this.contentLength ?? 0);
  }

  /** We have said all. */
  endLocal(): void {
    this.#localEnded = true;
    if (this.#remoteEnded) this.#end();
  }

  /** The peer has said all. */
  endRemote(): void {
    this.#remoteEnded = true;
    this.flow.stop();
    this.listener.onStreamEnd();
    if (this.#localEnded) this.#end();
  }

  /** Takes the stream out of service; called by the connection. */
  close(): void {
    this.#isClosed = true;
    this.flow.drop();
    this.outgoing = undefined;
    this.#sent();
  }

  #end(): void {
    if (!this.#isClosed) this.#owner.streamEnded(this);
  }

  #sent(): void {
    const onSent = this.#onSent;
    this.#onSent = undefined;
    onSent?.resolve();
  }
}
