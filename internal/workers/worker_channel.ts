/** The channel to a worker, by which messages and sockets go. */

import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";

import type { ToWorker } from "./worker_messages.ts";

/**
 * Sends messages and sockets to a worker. A socket travels alone: it is sent when the worker has read all before it, and
 * nothing follows it until the worker has taken it. Otherwise the other end may find it beside the wrong message: on Deno
 * 2.9 the worker then reads nothing any more. And a worker that hangs keeps one connection from the others, not many.
 */
export class WorkerChannel {
  readonly #child: ChildProcess;
  readonly #onLost: () => void;
  /** Number of messages that were sent, and of those that the worker is known to have read. */
  #sent = 0;
  #read = 0;
  /** The socket that is next, as long as the worker has not read all before it. */
  #next: Socket | undefined;
  /** Messages that wait until the worker has taken a socket; absent if there is none. */
  #held: ToWorker[] | undefined;

  /**
   * @param child The process of the worker.
   * @param onLost Called when a socket could not be sent.
   */
  constructor(child: ChildProcess, onLost: () => void) {
    this.#child = child;
    this.#onLost = onLost;
  }

  /** True if no socket is under way, and the worker has not gone. */
  get isFree(): boolean {
    return this.#held === undefined && this.#child.connected;
  }

  /** Sends a message, after the socket that is under way. */
  send(message: ToWorker): void {
    if (this.#held) this.#held.push(message);
    else this.#write(message);
  }

  /** Asks the worker how much it has read; see `answered`. */
  ask(): void {
    this.send({ flight: "ping", id: 0 });
  }

  /** Gives the worker an accepted socket, which this process no longer uses. Only if the channel is free. */
  take(socket: Socket): void {
    this.#held = [];
    this.#next = socket;
    if (this.#read < this.#sent) this.#write({ flight: "ping", id: 0 });
    else this.#give();
  }

  /** Notes the answer to a question. */
  answered(id: number): void {
    this.#read = id;
    if (this.#next && this.#read === this.#sent) this.#give();
  }

  /** Notes that the worker has taken the socket. */
  taken(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#read = this.#sent;
    for (const message of held) this.send(message);
  }

  /** The socket that is next, but has not been sent yet. */
  get untaken(): Socket | undefined {
    return this.#next;
  }

  #give(): void {
    // Another worker gets it when the end of this one is known.
    if (!this.#child.connected) return;
    const socket = this.#next;
    this.#next = undefined;
    this.#write({ flight: "socket" }, socket);
  }

  #write(message: ToWorker, socket?: Socket): void {
    const drop = (): void => {
      if (socket === undefined) return;
      socket.destroy();
      this.taken();
      this.#onLost();
    };
    if (!this.#child.connected) return drop();
    const id = ++this.#sent;
    try {
      this.#child.send(
        message.flight === "ping" ? { ...message, id } : message,
        socket,
        { keepOpen: false },
        (error) => {
          if (error) drop();
        },
      );
    } catch {
      // Its channel has just closed.
      drop();
    }
  }
}
