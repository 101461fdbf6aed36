/** Readable half of a data stream, on both sides of a call. */

import {
  type RecordBatch,
  type Schema,
  Table,
  type TypeMap,
} from "apache-arrow";
import { handled } from "../base/handled.ts";
import { releasesLate } from "../base/late_release.ts";
import type { Source } from "../base/source.ts";
import {
  registerSource,
  SourceQueue,
  streamOf,
} from "../base/source_stream.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";
import type { Received } from "../protocol/received.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import { valueName } from "../base/value_name.ts";
import type { DataDecoder, MemoryReuse } from "./data_decoder.ts";
import type { AnyColumns, FlightMessage } from "./flight_message.ts";

/** Call that carries a {@linkcode FlightStream}. */
interface FlightStreamCall {
  /** Headers of the other side. */
  readonly headers: Promise<FlightHeaders>;
  /**
   * Returns the trailers of the other side, after the end.
   *
   * @returns The trailers.
   */
  trailers(): FlightHeaders;
}

/**
 * The record batches that the other side sends, as a `ReadableStream`.
 *
 * The reader sets the pace: nothing is taken from the wire before it is read, and when you stop
 * reading, the sender stops. Canceling the stream, leaving a `for await` over it, or disposing of
 * it ends the call on the wire at once. A failure of the call rejects the read after the last batch
 * that arrived.
 *
 * Reading it as a stream of batches skips metadata-only messages; `messages()` includes them, and
 * `flightData()` has everything, without decoding it.
 *
 * @typeParam T The columns.
 */
export class FlightStream<T extends TypeMap = AnyColumns>
  extends ReadableStream<RecordBatch<T>>
  implements AsyncDisposable {
  readonly #batches: BatchSource<T>;
  readonly #queue: SourceQueue<RecordBatch<T>>;
  readonly #decoder: DataDecoder;
  readonly #call: FlightStreamCall;

  static {
    releasesLate(FlightStream.prototype);
  }

  /**
   * Reads from `decoder`.
   *
   * @ignore
   */
  constructor(decoder: DataDecoder, call: FlightStreamCall) {
    const batches = batchesOf<T>(decoder);
    const queue = new SourceQueue(batches);
    super(queue, { highWaterMark: 0 });
    registerSource(this, queue);
    this.#batches = batches;
    this.#queue = queue;
    this.#decoder = decoder;
    this.#call = call;
  }

  /**
   * Schema of the data. Access reads the stream up to its schema message, and no further. It
   * rejects with a FlightError when the call fails before, or when the stream ends without a
   * schema.
   */
  get schema(): Promise<Schema<T>> {
    return handled(
      this.#decoder.opening().then(({ schema }) => {
        if (schema === undefined) {
          throw new FlightError(
            "FAILED_PRECONDITION",
            "the stream ended without a schema (data without rows is [{ schema }])",
          );
        }
        return schema as Schema<T>;
      }),
    );
  }

  /** Application metadata that came with the schema message; read like `schema`. */
  get schemaAppMetadata(): Promise<Uint8Array | undefined> {
    return handled(
      this.#decoder.opening().then(({ schemaAppMetadata }) =>
        schemaAppMetadata
      ),
    );
  }

  /**
   * Descriptor that came with the first message; `undefined` if there was none. Access reads the
   * first message, and no further. It rejects when the call fails before.
   */
  get descriptor(): Promise<(FlightDescriptor & Received) | undefined> {
    return handled(this.#decoder.descriptor());
  }

  /** Headers of the other side, as soon as they arrive. It rejects when the call fails before. */
  get headers(): Promise<FlightHeaders> {
    return handled(this.#call.headers);
  }

  /**
   * Trailers of the other side, once the stream was read to its end. It rejects when the stream
   * failed or was canceled; the trailers of a failure are part of its FlightError.
   */
  get trailers(): Promise<FlightHeaders> {
    return handled(this.#decoder.ended.then(() => this.#call.trailers()));
  }

  /**
   * Iterates over the batches, as `for await` does.
   *
   * @param options `preventCancel: true` keeps the call open when iteration ends early; by default
   * it ends.
   * @returns The iterator.
   * @throws {TypeError} When this stream is locked to a reader already.
   */
  override values(
    options?: { readonly preventCancel?: boolean },
  ): AsyncIteratorObject<RecordBatch<T>, undefined, unknown> {
    return this.#queue.values(this, options);
  }

  /**
   * Iterates over the batches: see `values`.
   *
   * @param options `preventCancel: true` keeps the call open when iteration ends early; by default
   * it ends.
   * @returns The iterator.
   * @throws {TypeError} When this stream is locked to a reader already.
   */
  override [Symbol.asyncIterator](
    options?: { readonly preventCancel?: boolean },
  ): AsyncIteratorObject<RecordBatch<T>, undefined, unknown> {
    return this.values(options);
  }

  /**
   * Makes every batch, and every message of `messages` and `flightData`, valid only until the next
   * one is read: its memory is then used again for later messages. That saves most of the cost of
   * receiving large batches. Arrays, vectors and rows that were taken from a batch end with it, so
   * copy what is needed longer. `for await` is safe, and so is a reader that is done with a value
   * before the next `read()`; `pipeThrough`, `pipeTo` and `tee` read ahead, and are not. The last
   * value before a `break` stays valid, and `table` keeps all batches in any case.
   *
   * It has an effect over HTTP/2; other transports leave memory to the garbage collector.
   *
   * @param reuse `"checked"` finds mistakes: memory is not used again, but any access to a batch
   * after its time throws a TypeError, and over HTTP/2 arrays that were taken from a large one are
   * empty. `false` keeps the batches from now on. Default: true.
   * @returns This stream.
   * @throws {TypeError} When `reuse` is something else.
   */
  reuseMemory(reuse: boolean | "checked" = true): this {
    this.#decoder.reuseMemory(memoryReuse(reuse));
    return this;
  }

  /**
   * Takes over this stream (it is locked from now on) one level below: record batches with their
   * application metadata, and metadata-only messages.
   *
   * @returns A stream as lazy as this one; canceling it ends the call.
   * @throws {TypeError} When this stream is locked to a reader already, or has been read to its end.
   */
  messages(): ReadableStream<FlightMessage<T>> {
    checkUnread(this.#batches, "messages");
    this.getReader();
    return streamOf(this.#decoder as Source<FlightMessage<T>>);
  }

  /**
   * Takes over this stream (it is locked from now on) at the lowest level: the messages as they
   * arrive, including schema and dictionaries, without decoding. They can be sent on unchanged: a
   * handler of a service returns them, and a client writes them to the `writable` of an upload or
   * an exchange. This also works for types and compressions that cannot be read here.
   *
   * @returns A stream as lazy as this one; canceling it ends the call.
   * @throws {TypeError} When this stream is locked to a reader already, or its `schema` has been
   * requested. `descriptor` may have been.
   */
  flightData(): ReadableStream<FlightData> {
    if (this.locked) {
      throw new TypeError("Cannot read FlightData: the stream is locked");
    }
    const messages = this.#decoder.raw();
    this.getReader();
    return streamOf(messages);
  }

  /**
   * Reads all remaining batches.
   *
   * @returns A table of all batches, held in memory.
   * @throws {FlightError} When the call fails.
   * @throws {TypeError} When this stream is locked to a reader, or has been read to its end.
   */
  async table(): Promise<Table<T>> {
    checkUnread(this.#batches, "a table");
    this.#decoder.reuseMemory(false);
    const batches: RecordBatch<T>[] = [];
    for await (const batch of this) batches.push(batch);
    return new Table(await this.schema, batches);
  }

  /**
   * Ends the call unless the stream has been read to its end, even while the stream is locked.
   *
   * @returns A promise that resolves at once.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#decoder.cancel(
      new FlightError("CANCELLED", "the stream was disposed of"),
    );
    return Promise.resolve();
  }
}

/**
 * Checks the argument of `reuseMemory`.
 *
 * @throws {TypeError} When it is something else.
 */
export function memoryReuse(reuse: MemoryReuse): MemoryReuse {
  if (typeof reuse === "boolean" || reuse === "checked") return reuse;
  throw new TypeError(
    `Cannot reuse memory: the argument must be true, false or "checked", not ${
      valueName(reuse)
    }`,
  );
}

/** Source of the batches of a stream. */
export interface BatchSource<T extends TypeMap> extends Source<RecordBatch<T>> {
  /** True once the end has been read, or the rest was canceled: there is nothing left to read. */
  isOver: boolean;
}

/** Extracts the batches from messages. */
export function batchesOf<T extends TypeMap>(
  messages: Source<FlightMessage>,
): BatchSource<T> {
  let given: FlightMessage | undefined;
  const batches = {
    isOver: false,
    async read() {
      while (true) {
        const message = await messages.read();
        if (message === undefined) {
          batches.isOver = true;
          return undefined;
        }
        if (message.batch === undefined) continue;
        given = message;
        return message.batch as RecordBatch<T>;
      }
    },
    take() {
      while (true) {
        const message = messages.take?.();
        if (message === undefined) return undefined;
        if (message.batch === undefined) continue;
        given = message;
        return message.batch as RecordBatch<T>;
      }
    },
    cancel(reason: unknown) {
      batches.isOver = true;
      return messages.cancel(reason);
    },
    recycle(batch: RecordBatch<T>) {
      if (given?.batch === batch) messages.recycle?.(given);
    },
  };
  return batches;
}

/**
 * Refuses to read a stream that is over: it would seem to be empty.
 *
 * @throws {TypeError} When it is.
 */
export function checkUnread(
  { isOver }: { readonly isOver: boolean },
  what: string,
): void {
  if (!isOver) return;
  throw new TypeError(
    `Cannot read ${what}: the stream has been read to its end, or was canceled`,
  );
}
