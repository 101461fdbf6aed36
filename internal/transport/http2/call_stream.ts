/** The stream and the connection of a call of the server: HTTP/2, or HTTP/1.1 for gRPC-Web. */

import type { Header } from "../../http2/hpack/header.ts";

/** Stream of a call: a stream of HTTP/2, or a request of HTTP/1.1 with its answer. */
export interface CallStream {
  /** True if the client has sent everything. */
  readonly remoteEnded: boolean;
  /** True if nothing more can be sent or received. */
  readonly isClosed: boolean;
  /** Gives the client credit for `bytes` that were read. */
  credit(bytes: number): void;
  /** Drops all unread and future data. */
  discard(): void;
  /** Sends headers or, on HTTP/2, trailers. */
  sendHeaders(headers: Iterable<Header>, endStream?: boolean): void;
  /**
   * Sends data. No other data may be pending.
   *
   * @returns A promise that resolves when all of it was copied, or the stream is closed; undefined if
   * that is so already. It rejects, or the call throws, when the data cannot be copied.
   */
  sendData(
    chunks: readonly Uint8Array[],
    byteLength: number,
    endStream?: boolean,
  ): Promise<void> | undefined;
  /** Drops the data that is being sent. */
  abandonData(): void;
  /**
   * Takes back the data that is being sent.
   *
   * @returns A copy of the rest if a part of it has left.
   * @throws When that cannot be copied.
   */
  takeBackData(): Uint8Array | undefined;
  /** Ends the stream, unless it is closed. The call is not told. */
  reset(code: "NO_ERROR" | "CANCEL" | "INTERNAL_ERROR"): void;
}

/** Connection of a call. */
export interface CallConnection {
  /** Limits of the client. */
  readonly settings: { readonly maxHeaderListBytes: number };
  /** Size of the last header list, in bytes as HTTP/2 counts them. */
  readonly listBytes: number;
  /** Waits until data may be written; undefined if it may be now. */
  room(): Promise<void> | undefined;
  /** Counts useless work, too much of which ends a connection. */
  countUseless(what: string): void;
}
