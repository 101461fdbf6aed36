/** The innermost answer to a call: what the method of a service gives. */

import { handled } from "../base/handled.ts";
import { lendSignal, type SignalOwner } from "../base/lifetimes/lent_signal.ts";
import type { Source } from "../base/source.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { PEER_IDENTITY } from "../core/context_values.ts";
import type { FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type { IpcWriteOptions } from "../core/ipc_options.ts";
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

/** Properties that a context has of its own. */
export type ContextFields = Omit<FlightCallContext, "peerIdentity" | "signal">;

/**
 * Makes a context of its fields.
 *
 * @param fields The fields; the same object becomes the context.
 * @param owner Has the signal of the call.
 */
export function asContext(
  fields: ContextFields,
  owner: SignalOwner,
): FlightCallContext {
  Object.defineProperty(fields, "peerIdentity", IDENTITY);
  return lendSignal(fields, owner) as FlightCallContext;
}

/** Makes the view of `call` for a handler. */
export function contextOf(
  call: ContextFields,
  owner: SignalOwner,
): FlightCallContext {
  return asContext({
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
  }, owner);
}

/** A call, as a handler gets it. */
interface HandledCall {
  readonly context: FlightCallContext;
  /** The requests. */
  readonly messages: Source<Uint8Array>;
  /** The settings of its data streams. */
  readonly data: DataSettings;
}

/** Gives what interceptors and the client are told of what a handler threw. */
type Failure = (error: unknown, isInAnswer: boolean) => FlightError;

/**
 * Lets a handler answer.
 *
 * @param answer Serves the call.
 * @param call The call.
 * @param headers Resolves when `sendHeaders` of its context has been called.
 * @param failure Called with the error of the handler, and true if it has sent something; returns
 * the error to report.
 */
export function handlerResponse(
  answer: Answer,
  call: HandledCall,
  headers: Promise<FlightHeaders>,
  failure: Failure,
): CallResponse<OutgoingMessage> {
  return {
    headers,
    messages: new HandlerMessages(answer, call, failure),
    trailers: () => call.context.responseTrailers,
  };
}

/** Messages of a handler, while it is still running. */
class HandlerMessages implements Source<OutgoingMessage> {
  readonly #context: FlightCallContext;
  readonly #failure: Failure;
  readonly #answer: Promise<Source<OutgoingMessage>>;
  #source: Source<OutgoingMessage> | undefined;
  #cancelled: { reason: unknown } | undefined;
  #isInAnswer = false;
  #failed: FlightError | undefined;

  constructor(answer: Answer, call: HandledCall, failure: Failure) {
    this.#context = call.context;
    this.#failure = failure;
    this.#answer = handled(this.#run(answer, call));
  }

  async read(): Promise<OutgoingMessage | undefined> {
    // It is reported once, however often it is asked for.
    if (this.#failed) throw this.#failed;
    try {
      const source = await this.#answer;
      const message = await source.read();
      this.#context.sendHeaders();
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
    { messages, context, data }: HandledCall,
  ): Promise<Source<OutgoingMessage>> {
    const source = await answer(messages, context, data);
    this.#source = source;
    // The client may have gone while the handler was still thinking.
    if (this.#cancelled !== undefined) source.cancel(this.#cancelled.reason);
    return source;
  }
}
