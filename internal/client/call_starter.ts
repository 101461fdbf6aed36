/** Starts the calls of a client and gives their failures one form. */

import { handled } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import { atDeadline, deadlineAfter } from "../base/timers/deadline.ts";
import { untilAborted } from "../base/timers/until_aborted.ts";
import { mapSource, singleSource, type Source } from "../base/source.ts";
import {
  checkCallOptions,
  type FlightCallOptions,
} from "../core/call_options.ts";
import { arrowStatusError } from "../core/arrow_status.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import { deadlineError } from "../grpc/call_errors.ts";
import { malformedAnswer } from "../core/malformed_answer.ts";
import type { Late } from "../core/part.ts";
import { methodPath } from "../protocol/methods.ts";
import { readInTime } from "../read/idle_timeouts.ts";
import { mapResponse } from "../seam/map_response.ts";
import { NEVER_ABORTED, offAbort, onAbort } from "../seam/never_aborted.ts";
import { singleMessage } from "../seam/single_message.ts";
import type {
  CallResponse,
  ClientTransport,
  OutgoingMessage,
} from "../seam/transport.ts";

/** Defaults of a client for all of its calls. */
interface ClientDefaults {
  /** Sent with every call. */
  readonly headers: FlightHeaders;
  /** Timeout of calls that name none. */
  readonly timeoutMs: number | undefined;
}

/** Makes calls over one transport. */
export class CallStarter {
  readonly #transport: ClientTransport;
  readonly #defaults: ClientDefaults;

  /** Calls over `transport`, with `defaults`. */
  constructor(transport: ClientTransport, defaults: ClientDefaults) {
    this.#transport = transport;
    this.#defaults = defaults;
  }

  /** Starts a call; what it reports are FlightErrors with `method`, or the caller's own errors. */
  start(
    method: string,
    messages: Source<OutgoingMessage>,
    options: FlightCallOptions,
  ): CallResponse<Uint8Array> {
    checkCallOptions(options);
    const deadline = deadlineAfter(
      options.timeoutMs ?? this.#defaults.timeoutMs,
    );
    const { signal = NEVER_ABORTED } = options;
    const headers = new FlightHeaders(this.#defaults.headers);
    if (options.headers !== undefined) {
      const own = new FlightHeaders(options.headers);
      for (const [name] of own) headers.delete(name);
      for (const [name, value] of own) headers.append(name, value);
    }

    const blamed = (error: unknown) => clientError(error, method);
    const response = this.#transport.call({
      path: methodPath(method),
      headers,
      messages: {
        read: () => messages.read(),
        take: () => messages.take?.(),
        // A write rejects with the same error as the call.
        cancel: (reason) => messages.cancel(blamed(reason)),
        hasEnded: () => messages.hasEnded?.() ?? false,
      },
      signal,
      deadline,
    });
    const received = handled(response.headers.catch((error) => {
      throw blamed(error);
    }));
    const incoming = readInTime(response.messages, method, options);
    const { onHeaders, onTrailers } = options;
    /** Error that a callback has thrown. */
    let thrown: { readonly error: unknown } | undefined;
    if (onHeaders !== undefined) {
      const told = received.then((headers) => onHeaders(headers));
      told.catch((error) => {
        thrown = { error };
        incoming.cancel(error);
      });
    }
    let ended = false;
    return mapResponse(response, {
      headers: received,
      async read() {
        try {
          const message = await incoming.read();
          if (thrown) throw thrown.error;
          if (message === undefined && !ended) {
            ended = true;
            const told: unknown = onTrailers?.(response.trailers());
            if (isPromise(told)) {
              await untilEnd(Promise.resolve(told), signal, deadline);
            }
          }
          return message;
        } catch (error) {
          throw thrown ? thrown.error : blamed(error);
        }
      },
      take: () => thrown ? undefined : incoming.take?.(),
      cancel: (reason) => incoming.cancel(reason ?? cancelledBy(method)),
    });
  }

  /** A call of one request. */
  serverStreaming(
    method: string,
    request: Uint8Array,
    options: FlightCallOptions,
  ): CallResponse<Uint8Array> {
    return this.start(method, singleSource(singleMessage(request)), options);
  }

  /** A call of one request and one response, or of an action and its first result, which is decoded when `ready` is there. */
  async unary<T>(
    method: string,
    request: Uint8Array,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
    ready?: Late<unknown>,
  ): Promise<T> {
    const { messages } = this.serverStreaming(method, request, options);
    const response = await messages.read();
    if (response === undefined) {
      throw new FlightError(
        "INTERNAL",
        "the server ended the call without a response",
        {
          method,
          origin: "remote",
        },
      );
    }
    // The status first: it says more than a message that cannot be decoded.
    while (await messages.read() !== undefined) {
      // A predefined action has its one result in a stream; other clients leave out all behind the first, too.
      if (method === "DoAction") continue;
      const error = new FlightError(
        "INTERNAL",
        "the server sent more than one response",
        {
          method,
          origin: "remote",
        },
      );
      messages.cancel(error);
      throw error;
    }
    if (isPromise(ready)) await ready;
    return decodeResponse(method, decode, response, messages);
  }
}

/** Waits for a callback, but not longer than the call may take. */
async function untilEnd(
  promise: Promise<unknown>,
  signal: AbortSignal,
  deadline: number | undefined,
): Promise<void> {
  const ending = new AbortController();
  const abort = (): void => ending.abort(signal.reason);
  const stopTimer = atDeadline(deadline, () => ending.abort(deadlineError()));
  if (signal.aborted) abort();
  else onAbort(signal, abort);
  try {
    await untilAborted(promise, ending.signal);
  } finally {
    stopTimer();
    offAbort(signal, abort);
  }
}

function cancelledBy(method: string): FlightError {
  return new FlightError("CANCELLED", "the caller canceled the call", {
    method,
  });
}

/** Decodes a response; if it is malformed, the call is canceled. */
function decodeResponse<T>(
  method: string,
  decode: (response: Uint8Array) => T,
  response: Uint8Array,
  messages: Source<Uint8Array>,
): T {
  try {
    return decode(response);
  } catch (cause) {
    const error = malformedAnswer(cause, method);
    messages.cancel(error);
    throw error;
  }
}

/** The decoded messages of a response. */
export function decodedMessages<T>(
  method: string,
  { messages }: CallResponse<Uint8Array>,
  decode: (response: Uint8Array) => T,
): Source<T> {
  return mapSource(
    messages,
    (bytes) => decodeResponse(method, decode, bytes, messages),
  );
}

/**
 * Results of {@linkcode clientError}, by error and method: calls of one connection may share an
 * error.
 */
const CLIENT_ERRORS = new WeakMap<FlightError, Map<string, FlightError>>();

/**
 * Errors of a transport, seen by the caller of `method`. The same error gives the same object: it
 * reaches a caller in several ways, such as by a write, by the headers and by the results.
 */
export function clientError(error: unknown, method: string): unknown {
  if (!FlightError.is(error)) return error;
  const known = CLIENT_ERRORS.get(error)?.get(method);
  if (known) return known;
  const seen = arrowStatusError(
    error.method === undefined ? error.with({ method }) : error,
  );
  if (seen !== error) {
    const byMethod = CLIENT_ERRORS.get(error) ?? new Map();
    CLIENT_ERRORS.set(error, byMethod.set(method, seen));
  }
  return seen;
}
