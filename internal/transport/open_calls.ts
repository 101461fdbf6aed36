/** The calls of a client transport that have not ended. */

import { PassingMap } from "../base/lifetimes/passing_map.ts";
import { closedError } from "../grpc/call_errors.ts";
import type { CallResponse } from "../seam/transport.ts";

/** Call of a client transport. */
export interface OpenCall {
  readonly response: CallResponse<Uint8Array>;
  /** Begins the call. */
  start(): void;
  /** Ends the call with an error. */
  cancel(reason: unknown): void;
}

/** Calls until they end, or until their transport is closed. */
export class OpenCalls {
  readonly #calls = new PassingMap<OpenCall, OpenCall>();
  #isClosed = false;

  /**
   * Starts a call; it fails if the transport is closed.
   *
   * @param make Makes the call, which must call `onEnd` at its end.
   */
  start(make: (onEnd: () => void) => OpenCall): CallResponse<Uint8Array> {
    const call: OpenCall = make(() => this.#calls.delete(call));
    this.#calls.set(call, call);
    if (this.#isClosed) call.cancel(closedError());
    else call.start();
    return call.response;
  }

  /** Fails all calls, and those that come later. */
  close(): void {
    this.#isClosed = true;
    for (const call of this.#calls.values()) call.cancel(closedError());
  }
}
