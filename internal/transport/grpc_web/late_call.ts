/** A call that cannot begin at once: the way that it takes is still to be found. */

import { type Deferred, deferred } from "../../base/deferred.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import { unwantedError } from "../../grpc/call_errors.ts";
import { CallerWatch } from "../../grpc/caller_watch.ts";
import type { CallResponse, ClientRequest } from "../../seam/transport.ts";
import type { OpenCall } from "../open_calls.ts";

/** Finds the way of a call, and then is that call. */
export class LateCall implements OpenCall {
  readonly #request: ClientRequest;
  readonly #find: (signal: AbortSignal) => Promise<OpenCall>;
  readonly #onEnd: () => void;
  readonly #abort = new AbortController();
  readonly #headers: Deferred<FlightHeaders> = deferred();
  readonly #found: Deferred<CallResponse<Uint8Array>> = deferred();
  #call: OpenCall | undefined;
  #response: CallResponse<Uint8Array> | undefined;
  #isOver = false;
  readonly #watch: CallerWatch;

  /**
   * @param request The call.
   * @param find Makes the call that this one becomes. The signal ends the search.
   * @param onEnd Called when there will be no such call.
   */
  constructor(
    request: ClientRequest,
    find: (signal: AbortSignal) => Promise<OpenCall>,
    onEnd: () => void,
  ) {
    this.#request = request;
    this.#watch = new CallerWatch(request, (reason) => this.cancel(reason));
    this.#find = find;
    this.#onEnd = onEnd;
  }

  /** Response of the call, as its caller sees it. */
  get response(): CallResponse<Uint8Array> {
    return {
      headers: this.#headers.promise,
      messages: {
        read: async () => {
          const { messages } = this.#response ?? await this.#found.promise;
          return await messages.read();
        },
        recycle: (message) => this.#response?.messages.recycle?.(message),
        cancel: (reason) => this.cancel(reason ?? unwantedError(undefined)),
      },
      trailers: () => this.#response?.trailers() ?? new FlightHeaders(),
    };
  }

  /** Begins the search. */
  start(): void {
    if (!this.#watch.begin(() => undefined)) return;
    this.#find(this.#abort.signal).then(
      (call) => this.#become(call),
      (error) => this.cancel(error),
    );
  }

  /** Ends the call. */
  cancel(reason: unknown): void {
    // The other call has a reason of its own where it gets none.
    if (this.#call !== undefined) return this.#call.cancel(reason);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch.stop();
    this.#abort.abort(reason);
    this.#headers.reject(reason);
    this.#found.reject(reason);
    this.#request.messages.cancel(reason);
    this.#onEnd();
  }

  #become(call: OpenCall): void {
    if (this.#isOver) return call.cancel(this.#abort.signal.reason);
    this.#watch.stop();
    this.#call = call;
    this.#response = call.response;
    this.#response.headers.then(this.#headers.resolve, this.#headers.reject);
    this.#found.resolve(this.#response);
    call.start();
  }
}
