/** One call of the server: gRPC over HTTP/2, "Requests" and "Responses". */

import { setImmediate } from "node:timers";

import { atDeadline } from "../../base/deadline.ts";
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
import { MAX_SENT_HEADERS_BYTES } from "../../grpc/metadata.ts";
import { decodeTimeout } from "../../grpc/timeout.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "../../seam/transport.ts";
import { ACCEPTED_ENCODINGS, isAcceptedEncoding } from "./compression.ts";
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
import type { MessageProblem } from "../../grpc/message_reader.ts";
import {
  type IncomingCall,
  type IncomingEnd,
  IncomingMessages,
} from "./incoming_messages.ts";
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

/** The end of a request that is complete, or of which nothing is wanted. */
const COMPLETE: IncomingEnd = { error: undefined };

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
export class ServerCall implements StreamListener, IncomingCall {
  readonly #stream: Http2Stream;
  readonly #init: ServerCallInit;
  readonly #incoming: IncomingMessages;
  readonly #controller = new AbortController();
  #refusal: Refusal | undefined;
  #response: CallResponse<OutgoingMessage> | undefined;
  #responseIsDone = false;
  #headersAreSent = false;
  /** Why the call is over, also if it ended well. */
  #error: FlightError | undefined;

  #isAtEnd = false;
  /** The stream is no more; the call is about to be aborted. */
  #isReset = false;
  #isUnread = false;
  #stopTimer: () => void = () => {};

  /**
   * @param stream What it came on; the headers are still to come.
   * @param init What it runs on.
   */
  constructor(stream: Http2Stream, init: ServerCallInit) {
    this.#stream = stream;
    this.#init = init;
    this.#incoming = new IncomingMessages(this, {
      limits: init.limits,
      credit: (bytes) => stream.credit(bytes),
      countsUntilNextRead: true,
    });
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
    const encoding = fieldOf(list, "grpc-encoding");
    this.#incoming.encoding = encoding;
    if (!isAcceptedEncoding(encoding ?? "identity")) {
      return this.fail(
        new FlightError(
          "UNIMPLEMENTED",
          `messages in the encoding ${encoding} cannot be read`,
        ),
      );
    }
    this.#begin(list);
  }

  onStreamData(chunk: Uint8Array, start: number, end: number): void {
    this.#incoming.push(chunk, start, end);
  }

  onStreamEnd(): void {
    if (this.#error) return;
    if (this.#refusal) return this.#refuse(this.#refusal);
    this.#isAtEnd = true;
    this.#incoming.end();
    // Some clients end a request before they reset it, both in one piece: it
    // must not look complete.
    queueMicrotask(() => this.#incoming.settle());
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
          read: () => this.#incoming.read(),
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

  endOfMessages(): IncomingEnd | undefined {
    if (this.#isUnread) return COMPLETE;
    if (this.#error) return { error: this.#error };
    return this.#isAtEnd && !this.#isReset ? COMPLETE : undefined;
  }

  onProblem(problem: MessageProblem): void {
    const { maxReceiveMessageBytes } = this.#init.limits;
    this.fail(messageError(problem, "request", maxReceiveMessageBytes));
  }

  onInflateError(error: unknown): void {
    this.fail(handlerError(error));
  }

  /** The handler reads no more: the client notices by its window. */
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
    this.#incoming.drop();
    this.#incoming.release(error);
    this.#incoming.settle();
    if (!this.#responseIsDone) {
      this.#responseIsDone = true;
      this.#response?.messages.cancel(error);
    }
    this.#controller.abort(error);
    this.#init.onEnd();
  }
}
