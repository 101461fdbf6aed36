/** Events of a connection. */

import type { ConnectionEnd } from "../frame/goaway.ts";
import type { ErrorCodeName } from "../frame/http2_error.ts";
import type { Http2Stream } from "./stream.ts";

/** Receives the events of a connection. */
export interface ConnectionListener {
  /** Called when the peer's first SETTINGS have come: it speaks HTTP/2. */
  onReady(): void;
  /**
   * Called when the peer's settings, or the number of streams, have changed.
   */
  onChange(): void;
  /** Called when the peer will not process streams beyond `lastStreamId`. */
  onGoaway(lastStreamId: number, code: ErrorCodeName, debug: string): void;
  /** Called when a client begins a stream. Its `listener` must be set. */
  onStream(stream: Http2Stream): void;
  /**
   * Called when a client has closed its sending side. It returns true if the
   * connection goes on, for streams whose requests are complete.
   */
  onPeerEnd?(): boolean;
  /**
   * Called when the connection has ended, after the listeners of all streams.
   */
  onEnd(end: ConnectionEnd): void;
}
