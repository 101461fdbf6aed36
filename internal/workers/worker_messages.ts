/** Messages between a process and its workers. */

import type { ListenAddress } from "../transport/options.ts";
import type { StoreAnswer, StoreRequest } from "./store_channel.ts";

/** Name of the variable that tells a process which worker it is. */
export const WORKER_VARIABLE = "FLIGHT_WORKER";

/** Message to a worker; `flight` names its kind. */
export type ToWorker =
  | { readonly flight: "start"; readonly address: ListenAddress }
  /** An accepted socket comes with it. */
  | { readonly flight: "socket" }
  | StoreAnswer
  /** It is to show that it is alive, and has read as many messages as `id` says. */
  | { readonly flight: "ping"; readonly id: number }
  /** The calls may go on for a time, without limit by default. */
  | { readonly flight: "drain"; readonly timeoutMs?: number };

/** Message of a worker; `flight` names its kind. */
export type FromWorker =
  /** The process listens to messages. */
  | { readonly flight: "hello" }
  /** It has taken a socket, or is ready to take the first one. */
  | { readonly flight: "ready" }
  /** One of its sockets is closed. */
  | { readonly flight: "closed" }
  | StoreRequest
  /** The answer to a ping, with its `id`. */
  | { readonly flight: "pong"; readonly id: number }
  /** It was asked to end, and waits for a message to drain. */
  | { readonly flight: "leave" };
