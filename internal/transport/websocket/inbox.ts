/** The messages of a socket that cannot be stopped: they wait here until they are read. */

import { Change } from "../../base/deferred.ts";
import type { FlightError } from "../../core/flight_error.ts";
import type { WebSocketEnd } from "./connection.ts";
import { faultError } from "./frames.ts";

/** Messages, and what follows them: a fault, or the end. */
export class Inbox {
  readonly #messages: Uint8Array[] = [];
  #fault: FlightError | undefined;
  #end: WebSocketEnd | undefined;
  /** Comes when there may be more to read. */
  readonly #change = new Change();

  /** True if the socket has ended, even if there is something left to read. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** The end, once all messages before it are read. */
  get end(): WebSocketEnd | undefined {
    return this.#messages.length > 0 ? undefined : this.#end;
  }

  /** Takes a message; any other value than bytes is a fault. */
  take(message: unknown): void {
    if (this.#end !== undefined || this.#fault !== undefined) return;
    if (message instanceof Uint8Array) this.#messages.push(message);
    else this.#fault = faultError("a text message came over the WebSocket");
    this.#change.notify();
  }

  /** Ends the messages; the first end counts. */
  finish(code: number, reason: string): void {
    this.#end ??= { code, reason };
    this.#change.notify();
  }

  /** Drops what was not read. */
  clear(): void {
    this.#messages.length = 0;
  }

  /** Reads the next message: see `WebSocketConnection.read`. */
  async read(): Promise<Uint8Array | undefined> {
    while (true) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      if (this.#fault !== undefined) throw this.#fault;
      if (this.#end !== undefined) return undefined;
      await this.#change.next();
    }
  }
}
