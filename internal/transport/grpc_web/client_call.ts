/** One call of the client: gRPC-Web by `fetch`. */

import { Change, type Deferred, deferred } from "../../base/deferred.ts";
import { messageMemory } from "../../base/message_memory.ts";
import { quietly } from "../../base/handled.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import { PLAIN_ANSWER_TIMEOUT_MS, PlainAnswer } from "../../grpc/answer_end.ts";
import { unwantedError } from "../../grpc/call_errors.ts";
import { CallerWatch } from "../../grpc/caller_watch.ts";
import { fromHeaderList } from "../../grpc/header_list.ts";
import { headerExcess } from "../../grpc/header_limits.ts";
import { MessageReader } from "../../grpc/message_reader.ts";
import { messageError, outcomeOf } from "../../grpc/status_list.ts";
import { AnswerBody } from "../../grpc/web/answer_body.ts";
import { webTypeOf } from "../../grpc/web/content_type.ts";
import { fieldOf } from "../../http2/frame/field_rules.ts";
import type { HeaderList } from "../../http2/hpack/header.ts";
import type { CallResponse, ClientRequest } from "../../seam/transport.ts";
import { BodyReader, MIN_PLACED_BYTES } from "./body_reader.ts";
import { fetchError, lostError } from "./errors.ts";
import type { WebSettings } from "./options.ts";
import { ownsChunks } from "./platform.ts";
import { type RequestMaker, SourceError } from "./request.ts";
import { Upload } from "./upload.ts";
import { WINDOW_BYTES } from "./window.ts";

/** Longest wait for the end of a body behind its trailers, in milliseconds. */
const TAIL_TIMEOUT_MS = 1000;

/** Options of a call, from its transport. */
interface WebCallInit {
  /** The base URL, for errors. */
  readonly url: string;
  /** Makes requests. */
  readonly requests: RequestMaker;
  /** Checked options. */
  readonly settings: WebSettings;
  /** Called when the call is over. */
  readonly onEnd: () => void;
}

/** Headers that servers and proxies add to every answer. */
const OF_HTTP = /^(?:vary|access-control-.*|server|alt-svc)$/;

/** Running call. */
export class WebCall {
  readonly #request: ClientRequest;
  readonly #init: WebCallInit;
  readonly #headers: Deferred<FlightHeaders> = deferred();
  readonly #abort = new AbortController();
  readonly #upload: Upload;
  readonly #messages: MessageReader;
  readonly #answer: AnswerBody;
  /** Comes when there may be more to read. */
  readonly #change = new Change();
  /** Number of bytes that wait for a reader. */
  #unread = 0;
  #isFilling = false;
  #body: BodyReader | undefined;
  #list: HeaderList = [];
  #receivedHeaders: FlightHeaders | undefined;
  #trailers: FlightHeaders = new FlightHeaders();
  #outcome: { readonly error: unknown } | undefined;
  #isDrained = false;
  readonly #watch: CallerWatch;

  /**
   * @param request The call.
   * @param init The options from the transport.
   */
  constructor(request: ClientRequest, init: WebCallInit) {
    const { settings } = init;
    this.#request = request;
    this.#init = init;
    this.#watch = new CallerWatch(request, (reason) => this.cancel(reason));
    this.#messages = new MessageReader(
      settings.maxReceiveMessageBytes,
      (bytes) => {
        this.#unread -= bytes;
        this.#fill();
      },
      settings.findBody,
    );
    this.#answer = new AnswerBody(
      this.#messages,
      settings.maxHeaderListBytes,
    );
    this.#upload = new Upload(request.messages, (error) => this.cancel(error));
  }

  /** Response of the call, as its caller sees it. */
  get response(): CallResponse<Uint8Array> {
    return {
      headers: this.#headers.promise,
      messages: {
        read: () => this.#read(),
        recycle: (message) => messageMemory.giveBack(message),
        cancel: (reason) =>
          this.cancel(reason ?? unwantedError(this.#receivedHeaders)),
      },
      trailers: () => this.#trailers,
    };
  }

  /** Makes the request. */
  start(): void {
    if (!this.#watch.begin(() => this.#receivedHeaders)) return;
    this.#open().catch((error) => this.cancel(error));
  }

  /** Ends the call from this side, and drops received messages. */
  cancel(reason: unknown): void {
    if (this.#isDrained) return;
    this.#isDrained = true;
    this.#messages.clear();
    if (this.#outcome === undefined) this.#end(reason);
    else this.#outcome = { error: reason };
    this.#dropBody(reason);
    this.#change.notify();
  }

  async #open(): Promise<void> {
    const { requests } = this.#init;
    let response: Response;
    try {
      response = await requests.make(
        this.#request,
        this.#upload,
        this.#abort.signal,
      );
    } catch (error) {
      if (error instanceof SourceError) throw error.reason;
      if (FlightError.is(error)) throw error;
      throw fetchError(this.#init.url, error);
    }
    if (this.#outcome !== undefined) {
      quietly(() => response.body?.cancel(this.#outcome!.error));
      return;
    }
    this.#upload.commit();
    await this.#receive(response);
  }

  async #receive(response: Response): Promise<void> {
    const { url, settings } = this.#init;
    this.#list = [...response.headers];
    this.#body = response.body === null
      ? undefined
      : new BodyReader(response.body, ownsChunks(response, settings.fetch));
    const excess = headerExcess("headers", this.#list, 0, settings);
    if (excess) throw excess;
    const contentType = response.headers.get("content-type") ?? undefined;
    const received = fromHeaderList(
      this.#list.filter(([name]) => !OF_HTTP.test(name)),
    );
    if (
      response.status !== 200 || webTypeOf(contentType ?? "")?.isText !== false
    ) {
      const page = new PlainAnswer({
        // A redirect is hidden from pages.
        httpStatus: response.type === "opaqueredirect"
          ? "3xx"
          : String(response.status),
        contentType,
        location: response.headers.get("location") ?? undefined,
        contentEncoding: undefined,
      });
      await this.#readPage(page);
      const { error } = outcomeOf(
        url,
        fieldOf(this.#list, "grpc-status") === undefined
          ? undefined
          : this.#list,
        received,
        page,
      );
      throw error ?? page.error(url, received);
    }
    // Of an answer with nothing but a status, these are its trailers.
    if (fieldOf(this.#list, "grpc-status") === undefined) {
      this.#receivedHeaders = received;
      this.#headers.resolve(received);
    }
    if (this.#body === undefined) this.#complete();
    else this.#fill();
    this.#change.notify();
  }

  /** Reads the start of an answer that is not gRPC, to show what it says. */
  async #readPage(page: PlainAnswer): Promise<void> {
    const timer = setTimeout(
      () => quietly(() => this.#body?.cancel()),
      PLAIN_ANSWER_TIMEOUT_MS,
    );
    try {
      while (this.#body !== undefined) {
        const chunk = await this.#body.read();
        if (chunk === undefined || page.push(chunk)) break;
      }
    } catch {
      // The error shows as much of it as has come.
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(): Promise<Uint8Array | undefined> {
    if (this.#outcome !== undefined && this.#request.signal.aborted) {
      // Until all is read, the caller can still cancel.
      this.cancel(this.#request.signal.reason);
    }
    while (true) {
      const message = this.#isDrained ? undefined : this.#messages.take();
      if (message?.isCompressed) {
        this.cancel(
          new FlightError(
            "INTERNAL",
            "a message is compressed, which was not asked for",
            { origin: "remote", headers: this.#receivedHeaders },
          ),
        );
      } else if (message) return message.bytes;
      if (!this.#isDrained) this.#checkBody();
      if (this.#outcome !== undefined) {
        this.#isDrained = true;
        if (this.#outcome.error === undefined) return undefined;
        throw this.#outcome.error;
      }
      await this.#change.next();
    }
  }

  /** Fails the call for a fault of its body, after all messages before it. */
  #checkBody(): void {
    const { settings } = this.#init;
    const { problem } = this.#messages;
    const error = problem
      ? messageError(problem, "answer", settings.maxReceiveMessageBytes)
      : this.#answer.problem;
    if (error && this.#outcome?.error === undefined) {
      this.cancel(error.with({ headers: this.#receivedHeaders }));
    }
  }

  /**
   * Reads a chunk of the body, if there is room for it: also while nothing is read here, an upload has to
   * learn of the end of its call.
   */
  #fill(): void {
    const body = this.#body;
    if (
      body === undefined || this.#isFilling || this.#outcome !== undefined ||
      this.#unread >= WINDOW_BYTES
    ) return;
    this.#isFilling = true;
    const place = body.takesMemory
      ? this.#answer.place(MIN_PLACED_BYTES)
      : undefined;
    body.read(place).then(
      (chunk) => this.#take(body, chunk, place !== undefined),
      (error) => {
        if (this.#outcome !== undefined) return;
        this.#end(lostError(this.#init.url, error, this.#receivedHeaders));
        this.#change.notify();
      },
    );
  }

  /** Takes a chunk of the body, or its end. */
  #take(
    body: BodyReader,
    chunk: Uint8Array | undefined,
    isPlaced: boolean,
  ): void {
    if (this.#outcome !== undefined) return;
    if (chunk === undefined) {
      this.#body = undefined;
      this.#answer.end();
      this.#complete();
    } else {
      this.#unread += chunk.byteLength;
      if (isPlaced) this.#answer.placed(chunk);
      else this.#answer.push(chunk);
      if (this.#answer.trailers !== undefined) {
        this.#body = undefined;
        this.#finishBody(body);
        this.#complete();
      }
    }
    // Not before: the next read may take over the memory of the chunk.
    this.#isFilling = false;
    this.#change.notify();
    this.#fill();
  }

  /** Ends the call as its answer says. */
  #complete(): void {
    const { url, settings } = this.#init;
    const { trailers } = this.#answer;
    const isHeadersOnly = trailers === undefined &&
      fieldOf(this.#list, "grpc-status") !== undefined;
    if (trailers !== undefined) {
      const excess = headerExcess("trailers", trailers, 0, settings);
      if (excess) {
        return this.cancel(excess.with({ headers: this.#receivedHeaders }));
      }
    }
    const problem = this.#messages.problem ?? this.#answer.problem;
    const outcome = outcomeOf(
      url,
      isHeadersOnly ? this.#list : trailers,
      this.#receivedHeaders,
      undefined,
    );
    this.#trailers = outcome.trailers;
    // A frame that is cut short says more than the missing status.
    if (problem !== undefined && trailers === undefined) return;
    this.#end(outcome.error);
  }

  /** Waits a while for the end of the body, for which a connection is used again. */
  #finishBody(body: BodyReader): void {
    const timer = setTimeout(
      () => quietly(() => body.cancel()),
      TAIL_TIMEOUT_MS,
    );
    (timer as { unref?(): void }).unref?.();
    body.read().then((chunk) => {
      if (chunk !== undefined) quietly(() => body.cancel());
    }).catch(() => {}).finally(() => clearTimeout(timer));
  }

  #dropBody(reason: unknown): void {
    this.#abort.abort(reason);
    quietly(() => this.#body?.cancel(reason));
  }

  /** Ends the call on the wire. */
  #end(error: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { error };
    this.#watch.stop();
    if (error === undefined) {
      this.#headers.resolve(this.#receivedHeaders ?? new FlightHeaders());
    } else this.#headers.reject(error);
    if (!this.#upload.isDone) {
      this.#request.messages.cancel(error);
      // The rest of the request is of no use to the server.
      this.#abort.abort(error);
      this.#upload.stop(error);
    }
    this.#init.onEnd();
  }
}
