/** One direction of a call in memory. */

import { concatBytes } from "../../base/bytes.ts";
import type { Source } from "../../base/source.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { OutgoingMessage } from "../../seam/transport.ts";

/** Limits of a {@linkcode MemoryPipe}. */
export interface MemoryPipeLimits {
  /** Window: the sender is read while fewer bytes than this wait for the receiver. */
  readonly windowBytes: number;
  /** Largest message; a larger one ends the pipe with RESOURCE_EXHAUSTED. */
  readonly maxReceiveMessageBytes: number;
}

/**
 * Carries messages from a source to a reader, with a window between them like that of HTTP/2.
 * Without it, two peers that both write before they read would wait for each other.
 */
export class MemoryPipe implements Source<Uint8Array> {
  readonly #from: Source<OutgoingMessage>;
  readonly #limits: MemoryPipeLimits;
  readonly #onFailure: (error: unknown, tooLarge: boolean) => void;
  readonly #onCancel: (reason: unknown) => void;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #outcome: { error: unknown } | "end" | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeSender: (() => void) | undefined;

  /**
   * @param from The source of the messages; it is read at once.
   * @param limits The limits.
   * @param onFailure Called when `from` fails, or (`tooLarge`) exceeds the limit.
   * @param onCancel Called when the reader cancels.
   */
  constructor(
    from: Source<OutgoingMessage>,
    limits: MemoryPipeLimits,
    onFailure: (error: unknown, tooLarge: boolean) => void,
    onCancel: (reason: unknown) => void,
  ) {
    this.#from = from;
    this.#limits = limits;
    this.#onFailure = onFailure;
    this.#onCancel = onCancel;
  }

  /** Moves messages until the source ends or the pipe is stopped; never rejects. */
  async run(onEnd: () => void = () => {}): Promise<void> {
    let tooLarge = false;
    try {
      while (this.#outcome === undefined) {
        if (this.#queuedBytes >= this.#limits.windowBytes) {
          await new Promise<void>((resolve) => this.#wakeSender = resolve);
          continue;
        }
        const message = await this.#from.read();
        if (this.#outcome !== undefined) return;
        if (message === undefined) {
          onEnd();
          this.stop("end");
          return;
        }
        const limit = this.#limits.maxReceiveMessageBytes;
        if (message.byteLength > limit) {
          tooLarge = true;
          throw new FlightError(
            "RESOURCE_EXHAUSTED",
            `the message of ${message.byteLength} bytes exceeds the limit of ${limit} bytes (option maxReceiveMessageBytes)`,
          );
        }
        this.#queue.push(concatBytes(message.chunks, message.byteLength));
        // An empty message occupies the window too, as its frame header does on a wire.
        this.#queuedBytes += message.byteLength + 5;
        this.#wakeReader?.();
      }
    } catch (error) {
      this.#onFailure(error, tooLarge);
    }
  }

  /**
   * Ends the pipe; the first call decides.
   *
   * @param outcome The end, or the error that ends the messages.
   * @param discard True to drop messages that wait for the reader.
   */
  stop(outcome: { error: unknown } | "end", discard = false): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    if (discard) this.#queue = [];
    this.#wakeReader?.();
    this.#wakeSender?.();
  }

  async read(): Promise<Uint8Array | undefined> {
    while (true) {
      const message = this.#queue.shift();
      if (message !== undefined) {
        this.#queuedBytes -= message.byteLength + 5;
        this.#wakeSender?.();
        return message;
      }
      if (this.#outcome === "end") return undefined;
      if (this.#outcome !== undefined) throw this.#outcome.error;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
  }

  cancel(reason: unknown): void {
    this.#queue = [];
    this.#onCancel(reason);
  }
}
