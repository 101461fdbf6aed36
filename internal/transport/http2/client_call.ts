/** One call of the client: gRPC over HTTP/2, "Requests" and "Responses". */

import { concatBytes } from "../../base/bytes.ts";
import { type Deferred, deferred } from "../../base/deferred.ts";
import type { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import {
  isGrpcAnswer,
  PLAIN_ANSWER_TIMEOUT_MS,
  PlainAnswer,
} from "../../grpc/answer_end.ts";
import {
  connectError,
  connectTimeoutText,
  unwantedError,
} from "../../grpc/call_errors.ts";
import { CallerWatch } from "../../grpc/caller_watch.ts";
import { MAX_SENT_HEADERS_BYTES } from "../../grpc/metadata.ts";
import type {
  CallResponse,
  ClientRequest,
  OutgoingMessage,
} from "../../seam/transport.ts";
import type { Http2Connection } from "../../http2/connection/connection.ts";
import type { StreamSupply, WaitingCall } from "./connector.ts";
import { earlyEndError, headOf, unreadError } from "./errors.ts";
import {
  messageError,
  outcomeOf,
  sentTooLarge,
} from "../../grpc/status_list.ts";
import { fieldOf } from "../../http2/frame/field_rules.ts";
import { headerExcess } from "../../grpc/header_limits.ts";
import { fromHeaderList, toHeaderList } from "../../grpc/header_list.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import type { MessageProblem } from "../../grpc/message_reader.ts";
import {
  type IncomingCall,
  type IncomingEnd,
  IncomingMessages,
} from "./incoming_messages.ts";
import { withPrefix } from "../../grpc/message_writer.ts";
import type { TransportLimits } from "./options.ts";
import type { RequestHeaders } from "./request_headers.ts";
import type {
  Http2Stream,
  StreamListener,
  StreamReset,
} from "../../http2/connection/stream.ts";

/** Largest total size of messages that are kept for another attempt. */
const MAX_RETAINED_BYTES: number = 64 * 1024;

/** Most attempts for a call that a server has refused to process. */
const MAX_ATTEMPTS = 3;

/** Sent with the end of a request, if that was not known before. */
const NOTHING: OutgoingMessage = { byteLength: 0, chunks: [] };

/** Options of a call, from its transport. */
interface ClientCallInit {
  /** Provides streams. */
  readonly connector: StreamSupply;
  /** Location URI of the server, for errors. */
  readonly location: string;
  /** Makes the headers that are not the caller's. */
  readonly requestHeaders: RequestHeaders;
  /** Limits. */
  readonly limits: TransportLimits;
  /** Called when the call is over on the wire. */
  readonly onEnd: () => void;
}

/** Running call. */
export class ClientCall implements WaitingCall, StreamListener, IncomingCall {
  readonly #request: ClientRequest;
  readonly #init: ClientCallInit;
  readonly #headers: Deferred<FlightHeaders> = deferred();
  #receivedHeaders: FlightHeaders | undefined;
  /** Header block that has ended the answer, or is about to. */
  #lastBlock: HeaderList | undefined;
  /** The answer, if it is not gRPC. */
  #plain: PlainAnswer | undefined;
  #trailers: FlightHeaders = new FlightHeaders();

  #connection: Http2Connection | undefined;
  #stream: Http2Stream | undefined;
  readonly #incoming: IncomingMessages;
  /** End of the call on the wire; messages may remain unread. */
  #outcome: IncomingEnd | undefined;
  /** True if no message is left to read. */
  #isDrained = false;

  #attempts = 0;
  /** Sent messages, as long as they can be sent again. */
  #retained: Uint8Array[] | undefined = [];
  #retainedBytes = 0;
  /** True once nothing more has to be read to send the end. */
  #isLastTaken = false;
  /** True once the last message has been sent, as far as this side can tell. */
  #isLastSent = false;
  /** Pending while there is no stream to send on. */
  #attached: Deferred<void> | undefined = deferred();

  readonly #watch: CallerWatch;
  #pageTimer: ReturnType<typeof setTimeout> | undefined;
  /** Set while it waits for its first stream, if its time for that is limited. */
  #connectTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param request The call.
   * @param init The options from the transport.
   */
  constructor(request: ClientRequest, init: ClientCallInit) {
    this.#request = request;
    this.#init = init;
    this.#watch = new CallerWatch(request, (reason) => this.cancel(reason));
    this.#incoming = new IncomingMessages(this, {
      limits: init.limits,
      credit: (bytes) => this.#stream?.credit(bytes),
      countsUntilNextRead: false,
    });
  }

  /** Response of the call, as its caller sees it. */
  get response(): CallResponse<Uint8Array> {
    return {
      headers: this.#headers.promise,
      messages: {
        read: () => this.#read(),
        take: () => this.#take(),
        recycle: (message) => this.#incoming.recycle(message),
        cancel: (reason) =>
          this.cancel(reason ?? unwantedError(this.#receivedHeaders)),
      },
      trailers: () => this.#trailers,
    };
  }

  /** Requests a stream. */
  start(): void {
    if (!this.#watch.begin(() => this.#receivedHeaders)) return;
    // The first message is requested while the connection is made.
    this.#send();
    const { locationTimeoutMs: ms } = this.#request;
    if (ms !== undefined) {
      this.#connectTimer = setTimeout(() => {
        const text = connectTimeoutText(ms, "locationTimeoutMs");
        this.fail(connectError(this.#init.location, text));
      }, ms);
    }
    this.#init.connector.request(this);
  }

  /** Ends the call from this side, and drops received messages. */
  cancel(reason: unknown): void {
    if (this.#isDrained) return;
    this.#incoming.drop();
    this.#incoming.release(reason);
    if (this.#outcome === undefined) {
      this.#init.connector.withdraw(this);
      this.#stream?.reset("CANCEL");
      this.#end(reason);
    } else this.#outcome = { error: reason };
    this.#isDrained = true;
  }

  fail(error: FlightError): void {
    this.cancel(error);
  }

  attach(connection: Http2Connection): void {
    this.#stopConnectTimer();
    const { headers, path, deadline } = this.#request;
    const standard = this.#init.requestHeaders.of(path, deadline);
    const custom = toHeaderList(headers);
    const tooLarge = sentTooLarge(
      "headers",
      custom,
      Math.min(
        MAX_SENT_HEADERS_BYTES,
        connection.settings.maxHeaderListBytes - standard.byteLength,
      ),
    );
    if (tooLarge) return this.fail(tooLarge);
    this.#attempts++;
    const stream = connection.openStream();
    stream.listener = this;
    this.#connection = connection;
    this.#stream = stream;
    stream.sendHeaders(joined(standard.list, custom));
    this.#resend(stream).catch((error) => this.cancel(error));
  }

  onStreamHeaders(list: HeaderList | undefined, endStream: boolean): void {
    const { limits, connector } = this.#init;
    connector.answered(this.#connection!);
    const what = this.#receivedHeaders ? "trailers" : "headers";
    const { listBytes } = this.#connection!;
    const excess = headerExcess(what, list, listBytes, limits);
    if (excess || list === undefined) return this.cancel(excess);
    if (endStream) this.#lastBlock = list;
    if (this.#receivedHeaders) return;
    const head = headOf(list);
    if (!isGrpcAnswer(head)) this.#plain = new PlainAnswer(head);
    if (endStream) return;
    this.#retained = undefined;
    this.#receivedHeaders = fromHeaderList(list);
    if (this.#plain) return this.#awaitPage();
    this.#incoming.encoding = fieldOf(list, "grpc-encoding");
    this.#headers.resolve(this.#receivedHeaders);
  }

  /** The start of the page says more than its headers. */
  #awaitPage(): void {
    this.#pageTimer = setTimeout(
      () => this.#failPlain(),
      PLAIN_ANSWER_TIMEOUT_MS,
    );
  }

  #failPlain(): void {
    const { location } = this.#init;
    this.cancel(this.#plain!.error(location, this.#receivedHeaders));
  }

  onStreamData(chunk: Uint8Array, start: number, end: number): void {
    if (this.#plain) {
      if (this.#plain.push(chunk, start, end)) this.#failPlain();
      return;
    }
    this.#incoming.push(chunk, start, end);
  }

  placeStreamData(bytes: number): Uint8Array | undefined {
    return this.#plain ? undefined : this.#incoming.place(bytes);
  }

  onStreamDataPlaced(bytes: number): void {
    this.#incoming.placed(bytes);
  }

  get alikeData(): IncomingMessages | undefined {
    return this.#plain ? undefined : this.#incoming;
  }

  onStreamEnd(): void {
    const { trailers, error } = outcomeOf(
      this.#init.location,
      this.#lastBlock,
      this.#receivedHeaders,
      this.#plain,
    );
    this.#trailers = trailers;
    // An error already explains the end.
    if (error === undefined) this.#incoming.end();
    if (!this.#stream!.localEnded) this.#stream!.reset("NO_ERROR");
    this.#end(error);
  }

  onStreamReset(reset: StreamReset): void {
    if (this.#plain) return this.#failPlain();
    if (
      reset.isUnprocessed && this.#retained && this.#attempts < MAX_ATTEMPTS
    ) {
      // The server did nothing for it: another connection, or the same, may
      // process it.
      this.#stream = undefined;
      this.#attached ??= deferred();
      queueMicrotask(() => {
        if (this.#outcome === undefined) this.#init.connector.request(this);
      });
      return;
    }
    this.#end(
      earlyEndError(this.#init.location, reset, this.#receivedHeaders),
    );
  }

  onStreamOverflow(unread: number): void {
    const { unreadBytes } = this.#init.limits;
    this.cancel(
      unreadError(unread, unreadBytes).with({ headers: this.#receivedHeaders }),
    );
  }

  #take(): Uint8Array | undefined {
    const isOver = this.#outcome !== undefined && this.#request.signal.aborted;
    return isOver ? undefined : this.#incoming.take();
  }

  #read(): Promise<Uint8Array | undefined> {
    const { signal } = this.#request;
    // Until all is read, the caller can still cancel.
    if (this.#outcome && signal.aborted) this.cancel(signal.reason);
    return this.#incoming.read();
  }

  endOfMessages(): IncomingEnd | undefined {
    if (this.#outcome) this.#isDrained = true;
    return this.#outcome;
  }

  onProblem(problem: MessageProblem): void {
    const { maxReceiveMessageBytes } = this.#init.limits;
    this.cancel(
      messageError(problem, "answer", maxReceiveMessageBytes)
        .with({ headers: this.#receivedHeaders }),
    );
  }

  onInflateError(error: unknown): void {
    this.cancel(error);
  }

  async #send(): Promise<void> {
    const { messages } = this.#request;
    try {
      while (this.#outcome === undefined) {
        const message = messages.take?.() ?? await messages.read();
        if (this.#outcome !== undefined) return;
        const { chunks, byteLength } = message ? withPrefix(message) : NOTHING;
        while (this.#attached) await this.#attached.promise;
        if (this.#outcome !== undefined) return;
        this.#retain(chunks, byteLength);
        const isLast = message === undefined || messages.hasEnded?.() === true;
        if (isLast) this.#isLastTaken = true;
        const sent = this.#stream!.sendData(chunks, byteLength, isLast);
        if (sent) await sent;
        if (!isLast) continue;
        this.#isLastSent = true;
        return;
      }
    } catch (error) {
      this.cancel(error);
    }
  }

  #retain(chunks: readonly Uint8Array[], byteLength: number): void {
    if (this.#retained === undefined || byteLength === 0) return;
    this.#retainedBytes += byteLength;
    if (this.#retainedBytes > MAX_RETAINED_BYTES) this.#retained = undefined;
    else this.#retained.push(concatBytes(chunks, byteLength));
  }

  /**
   * Sends the messages again that a server has refused to process, then the
   * following ones.
   */
  async #resend(stream: Http2Stream): Promise<void> {
    if (this.#retainedBytes > 0 || this.#isLastTaken) {
      const sent = stream.sendData(
        this.#retained!,
        this.#retainedBytes,
        this.#isLastTaken,
      );
      if (sent) await sent;
      // It may have been refused again in the meantime.
      if (this.#stream !== stream) return;
    }
    this.#attached?.resolve();
    this.#attached = undefined;
  }

  #stopConnectTimer(): void {
    if (this.#connectTimer === undefined) return;
    clearTimeout(this.#connectTimer);
    this.#connectTimer = undefined;
  }

  /** Ends the call on the wire. */
  #end(error: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { error };
    this.#watch.stop();
    this.#stopConnectTimer();
    if (this.#pageTimer !== undefined) clearTimeout(this.#pageTimer);
    if (error === undefined) this.#headers.resolve(new FlightHeaders());
    else this.#headers.reject(error);
    this.#attached?.resolve();
    this.#attached = undefined;
    if (!this.#isLastSent) {
      this.#isLastSent = true;
      this.#request.messages.cancel(error);
    }
    this.#incoming.settle();
    this.#init.onEnd();
  }
}

function joined(
  a: readonly Header[],
  b: readonly Header[],
): readonly Header[] {
  return b.length === 0 ? a : [...a, ...b];
}
