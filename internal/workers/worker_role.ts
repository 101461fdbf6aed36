/** A process that is a worker: its channel to the process that has started it. */

import type { Socket } from "node:net";
import process from "node:process";

import { deferred } from "../base/deferred.ts";
import type { AcceptedSockets } from "../transport/accepted_sockets.ts";
import type { ListenAddress } from "../transport/options.ts";
import { ChannelStore } from "./store_channel.ts";
import {
  type FromWorker,
  type ToWorker,
  WORKER_VARIABLE,
} from "./worker_messages.ts";

/** Worker, as it sees itself. */
export class WorkerRole {
  /** Its number, from 1 on. */
  readonly index: number;
  /** Resolves with the address of the group. */
  readonly address: Promise<ListenAddress>;
  /** The store of the group. */
  readonly store: ChannelStore = new ChannelStore((request) =>
    this.#send(request)
  );
  /** Its sockets. */
  readonly accepted: AcceptedSockets;
  /**
   * Called when the worker is to end, with the time for its calls if one is given. Before it serves, it
   * ends at once.
   */
  onDrain: (timeoutMs: number | undefined) => void = () => this.exit();
  #take: ((socket: Socket) => void) | undefined;

  /** @param index Its number. */
  constructor(index: number) {
    this.index = index;
    const { promise, resolve } = deferred<ListenAddress>();
    this.address = promise;
    this.accepted = {
      begin: (take) => this.#take = take,
      onClose: () => void this.#send({ flight: "closed" }),
    };
    process.on("message", (message: ToWorker, socket?: Socket) => {
      switch (message?.flight) {
        case "start":
          return resolve(message.address);
        case "socket":
          if (socket) this.#take?.(socket);
          else this.#send({ flight: "closed" });
          return this.ready();
        case "stored":
          return this.store.answered(message);
        case "ping":
          this.#send({ flight: "pong", id: message.id });
          return;
        case "drain":
          return this.onDrain(message.timeoutMs ?? Infinity);
      }
    });
    // Without that process, nothing new comes.
    process.on("disconnect", () => {
      this.store.close();
      this.onDrain(undefined);
    });
    // A terminal sends it to the whole group of processes: the other one decides.
    process.on("SIGINT", () => {});
    // Sockets may be under way to this process: it ends after they have come.
    process.on("SIGTERM", () => this.#send({ flight: "leave" }));
    this.#send({ flight: "hello" });
  }

  /** Says that sockets are taken. */
  ready(): void {
    this.#send({ flight: "ready" });
  }

  /** Ends the process, as one that has done its work. */
  exit(): never {
    process.exit(0);
  }

  /** Gives up the channel, so that the process may end. */
  leave(): void {
    const ignore = (): void => {};
    this.onDrain = ignore;
    if (process.connected) process.disconnect?.();
  }

  #send(message: FromWorker): boolean {
    if (!process.connected) return false;
    process.send?.(message);
    return true;
  }
}

let role: WorkerRole | undefined;

/** Number of the worker that this process is; `undefined` if it is none. */
export function workerIndex(): number | undefined {
  if (role) return role.index;
  try {
    const text = process.env[WORKER_VARIABLE];
    return text ? Number(text) : undefined;
  } catch {
    // Without permission to read it, this process cannot be one.
    return undefined;
  }
}

/**
 * The role of this process, if it is a worker.
 *
 * @throws {Error} When the process that has started it is gone.
 */
export function workerRole(): WorkerRole | undefined {
  const index = workerIndex();
  if (index === undefined) return undefined;
  if (!process.connected) {
    throw new Error(
      `Cannot serve as worker ${index}: the process that started it is gone`,
    );
  }
  role ??= new WorkerRole(index);
  // The processes that a worker starts are none.
  delete process.env[WORKER_VARIABLE];
  return role;
}
