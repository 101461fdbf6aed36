/** The innermost answer to a call: what the method of a service gives. */

import { handled } from "../base/handled.ts";
import { lendSignal } from "../base/lifetimes/lent_signal.ts";
import type { Source } from "../base/source.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { PEER_IDENTITY } from "../core/context_values.ts";
import type { FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type { IpcWriteOptions } from "../core/ipc_options.ts";
import type { FlightServerCall } from "../interceptors/interceptor.ts";
import { incomingMessages } from "../interceptors/call_messages.ts";
import type { CallResponse, OutgoingMessage } from "../seam/transport.ts";
import type { Answer } from "./routes.ts";
import type { DataSettings } from "./flight_methods.ts";

/** One getter for all contexts, for the reason that is told at {@linkcode lendSignal}. */
const IDENTITY: PropertyDescriptor & ThisType<FlightCallContext> = {
  configurable: true,
  enumerable: true,
  get() {
    return this.values.get(PEER_IDENTITY);
  },
};

/** Makes the view of `call` for a handler. */
export function contextOf(call: FlightServerCall): FlightCallContext {
  const context = {
    method: call.method,
    headers: call.headers,
    peer: call.peer,
    peerCertificate: call.peerCertificate,
    location: call.location,
    values: call.values,
    deadline: call.deadline,
    responseHeaders: call.responseHeaders,
    responseTrailers: call.responseTrailers,
    sendHeaders: () => call.sendHeaders(),
    setWriteOptions: (options: IpcWriteOptions) =>
      call.setWriteOptions(options),
  };
  Object.defineProperty(context, "peerIdentity", IDENTITY);
  return lendSignal(context, call) as FlightCallContext;
}

/** Gives what interceptors and the client are told of what a handler threw. */
type Failure = (error: unknown, isInAnswer: boolean) => FlightError;

/**
 * Lets a handler answer.
 *
 * @param answer Serves the call.
 * @param call The call.
 * @param data The settings of its data streams.
 * @param headers Resolves when `call.sendHeaders` has been called.
 * @param failure Called with the error of the handler, and true if it has sent something; returns
 * the error to report.
 */
export function handlerResponse(
  answer: Answer,
  call: FlightServerCall,
  data: DataSettings,
  headers: Promise<FlightHeaders>,
  failure: Failure,
): CallResponse<OutgoingMessage> {
  return {
    headers,
    messages: new HandlerMessages(answer, call, data, failure),
    trailers: () => call.responseTrailers,
  };
}

/** Messages of a handler, while it is still running. */
class HandlerMessages implements Source<OutgoingMessage> {
  readonly #call: FlightServerCall;
  readonly #failure: Failure;
  readonly #answer: Promise<Source<OutgoingMessage>>;
  #source: Source<OutgoingMessage> | undefined;
  #cancelled: { reason: unknown } | undefined;
  #isInAnswer = false;
  #failed: FlightError | undefined;

  constructor(
    answer: Answer,
    call: FlightServerCall,
    data: DataSettings,
    failure: Failure,
  ) {
    this.#call = call;
    this.#failure = failure;
    this.#answer = handled(this.#run(answer, data));
  }

  async read(): Promise<OutgoingMessage | undefined> {
    // It is reported once, however often it is asked for.
    if (this.#failed) throw this.#failed;
    try {
      const source = await this.#answer;
      const message = await source.read();
      this.#call.sendHeaders();
      this.#isInAnswer = true;
      return message;
    } catch (error) {
      throw this.#failed = this.#failure(error, this.#isInAnswer);
    }
  }

  take(): OutgoingMessage | undefined {
    return this.#isInAnswer && !this.#failed
      ? this.#source?.take?.()
      : undefined;
  }

  hasEnded(): boolean {
    return this.#isInAnswer && this.#source?.hasEnded?.() === true;
  }

  cancel(reason: unknown): void {
    if (this.#cancelled !== undefined) return;
    this.#cancelled = { reason };
    this.#source?.cancel(reason);
  }

  async #run(
    answer: Answer,
    data: DataSettings,
  ): Promise<Source<OutgoingMessage>> {
    const source = await answer(
      incomingMessages(this.#call.messages),
      contextOf(this.#call),
      data,
    );
    this.#source = source;
    // The client may have gone while the handler was still thinking.
    if (this.#cancelled !== undefined) source.cancel(this.#cancelled.reason);
    return source;
  }
}
