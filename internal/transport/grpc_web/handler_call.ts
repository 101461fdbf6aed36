/** One call of the server: a request of `fetch`, and the response to it. */

import { atDeadline } from "../../base/timers/deadline.ts";
import { concatBytes } from "../../base/bytes.ts";
import { messageMemory } from "../../base/message_memory.ts";
import { handled, quietly } from "../../base/handled.ts";
import type { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import {
  clientGoneError,
  deadlineError,
  handlerError,
  notAcceptedError,
} from "../../grpc/call_errors.ts";
import { toHeaderList } from "../../grpc/header_list.ts";
import { MAX_SENT_HEADERS_BYTES } from "../../grpc/metadata.ts";
import { withPrefix } from "../../grpc/message_writer.ts";
import { sentTooLarge, statusList } from "../../grpc/status_list.ts";
import { callHead } from "../../grpc/web/call_head.ts";
import type { WebType } from "../../grpc/web/content_type.ts";
import { encodeText } from "../../grpc/web/text_mode.ts";
import { trailerFrame } from "../../grpc/web/trailer_frame.ts";
import type { Header } from "../../http2/hpack/header.ts";
import { CALL_ENDED } from "../../seam/call_ended.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "../../seam/transport.ts";
import { IncomingBody } from "./incoming_body.ts";
import type { WebLimits } from "./options.ts";
import type { Caller } from "./caller.ts";
import { WINDOW } from "./window.ts";

/**
 * Largest piece of a message that is gathered with its neighbors, in bytes. A larger one is handed on as
 * it is: copying it costs more than a chunk of its own.
 */
const MAX_GATHERED_PIECE_BYTES: number = 16 * 1024;

/** Least size of a chunk, in bytes, where small messages follow each other at once. */
const MIN_CHUNK_BYTES: number = MAX_GATHERED_PIECE_BYTES;

/** Number of turns of promises in which a message follows at once. */
const SOON_TURNS = 16;

/** Options of a call, from the handler. */
interface HandlerCallInit {
  readonly handler: CallHandler;
  readonly limits: WebLimits;
  /** See `ServerLimits.sendStallTimeoutMs`. */
  readonly sendStallTimeoutMs: number | undefined;
  /** The path of the method, without any prefix. */
  readonly path: string;
  /** The kind of the request. */
  readonly requestType: WebType;
  /** The kind of the answer. */
  readonly answerType: WebType;
  readonly caller: Caller;
  /** Makes the headers for pages of other origins. */
  readonly cors: (names: Iterable<string>) => Header[];
}

/** The outcome of a read of the answer. */
type Read =
  | { readonly message: OutgoingMessage | undefined }
  | { readonly error: unknown };

/**
 * Calls without a response. If the client is in the same process on Node.js, nothing else may refer to them: the signal
 * of a Request does not refer to the one that follows it, so a collection would take the call before its end.
 */
const waiting = new Set<HandlerCall>();

/** Running call. */
export class HandlerCall {
  readonly #init: HandlerCallInit;
  readonly #incoming: IncomingBody;
  readonly #controller = new AbortController();
  readonly #requestHeaders: Header[];
  #response: CallResponse<OutgoingMessage> | undefined;
  #isAnswerDone = false;
  #headers: FlightHeaders = new FlightHeaders();
  #isAccepted = false;
  /** A read of the answer that is under way. */
  #reading: Promise<Read> | undefined;
  /** Reason for the end of the call, also if it ended well. */
  #error: FlightError | undefined;
  #stopTimer: () => void = () => {};
  /** Fails the response at once; set when it is being sent. */
  #onFail: (() => void) | undefined;
  #stallTimer: ReturnType<typeof setTimeout> | undefined;
  /** The trailers, once the call has ended. */
  #status: readonly Header[] = [];

  /**
   * @param request The request.
   * @param init Options.
   */
  constructor(request: Request, init: HandlerCallInit) {
    this.#init = init;
    this.#requestHeaders = [...request.headers];
    this.#incoming = new IncomingBody(
      request.body as ReadableStream<Uint8Array> | null,
      init.requestType.isText,
      init.limits,
      (error) => this.#fail(error),
    );
  }

  /** Answers the call. */
  async respond(): Promise<Response> {
    waiting.add(this);
    try {
      return await this.#respond();
    } finally {
      waiting.delete(this);
    }
  }

  async #respond(): Promise<Response> {
    this.#init.caller.onGone(() => this.#fail(clientGoneError()));
    this.#begin();
    this.#incoming.start();
    const response = this.#response;
    if (response !== undefined) {
      const failed = new Promise<void>((resolve) => this.#onFail = resolve);
      this.#reading = this.#read(response);
      // A call that fails with nothing but a status has no headers.
      await Promise.race([
        handled(response.headers.then((headers) => this.#accept(headers))),
        this.#reading.then((read) => {
          if (!("error" in read)) return response.headers;
          if (!this.#isAccepted) this.#fail(read.error);
          return undefined;
        }),
        failed,
      ]).catch((error) => {
        if (this.#error === undefined) response.onUnsent?.(error);
        this.#fail(error);
      });
    }
    return this.#makeResponse();
  }

  #begin(): void {
    const { handler, limits, path, caller } = this.#init;
    try {
      const { headers, deadline } = callHead(this.#requestHeaders, limits);
      this.#stopTimer = atDeadline(deadline, () => this.#fail(deadlineError()));
      this.#response = handler({
        path,
        headers,
        messages: this.#incoming,
        signal: this.#controller.signal,
        deadline,
        peer: caller.peer,
        connection: caller.connection,
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  #accept(headers: FlightHeaders): void {
    const tooLarge = sentTooLarge(
      "headers",
      toHeaderList(headers),
      MAX_SENT_HEADERS_BYTES,
    );
    if (tooLarge) throw tooLarge;
    this.#headers = headers;
    this.#isAccepted = true;
  }

  #makeResponse(): Response {
    const { answerType, cors } = this.#init;
    // Of a failure before all else, the headers tell it too: they say that there are no others.
    const own = this.#isAccepted || this.#error === undefined
      ? toHeaderList(this.#headers)
      : this.#status.filter(([name]) => /^grpc-(?:status|message)$/.test(name));
    const headers = new Headers();
    for (
      const [name, value] of [
        ...own,
        ["content-type", answerType.contentType] as const,
        ["grpc-accept-encoding", "identity"] as const,
        ...cors(own.map(([name]) => name)),
      ]
    ) headers.append(name, value);
    const body = this.#error === undefined
      ? this.#stream()
      : this.#encoded([trailerFrame(this.#status)])[0]!;
    return new Response(body as BodyInit, { headers });
  }

  /** Makes the body of the response: it asks for a message when the platform asks for bytes. */
  #stream(): ReadableStream<Uint8Array> {
    let isOver = false;
    const end = (
      controller: ReadableStreamDefaultController<Uint8Array>,
    ): void => {
      if (isOver) return;
      isOver = true;
      const [frame] = this.#encoded([trailerFrame(this.#status)]);
      // The platform may have dropped the stream without a word.
      quietly(() => {
        controller.enqueue(frame!);
        controller.close();
      });
    };
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const onFail = (): void => end(controller);
        this.#onFail = onFail;
        if (this.#error !== undefined) end(controller);
      },
      pull: async (controller) => {
        clearTimeout(this.#stallTimer);
        const chunks = await this.#next();
        if (isOver) return;
        if (this.#error !== undefined || chunks === undefined) {
          return end(controller);
        }
        quietly(() => {
          for (const chunk of chunks) controller.enqueue(chunk);
        });
        this.#awaitPull(controller);
      },
      cancel: () => {
        isOver = true;
        this.#fail(clientGoneError());
      },
    }, WINDOW);
  }

  /** Ends the call if the client accepts nothing for too long. */
  #awaitPull(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { sendStallTimeoutMs } = this.#init;
    if (sendStallTimeoutMs === undefined) return;
    this.#stallTimer = setTimeout(() => {
      this.#onFail = undefined;
      const error = notAcceptedError(sendStallTimeoutMs);
      this.#fail(error);
      quietly(() => controller.error(error));
    }, sendStallTimeoutMs);
  }

  /**
   * Reads the next message, as chunks, and with it those that follow at once while they are small.
   *
   * @returns The chunks; `undefined` at the end.
   */
  async #next(): Promise<Uint8Array[] | undefined> {
    const response = this.#response!;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    while (this.#error === undefined) {
      const reading = this.#reading ??= this.#read(response);
      const read = await (bytes === 0 ? reading : soon(reading));
      if (read === undefined) break;
      if (bytes > 0 && !("message" in read && read.message !== undefined)) {
        break;
      }
      this.#reading = undefined;
      if (this.#error !== undefined) return undefined;
      const taken = this.#take(read, response);
      if (taken === undefined) return undefined;
      for (const chunk of taken) {
        chunks.push(chunk);
        bytes += chunk.byteLength;
      }
      if (bytes >= MIN_CHUNK_BYTES) break;
    }
    return this.#error === undefined ? joinSmall(chunks) : undefined;
  }

  /** Takes a message, or the end: then there are no chunks. */
  #take(
    read: Read,
    response: CallResponse<OutgoingMessage>,
  ): Uint8Array[] | undefined {
    if ("error" in read) {
      this.#fail(read.error);
      return undefined;
    }
    if (read.message === undefined) {
      this.#isAnswerDone = true;
      this.#finish(undefined, response.trailers());
      return undefined;
    }
    try {
      return this.#encoded(withPrefix(read.message).chunks);
    } catch (error) {
      response.onUnsent?.(error);
      this.#fail(error);
      return undefined;
    }
  }

  async #read(response: CallResponse<OutgoingMessage>): Promise<Read> {
    try {
      return { message: await response.messages.read() };
    } catch (error) {
      if (this.#error === undefined) response.onUnsent?.(error);
      return { error };
    }
  }

  #encoded(chunks: readonly Uint8Array[]): Uint8Array[] {
    return this.#init.answerType.isText
      ? [encodeText(chunks)]
      : gatherSmall(chunks);
  }

  #fail(cause: unknown): void {
    if (this.#error !== undefined) return;
    const error = handlerError(cause);
    this.#finish(error, error.trailers);
  }

  /** Ends the call: with OK if there is no error. */
  #finish(
    error: FlightError | undefined,
    trailers: FlightHeaders | undefined,
  ): void {
    if (this.#error !== undefined) return;
    this.#error = error ?? CALL_ENDED;
    this.#status = statusList(
      error,
      trailers ?? new FlightHeaders(),
      MAX_SENT_HEADERS_BYTES,
      (error) => this.#response?.onUnsent?.(error),
    );
    this.#stopTimer();
    clearTimeout(this.#stallTimer);
    this.#incoming.stop(this.#error);
    if (!this.#isAnswerDone) {
      this.#isAnswerDone = true;
      this.#response?.messages.cancel(this.#error);
    }
    this.#controller.abort(this.#error);
    this.#onFail?.();
    this.#init.caller.stop();
    // The platform sends the answer first.
    this.#incoming.drop();
  }
}

/** Waits for a value that is about to come; `undefined` if it does not. */
async function soon<T>(value: Promise<T>): Promise<T | undefined> {
  let result: { readonly value: T } | undefined;
  handled(value.then((value) => result = { value }));
  for (let turn = 0; turn < SOON_TURNS && result === undefined; turn++) {
    await undefined;
  }
  return result?.value;
}

/** Joins chunks of several messages that are not worth a chunk of their own. */
function joinSmall(chunks: Uint8Array[]): Uint8Array[] {
  return chunks.length < 2 ? chunks : gatherSmall(chunks);
}

/** Joins pieces that are not worth a chunk of their own. */
function gatherSmall(chunks: readonly Uint8Array[]): Uint8Array[] {
  const result: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  const flush = (): void => {
    if (small.length > 0) result.push(concatBytes(small));
    small = [];
  };
  for (const chunk of chunks) {
    // Memory of a received message is used again before the platform has sent it.
    if (
      chunk.byteLength <= MAX_GATHERED_PIECE_BYTES ||
      messageMemory.isLent(chunk)
    ) {
      if (chunk.byteLength > 0) small.push(chunk);
    } else {
      flush();
      result.push(chunk);
    }
  }
  flush();
  return result;
}
