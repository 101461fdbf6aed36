/** The body of a request: the messages of the caller, gathered or streamed. */

import { concatBytes } from "../../base/bytes.ts";
import { handled, quietly } from "../../base/handled.ts";
import type { Source } from "../../base/source.ts";
import { Turns } from "../../base/turn.ts";
import { FlightError } from "../../core/flight_error.ts";
import { withPrefix } from "../../grpc/message_writer.ts";
import type { OutgoingMessage } from "../../seam/transport.ts";
import { WINDOW, WINDOW_BYTES } from "./window.ts";

/** Most bytes that are kept for another attempt, until the first one has got through. */
const MAX_KEPT_BYTES: number = 64 * 1024;

/** The outcome of a read. */
type Read = { readonly message: Uint8Array | undefined };

/** The messages of a call on their way into a body. */
export class Upload {
  readonly #source: Source<OutgoingMessage>;
  /** Called with the error of the source. */
  readonly #onFailure: (error: unknown) => void;
  /** Messages that were read ahead of the body. */
  #ahead: Uint8Array[] = [];
  /** A read that is under way; the body takes over its result. */
  #pending: Promise<Read> | undefined;
  #isDone = false;
  /** Messages that were sent, while they can be sent again. */
  #kept: Uint8Array[] | undefined;
  #keptBytes = 0;
  /** Number of the stream that may read. */
  #attempt = 0;
  #stop: (reason: unknown) => void = () => {};

  /**
   * @param source The messages of the caller.
   * @param onFailure Is told of the error of the source.
   */
  constructor(
    source: Source<OutgoingMessage>,
    onFailure: (error: unknown) => void,
  ) {
    this.#source = source;
    this.#onFailure = onFailure;
  }

  /** True if all messages have been read. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Waits for the first messages, for one turn of the event loop: a call of one request has it, and no
   * other, by then.
   *
   * @param maxBytes Largest message of such a call.
   * @returns The whole body; `undefined` if more may come.
   */
  async whole(maxBytes: number): Promise<Uint8Array | undefined> {
    let timer: ReturnType<typeof setTimeout>;
    const turn = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), 0);
    });
    try {
      for (let count = 0; count < 2; count++) {
        const read = await Promise.race([this.#begin(), turn]);
        if (read === undefined) return undefined;
        const message = this.#take(read);
        if (message === undefined) return concatBytes(this.#ahead);
        // Of a large one, the caller wants to know whether it was sent.
        if (message.byteLength > maxBytes) return undefined;
      }
      return undefined;
    } finally {
      clearTimeout(timer!);
    }
  }

  /**
   * Gathers all messages.
   *
   * @param maxBytes Most bytes.
   * @throws {FlightError} RESOURCE_EXHAUSTED when there are more.
   */
  async gathered(maxBytes: number): Promise<Uint8Array[]> {
    let bytes = 0;
    for (const message of this.#ahead) bytes += message.byteLength;
    while (!this.#isDone) {
      const message = this.#take(await this.#begin());
      if (message === undefined) break;
      bytes += message.byteLength;
      if (bytes > maxBytes) {
        throw new FlightError(
          "RESOURCE_EXHAUSTED",
          `the upload has more than ${maxBytes} bytes (option ` +
            "maxGatheredUploadBytes); this platform cannot stream it",
        );
      }
    }
    return this.#ahead;
  }

  /**
   * Streams the messages.
   *
   * @param keep True to keep the first ones, for `rewind`.
   */
  streamed(keep: boolean): ReadableStream<Uint8Array> {
    this.#kept = keep ? [] : undefined;
    const attempt = ++this.#attempt;
    // Node.js's `fetch` writes to the socket in a loop of promises: nothing else would run.
    const turns = new Turns();
    let isCanceled = false;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        // Deno keeps a connection for as long as its stream waits.
        const stop = (reason: unknown): void => {
          isCanceled = true;
          quietly(() => controller.error(reason));
        };
        this.#stop = stop;
      },
      pull: async (controller) => {
        try {
          const message = await this.#next(attempt);
          // The platform wants no more, as at the end of the call.
          if (isCanceled) return;
          if (message === undefined) return controller.close();
          await turns.after(message.byteLength);
          if (!isCanceled) enqueue(controller, message);
        } catch (error) {
          if (isCanceled) return;
          this.#onFailure(error);
          quietly(() => controller.error(error));
        }
      },
      cancel() {
        isCanceled = true;
      },
    }, WINDOW);
  }

  /** Drops what was kept: the request has got through. */
  commit(): void {
    this.#kept = undefined;
  }

  /**
   * Goes back to the first message.
   *
   * @returns False if some were not kept.
   */
  rewind(): boolean {
    if (this.#kept === undefined) return false;
    this.#ahead = [...this.#kept, ...this.#ahead];
    this.#kept = undefined;
    this.#attempt++;
    return true;
  }

  /** Ends the stream: the call is over. */
  stop(reason: unknown): void {
    this.#stop(reason);
  }

  async #next(attempt: number): Promise<Uint8Array | undefined> {
    if (this.#ahead.length === 0 && !this.#isDone) {
      const read = await this.#begin();
      // The next attempt takes it.
      if (attempt !== this.#attempt) return undefined;
      this.#take(read);
    }
    const message = this.#ahead.shift();
    if (message !== undefined) this.#keep(message);
    return message;
  }

  #keep(message: Uint8Array): void {
    if (this.#kept === undefined) return;
    this.#keptBytes += message.byteLength;
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#kept = undefined;
    else this.#kept.push(message);
  }

  /** Begins to read a message, or joins the read that is under way. */
  #begin(): Promise<Read> {
    return this.#pending ??= handled(this.#read());
  }

  async #read(): Promise<Read> {
    const message = await this.#source.read();
    if (message === undefined) return { message: undefined };
    const { chunks, byteLength } = withPrefix(message);
    return { message: concatBytes(chunks, byteLength) };
  }

  #take({ message }: Read): Uint8Array | undefined {
    this.#pending = undefined;
    if (message === undefined) this.#isDone = true;
    else this.#ahead.push(message);
    return message;
  }
}

/** Hands on a message in pieces: a piece that is taken makes room for no more than itself. */
function enqueue(
  controller: ReadableStreamDefaultController<Uint8Array>,
  message: Uint8Array,
): void {
  for (let at = 0; at < message.byteLength; at += WINDOW_BYTES) {
    controller.enqueue(message.subarray(at, at + WINDOW_BYTES));
  }
}
