/** One call of the server: gRPC over HTTP/2, "Requests" and "Responses". */

import { setImmediate } from "node:timers";

import {
  afterDelay,
  atDeadline,
  deadlineAfter,
  timeUntil,
} from "../../base/timers/deadline.ts";
import { handled } from "../../base/handled.ts";
import { LazyAbort } from "../../base/lazy_abort.ts";
import { lendSignal } from "../../base/lifetimes/lent_signal.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import type { PeerCertificate } from "../../core/peer_certificate.ts";
import {
  clientGoneError,
  deadlineError,
  handlerError,
  timeoutHeaderError,
} from "../../grpc/call_errors.ts";
import { MAX_SENT_HEADERS_BYTES } from "../../grpc/metadata.ts";
import { decodeTimeout } from "../../grpc/timeout.ts";
import { CALL_ENDED } from "../../seam/call_ended.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "../../seam/transport.ts";
import { ACCEPTED_ENCODINGS, isAcceptedEncoding } from "./compression.ts";
import type { CallConnection, CallStream } from "./call_stream.ts";
import { unreadError } from "./errors.ts";
import { answerOther } from "./other_answer.ts";
import {
  messageError,
  sentTooLarge,
  statusList,
} from "../../grpc/status_list.ts";
import { fieldOf } from "../../http2/frame/field_rules.ts";
import { headerExcess } from "../../grpc/header_limits.ts";
import {
  fromHeaderList,
  headerListBytes,
  toHeaderList,
} from "../../grpc/header_list.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import type { MessageProblem } from "../../grpc/message_reader.ts";
import {
  type IncomingCall,
  type IncomingEnd,
  IncomingMessages,
} from "./incoming_messages.ts";
import { withPrefix } from "../../grpc/message_writer.ts";
import type { TransportLimits } from "./options.ts";
import {
  type Protocol,
  type Refusal,
  refusalOf,
  type WebRequests,
} from "./refusals.ts";
import { TextRequest } from "./text_request.ts";
import { type WebAnswer, webAnswerOf } from "./web_answer.ts";
import type { StreamListener } from "../../http2/connection/stream.ts";

/** Headers of every answer. They are frozen, so that they are compressed once. */
const RESPONSE: readonly Header[] = Object.freeze<Header[]>([
  [":status", "200"],
  ["content-type", "application/grpc"],
  ["grpc-accept-encoding", ACCEPTED_ENCODINGS],
]);

/** Size of {@linkcode RESPONSE}, in bytes. */
const RESPONSE_BYTES = headerListBytes(RESPONSE);

/** End of a request that is complete, or no longer wanted. */
const COMPLETE: IncomingEnd = { error: undefined };

/** Options of a call, from its transport. */
interface ServerCallInit {
  /** Answers the call. */
  readonly handler: CallHandler;
  /** Connection of the call. */
  readonly connection: CallConnection;
  /** Protocol of the connection. */
  readonly protocol: Protocol;
  /** Address of the client, such as `127.0.0.1:41234`. */
  readonly peer: string;
  /** Verified certificate of the client, if there is one. */
  readonly peerCertificate: PeerCertificate | undefined;
  /** Limits. */
  readonly limits: TransportLimits;
  /** Settings of gRPC-Web; undefined if the server does not speak it. */
  readonly web: WebRequests | undefined;
  /** Called when the call is over on the wire. */
  readonly onEnd: () => void;
}

/** Running call. */
export class ServerCall implements StreamListener, IncomingCall {
  readonly #stream: CallStream;
  readonly #init: ServerCallInit;
  readonly #incoming: IncomingMessages;
  readonly #ending = new LazyAbort();
  #refusal: Refusal | undefined;
  /** True if the application answers a request that is no call. */
  #isOther = false;
  #response: CallResponse<OutgoingMessage> | undefined;
  #responseIsDone = false;
  #headersAreSent = false;
  /** Reason for the end of the call, also if it ended well. */
  #error: FlightError | undefined;

  #isAtEnd = false;
  /** True if the stream is closed, and the call is about to be aborted. */
  #isReset = false;
  #isUnread = false;
  #deadline: number | undefined;
  /** The form of an answer of gRPC-Web. */
  #web: WebAnswer | undefined;
  /** The body of a request in text mode. */
  #text: TextRequest | undefined;
  /** True while the status of gRPC-Web waits for the window. */
  #isLeaving = false;
  #stopTimer: () => void = () => {};

  /**
   * @param stream The stream of the call; its headers are still to come.
   * @param init The options from the transport.
   */
  constructor(stream: CallStream, init: ServerCallInit) {
    this.#stream = stream;
    this.#init = init;
    this.#incoming = new IncomingMessages(this, {
      limits: init.limits,
      credit: (bytes) => stream.credit(bytes),
      countsUntilNextRead: true,
    });
  }

  onStreamHeaders(list: HeaderList | undefined): void {
    const { connection, limits, protocol, web } = this.#init;
    // Its errors have another form too.
    if (web && list && !this.#response && !this.#error) {
      this.#web ??= webAnswerOf(list, web.cors);
    }
    const what = this.#response ? "trailers" : "headers";
    const excess = headerExcess(what, list, connection.listBytes, limits);
    if (excess || list === undefined) return this.#fail(excess!);
    // Trailers of a request mean nothing in gRPC.
    if (this.#response || this.#refusal || this.#error) return;
    const refusal = refusalOf(list, protocol, web);
    if (refusal) {
      this.#refusal = refusal;
      // It holds a stream until its end, which may never come.
      this.#stopTimer = afterDelay(
        limits.settingsTimeoutMs,
        () => this.#answerOther(refusal),
      );
      this.#unread();
      return;
    }
    const encoding = fieldOf(list, "grpc-encoding");
    this.#incoming.encoding = encoding;
    if (!isAcceptedEncoding(encoding ?? "identity")) {
      return this.#fail(
        new FlightError(
          "UNIMPLEMENTED",
          `messages in the encoding ${encoding} cannot be read`,
        ),
      );
    }
    if (this.#web?.requestType.isText) {
      this.#text = new TextRequest((bytes) => this.#stream.credit(bytes));
    }
    this.#begin(list);
  }

  onStreamData(chunk: Uint8Array, start: number, end: number): void {
    if (this.#text) {
      try {
        chunk = this.#text.push(chunk.subarray(start, end));
      } catch (error) {
        return this.#fail(handlerError(error));
      }
      start = 0;
      end = chunk.length;
    }
    this.#incoming.push(chunk, start, end);
  }

  placeStreamData(bytes: number): Uint8Array | undefined {
    return this.#text ? undefined : this.#incoming.place(bytes);
  }

  onStreamDataPlaced(bytes: number): void {
    this.#incoming.placed(bytes);
  }

  get alikeData(): IncomingMessages | undefined {
    return this.#text ? undefined : this.#incoming;
  }

  onStreamEnd(): void {
    if (this.#error) return;
    if (this.#refusal) return this.#answerOther(this.#refusal);
    try {
      this.#text?.end();
    } catch (error) {
      return this.#fail(handlerError(error));
    }
    this.#isAtEnd = true;
    this.#incoming.end();
    // Some clients end a request before they reset it, both in one piece: it
    // must not look complete.
    queueMicrotask(() => this.#incoming.settle());
  }

  onStreamReset(): void {
    this.#isReset = true;
    // Not in the turn in which the call may have begun: a handler that has not
    // seen the call yet would miss its end.
    setImmediate(() => this.#abort(clientGoneError()));
  }

  onStreamOverflow(unread: number): void {
    this.#fail(unreadError(unread, this.#init.limits.unreadBytes));
  }

  /** Ends the call with an error, or a call that has ended without its status. */
  fail(error: FlightError): void {
    if (this.#isLeaving) this.#stream.reset("CANCEL");
    else this.#fail(error);
  }

  #fail(error: FlightError): void {
    if (this.#error) return;
    if (this.#isOther) return this.#stop("CANCEL", error);
    this.#finish(error, error.trailers ?? new FlightHeaders());
  }

  #begin(list: HeaderList): void {
    const header = fieldOf(list, "grpc-timeout");
    const timeout = header === undefined ? undefined : decodeTimeout(header);
    // Without the timeout of its client, the call would have none.
    if (timeout === undefined && header !== undefined) {
      return this.#fail(timeoutHeaderError());
    }
    const deadline = deadlineAfter(timeout);
    this.#deadline = deadline;
    this.#stopTimer = atDeadline(deadline, () => this.#fail(deadlineError()));
    const ending = this.#ending;
    try {
      this.#response = this.#init.handler(lendSignal({
        path: fieldOf(list, ":path")!,
        headers: fromHeaderList(list),
        messages: {
          read: () => this.#incoming.read(),
          take: () => this.#incoming.take(),
          recycle: (message: Uint8Array) => this.#incoming.recycle(message),
          cancel: () => this.#unread(),
        },
        onEnd: (listener: () => void) => ending.onAbort(listener),
        deadline,
        peer: this.#init.peer,
        connection: this.#init.connection,
        peerCertificate: this.#init.peerCertificate,
      }, ending));
    } catch (error) {
      this.#fail(handlerError(error));
      return;
    }
    // A call that cannot be answered must not be waited for either.
    this.#respond(this.#response)
      .catch(() => this.#stream.reset("INTERNAL_ERROR"));
  }

  /** Answers a request that is no call, after all of it has come. */
  #answerOther(refusal: Refusal): void {
    if (this.#isOther) return;
    const { other } = refusal;
    if (other === undefined) return this.#refuse(refusal);
    this.#isOther = true;
    this.#stopTimer();
    const { signal } = this.#ending;
    handled(
      answerOther(this.#stream, this.#init.connection, other, signal).then(
        () => this.#stop("NO_ERROR", CALL_ENDED),
        () => this.#stop("INTERNAL_ERROR", CALL_ENDED),
      ),
    );
  }

  /** Ends a request that is no call. */
  #stop(
    code: "NO_ERROR" | "CANCEL" | "INTERNAL_ERROR",
    why: FlightError,
  ): void {
    // Its client is gone, which the application is about to be told.
    if (this.#isReset) return;
    if (!this.#stream.isClosed) this.#stream.reset(code);
    this.#abort(why);
  }

  /** Answers a request that is not gRPC by HTTP, after all of it has come. */
  #refuse({ headers, text, isUseful }: Refusal): void {
    const body = new TextEncoder().encode(text);
    this.#stream.sendHeaders(headers, body.length === 0);
    this.#stream.sendData([body], body.length, true);
    this.#abort(new FlightError("CANCELLED", "the call was refused"));
    // Pages share a connection: one without permission must not end the calls of the others.
    if (!isUseful) {
      this.#init.connection.countUseless("a request that is not gRPC");
    }
    if (!this.#stream.remoteEnded) this.#stream.reset("NO_ERROR");
  }

  endOfMessages(): IncomingEnd | undefined {
    if (this.#isUnread) return COMPLETE;
    if (this.#error) return { error: this.#error };
    return this.#isAtEnd && !this.#isReset ? COMPLETE : undefined;
  }

  onProblem(problem: MessageProblem): void {
    const { maxReceiveMessageBytes } = this.#init.limits;
    this.#fail(messageError(problem, "request", maxReceiveMessageBytes));
  }

  onInflateError(error: unknown): void {
    this.#fail(handlerError(error));
  }

  /** Stops reading: the client notices by its window. */
  #unread(): void {
    if (this.#isUnread) return;
    this.#isUnread = true;
    this.#incoming.drop();
    this.#stream.discard();
    this.#incoming.settle();
  }

  async #respond(response: CallResponse<OutgoingMessage>): Promise<void> {
    const headers = handled(
      response.headers.then((headers) => this.#sendHeaders(headers)),
    );
    const { messages } = response;
    let isBegun = false;
    try {
      while (!this.#isOver()) {
        const atHand = isBegun ? messages.take?.() : undefined;
        const message = atHand ?? await messages.read();
        if (message === undefined) {
          this.#responseIsDone = true;
          break;
        }
        if (!isBegun) await headers;
        isBegun = true;
        if (this.#isOver()) return;
        const framed = withPrefix(message);
        const { chunks, byteLength } = this.#web?.encode(framed) ?? framed;
        const sent = this.#stream.sendData(chunks, byteLength);
        if (sent) await sent;
        if (messages.hasEnded?.()) {
          this.#responseIsDone = true;
          break;
        }
      }
      if (!isBegun) await headers;
      const room = this.#init.connection.room();
      if (room) await room;
      if (!this.#isOver()) this.#finish(undefined, response.trailers());
    } catch (cause) {
      const error = handlerError(cause);
      if (!this.#isOver()) response.onUnsent?.(cause);
      // It has failed by itself: there is nothing to cancel, but that does no
      // harm.
      this.#finish(error, error.trailers ?? new FlightHeaders());
    }
  }

  /** True if nothing more can be sent. */
  #isOver(): boolean {
    return this.#error !== undefined || this.#isReset;
  }

  /** Sends the headers, when there is room for them. */
  async #sendHeaders(headers: FlightHeaders): Promise<void> {
    const list = toHeaderList(headers);
    const web = this.#web?.head(list);
    const tooLarge = sentTooLarge(
      "headers",
      list,
      this.#headerLimit(web ? headerListBytes(web) : RESPONSE_BYTES),
    );
    if (tooLarge) throw tooLarge;
    const room = this.#init.connection.room();
    if (room) await room;
    if (this.#error) return;
    this.#headersAreSent = true;
    this.#stream.sendHeaders(
      list.length === 0 ? web ?? RESPONSE : [...web ?? RESPONSE, ...list],
    );
  }

  /**
   * Returns the limit of the client for headers, in addition to `standard`
   * bytes.
   */
  #headerLimit(standard: number): number {
    const { maxHeaderListBytes } = this.#init.connection.settings;
    return Math.min(MAX_SENT_HEADERS_BYTES, maxHeaderListBytes - standard);
  }

  /** Sends the status: OK if there is no error. */
  #finish(error: FlightError | undefined, trailers: FlightHeaders): void {
    if (this.#error) return;
    const web = this.#web;
    this.#isLeaving = web !== undefined;
    this.#abort(error ?? CALL_ENDED);
    const status = statusList(
      error,
      trailers,
      web ? MAX_SENT_HEADERS_BYTES : this.#headerLimit(4096),
      (error) => this.#response?.onUnsent?.(error),
    );
    if (web) this.#sendInBody(web, status);
    else {
      const stream = this.#stream;
      stream.abandonData();
      stream.sendHeaders(
        this.#headersAreSent ? status : [...RESPONSE, ...status],
        true,
      );
      // The client need not send the rest of its request (RFC 9113, 8.1).
      if (!stream.isClosed) stream.reset("NO_ERROR");
    }
    if (error?.code === "UNIMPLEMENTED") {
      this.#init.connection.countUseless("a call of an unknown method");
    }
  }

  /**
   * Sends the status as data. Other than trailers, it waits for the window: the stream stays open until
   * the status has left. A message of which a part has left comes first, otherwise the client would take
   * the status for a part of it.
   */
  #sendInBody(web: WebAnswer, status: readonly Header[]): void {
    const stream = this.#stream;
    stream.discard();
    let sent: Promise<void> | undefined;
    try {
      const rest = stream.takeBackData();
      if (!this.#headersAreSent) stream.sendHeaders(web.onlyHead(status));
      const end = web.end(status);
      const chunks = rest ? [rest, ...end.chunks] : [...end.chunks];
      const byteLength = end.byteLength + (rest?.length ?? 0);
      sent = stream.sendData(chunks, byteLength, true);
    } catch {
      stream.reset("INTERNAL_ERROR");
    }
    if (sent === undefined) return this.#left();
    if (this.#deadline !== undefined) {
      // The client waits no longer, but may want to know why.
      this.#stopTimer = afterDelay(
        Math.max(timeUntil(this.#deadline), 0) +
          this.#init.limits.settingsTimeoutMs,
        () => stream.reset("CANCEL"),
      );
    }
    sent.then(() => this.#left(), () => this.#left());
  }

  /** Notes that the status has left, or never will. */
  #left(): void {
    this.#isLeaving = false;
    this.#stopTimer();
    // The client need not send the rest of its request (RFC 9113, 8.1).
    if (!this.#stream.isClosed) this.#stream.reset("NO_ERROR");
    this.#init.onEnd();
  }

  /** Ends the call. */
  #abort(error: FlightError): void {
    if (this.#error) return;
    this.#error = error;
    this.#stopTimer();
    this.#incoming.drop();
    this.#incoming.release(error);
    this.#incoming.settle();
    if (!this.#responseIsDone) {
      this.#responseIsDone = true;
      this.#response?.messages.cancel(error);
    }
    this.#ending.abort(error);
    if (!this.#isLeaving) this.#init.onEnd();
  }
}
