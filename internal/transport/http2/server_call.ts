/** One call of the server: gRPC over HTTP/2, "Requests" and "Responses". */

import { setImmediate } from "node:timers";

import { atDeadline } from "../../base/deadline.ts";
import { type Deferred, deferred } from "../../base/deferred.ts";
import { handled } from "../../base/handled.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import type { PeerCertificate } from "../../core/peer_certificate.ts";
import { isGrpcType } from "../../grpc/answer_end.ts";
import {
  clientGoneError,
  deadlineError,
  handlerError,
  timeoutHeaderError,
} from "../../grpc/call_errors.ts";
import type { Inflation } from "../inflater.ts";
import { MAX_SENT_HEADERS_BYTES } from "../../grpc/metadata.ts";
import { decodeTimeout } from "../../grpc/timeout.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "../../seam/transport.ts";
import {
  ACCEPTED_ENCODINGS,
  decompress,
  isAcceptedEncoding,
} from "./compression.ts";
import type { Http2Connection } from "../../http2/connection/connection.ts";
import {
  messageError,
  sentTooLarge,
  statusList,
  unreadError,
} from "./errors.ts";
import { fieldOf } from "../../http2/frame/field_rules.ts";
import { headerExcess } from "./header_limits.ts";
import { fromHeaderList, headerListBytes, toHeaderList } from "./headers.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import {
  MessageReader,
  type ReceivedMessage,
} from "../../grpc/message_reader.ts";
import { withPrefix } from "../../grpc/message_writer.ts";
import type { TransportLimits } from "./options.ts";
import { type Refusal, refusalOf } from "./refusals.ts";
import type {
  Http2Stream,
  StreamListener,
} from "../../http2/connection/stream.ts";

/** The headers of every answer. */
const RESPONSE: readonly Header[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
  ["grpc-accept-encoding", ACCEPTED_ENCODINGS],
];

/** What a call needs to know of its transport. */
export interface ServerCallInit {
  /** What answers it. */
  readonly handler: CallHandler;
  /** The connection it came on. */
  readonly connection: Http2Connection;
  /** The other end, such as `127.0.0.1:41234`. */
  readonly peer: string;
  /** The certificate of the other end, if it has shown one. */
  readonly peerCertificate: PeerCertificate | undefined;
  /** Limits. */
  readonly limits: TransportLimits;
  /** Called when the call is over on the wire. */
  readonly onEnd: () => void;
}

/** A call under way. */
export class ServerCall implements StreamListener {
  readonly #stream: Http2Stream;
  readonly #init: ServerCallInit;
  readonly #reader: MessageReader;
  readonly #controller = new AbortController();
  #encoding: string | undefined;
  #refusal: Refusal | undefined;
  #response: CallResponse<OutgoingMessage> | undefined;
  #responseIsDone = false;
  #headersAreSent = false;
  /** Why the call is over, also if it ended well. */
  #error: FlightError | undefined;

  #pendingRead: Deferred<Uint8Array | undefined> | undefined;
  #isAtEnd = false;
  /** The stream is no more; the call is about to be aborted. */
  #isReset = false;
  #isUnread = false;
  /** The message that was read last, if it came compressed. */
  #inflation: Inflation | undefined;
  #stopTimer: () => void = () => {};

  /**
   * @param stream What it came on; the headers are still to come.
   * @param init What it runs on.
   */
  constructor(stream: Http2Stream, init: ServerCallInit) {
    this.#stream = stream;
    this.#init = init;
    this.#reader = new MessageReader(
      init.limits.maxReceiveMessageBytes,
      (bytes) => stream.credit(bytes),
      init.limits.findBody,
    );
  }

  onStreamHeaders(list: HeaderList | undefined): void {
    const { connection, limits } = this.#init;
    const what = this.#response ? "trailers" : "headers";
    const excess = headerExcess(what, list, connection.listBytes, limits);
    if (excess || list === undefined) return this.fail(excess!);
    // Trailers of a request mean nothing in gRPC.
    if (this.#response || this.#refusal || this.#error) return;
    const refusal = refusalOf(list, isGrpcType);
    if (refusal) {
      this.#refusal = refusal;
      // It holds a stream until its end, which need not come.
      this.#stopTimer = atDeadline(
        Date.now() + limits.settingsTimeoutMs,
        () => this.#refuse(refusal),
      );
      this.#unread();
      return;
    }
    this.#encoding = fieldOf(list, "grpc-encoding");
    if (!isAcceptedEncoding(this.#encoding ?? "identity")) {
      return this.fail(
        new FlightError(
          "UNIMPLEMENTED",
          `messages in the encoding ${this.#encoding} cannot be read`,
        ),
      );
    }
    this.#begin(list);
  }

  onStreamData(chunk: Uint8Array, start: number, end: number): void {
    this.#reader.push(chunk, start, end);
    if (this.#pendingRead) this.#settleRead();
  }

  onStreamEnd(): void {
    if (this.#error) return;
    if (this.#refusal) return this.#refuse(this.#refusal);
    this.#isAtEnd = true;
    this.#reader.end();
    // Some clients end a request before they reset it, both in one piece: it
    // must not look complete.
    queueMicrotask(() => this.#settleRead());
  }

  onStreamReset(): void {
    this.#isReset = true;
    // Not in the turn in which the call may have begun: a handler that has seen
    // nothing of a call would not see its end either.
    setImmediate(() => this.#abort(clientGoneError()));
  }

  onStreamOverflow(unread: number): void {
    this.fail(unreadError(unread, this.#init.limits.unreadBytes));
  }

  /** Ends the call with an error. */
  fail(error: FlightError): void {
    if (this.#error) return;
    this.#finish(error, error.trailers ?? new FlightHeaders());
  }

  #begin(list: HeaderList): void {
    const header = fieldOf(list, "grpc-timeout");
    const timeout = header === undefined ? undefined : decodeTimeout(header);
    // Without the time that its client meant, the call would have none.
    if (timeout === undefined && header !== undefined) {
      return this.fail(timeoutHeaderError());
    }
    const deadline = timeout === undefined ? undefined : Date.now() + timeout;
    this.#stopTimer = atDeadline(deadline, () => this.fail(deadlineError()));
    try {
      this.#response = this.#init.handler({
        path: fieldOf(list, ":path")!,
        headers: fromHeaderList(list),
        messages: {
          read: () => this.#read(),
          cancel: () => this.#unread(),
        },
        signal: this.#controller.signal,
        deadline,
        peer: this.#init.peer,
        connection: this.#init.connection,
        peerCertificate: this.#init.peerCertificate,
      });
    } catch (error) {
      this.fail(handlerError(error));
      return;
    }
    // What cannot be answered at all must not be waited for either.
    this.#respond(this.#response)
      .catch(() => this.#stream.reset("INTERNAL_ERROR"));
  }

  /** Not a request of gRPC: HTTP has the answer, when it has heard it all. */
  #refuse({ headers, text }: Refusal): void {
    const body = new TextEncoder().encode(text);
    this.#stream.sendHeaders(headers);
    this.#stream.sendData([body], body.length, true);
    this.#abort(new FlightError("CANCELLED", "the call was refused"));
    this.#init.connection.countUseless("a request that is not of gRPC");
    if (!this.#stream.remoteEnded) this.#stream.reset("NO_ERROR");
  }

  // Without `async`: a message that is there costs one promise.
  #read(): Promise<Uint8Array | undefined> {
    if (this.#pendingRead) return this.#pendingRead.promise;
    this.#inflation?.release();
    if (this.#isUnread) return Promise.resolve(undefined);
    const message = this.#error ? undefined : this.#reader.take();
    if (message) {
      return message.isCompressed
        ? this.#open(message)
        : Promise.resolve(message.bytes);
    }
    this.#failOnProblem();
    if (this.#error) return Promise.reject(this.#error);
    if (this.#isAtEnd && !this.#isReset) return Promise.resolve(undefined);
    this.#pendingRead = deferred();
    return this.#pendingRead.promise;
  }

  /** There may be something for whoever waits. */
  #settleRead(): void {
    const pending = this.#pendingRead;
    if (pending === undefined) return;
    const message = this.#error ? undefined : this.#reader.take();
    if (message === undefined) this.#failOnProblem();
    // Failing settles it as well.
    if (this.#pendingRead !== pending) return;
    if (message) {
      this.#pendingRead = undefined;
      if (message.isCompressed) {
        this.#open(message).then(pending.resolve, pending.reject);
      } else pending.resolve(message.bytes);
    } else if (this.#error) {
      this.#pendingRead = undefined;
      pending.reject(this.#error);
    } else if (this.#isAtEnd && !this.#isReset) {
      this.#pendingRead = undefined;
      pending.resolve(undefined);
    }
  }

  /** A message that cannot be read ends the call, when its turn comes. */
  #failOnProblem(): void {
    const { problem } = this.#reader;
    if (problem === undefined || this.#error) return;
    const { maxReceiveMessageBytes } = this.#init.limits;
    this.fail(messageError(problem, "request", maxReceiveMessageBytes));
  }

  async #open({ bytes, isCompressed }: ReceivedMessage): Promise<Uint8Array> {
    if (!isCompressed) return bytes;
    try {
      const { limits } = this.#init;
      this.#inflation = decompress(bytes, this.#encoding, limits);
      return await this.#inflation.result;
    } catch (error) {
      this.fail(handlerError(error));
      throw error;
    }
  }

  /** The handler reads no more: the client notices by its window. */
  #unread(): void {
    if (this.#isUnread) return;
    this.#isUnread = true;
    this.#reader.clear();
    this.#stream.discard();
    this.#pendingRead?.resolve(undefined);
    this.#pendingRead = undefined;
  }

  async #respond(response: CallResponse<OutgoingMessage>): Promise<void> {
    const headers = handled(
      response.headers.then((headers) => this.#sendHeaders(headers)),
    );
    try {
      while (!this.#isOver()) {
        const message = await response.messages.read();
        if (message === undefined) {
          this.#responseIsDone = true;
          break;
        }
        await headers;
        if (this.#isOver()) return;
        const { chunks, byteLength } = withPrefix(message);
        const sent = this.#stream.sendData(chunks, byteLength);
        if (sent) await sent;
      }
      await headers;
      const room = this.#init.connection.room();
      if (room) await room;
      if (!this.#isOver()) this.#finish(undefined, response.trailers());
    } catch (cause) {
      const error = handlerError(cause);
      if (!this.#isOver()) response.onUnsent?.(cause);
      // Failed on its own: there is nothing to be cancelled, but it does no harm.
      this.#finish(error, error.trailers ?? new FlightHeaders());
    }
  }

  /** Whether nothing can be sent any more. */
  #isOver(): boolean {
    return this.#error !== undefined || this.#isReset;
  }

  /** Sends the headers, when there is room for them. */
  async #sendHeaders(headers: FlightHeaders): Promise<void> {
    const list = toHeaderList(headers);
    const tooLarge = sentTooLarge(
      "headers",
      list,
      this.#headerLimit(headerListBytes(RESPONSE)),
    );
    if (tooLarge) throw tooLarge;
    const room = this.#init.connection.room();
    if (room) await room;
    if (this.#error) return;
    this.#headersAreSent = true;
    this.#stream.sendHeaders([...RESPONSE, ...list]);
  }

  /** What the client accepts beside `standard` bytes. */
  #headerLimit(standard: number): number {
    const { maxHeaderListBytes } = this.#init.connection.settings;
    return Math.min(MAX_SENT_HEADERS_BYTES, maxHeaderListBytes - standard);
  }

  /** Sends the status: OK where there is no error. */
  #finish(error: FlightError | undefined, trailers: FlightHeaders): void {
    if (this.#error) return;
    this.#abort(
      error ?? new FlightError("CANCELLED", "the call has ended"),
    );
    const status = statusList(
      error,
      trailers,
      this.#headerLimit(4096),
      (error) => this.#response?.onUnsent?.(error),
    );
    const stream = this.#stream;
    stream.abandonData();
    stream.sendHeaders(
      this.#headersAreSent ? status : [...RESPONSE, ...status],
      true,
    );
    // The client need not send the rest of its request (RFC 9113, 8.1).
    if (!stream.isClosed) stream.reset("NO_ERROR");
    if (error?.code === "UNIMPLEMENTED") {
      this.#init.connection.countUseless("a call of what is not there");
    }
  }

  /** The call is over. */
  #abort(error: FlightError): void {
    if (this.#error) return;
    this.#error = error;
    this.#stopTimer();
    this.#reader.clear();
    this.#inflation?.release(error);
    this.#pendingRead?.reject(error);
    this.#pendingRead = undefined;
    if (!this.#responseIsDone) {
      this.#responseIsDone = true;
      this.#response?.messages.cancel(error);
    }
    this.#controller.abort(error);
    this.#init.onEnd();
  }
}
