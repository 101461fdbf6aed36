/** Inflates messages that came compressed, within a bound for all of them and in small steps. */

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

/** How a message can be compressed: gRPC's compression.md. */
export type MessageEncoding = "gzip" | "deflate";

const CODECS = {
  gzip: { stream: createGunzip, sync: gunzipSync },
  deflate: { stream: createInflate, sync: inflateSync },
} as const;

/**
 * How much is inflated in one step: 4 KiB can become 4 MiB, as DEFLATE makes up
 * to 1032 bytes of one. On Deno a step stops the process, also where Node would
 * leave it to another thread.
 */
const STEP_BYTES = 4096;

/** How much is copied in one step. */
const COPY_BYTES: number = 4 * 1024 * 1024;

/** Up to this size a message is one step, and needs no stream. */
const SMALL_BYTES = 1024;

/** The most that becomes of a byte (zlib's documentation, "Maximum Compression Factor"). */
const MAX_FACTOR = 1032;

/** How long steps may follow each other before others have a turn, in milliseconds. */
const TURN_MS = 4;

/** A message that is inflated, or waits for it; afterwards, what it has become. */
export interface Inflation {
  /** What it becomes; rejects with a FlightError. */
  readonly result: Promise<Uint8Array>;
  /**
   * Gives back the memory that it counts for, once what it became is read past;
   * ends it with `reason` if it still is under way. Idempotent.
   */
  release(reason?: unknown): void;
}

/**
 * Inflates the messages of all calls of one server or client. What takes least so
 * far has the next turn: short messages do not wait for long ones. When all
 * together take more than the bound, the largest of those under way fails, as
 * waiting for each other could last for ever.
 */
export class Inflater {
  readonly #maxBytes: number;
  readonly #jobs = new Set<Job>();
  /** What all have become that were not released. */
  #bytes = 0;
  #isRunning = false;
  /** When the first step of this turn of the event loop began. */
  #turn: number | undefined;

  /** @param maxBytes How much all messages together may become: `maxInflatedBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Begins with a message.
   *
   * @param message The message, which must not change.
   * @param encoding How it is compressed.
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

  /** Lets others have a turn, when it is time. */
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

/** One message. */
class Job {
  /** What it has become so far, in bytes. */
  bytes = 0;
  /** Whether nothing is left to be done. */
  isOver = false;
  /** Whether it has no result. */
  hasFailed = false;
  readonly #message: Uint8Array;
  readonly #encoding: MessageEncoding;
  readonly #limit: number;
  readonly #grow: (bytes: number) => void;
  readonly #result: Deferred<Uint8Array> = deferred();
  #position = 0;
  #stream: Gunzip | Inflate | undefined;
  #parts: Uint8Array[] = [];
  /** All parts together, once there are no more, and how much of it is there. */
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

  /** Goes on a little; never rejects. */
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
      // Any more than it can become is no bound, and not accepted by all runtimes.
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

  /** Puts the parts together, in steps too: much memory is new to the process. */
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
