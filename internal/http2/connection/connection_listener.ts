/** What is told of a connection. */

import type { ConnectionEnd } from "../frame/goaway.ts";
import type { ErrorCodeName } from "../frame/http2_error.ts";
import type { Http2Stream } from "./stream.ts";

/** Who is told of a connection. */
export interface ConnectionListener {
  /** The peer's first SETTINGS have come: it speaks HTTP/2. */
  onReady(): void;
  /** The peer's settings, or the number of streams, have changed. */
  onChange(): void;
  /** The peer will not process streams beyond `lastStreamId`. */
  onGoaway(lastStreamId: number, code: ErrorCodeName, debug: string): void;
  /** A client begins a stream. Its `listener` has to be set. */
  onStream(stream: Http2Stream): void;
  /**
   * A client sends no more. Returns whether the connection goes on, for streams
   * whose requests are complete.
   */
  onPeerEnd?(): boolean;
  /** It is no more; all streams have been told before. */
  onEnd(end: ConnectionEnd): void;
}
