/** One call in memory: its two sides, joined by a pipe in each direction. */

import { atDeadline, timeUntil } from "../../base/timers/deadline.ts";
import { type Deferred, deferred } from "../../base/deferred.ts";
import { handled } from "../../base/handled.ts";
import { LazyAbort } from "../../base/lazy_abort.ts";
import { lendSignal } from "../../base/lifetimes/lent_signal.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import {
  clientGoneError,
  deadlineError,
  handlerError,
  tooManyFieldsText,
} from "../../grpc/call_errors.ts";
import { fromHeaderList, toHeaderList } from "../../grpc/header_list.ts";
import { CALL_ENDED } from "../../seam/call_ended.ts";
import { offAbort, onAbort } from "../../seam/never_aborted.ts";
import type {
  CallHandler,
  CallResponse,
  ClientRequest,
  OutgoingMessage,
} from "../../seam/transport.ts";
import { MemoryPipe, type MemoryPipeLimits } from "./pipe.ts";

/** Checked limits of a call. */
export interface MemoryLimits extends MemoryPipeLimits {
  /** Most headers, and most trailers, that either side accepts. */
  readonly maxHeaderFields: number;
}

/** Copies headers as a wire would carry them: without those that belong to gRPC or to a connection. */
function carried(headers: FlightHeaders): FlightHeaders {
  return fromHeaderList(toHeaderList(headers));
}

/** Running call. */
export class MemoryCall {
  readonly #handler: CallHandler;
  readonly #request: ClientRequest;
  readonly #limits: MemoryLimits;
  readonly #closing: AbortSignal;
  readonly #serverSide = new LazyAbort();
  readonly #headers: Deferred<FlightHeaders> = deferred();
  readonly #upload: MemoryPipe;
  readonly #download: MemoryPipe;
  readonly #stopTimer: () => void;
  #receivedHeaders: FlightHeaders | undefined;
  #trailers = new FlightHeaders();
  #response: CallResponse<OutgoingMessage> | undefined;
  #headersSent: Promise<void> | undefined;
  #hasEnded = false;

  /**
   * Makes a call that waits for `begin`; its deadline is kept from now on.
   *
   * @param handler Answers the call.
   * @param request The call.
   * @param limits The limits, of both sides.
   * @param closing Aborted, with an error, when the transport is closed.
   */
  constructor(
    handler: CallHandler,
    request: ClientRequest,
    limits: MemoryLimits,
    closing: AbortSignal,
  ) {
    this.#handler = handler;
    this.#request = request;
    this.#limits = limits;
    this.#closing = closing;
    this.#upload = new MemoryPipe(
      request.messages,
      limits,
      (error, tooLarge) => tooLarge ? this.#fail(error) : this.#cancel(error),
      // As on a wire: the sender learns of it when the window is full, or the call is over.
      () => {},
    );
    this.#download = new MemoryPipe(
      {
        read: () => this.#readAnswer(),
        cancel: (reason) => this.#response!.messages.cancel(reason),
      },
      limits,
      (error, tooLarge) => tooLarge ? this.#cancel(error) : this.#fail(error),
      (reason) => this.#cancel(reason),
    );
    this.#stopTimer = atDeadline(request.deadline, this.#onDeadline);
  }

  /** Begins the call, unless it has been canceled already, and returns its response. */
  begin(): CallResponse<Uint8Array> {
    const { signal, deadline } = this.#request;
    if (signal.aborted) this.#onAbort();
    else if (this.#closing.aborted) this.#onClose();
    else if (timeUntil(deadline) <= 0) this.#onDeadline();
    else {
      onAbort(signal, this.#onAbort);
      this.#closing.addEventListener("abort", this.#onClose);
      // The server's turn comes later, as on a network: none of it runs inside the client's call.
      queueMicrotask(() => this.#start());
    }
    return {
      headers: this.#headers.promise,
      messages: this.#download,
      trailers: () => this.#trailers,
    };
  }

  /** Hands the call to the server. */
  #start(): void {
    if (this.#hasEnded) return;
    const request = this.#request;
    const tooMany = this.#excess("headers", request.headers);
    if (tooMany !== undefined) return this.#fail(tooMany);
    const serverSide = this.#serverSide;
    const response = this.#handler(lendSignal({
      path: request.path,
      headers: carried(request.headers),
      messages: this.#upload,
      onEnd: (listener: () => void) => serverSide.onAbort(listener),
      deadline: request.deadline,
      peer: "memory",
    }, serverSide));
    this.#response = response;
    this.#headersSent = handled(
      response.headers.then((headers) => this.#receiveHeaders(headers)),
    );
    handled(this.#upload.run());
    handled(this.#download.run(() => this.#complete(response.trailers())));
  }

  #receiveHeaders(headers: FlightHeaders): void {
    const tooMany = this.#excess("headers", headers);
    if (tooMany !== undefined) return this.#cancel(tooMany);
    this.#receivedHeaders = carried(headers);
    this.#headers.resolve(this.#receivedHeaders);
  }

  async #readAnswer(): Promise<OutgoingMessage | undefined> {
    const message = await this.#response!.messages.read();
    // As on a wire: headers come first.
    if (this.#receivedHeaders === undefined) await this.#headersSent;
    return message;
  }

  /** Ends the call well, after the last message of the answer. */
  #complete(trailers: FlightHeaders): void {
    const tooMany = this.#excess("trailers", trailers);
    if (tooMany !== undefined) return this.#cancel(tooMany);
    this.#trailers = carried(trailers);
    this.#end(undefined, CALL_ENDED, false);
  }

  /** Makes the error of a list that is too long for its receiver. */
  #excess(list: string, { size }: FlightHeaders): FlightError | undefined {
    const { maxHeaderFields } = this.#limits;
    return size <= maxHeaderFields ? undefined : new FlightError(
      "RESOURCE_EXHAUSTED",
      tooManyFieldsText(list, size, maxHeaderFields),
    );
  }

  /** Ends the call for the server's error, which the client sees as one of the other side. */
  #fail(error: unknown): void {
    const reason = handlerError(error);
    this.#end(
      reason.with({
        origin: "remote",
        cause: undefined,
        headers: this.#receivedHeaders,
        trailers: carried(reason.trailers ?? new FlightHeaders()),
      }),
      reason,
      false,
    );
  }

  /** Ends the call for the client, which sees `error`. */
  #cancel(error: unknown): void {
    this.#end(error, clientGoneError(), true);
  }

  /**
   * Ends the call once.
   *
   * @param error The error that the client sees; `undefined` if the call has succeeded.
   * @param reason The error that the server sees.
   * @param discard True to drop messages that wait for the client.
   */
  #end(error: unknown, reason: FlightError, discard: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stopTimer();
    offAbort(this.#request.signal, this.#onAbort);
    this.#closing.removeEventListener("abort", this.#onClose);
    this.#upload.stop({ error: reason }, true);
    this.#request.messages.cancel(error);
    if (error === undefined) this.#download.stop("end");
    else {
      this.#headers.reject(error);
      this.#download.stop({ error }, discard);
      this.#response?.messages.cancel(reason);
    }
    this.#serverSide.abort(reason);
  }

  readonly #onDeadline = (): void => {
    const error = deadlineError();
    this.#end(error, error, true);
  };
  readonly #onAbort = (): void => this.#cancel(this.#request.signal.reason);
  readonly #onClose = (): void => this.#cancel(this.#closing.reason);
}
