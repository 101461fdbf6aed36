/** The messages in the body of a request. */

import type { Source } from "../../base/source.ts";
import { Change } from "../../base/deferred.ts";
import { messageMemory } from "../../base/message_memory.ts";
import { quietly } from "../../base/handled.ts";
import { FlightError } from "../../core/flight_error.ts";
import { clientGoneError } from "../../grpc/call_errors.ts";
import { MessageReader } from "../../grpc/message_reader.ts";
import { messageError } from "../../grpc/status_list.ts";
import { TextDecoding } from "../../grpc/web/text_mode.ts";
import { BodyReader, MIN_PLACED_BYTES } from "./body_reader.ts";
import type { WebLimits } from "./options.ts";
import { WINDOW_BYTES } from "./window.ts";

/**
 * Reads the messages of a request. Up to a window of the body is read ahead: a platform that is not
 * asked for more may not notice that its client is gone.
 */
export class IncomingBody implements Source<Uint8Array> {
  readonly #body: BodyReader | undefined;
  readonly #messages: MessageReader;
  readonly #text: TextDecoding | undefined;
  readonly #limits: WebLimits;
  readonly #onFault: (error: FlightError) => void;
  #outcome: { readonly error: FlightError | undefined } | undefined;
  /** Number of bytes that wait for a reader. */
  #unread = 0;
  #isReading = false;
  #isAtEnd: boolean;
  /** Comes when there may be more to read. */
  readonly #change = new Change();

  /**
   * @param body The body.
   * @param isText True for base64.
   * @param limits The limits.
   * @param onFault Called when a message cannot be read, or the client is gone.
   */
  constructor(
    body: ReadableStream<Uint8Array> | null,
    isText: boolean,
    limits: WebLimits,
    onFault: (error: FlightError) => void,
  ) {
    this.#body = body === null ? undefined : new BodyReader(body);
    this.#isAtEnd = this.#body === undefined;
    this.#text = isText ? new TextDecoding() : undefined;
    this.#limits = limits;
    this.#onFault = onFault;
    this.#messages = new MessageReader(
      limits.maxReceiveMessageBytes,
      (bytes) => {
        this.#unread -= bytes;
        this.#fill();
      },
      limits.findBody,
    );
  }

  /** Begins to read the body. */
  start(): void {
    this.#fill();
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#outcome === undefined) {
      const message = this.#messages.take();
      if (message?.isCompressed) {
        this.#fail(
          new FlightError(
            "INTERNAL",
            "the message is compressed, but grpc-encoding names no compression",
            { origin: "remote" },
          ),
        );
        break;
      }
      if (message) return message.bytes;
      const { problem } = this.#messages;
      if (problem) {
        this.#fail(
          messageError(problem, "request", this.#limits.maxReceiveMessageBytes),
        );
        break;
      }
      if (this.#isAtEnd) {
        this.#outcome = { error: undefined };
        break;
      }
      await this.#change.next();
    }
    const error = this.#outcome?.error;
    if (error !== undefined) throw error;
    return undefined;
  }

  /** Takes back the memory of a message that was read. */
  recycle(message: Uint8Array): void {
    messageMemory.giveBack(message);
  }

  /** The handler reads no more: the client notices when its buffers are full. */
  cancel(): void {
    this.stop(undefined);
  }

  /**
   * Ends the messages.
   *
   * @param error The error of a read; `undefined` for the end.
   */
  stop(error: FlightError | undefined): void {
    this.#outcome ??= { error };
    this.#messages.clear();
    this.#change.notify();
  }

  /** Tells the platform that the body is of no use any more. */
  drop(): void {
    if (!this.#isAtEnd) quietly(() => this.#body?.cancel());
  }

  /** Reads a chunk of the body, if there is room for it. */
  #fill(): void {
    if (
      this.#isReading || this.#isAtEnd || this.#outcome !== undefined ||
      this.#unread >= WINDOW_BYTES
    ) return;
    this.#isReading = true;
    const body = this.#body!;
    const place = this.#place(body);
    body.read(place).then(
      (chunk) => this.#take(chunk, place !== undefined),
      // The platform cannot read it: its client is gone, or has sent too much.
      () => this.#fail(clientGoneError()),
    );
  }

  /** Returns the final place of the next bytes, if that is worthwhile. */
  #place(body: BodyReader): Uint8Array | undefined {
    if (!body.takesMemory || this.#text !== undefined) return undefined;
    const place = this.#messages.place(Infinity);
    return place !== undefined && place.length >= MIN_PLACED_BYTES
      ? place
      : undefined;
  }

  #take(chunk: Uint8Array | undefined, isPlaced: boolean): void {
    if (this.#outcome !== undefined) return;
    try {
      if (chunk === undefined) {
        this.#isAtEnd = true;
        this.#text?.end();
        this.#messages.end();
      } else {
        const bytes = this.#text?.push(chunk) ?? chunk;
        this.#unread += bytes.length;
        if (isPlaced) this.#messages.placed(bytes.length, bytes.buffer);
        else this.#messages.push(bytes, 0, bytes.length);
      }
    } catch (error) {
      this.#fail(error as FlightError);
    }
    // Not before: the next read may take over the memory of the chunk.
    this.#isReading = false;
    this.#change.notify();
    this.#fill();
  }

  #fail(error: FlightError): void {
    if (this.#outcome !== undefined) return;
    this.stop(error);
    this.#onFault(error);
  }
}
