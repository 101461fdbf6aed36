/** Inflates compressed messages in small steps, within a limit for all of them. */

import type { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import {
  createGunzip,
  createInflate,
  type Gunzip,
  gunzipSync,
  type Inflate,
  inflateSync,
} from "node:zlib";

import { type Deferred, deferred } from "../base/deferred.ts";
import { FlightError } from "../core/flight_error.ts";

/** Compression of a message: gRPC's compression.md. */
export type MessageEncoding = "gzip" | "deflate";

const CODECS = {
  gzip: { stream: createGunzip, sync: gunzipSync },
  deflate: { stream: createInflate, sync: inflateSync },
} as const;

/**
 * Input of one step, in bytes: 4 KiB can become 4 MiB, as DEFLATE makes up to 1032 bytes of one. On
 * Deno a step blocks the process, where Node leaves it to another thread.
 */
const STEP_BYTES = 4096;

/** Bytes copied in one step. */
const COPY_BYTES: number = 4 * 1024 * 1024;

/** Largest message that takes one step, and needs no stream. */
const SMALL_BYTES = 1024;

/** Largest expansion of a byte (zlib's documentation, "Maximum Compression Factor"). */
const MAX_FACTOR = 1032;

/** Longest run of steps before others have a turn, in milliseconds. */
const TURN_MS = 4;

/** Running, waiting or completed inflation of a message. */
export interface Inflation {
  /** The inflated message; rejects with a FlightError. */
  readonly result: Promise<Uint8Array>;
  /**
   * Releases the memory that counts for it, after the result is no longer in use. It ends a running
   * inflation with `reason`. Idempotent.
   */
  release(reason?: unknown): void;
}

/**
 * Inflates the messages of all calls of one server or client. The smallest so far has the next
 * turn: short messages do not wait for long ones. When all together exceed the limit, the largest
 * running one fails, because they could wait for each other forever.
 */
export class Inflater {
  readonly #maxBytes: number;
  readonly #jobs = new Set<Job>();
  /** Bytes of all results that were not released. */
  #bytes = 0;
  #isRunning = false;
  /** Time of the first step in this turn of the event loop. */
  #turn: number | undefined;

  /** @param maxBytes Most bytes of all results together: `maxInflatedBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Starts with a message.
   *
   * @param message The message, which must not change.
   * @param encoding Its compression.
   * @param limit Largest result, in bytes; beyond it RESOURCE_EXHAUSTED.
   */
  begin(
    message: Uint8Array,
    encoding: MessageEncoding,
    limit: number,
  ): Inflation {
    const job = new Job(message, encoding, limit, (bytes) => {
      this.#bytes += bytes;
      if (this.#bytes > this.#maxBytes) this.#failLargest();
    });
    this.#jobs.add(job);
    this.#run();
    return {
      result: job.result,
      release: (reason) => {
        job.fail(reason);
        this.#bytes -= job.bytes;
        job.bytes = 0;
      },
    };
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#jobs.size > 0) {
      await this.#breathe();
      const job = this.#least();
      if (!job.isOver) await job.step();
      if (job.isOver) this.#end(job);
    }
    this.#isRunning = false;
  }

  /** Gives others a turn when it is time. */
  async #breathe(): Promise<void> {
    const now = performance.now();
    if (this.#turn !== undefined) {
      if (now - this.#turn < TURN_MS) return;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#turn ??= performance.now();
    setImmediate(() => this.#turn = undefined);
  }

  #end(job: Job): void {
    this.#jobs.delete(job);
    if (!job.hasFailed) return;
    this.#bytes -= job.bytes;
    job.bytes = 0;
  }

  #least(): Job {
    let least: Job | undefined;
    for (const job of this.#jobs) {
      if (job.isOver) return job;
      if (least === undefined || job.bytes < least.bytes) least = job;
    }
    return least!;
  }

  #failLargest(): void {
    let largest: Job | undefined;
    for (const job of this.#jobs) {
      if (job.isOver) continue;
      if (largest === undefined || job.bytes > largest.bytes) largest = job;
    }
    if (largest === undefined) return;
    largest.fail(
      new FlightError(
        "RESOURCE_EXHAUSTED",
        "messages that came compressed take more than " +
          `${this.#maxBytes} bytes together (option maxInflatedBytes)`,
      ),
    );
    this.#bytes -= largest.bytes;
    largest.bytes = 0;
  }
}

/** Inflation of one message. */
class Job {
  /** Bytes of the result so far. */
  bytes = 0;
  /** True if nothing is left to do. */
  isOver = false;
  /** True if it has no result. */
  hasFailed = false;
  readonly #message: Uint8Array;
  readonly #encoding: MessageEncoding;
  readonly #limit: number;
  readonly #grow: (bytes: number) => void;
  readonly #result: Deferred<Uint8Array> = deferred();
  #position = 0;
  #stream: Gunzip | Inflate | undefined;
  #parts: Uint8Array[] = [];
  /** All parts together, once there are no more, and the number of bytes copied. */
  #whole: Uint8Array | undefined;
  #copied = 0;
  #stepDone: () => void = () => {};

  constructor(
    message: Uint8Array,
    encoding: MessageEncoding,
    limit: number,
    grow: (bytes: number) => void,
  ) {
    this.#message = message;
    this.#encoding = encoding;
    this.#limit = limit;
    this.#grow = grow;
  }

  get result(): Promise<Uint8Array> {
    return this.#result.promise;
  }

  /** Does one step; never rejects. */
  async step(): Promise<void> {
    if (this.#whole) return this.#copyParts(this.#whole);
    if (this.#message.length <= SMALL_BYTES) return this.#inflateAtOnce();
    await new Promise<void>((resolve) => {
      this.#stepDone = resolve;
      const stream = this.#stream ??= this.#open();
      const end = this.#position + STEP_BYTES;
      const part = this.#message.subarray(this.#position, end);
      this.#position = end;
      if (end < this.#message.length) stream.write(part, () => resolve());
      else stream.end(part);
    });
  }

  /** Ends it without a result, unless it is over. */
  fail(reason: unknown): void {
    if (this.isOver) return;
    this.hasFailed = true;
    this.#finish();
    this.#result.reject(
      reason ?? new FlightError("CANCELLED", "the call has ended"),
    );
  }

  #inflateAtOnce(): void {
    try {
      // More than the message can become is no limit, and some runtimes reject it.
      const maxOutputLength = Math.min(this.#limit, MAX_FACTOR * SMALL_BYTES);
      const bytes = CODECS[this.#encoding].sync(this.#message, {
        maxOutputLength,
      });
      this.#add(bytes);
      this.#succeed(
        new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      );
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "ERR_BUFFER_TOO_LARGE") this.fail(this.#tooLarge());
      else this.fail(malformed(error as Error));
    }
  }

  #open(): Gunzip | Inflate {
    const stream = CODECS[this.#encoding].stream({
      chunkSize: 64 * 1024,
    });
    stream.on("data", (part: Buffer) => this.#add(part));
    stream.on("end", () => {
      this.#parts.reverse();
      this.#whole = new Uint8Array(this.bytes);
      this.#stepDone();
    });
    stream.on("error", (error) => {
      this.fail(malformed(error));
      this.#stepDone();
    });
    return stream;
  }

  #add(part: Uint8Array): void {
    if (this.isOver) return;
    this.#parts.push(part);
    this.bytes += part.length;
    if (this.bytes > this.#limit) this.fail(this.#tooLarge());
    this.#grow(part.length);
  }

  /** Joins the parts, in steps too: much memory is new to the process. */
  #copyParts(whole: Uint8Array): void {
    const end = this.#copied + COPY_BYTES;
    while (this.#copied < end) {
      const part = this.#parts.pop();
      if (part === undefined) return this.#succeed(whole);
      whole.set(part, this.#copied);
      this.#copied += part.length;
    }
  }

  #succeed(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.#finish();
    this.#result.resolve(bytes);
  }

  #finish(): void {
    this.isOver = true;
    this.#parts = [];
    this.#whole = undefined;
    this.#stream?.destroy();
    this.#stepDone();
  }

  #tooLarge(): FlightError {
    return new FlightError(
      "RESOURCE_EXHAUSTED",
      `the message exceeds the limit of ${this.#limit} bytes after ` +
        "decompression (option maxReceiveMessageBytes)",
    );
  }
}

function malformed({ message }: Error): FlightError {
  return new FlightError(
    "INTERNAL",
    `the message cannot be decompressed: ${message}`,
    { origin: "remote" },
  );
}
