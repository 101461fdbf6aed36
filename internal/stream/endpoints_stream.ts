/** The data of a whole FlightInfo: the streams of its endpoints as one. */

import {
  type RecordBatch,
  type Schema,
  Table,
  type TypeMap,
} from "apache-arrow";
import { handled } from "../base/handled.ts";
import type { Source } from "../base/source.ts";
import { releasesLate } from "../base/late_release.ts";
import {
  registerSource,
  SourceQueue,
  streamOf,
} from "../base/source_stream.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import { FlightError } from "../core/flight_error.ts";
import type { AnyColumns, FlightMessage } from "./flight_message.ts";
import type { MemoryReuse } from "./data_decoder.ts";
import {
  batchesOf,
  type BatchSource,
  checkUnread,
  memoryReuse,
} from "./flight_stream.ts";

/**
 * Message of an endpoint.
 *
 * @typeParam T The columns.
 */
export type EndpointMessage<T extends TypeMap = AnyColumns> =
  & FlightMessage<T>
  & { readonly endpoint: FlightEndpoint };

/** Source of an {@linkcode EndpointsStream}. */
export interface EndpointMessages extends Source<EndpointMessage> {
  /**
   * Reads up to the schema.
   *
   * @returns The schema; `undefined` if there is none.
   */
  schema(): Promise<Schema | undefined>;
  /** Chooses for how long the messages that are read from now on are valid. */
  reuseMemory(reuse: MemoryReuse): void;
  /**
   * Cancels all calls.
   *
   * @param reason The reason.
   * @returns A promise that resolves when the query was canceled too, if that was requested.
   */
  cancel(reason: unknown): Promise<void>;
}

/**
 * The record batches of all endpoints of a FlightInfo, as a `ReadableStream`.
 *
 * The reader sets the pace: no call is made before the first read, and when you stop reading, the
 * servers stop. At most one batch of each open endpoint waits in memory, in addition to the
 * flow-control windows of the connections. Canceling the stream, leaving a `for await` over it, or
 * disposing of it ends all calls at once. The failure of an endpoint also ends the calls of the
 * others, and rejects the read after the batches that had arrived.
 *
 * Reading it as a stream of batches skips metadata-only messages; `messages()` has everything.
 *
 * @typeParam T The columns.
 */
export class EndpointsStream<T extends TypeMap = AnyColumns>
  extends ReadableStream<RecordBatch<T>>
  implements AsyncDisposable {
  readonly #batches: BatchSource<T>;
  readonly #queue: SourceQueue<RecordBatch<T>>;
  readonly #messages: EndpointMessages;

  static {
    releasesLate(EndpointsStream.prototype);
  }

  /**
   * Reads from `messages`.
   *
   * @ignore
   */
  constructor(messages: EndpointMessages) {
    const batches = batchesOf<T>(messages);
    const queue = new SourceQueue(batches);
    super(queue, { highWaterMark: 0 });
    registerSource(this, queue);
    this.#batches = batches;
    this.#queue = queue;
    this.#messages = messages;
  }

  /**
   * Schema of the data. If the FlightInfo has none, this opens endpoints, and reads no further than
   * a read would. It rejects with a FlightError when that fails, or when there is no schema.
   */
  get schema(): Promise<Schema<T>> {
    return handled(
      this.#messages.schema().then((schema) => {
        if (schema !== undefined) return schema as Schema<T>;
        throw new FlightError(
          "FAILED_PRECONDITION",
          "neither the FlightInfo nor any of its endpoints has a schema",
        );
      }),
    );
  }

  /**
   * Iterates over the batches, as `for await` does.
   *
   * @param options `preventCancel: true` keeps the calls open when iteration ends early; by default
   * they end.
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
   * @param options `preventCancel: true` keeps the calls open when iteration ends early; by default
   * they end.
   * @returns The iterator.
   * @throws {TypeError} When this stream is locked to a reader already.
   */
  override [Symbol.asyncIterator](
    options?: { readonly preventCancel?: boolean },
  ): AsyncIteratorObject<RecordBatch<T>, undefined, unknown> {
    return this.values(options);
  }

  /**
   * Makes every batch, and every message of `messages`, valid only until the next one is read: see
   * {@linkcode FlightStream.reuseMemory}. Files that are read by HTTP keep theirs.
   *
   * @param reuse `"checked"` finds mistakes: any access to a batch after its time throws a TypeError.
   * `false` keeps the batches from now on. Default: true.
   * @returns This stream.
   * @throws {TypeError} When `reuse` is something else.
   */
  reuseMemory(reuse: boolean | "checked" = true): this {
    this.#messages.reuseMemory(memoryReuse(reuse));
    return this;
  }

  /**
   * Takes over this stream (it is locked from now on) one level below: record batches with their
   * application metadata and their endpoint, and metadata-only messages.
   *
   * @returns A stream as lazy as this one; canceling it ends all calls.
   * @throws {TypeError} When this stream is locked to a reader already.
   */
  messages(): ReadableStream<
    FlightMessage<T> & { readonly endpoint: FlightEndpoint }
  > {
    checkUnread(this.#batches, "messages");
    this.getReader();
    return streamOf(this.#messages as Source<EndpointMessage<T>>);
  }

  /**
   * Reads all remaining batches.
   *
   * @returns A table of all batches, held in memory.
   * @throws {FlightError} When a call fails.
   */
  async table(): Promise<Table<T>> {
    checkUnread(this.#batches, "a table");
    this.#messages.reuseMemory(false);
    const batches: RecordBatch<T>[] = [];
    for await (const batch of this) batches.push(batch);
    return new Table(await this.schema, batches);
  }

  /**
   * Ends all calls unless the stream has been read to its end, even while the stream is locked.
   *
   * @returns A promise that resolves when the calls have been canceled.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#messages.cancel(
      new FlightError("CANCELLED", "the stream was disposed of"),
    );
  }
}
