/**
 * The worker that an engine lives in. This module is both sides of it: it starts the worker, and the
 * worker loads it. So its address is right wherever the package was installed from.
 *
 * @module
 */

import process from "node:process";
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from "node:worker_threads";
import { FlightError } from "../../core/flight_error.ts";
import { handled } from "../../base/handled.ts";
import type { ColumnBuffers } from "./engine/column_builder.ts";
import { EngineHost } from "./engine/engine_host.ts";
import type { EngineRequest, ResultBatch } from "./engine/engine_protocol.ts";
import { loadSqlite } from "./engine/native.ts";
import { NO_REPLY } from "./engine/pushed_rows.ts";
import { packArguments, unpackArguments } from "./engine/sent_rows.ts";
import { type PlainFailure, plainFailure } from "./engine/sqlite_error.ts";

/** Tells workers of this module from those of an application. */
const ROLE = "@contrail/flight sqlite";

/** Number of requests that can be given up at a time. */
const STOP_SLOTS = 1024;

/** Smallest buffer that is moved to another thread, in bytes: to copy a smaller one takes less time. */
const LEAST_MOVED_BYTES = 4096;

/** Number of the request that ends a worker. */
const END = 0;

/** Options of a worker. */
interface WorkerInit {
  readonly role: string;
  /** A slot of a request holds its number when it is given up; the last one is set to end the worker. */
  readonly stops: Int32Array;
  /** Source of requests that a waiting thread can receive; absent if no thread waits. */
  readonly requests: RequestPort | undefined;
}

/** A port that can be read without the event loop. It takes the requests to a thread that is at work. */
interface RequestPort {
  readonly port: MessagePort;
  /** Counts its requests, and is waited for. */
  readonly count: Int32Array;
  /** State of the thread: {@linkcode IDLE} or {@linkcode BUSY}. */
  readonly state: Int32Array;
}

/** The thread waits for an event, which brings the next request. */
const IDLE = 0;
/** The thread is at work, or about to: it looks at the port before it waits for an event. */
const BUSY = 1;

/** Only on Deno do statements push their rows, and wait for their reader. */
const BLOCKS = "deno" in process.versions;

/** An answer of a worker. */
export interface EngineReply {
  /** Number of the request. */
  readonly id: number;
  /** Result, if it succeeded. */
  readonly value?: unknown;
  /** The failure, if not. */
  readonly failure?: PlainFailure;
}

/** A running worker. */
export interface EngineWorker {
  /** Sends a request. */
  post(request: EngineRequest): void;
  /** Gives a request up: the worker looks at this between two rows. */
  stop(request: number): void;
  /** Ends the worker as soon as the engine comes back. */
  end(): void;
  /** Sets whether the worker keeps the process alive. */
  keepAlive(active: boolean): void;
}

/**
 * Starts a worker.
 *
 * @param onReply Receives the answers.
 * @param onEnd Is told when the worker ends by itself.
 */
export function startEngineWorker(
  onReply: (reply: EngineReply) => void,
  onEnd: (error: unknown) => void,
): EngineWorker {
  const stops = new Int32Array(new SharedArrayBuffer(4 * (STOP_SLOTS + 1)));
  const channel = BLOCKS ? new MessageChannel() : undefined;
  const requests = channel && {
    port: channel.port2,
    count: new Int32Array(new SharedArrayBuffer(4)),
    state: new Int32Array(new SharedArrayBuffer(4)),
  };
  const init: WorkerInit = { role: ROLE, stops, requests };
  const worker = new Worker(workerUrl(import.meta.url), {
    workerData: init,
    transferList: requests ? [requests.port] : [],
    name: ROLE,
  });
  function post({ id, operation, args: given }: EngineRequest): void {
    const { args, moved } = packArguments(given, LEAST_MOVED_BYTES);
    const request: EngineRequest = { id, operation, args };
    if (
      requests === undefined ||
      Atomics.exchange(requests.state, 0, BUSY) === IDLE
    ) return worker.postMessage(request, moved);
    channel!.port1.postMessage(request, moved);
    Atomics.add(requests.count, 0, 1);
    Atomics.notify(requests.count, 0);
    // The thread may have looked at the port just before, and wait for an event now.
    const { state } = requests;
    if (Atomics.compareExchange(state, 0, IDLE, BUSY) === IDLE) {
      worker.postMessage(null);
    }
  }
  worker.on("message", (reply: EngineReply) => {
    if (reply.id !== END) return onReply(reply);
    handled(Promise.resolve(worker.terminate()));
    channel?.port1.close();
    onEnd(undefined);
  });
  worker.on("error", onEnd);
  worker.on("exit", onEnd);
  worker.unref();
  return {
    post,
    stop: (request) => {
      Atomics.store(stops, request % STOP_SLOTS, request);
    },
    end: () => {
      Atomics.store(stops, STOP_SLOTS, 1);
      worker.unref();
      // Wakes the worker, in case it waits for a request.
      post({ id: END, operation: "close", args: [] });
    },
    keepAlive: (active) => active ? worker.ref() : worker.unref(),
  };
}

/** Makes the address that a worker can be started from: Deno refuses that of a module from a registry. */
function workerUrl(module: string): URL {
  if (module.startsWith("file:")) return new URL(module);
  return new URL(`data:text/javascript,import ${JSON.stringify(module)};`);
}

async function serve(
  port: NonNullable<typeof parentPort>,
  { stops, requests }: WorkerInit,
): Promise<void> {
  const open = await loadSqlite();
  const ended = (): boolean => Atomics.load(stops, STOP_SLOTS) === 1;
  const queue = requests && new RequestQueue(requests);
  const host = new EngineHost(
    (path, options) => {
      if (open !== undefined) return open(path, options);
      throw new FlightError(
        "FAILED_PRECONDITION",
        "Cannot open the database: SQLite needs Deno, Bun 1.4 or later, or Node.js 24.10 or later, whose node:sqlite has setAuthorizer, which keeps statements inside of the database",
      );
    },
    (request) =>
      ended() || Atomics.load(stops, request % STOP_SLOTS) === request,
    queue && {
      wait: () => queue.wait(),
      defer: (request) => queue.defer(request),
      answer,
      reply,
    },
  );

  function reply(id: number, value: unknown): void {
    if (value === NO_REPLY) return;
    port.postMessage({ id, value }, buffersOf(value));
  }

  function answer({ id, operation, args }: EngineRequest): void {
    try {
      const request = { id, operation, args: unpackArguments(args) };
      const value = host.handle(request);
      // A statement that has waited for its reader answers the last request of it.
      reply(host.request, value);
    } catch (error) {
      port.postMessage({ id: host.request, failure: plainFailure(error) });
    }
  }

  function receive(request: EngineRequest): void {
    if (!ended()) return answer(request);
    try {
      host.close();
    } catch {
      // The worker ends, and with it what could not be closed.
    }
    port.postMessage({ id: END });
  }

  if (queue === undefined) return void port.on("message", receive);
  port.on("message", (request: EngineRequest | null) => {
    queue.begin(request);
    for (let next = queue.next(); next; next = queue.next()) receive(next);
  });
}

/** Requests in the order in which they were sent: some come as events, the others by a port. */
class RequestQueue {
  readonly #requests: RequestPort;
  /** Requests that were received, and not begun. */
  readonly #waiting: EngineRequest[] = [];
  readonly #deferred: EngineRequest[] = [];

  constructor(requests: RequestPort) {
    this.#requests = requests;
  }

  /**
   * Begins after an event.
   *
   * @param request Its request, before which others may have come by the port; `null` if all did.
   */
  begin(request: EngineRequest | null): void {
    if (request !== null) this.#waiting.push(request);
    for (let other = this.#receive(); other; other = this.#receive()) {
      this.#waiting.push(other);
    }
    this.#waiting.sort((a, b) => a.id - b.id);
  }

  /** Takes the next request; `undefined` if an event will bring it. */
  next(): EngineRequest | undefined {
    const request = this.#deferred.shift() ?? this.#take();
    if (request !== undefined) return request;
    const { state } = this.#requests;
    Atomics.store(state, 0, IDLE);
    // One may have been sent by the port before that.
    const last = this.#receive();
    if (last === undefined) return undefined;
    if (Atomics.compareExchange(state, 0, IDLE, BUSY) === IDLE) return last;
    // An event is on its way already.
    this.#waiting.push(last);
    return undefined;
  }

  /** Waits for the next request. */
  wait(): EngineRequest {
    const { count } = this.#requests;
    for (;;) {
      const before = Atomics.load(count, 0);
      const request = this.#take();
      if (request !== undefined) return request;
      Atomics.wait(count, 0, before);
    }
  }

  /** Puts a request off, to the end of the one that is being carried out. */
  defer(request: EngineRequest): void {
    this.#deferred.push(request);
  }

  #take(): EngineRequest | undefined {
    return this.#waiting.shift() ?? this.#receive();
  }

  #receive(): EngineRequest | undefined {
    const received = receiveMessageOnPort(this.#requests.port) as
      | { message: EngineRequest }
      | undefined;
    return received?.message;
  }
}

/** Buffers that move to the other side with an answer. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const { columns, rows } = (value ?? {}) as Partial<ResultBatch>;
  if (rows === undefined || columns === undefined) return [];
  return columns.flatMap(({ validity, offsets, values }: ColumnBuffers) =>
    [validity, offsets, values].flatMap((array) =>
      array === undefined || array.byteLength < LEAST_MOVED_BYTES
        ? []
        : [array.buffer as ArrayBuffer]
    )
  );
}

if (!isMainThread && parentPort && (workerData as WorkerInit)?.role === ROLE) {
  handled(serve(parentPort, workerData as WorkerInit));
}
