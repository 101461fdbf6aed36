/** One call of the server. */

import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";

import type { Metadata, ServerInterceptingCallInterface } from "@grpc/grpc-js";

import { type Deferred, deferred } from "../../base/deferred.ts";
import { handled } from "../../base/handled.ts";
import {
  atDeadline,
  deadlineAfter,
  timeUntil,
} from "../../base/timers/deadline.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import { peerName } from "../addresses.ts";
import {
  clientGoneError,
  cutShortError,
  deadlineError,
  handlerError,
  sentHeadersTooLargeText,
} from "../../grpc/call_errors.ts";
import type { Inflater, Inflation, MessageEncoding } from "../inflater.ts";
import { MAX_SENT_HEADERS_BYTES } from "../../grpc/metadata.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "../../seam/transport.ts";
import { type OutgoingStatus, serverErrorOf, statusOf } from "./errors.ts";
import { fieldsExcess, takeTimeout } from "./header_limits.ts";
import { fromMetadata, headersByteLength, toMetadata } from "./headers.ts";
import { endsInMessage, inflateBy, sessionOf } from "./internals.ts";
import { GatheredMessage, viewOf } from "./messages.ts";
import { untilWritten } from "./stalled_streams.ts";
import { certificateOf } from "./tls.ts";

type SentStatus = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/** Options of a call, from its transport. */
interface ServerCallInit {
  /** Decompresses messages, within one limit for all calls. */
  readonly inflater: Inflater;
  /** Largest message that is accepted, also once it is decompressed. */
  readonly maxReceiveMessageBytes: number;
  /** Most headers of a call. */
  readonly maxHeaderFields: number;
  /** Called when the call is over. */
  readonly onEnd: () => void;
}

/** Running call: drives grpc-js's call object, one message at a time. */
export class ServerCall {
  readonly #path: string;
  readonly #call: ServerInterceptingCallInterface;
  readonly #sendStatus: (status: SentStatus) => void;
  readonly #init: ServerCallInit;
  readonly #controller = new AbortController();
  #deadline: number | undefined;
  #stopTimer: () => void = () => {};
  #response: CallResponse<OutgoingMessage> | undefined;
  #error: FlightError | undefined;
  #statusIsSent = false;

  #pendingRead: Deferred<Uint8Array | undefined> | undefined;
  #isAtEnd = false;
  #isUnread = false;

  /** Compressed messages that still count as in use. */
  readonly #inflations = new Set<Inflation>();
  /** Inflations by their result: grpc-js hands that out in its own time. */
  readonly #inflated = new WeakMap<ArrayBufferLike, Inflation>();
  /** Inflation of the message that was read last. */
  #inflation: Inflation | undefined;

  #resumeSending: (() => void) | undefined;
  #responseIsDone = false;

  /**
   * @param path HTTP/2 path.
   * @param call The object that grpc-js passes to interceptors.
   * @param init The options from the transport.
   */
  constructor(
    path: string,
    call: ServerInterceptingCallInterface,
    init: ServerCallInit,
  ) {
    this.#path = path;
    this.#call = call;
    this.#init = init;
    this.#sendStatus = call.sendStatus.bind(call);
    // grpc-js ends calls by itself (limits, bad compression) through
    // the same method. There is no other way to learn the reason.
    const sendStatus: typeof call.sendStatus = (status) =>
      this.#onGrpcJsStatus(status);
    call.sendStatus = sendStatus;
    inflateBy(call, (bytes, encoding) => this.#inflate(bytes, encoding));
  }

  /** Hands the call to `handler` and sends its answer. */
  start(handler: CallHandler): void {
    this.#call.start({
      onReceiveMetadata: (metadata) => this.#handle(handler, metadata),
      onReceiveMessage: (message) => this.#onMessage(message),
      onReceiveHalfClose: () => this.#onHalfClose(),
      onCancel: () => this.#onEndOfCall(),
    });
    // grpc-js needs no event of a stream that is already closed.
    if (this.#response === undefined) this.#onEndOfCall();
  }

  /** Ends the call with an error. */
  fail(error: FlightError): void {
    if (this.#statusIsSent) return;
    this.#abort(error);
    this.#finish(statusOf(error, new FlightHeaders()));
  }

  #handle(handler: CallHandler, metadata: Metadata): void {
    try {
      const timeout = takeTimeout(metadata);
      const excess = fieldsExcess(
        "headers",
        metadata,
        this.#init.maxHeaderFields,
      );
      if (excess) throw excess;
      if (timeout !== undefined) this.#limitTo(timeout);
      this.#response = handler({
        path: this.#path,
        headers: fromMetadata(metadata),
        messages: {
          read: () => this.#read(),
          cancel: () => {
            this.#isUnread = true;
            this.#settleRead(undefined);
          },
        },
        signal: this.#controller.signal,
        deadline: this.#deadline,
        peer: peerName(this.#call.getConnectionInfo()),
        connection: sessionOf(this.#call),
        peerCertificate: certificateOf(sessionOf(this.#call)),
      });
    } catch (error) {
      this.fail(handlerError(error));
      return;
    }
    // A call that cannot be answered must not be waited for either.
    this.#respond(this.#response).catch((error) =>
      this.fail(
        new FlightError("INTERNAL", "the call cannot be answered", {
          cause: error,
        }),
      )
    );
  }

  #limitTo(timeout: number): void {
    this.#deadline = deadlineAfter(timeout);
    this.#stopTimer = atDeadline(
      this.#deadline,
      () => this.#breakOff(deadlineError()),
    );
  }

  #read(): Promise<Uint8Array | undefined> {
    if (this.#error) return Promise.reject(this.#error);
    if (this.#isAtEnd || this.#isUnread) return Promise.resolve(undefined);
    const pending = this.#pendingRead ?? deferred();
    if (pending !== this.#pendingRead) {
      this.#releaseMessage();
      this.#pendingRead = pending;
      // This may settle it at once, if grpc-js already has the message.
      this.#call.startRead();
    }
    return pending.promise;
  }

  /** The error is in grpc-js's form: a status. */
  async #inflate(
    bytes: Uint8Array,
    encoding: MessageEncoding,
  ): Promise<Uint8Array> {
    const { inflater, maxReceiveMessageBytes } = this.#init;
    const inflation = inflater.begin(bytes, encoding, maxReceiveMessageBytes);
    this.#inflations.add(inflation);
    if (this.#error) inflation.release(this.#error);
    try {
      const result = await inflation.result;
      this.#inflated.set(result.buffer, inflation);
      return Buffer.from(result.buffer, result.byteOffset, result.length);
    } catch (error) {
      throw statusOf(handlerError(error), new FlightHeaders());
    }
  }

  /** The message before is no longer in use. */
  #releaseMessage(next?: Inflation): void {
    this.#inflation?.release();
    if (this.#inflation) this.#inflations.delete(this.#inflation);
    this.#inflation = next;
  }

  #onMessage(message: Uint8Array): void {
    this.#releaseMessage(this.#inflated.get(message.buffer));
    this.#settleRead(viewOf(message));
  }

  /**
   * Handles the end of the request. A stream that is reset ends first and
   * closes then: a canceled request must not look complete. `startRead` notices
   * a closed stream and calls `onCancel` before anything that is scheduled
   * here.
   */
  #onHalfClose(): void {
    this.#call.startRead();
    setImmediate(() => {
      if (endsInMessage(this.#call)) {
        return this.fail(cutShortError("request"));
      }
      this.#isAtEnd = true;
      this.#settleRead(undefined);
    });
  }

  #settleRead(message: Uint8Array | undefined): void {
    const pending = this.#pendingRead;
    this.#pendingRead = undefined;
    pending?.resolve(message);
  }

  async #respond(response: CallResponse<OutgoingMessage>): Promise<void> {
    const headers = handled(response.headers.then((headers) => {
      const size = headersByteLength(headers);
      if (size > MAX_SENT_HEADERS_BYTES) {
        throw new FlightError(
          "RESOURCE_EXHAUSTED",
          sentHeadersTooLargeText("headers", size, MAX_SENT_HEADERS_BYTES),
        );
      }
      if (!this.#isOver()) this.#call.sendMetadata(toMetadata(headers));
    }));
    try {
      while (!this.#isOver()) {
        const message = await response.messages.read();
        if (message === undefined) {
          this.#responseIsDone = true;
          break;
        }
        await headers;
        if (!this.#isOver()) await this.#write(new GatheredMessage(message));
      }
      await headers;
      if (!this.#isOver()) {
        this.#finish(
          statusOf(
            undefined,
            response.trailers(),
            (error) => response.onUnsent?.(error),
          ),
        );
      }
    } catch (cause) {
      const error = handlerError(cause);
      if (!this.#isOver()) response.onUnsent?.(cause);
      if (!this.#responseIsDone) {
        this.#responseIsDone = true;
        response.messages.cancel(error);
      }
      this.#finish(
        statusOf(
          error,
          error.trailers ?? new FlightHeaders(),
          (error) => response.onUnsent?.(error),
        ),
      );
    }
  }

  /** Waits until the message is in the socket, or the call has ended. */
  #write(message: GatheredMessage): Promise<void> {
    const written = new Promise<void>((resolve) => {
      this.#resumeSending = resolve;
      this.#call.sendMessage(message, resolve);
    });
    return untilWritten(written, () => sessionOf(this.#call));
  }

  #isOver(): boolean {
    return this.#statusIsSent || this.#error !== undefined;
  }

  #finish(status: OutgoingStatus): void {
    if (this.#statusIsSent) return;
    this.#statusIsSent = true;
    this.#sendStatus(status);
  }

  /** Handles a call that grpc-js ends by itself. */
  #onGrpcJsStatus(status: SentStatus): void {
    this.#breakOff(serverErrorOf(status));
  }

  #breakOff(error: FlightError): void {
    this.#abort(error);
    const status = statusOf(error, new FlightHeaders());
    // A second status makes grpc-js drop the first, which is stuck.
    if (this.#statusIsSent) this.#sendStatus(status);
    else this.#finish(status);
  }

  /** Handles a stream that is closed, or closing after the status. */
  #onEndOfCall(): void {
    this.#stopTimer();
    this.#abort(
      this.#statusIsSent
        ? new FlightError("CANCELLED", "the call has ended")
        : timeUntil(this.#deadline) <= 0
        ? deadlineError()
        : clientGoneError(),
    );
    this.#init.onEnd();
  }

  #abort(error: FlightError): void {
    if (this.#error) return;
    this.#error = error;
    for (const inflation of this.#inflations) inflation.release(error);
    this.#pendingRead?.reject(error);
    this.#pendingRead = undefined;
    this.#resumeSending?.();
    if (!this.#responseIsDone) {
      this.#responseIsDone = true;
      this.#response?.messages.cancel(error);
    }
    this.#controller.abort(error);
  }
}
