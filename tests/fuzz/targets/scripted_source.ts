/** Messages of one side of a call, as an input has them. */

import { deferred } from "../../../internal/base/deferred.ts";
import type { Source } from "../../../internal/base/source.ts";
import { FlightError } from "../../../internal/core/flight_error.ts";

/** Ways in which a side of a call ends after its messages. */
export const ENDINGS = ["end", "end", "end", "error", "silence"] as const;

/** One of {@linkcode ENDINGS}. */
export type Ending = typeof ENDINGS[number];

/** Gives messages, then ends; it remembers whether it was left alone. */
export class ScriptedSource implements Source<Uint8Array> {
  /** True if it has ended, or is no longer wanted. */
  isDone = false;
  readonly #messages: readonly Uint8Array[];
  readonly #ending: Ending;
  readonly #silence = deferred<undefined>();
  #next = 0;

  /**
   * @param messages The messages.
   * @param ending What follows them.
   */
  constructor(messages: readonly Uint8Array[], ending: Ending) {
    this.#messages = messages;
    this.#ending = ending;
    this.#silence.promise.catch(() => {});
  }

  async read(): Promise<Uint8Array | undefined> {
    await Promise.resolve();
    if (this.isDone) return undefined;
    const message = this.#messages[this.#next++];
    if (message !== undefined) return message;
    if (this.#ending === "silence") return await this.#silence.promise;
    this.isDone = true;
    if (this.#ending === "end") return undefined;
    throw lost();
  }

  cancel(_reason: unknown): void {
    this.isDone = true;
    this.#silence.resolve(undefined);
  }

  /** Fails pending reads, because the other end is gone. */
  fail(error: unknown): void {
    this.isDone = true;
    this.#silence.reject(error);
  }
}

/** The error of a connection that is no more. */
export function lost(): FlightError {
  return new FlightError("UNAVAILABLE", "the connection was lost", {
    origin: "transport",
  });
}
