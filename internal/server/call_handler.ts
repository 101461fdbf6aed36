/** Joins a FlightService to the seam: a transport calls what {@linkcode callHandler} returns. */

import { deferred } from "../base/deferred.ts";
import type { Source } from "../base/source.ts";
import { arrowStatusTrailers } from "../core/arrow_status.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import { type FlightMethod, methodOfPath } from "../core/methods.ts";
import type {
  CallHandler,
  CallRequest,
  CallResponse,
  OutgoingMessage,
} from "../transport/transport.ts";
import type { FlightCallContext } from "./call_context.ts";
import type { FlightService } from "./flight_service.ts";
import { RPCS } from "./rpcs.ts";

/** Is told of every failure that the client does not get to see. */
export type FlightErrorListener = (
  error: unknown,
  context: FlightCallContext,
) => void;

/** Answers calls by the methods of `service`. */
export function callHandler(
  service: FlightService,
  onError: FlightErrorListener = logError,
): CallHandler {
  return (request) => {
    const method = methodOfPath(request.path);
    return method === undefined
      ? refusal(
        new FlightError("UNIMPLEMENTED", `unknown method ${request.path}`),
      )
      : new ServerCall(method, request, service, onError);
  };
}

function logError(error: unknown, { method, peer }: FlightCallContext): void {
  console.error(`${method} of ${peer} failed:`, error);
}

function refusal(error: FlightError): CallResponse<OutgoingMessage> {
  return {
    headers: Promise.resolve(new FlightHeaders()),
    messages: { read: () => Promise.reject(error), cancel: () => {} },
    trailers: () => new FlightHeaders(),
  };
}

/** A call that is being answered; also the source of its messages. */
class ServerCall
  implements CallResponse<OutgoingMessage>, Source<OutgoingMessage> {
  readonly messages: Source<OutgoingMessage> = this;
  readonly #context: FlightCallContext;
  readonly #headers = deferred<FlightHeaders>();
  readonly #onError: FlightErrorListener;
  readonly #answer: Promise<Source<OutgoingMessage>>;
  #source: Source<OutgoingMessage> | undefined;
  #cancelled: { reason: unknown } | undefined;

  constructor(
    method: FlightMethod,
    request: CallRequest<Uint8Array>,
    service: FlightService,
    onError: FlightErrorListener,
  ) {
    this.#onError = onError;
    const responseHeaders = new FlightHeaders();
    this.#context = {
      method,
      headers: request.headers,
      peer: request.peer,
      deadline: request.deadline === undefined
        ? undefined
        : new Date(request.deadline),
      signal: request.signal,
      responseHeaders,
      responseTrailers: new FlightHeaders(),
      sendHeaders: () => this.#headers.resolve(responseHeaders),
    };
    this.#answer = this.#run(service, request);
    this.#answer.catch(() => {});
  }

  get headers(): Promise<FlightHeaders> {
    return this.#headers.promise;
  }

  trailers(): FlightHeaders {
    return this.#context.responseTrailers;
  }

  async read(): Promise<OutgoingMessage | undefined> {
    try {
      const source = await this.#answer;
      const message = await source.read();
      this.#context.sendHeaders();
      return message;
    } catch (error) {
      this.#context.sendHeaders();
      throw this.#wireError(error);
    }
  }

  cancel(reason: unknown): void {
    if (this.#cancelled !== undefined) return;
    this.#cancelled = { reason };
    this.#source?.cancel(reason);
  }

  async #run(
    service: FlightService,
    request: CallRequest<Uint8Array>,
  ): Promise<Source<OutgoingMessage>> {
    const source = await RPCS[this.#context.method](
      service,
      request.messages,
      this.#context,
    );
    this.#source = source;
    // The client may have gone while the handler was still thinking.
    if (this.#cancelled !== undefined) source.cancel(this.#cancelled.reason);
    return source;
  }

  /** What the client may see of an error. */
  #wireError(error: unknown): FlightError {
    const { method, signal, responseTrailers } = this.#context;
    let visible: FlightError;
    if (FlightError.is(error)) {
      visible = error;
    } else {
      // A handler that passes the signal on fails by its reason, which nobody needs to be told.
      if (!signal.aborted) this.#report(error);
      visible = new FlightError(
        "UNKNOWN",
        "the service failed to handle the call",
      );
    }
    const trailers = new FlightHeaders(responseTrailers);
    for (const [name, value] of arrowStatusTrailers(visible)) {
      trailers.append(name, value);
    }
    return visible.with({ method, trailers });
  }

  #report(error: unknown): void {
    try {
      this.#onError(error, this.#context);
    } catch {
      // A listener that fails must not take the call down with it.
    }
  }
}
