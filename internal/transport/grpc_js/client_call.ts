/** One call of the client. */

import type { Buffer } from "node:buffer";

import {
  Metadata,
  status as StatusCode,
  type StatusObject,
} from "@grpc/grpc-js";

import { type Deferred, deferred } from "../../base/deferred.ts";
import { atDeadline, timeUntil } from "../../base/timers/deadline.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import {
  PLAIN_ANSWER_TIMEOUT_MS,
  type PlainAnswer,
} from "../../grpc/answer_end.ts";
import {
  connectError,
  cutShortError,
  deadlineError,
  sentHeadersTooLargeText,
} from "../../grpc/call_errors.ts";
import { MAX_SENT_HEADERS_BYTES } from "../../grpc/metadata.ts";
import { encodeTimeout } from "../../grpc/timeout.ts";
import { offAbort, onAbort } from "../../seam/never_aborted.ts";
import type {
  CallResponse,
  ClientRequest,
  FindBody,
  OutgoingMessage,
} from "../../seam/transport.ts";
import type { Connection } from "./channel.ts";
import { outcomeOf, plainAnswerOf } from "./errors.ts";
import { fieldsExcess } from "./header_limits.ts";
import { fromMetadata, headersByteLength, toMetadata } from "./headers.ts";
import {
  cancelCall,
  type ChannelCall,
  endAfterReset,
  endsInMessage,
  gatherAligned,
  http2StreamOf,
  httpStatusOf,
  keepWindow,
  watchTrailers,
} from "./internals.ts";
import { GatheredMessage, viewOf } from "./messages.ts";
import { untilWritten } from "./stalled_streams.ts";

/** Options of a call, from its transport. */
interface ClientCallInit {
  /** The connection. */
  readonly connection: Connection;
  /** Location URI of the server, for errors. */
  readonly address: string;
  /** Most headers or trailers of an answer. */
  readonly maxHeaderFields: number;
  /** Finds the part of a message to align. */
  readonly findBody: FindBody;
  /** Called when the call is over. */
  readonly onEnd: () => void;
}

/** Running call: drives grpc-js's call object, one message at a time. */
export class ClientCall {
  readonly #request: ClientRequest;
  readonly #init: ClientCallInit;
  readonly #headers: Deferred<FlightHeaders> = deferred();
  #receivedHeaders: FlightHeaders | undefined;
  /** The answer, if it is not gRPC. */
  #plain: PlainAnswer | undefined;
  #trailers: FlightHeaders = new FlightHeaders();
  #call: ChannelCall | undefined;
  #outcome: { readonly error: unknown } | undefined;

  /** Unread messages: the first, and all once the peer is done. */
  #queue: Uint8Array[] = [];
  #pendingRead: Deferred<Uint8Array | undefined> | undefined;
  #isReading = false;
  #isAligned = false;
  #peerIsDone = false;

  #sourceIsDone = false;
  #resumeSending: (() => void) | undefined;

  #stopWaiting: () => void = () => {};
  #stopTimer: () => void = () => {};
  readonly #onAbort = () => this.#cancel(this.#request.signal.reason);

  /**
   * @param request The call.
   * @param init The options from the transport.
   */
  constructor(request: ClientRequest, init: ClientCallInit) {
    this.#request = request;
    this.#init = init;
  }

  /** Response of the call, as its caller sees it. */
  get response(): CallResponse<Uint8Array> {
    return {
      headers: this.#headers.promise,
      messages: {
        read: () => this.#read(),
        cancel: (reason) => this.#cancel(reason),
      },
      trailers: () => this.#trailers,
    };
  }

  /** Sends the headers, and starts sending messages. */
  start(): void {
    const { signal, headers, deadline } = this.#request;
    if (signal.aborted) return this.#onAbort();
    const size = headersByteLength(headers);
    if (size > MAX_SENT_HEADERS_BYTES) {
      return this.#end(
        new FlightError(
          "RESOURCE_EXHAUSTED",
          sentHeadersTooLargeText("headers", size, MAX_SENT_HEADERS_BYTES),
        ),
      );
    }
    const left = timeUntil(deadline);
    if (left <= 0) return this.#end(deadlineError());
    onAbort(signal, this.#onAbort);
    const delay = Math.min(this.#init.connection.delayMs, left);
    if (delay <= 0) return this.#begin();
    const timer = setTimeout(() => this.#begin(), delay);
    const stop = (): void => clearTimeout(timer);
    this.#stopWaiting = stop;
  }

  #begin(): void {
    const { headers, path, deadline } = this.#request;
    // It may have been requested before there was a call.
    this.#isReading = false;
    try {
      const { connection } = this.#init;
      this.#call = connection.channel().createCall(
        path,
        // By the clock of the day, and for 24 days at most: the timer below does better.
        Infinity,
        null,
        null,
        null,
      );
      this.#stopWaiting = connection.expectReady(
        (text) => this.#cancel(connectError(this.#init.address, text)),
        this.#request.locationTimeoutMs,
      );
      const metadata = toMetadata(headers);
      if (deadline !== undefined) {
        metadata.set("grpc-timeout", encodeTimeout(timeUntil(deadline)));
        this.#stopTimer = atDeadline(
          deadline,
          () =>
            this.#cancel(
              deadlineError().with({ headers: this.#receivedHeaders }),
            ),
        );
      }
      this.#call.start(metadata, {
        onReceiveMetadata: (metadata) => this.#onHeaders(metadata),
        onReceiveMessage: (message) => this.#onMessage(message),
        onReceiveStatus: (status) => this.#onStatus(status),
      });
    } catch (error) {
      this.#onStatus({
        code: StatusCode.UNAVAILABLE,
        details: (error as Error).message,
        metadata: new Metadata(),
      });
      return;
    }
    // Until the first message is requested, grpc-js accepts all incoming data.
    this.#startRead();
    this.#send();
  }

  /** Ends the call from this side. */
  cancel(reason: unknown): void {
    this.#cancel(reason);
  }

  #onHeaders(metadata: Metadata): void {
    this.#stopWaiting();
    const { maxHeaderFields, connection } = this.#init;
    connection.answered();
    const excess = fieldsExcess("headers", metadata, maxHeaderFields);
    if (excess) return this.#cancel(excess);
    keepWindow(this.#call!);
    this.#gatherAligned();
    this.#receivedHeaders = fromMetadata(metadata);
    this.#plain = plainAnswerOf(this.#httpStatus() ?? "200", metadata);
    if (this.#plain) this.#awaitPage();
    else this.#headers.resolve(this.#receivedHeaders);
    watchTrailers(this.#call!, () => {
      // Notes that nothing more can be sent. The unread messages are in this
      // process; taking them over lets the stream end.
      this.#peerIsDone = true;
      this.#resumeSending?.();
      this.#startRead();
    });
  }

  /** It may still end with a status. */
  #awaitPage(): void {
    const timer = setTimeout(() => this.#failPlain(), PLAIN_ANSWER_TIMEOUT_MS);
    const stop = (): void => clearTimeout(timer);
    this.#stopWaiting = stop;
  }

  #failPlain(): void {
    const { address } = this.#init;
    this.#cancel(this.#plain!.error(address, this.#receivedHeaders));
  }

  #httpStatus(): string | undefined {
    return this.#call && httpStatusOf(this.#call)?.toString();
  }

  /** Once: in the middle of a message, it must wait for the next one. */
  #gatherAligned(): void {
    this.#isAligned ||= gatherAligned(this.#call!, this.#init.findBody);
  }

  #onMessage(buffer: Buffer): void {
    this.#isReading = false;
    this.#gatherAligned();
    if (this.#outcome) return;
    if (this.#plain) return this.#failPlain();
    const message = viewOf(buffer);
    const pending = this.#pendingRead;
    if (pending) {
      this.#pendingRead = undefined;
      pending.resolve(message);
    } else {
      this.#queue.push(message);
    }
    if (this.#peerIsDone) this.#startRead();
  }

  #onStatus(status: StatusObject): void {
    if (this.#outcome) return;
    const { maxHeaderFields } = this.#init;
    const excess = fieldsExcess("trailers", status.metadata, maxHeaderFields);
    if (excess) return this.#end(excess);
    const stream = this.#call && http2StreamOf(this.#call);
    const session = stream?.session;
    const { trailers, error } = outcomeOf(status, {
      address: this.#init.address,
      headers: this.#receivedHeaders,
      httpStatus: this.#httpStatus(),
      plain: this.#plain,
      isDisconnected: !!session && (session.closed || session.destroyed),
      resetCode: stream?.rstCode,
    });
    this.#trailers = trailers;
    const { connection } = this.#init;
    if (error?.origin !== "transport") connection.answered();
    else if (error.code === "UNAVAILABLE") connection.failed();
    this.#end(
      error === undefined && this.#call && endsInMessage(this.#call)
        ? cutShortError("answer")
          .with({ headers: this.#receivedHeaders, trailers })
        : error,
    );
  }

  #read(): Promise<Uint8Array | undefined> {
    const message = this.#queue.shift();
    if (message) return Promise.resolve(message);
    if (this.#outcome) {
      const { error } = this.#outcome;
      return error === undefined
        ? Promise.resolve(undefined)
        : Promise.reject(error);
    }
    const pending = this.#pendingRead ??= deferred();
    this.#startRead();
    return pending.promise;
  }

  #startRead(): void {
    if (this.#isReading || this.#outcome) return;
    this.#isReading = true;
    this.#call?.startRead();
  }

  async #send(): Promise<void> {
    try {
      while (!this.#isOver()) {
        const message = await this.#nextMessage();
        if (this.#isOver()) return;
        if (message === undefined) return this.#call!.halfClose();
        await this.#write(new GatheredMessage(message));
      }
    } catch (error) {
      this.#cancel(error);
    }
  }

  async #nextMessage(): Promise<OutgoingMessage | undefined> {
    let message: OutgoingMessage | undefined;
    try {
      message = await this.#request.messages.read();
    } finally {
      // It is at its end, or has failed, and must not be canceled any more.
      if (message === undefined) this.#sourceIsDone = true;
    }
    return message;
  }

  /** Waits until the message is in the socket, or the call has ended. */
  #write(message: GatheredMessage): Promise<void> {
    const written = new Promise<void>((resolve) => {
      this.#resumeSending = resolve;
      this.#call!.sendMessageWithContext(
        { callback: () => resolve() },
        message.asBuffer(),
      );
    });
    endAfterReset(this.#call!);
    return untilWritten(written, () => http2StreamOf(this.#call!)?.session);
  }

  /** True if nothing more can be sent. */
  #isOver(): boolean {
    return this.#outcome !== undefined || this.#peerIsDone;
  }

  #cancel(reason: unknown): void {
    if (this.#outcome) return;
    this.#queue = [];
    this.#end(reason);
    if (this.#call === undefined) return;
    // Spelled as by grpc-js itself.
    // deno-lint-ignore flight-prose/texts
    cancelCall(this.#call, StatusCode.CANCELLED, "Call cancelled");
  }

  #end(error: unknown): void {
    this.#outcome = { error };
    this.#stopTimer();
    offAbort(this.#request.signal, this.#onAbort);
    this.#stopWaiting();
    if (error === undefined) {
      this.#headers.resolve(new FlightHeaders());
      this.#pendingRead?.resolve(undefined);
    } else {
      this.#headers.reject(error);
      this.#pendingRead?.reject(error);
    }
    this.#resumeSending?.();
    if (!this.#sourceIsDone) {
      this.#sourceIsDone = true;
      this.#request.messages.cancel(error);
    }
    this.#init.onEnd();
  }
}
