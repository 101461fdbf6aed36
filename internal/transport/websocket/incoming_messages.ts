/** The messages that come over a channel. */

import { Change } from "../../base/deferred.ts";
import { messageMemory } from "../../base/message_memory.ts";
import type { Source } from "../../base/source.ts";
import { FlightError } from "../../core/flight_error.ts";
import { MessageReader } from "../../grpc/message_reader.ts";
import { messageError } from "../../grpc/status_list.ts";
import type { WebSocketSettings } from "./settings.ts";

/** The end of the messages: of an error if there is one. */
interface Outcome {
  readonly error: unknown;
}

/** Messages as they are assembled from DATA. */
export class IncomingMessages implements Source<Uint8Array> {
  readonly #what: "request" | "answer";
  readonly #settings: WebSocketSettings;
  readonly #messages: MessageReader;
  readonly #onFault: (error: FlightError) => void;
  /** Comes after the messages that were received. */
  #last: Outcome | undefined;
  /** Comes at once. */
  #outcome: Outcome | undefined;
  /** Comes when there may be more to read. */
  readonly #change = new Change();

  /**
   * @param what The direction, for errors.
   * @param settings The limits.
   * @param credit Lets the peer send as many bytes more.
   * @param onFault Called when a message cannot be read.
   */
  constructor(
    what: "request" | "answer",
    settings: WebSocketSettings,
    credit: (bytes: number) => void,
    onFault: (error: FlightError) => void,
  ) {
    this.#what = what;
    this.#settings = settings;
    this.#messages = new MessageReader(
      settings.maxReceiveMessageBytes,
      credit,
      settings.findBody,
    );
    this.#onFault = onFault;
  }

  /** Takes a part of the data. */
  push(bytes: Uint8Array): void {
    if (this.#outcome !== undefined) return;
    this.#messages.push(bytes, 0, bytes.length);
    this.#change.notify();
  }

  /** Ends the messages behind those that were received, with an error if there is one. */
  end(error?: unknown): void {
    this.#last ??= { error };
    // Of a call that has failed, the message that was cut short says nothing.
    if (error === undefined) this.#messages.end();
    this.#change.notify();
  }

  /** Ends the messages at once, with an error if there is one. */
  stop(error: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { error };
    this.#messages.clear();
    this.#change.notify();
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#outcome === undefined) {
      const message = this.#messages.take();
      if (message !== undefined && !message.isCompressed) return message.bytes;
      const { problem } = this.#messages;
      if (message !== undefined) {
        this.#fail(
          new FlightError(
            "INTERNAL",
            "a message is compressed, which a WebSocket does not carry",
            { origin: "remote" },
          ),
        );
      } else if (problem !== undefined) {
        this.#fail(
          messageError(
            problem,
            this.#what,
            this.#settings.maxReceiveMessageBytes,
          ),
        );
      } else if (this.#last !== undefined) this.#outcome = this.#last;
      else await this.#change.next();
    }
    const { error } = this.#outcome;
    if (error !== undefined) throw error;
    return undefined;
  }

  /** Takes back the memory of a message that was read. */
  recycle(message: Uint8Array): void {
    messageMemory.giveBack(message);
  }

  /** Drops all that came and will come; the peer gets no credit for it. */
  cancel(): void {
    this.stop(undefined);
  }

  #fail(error: FlightError): void {
    this.stop(error);
    this.#onFault(error);
  }
}
