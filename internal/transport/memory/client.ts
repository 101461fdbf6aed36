/**
 * The transport in memory: a client joined to a handler without a socket, for tests and for data
 * that stays in one process. It keeps the contract of the seam: messages are copied, windows limit
 * the bytes in transit, deadlines and cancellation cross over, limits hold.
 */

import { atDeadline } from "../../base/deadline.ts";
import { deferred } from "../../base/deferred.ts";
import { integerOption, renamedOption } from "../../core/check_option.ts";
import { handled } from "../../base/handled.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import {
  clientGoneError,
  closedError,
  deadlineError,
  handlerError,
  tooManyFieldsText,
} from "../../grpc/call_errors.ts";
import { maxHeaderFieldsOf, messageLimitOf } from "../options.ts";
import type {
  CallHandler,
  CallResponse,
  ClientRequest,
  ClientTransport,
  OutgoingMessage,
} from "../../seam/transport.ts";
import { MemoryPipe, type MemoryPipeLimits } from "./pipe.ts";

/** Options of the transport in memory. */
export interface MemoryTransportOptions {
  /**
   * Most bytes that may wait for a reader, in each direction of each call; then the sender is no
   * longer read. 1 or more; 65,535 by default, the initial window of HTTP/2 (RFC 9113, section 6.9.2).
   */
  readonly flowControlWindowBytes?: number | undefined;
  /** Largest message that either side accepts, in bytes. Default: 256 MiB. */
  readonly maxReceiveMessageBytes?: number | undefined;
  /**
   * Most headers, and most trailers, that either side accepts, 16 to 2³¹ − 1. A call with more ends
   * with RESOURCE_EXHAUSTED. Default: 256.
   */
  readonly maxHeaderFields?: number | undefined;
}

/** Checked limits of a call. */
interface MemoryLimits extends MemoryPipeLimits {
  readonly maxHeaderFields: number;
}

/** Joins calls to `handler`. */
export function memoryClientTransport(
  handler: CallHandler,
  options: MemoryTransportOptions = {},
): ClientTransport {
  renamedOption("windowBytes", "flowControlWindowBytes", options);
  const limits: MemoryLimits = {
    windowBytes: integerOption(
      "flowControlWindowBytes",
      options.flowControlWindowBytes ?? 65_535,
      1,
    ),
    maxReceiveMessageBytes: messageLimitOf(options),
    maxHeaderFields: maxHeaderFieldsOf(options),
  };
  const closing = new AbortController();
  return {
    peer: "memory",
    call: (request) => memoryCall(handler, request, limits, closing.signal),
    close() {
      closing.abort(closedError());
      return Promise.resolve();
    },
  };
}

function memoryCall(
  handler: CallHandler,
  request: ClientRequest,
  limits: MemoryLimits,
  closing: AbortSignal,
): CallResponse<Uint8Array> {
  const serverSide = new AbortController();
  const headers = deferred<FlightHeaders>();
  let receivedHeaders: FlightHeaders | undefined;
  let trailers = new FlightHeaders();
  let response: CallResponse<OutgoingMessage> | undefined;
  let headersSent: Promise<void> | undefined;
  let ended = false;

  /** Ends the call once: the client sees `error`, the server sees `reason`. */
  const end = (
    error: unknown,
    reason: FlightError,
    discard: boolean,
  ): void => {
    if (ended) return;
    ended = true;
    stopTimer();
    request.signal.removeEventListener("abort", onAbort);
    closing.removeEventListener("abort", onClose);
    upload.stop({ error: reason }, true);
    request.messages.cancel(error);
    if (error === undefined) download.stop("end");
    else {
      headers.reject(error);
      download.stop({ error }, discard);
      response?.messages.cancel(reason);
    }
    serverSide.abort(reason);
  };
  const cancelled = (error: unknown): void =>
    end(error, clientGoneError(), true);
  /** The handler's answer is an error, which the client sees as an error of the other side. */
  const failed = (error: unknown): void => {
    const reason = handlerError(error);
    end(
      reason.with({
        origin: "remote",
        cause: undefined,
        headers: receivedHeaders,
        trailers: new FlightHeaders(reason.trailers),
      }),
      reason,
      false,
    );
  };
  const onAbort = (): void => cancelled(request.signal.reason);
  const onClose = (): void => cancelled(closing.reason);

  const upload = new MemoryPipe(
    request.messages,
    limits,
    (error, tooLarge) => tooLarge ? failed(error) : cancelled(error),
    // As on a wire: the sender learns of it when the window is full, or the call is over.
    () => {},
  );
  const download = new MemoryPipe(
    {
      async read() {
        const message = await response!.messages.read();
        // As on a wire: headers come first.
        if (receivedHeaders === undefined) await headersSent;
        return message;
      },
      cancel: (reason) => response!.messages.cancel(reason),
    },
    limits,
    (error, tooLarge) => tooLarge ? cancelled(error) : failed(error),
    cancelled,
  );
  const stopTimer = atDeadline(request.deadline, () => {
    const error = deadlineError();
    end(error, error, true);
  });

  if (request.signal.aborted) onAbort();
  else if (closing.aborted) onClose();
  else {
    request.signal.addEventListener("abort", onAbort);
    closing.addEventListener("abort", onClose);
    // The server's turn comes later, as on a network: none of it runs inside the client's call.
    queueMicrotask(start);
  }

  /** Makes the error of a list that is too long for its receiver. */
  function excess(what: string, { size }: FlightHeaders): unknown {
    const { maxHeaderFields } = limits;
    return size <= maxHeaderFields ? undefined : new FlightError(
      "RESOURCE_EXHAUSTED",
      tooManyFieldsText(what, size, maxHeaderFields),
    );
  }

  function start(): void {
    if (ended) return;
    const tooMany = excess("headers", request.headers);
    if (tooMany !== undefined) return failed(tooMany);
    response = handler({
      path: request.path,
      headers: new FlightHeaders(request.headers),
      messages: upload,
      signal: serverSide.signal,
      deadline: request.deadline,
      peer: "memory",
    });
    headersSent = handled(response.headers.then((received) => {
      const tooMany = excess("headers", received);
      if (tooMany !== undefined) return cancelled(tooMany);
      receivedHeaders = new FlightHeaders(received);
      headers.resolve(receivedHeaders);
    }));
    handled(upload.run());
    handled(download.run(() => {
      const tooMany = excess("trailers", response!.trailers());
      if (tooMany !== undefined) return cancelled(tooMany);
      trailers = new FlightHeaders(response!.trailers());
      end(
        undefined,
        new FlightError("CANCELLED", "the call has ended"),
        false,
      );
    }));
  }

  return {
    headers: headers.promise,
    messages: download,
    trailers: () => trailers,
  };
}
