/** The readable half of a data stream, on both sides of a call. */

import {
  type RecordBatch,
  type Schema,
  Table,
  type TypeMap,
} from "apache-arrow";
import { handled } from "../base/handled.ts";
import type { Source } from "../base/source.ts";
import { SourceQueue, streamOf } from "../base/source_stream.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightDataDecoder } from "./flight_data_decoder.ts";
import type { AnyColumns, FlightMessage } from "./flight_message.ts";

/** What a {@linkcode FlightStream} knows of the call that carries it. */
export interface FlightStreamCall {
  /** Headers of the other side. */
  readonly headers: Promise<FlightHeaders>;
  /**
   * Trailers of the other side, after the end.
   *
   * @returns The trailers.
   */
  trailers(): FlightHeaders;
}

/**
 * The record batches that the other side sends, as a `ReadableStream`.
 *
 * It is pull-driven: nothing is taken from the wire before it is read, and whoever stops reading
 * stops the sender. Cancelling it, leaving a `for await` over it, or disposing of it ends the call on
 * the wire at once. A failure of the call rejects the read that follows the last batch that arrived.
 *
 * Reading it as a stream of batches skips metadata-only messages; `messages()` gives them too, and
 * `flightData()` everything, without decoding it.
 *
 * @typeParam T The columns.
 */
export class FlightStream<T extends TypeMap = AnyColumns>
  extends ReadableStream<RecordBatch<T>>
  implements AsyncDisposable {
  readonly #queue: SourceQueue<RecordBatch<T>>;
  readonly #decoder: FlightDataDecoder;
  readonly #call: FlightStreamCall;

  /**
   * Made by the calls of this package.
   *
   * @param decoder Where the messages come from.
   * @param call The call that carries them.
   */
  constructor(decoder: FlightDataDecoder, call: FlightStreamCall) {
    const queue = new SourceQueue(batchesOf<T>(decoder));
    super(queue, { highWaterMark: 0 });
    this.#queue = queue;
    this.#decoder = decoder;
    this.#call = call;
  }

  /**
   * The schema. Asking for it reads the stream up to its schema message, and no further. Rejects with
   * a FlightError when the call fails before, or when the stream ends without a schema.
   */
  get schema(): Promise<Schema<T>> {
    return handled(
      this.#decoder.opening().then(({ schema }) => {
        if (schema === undefined) {
          throw new FlightError(
            "FAILED_PRECONDITION",
            "the stream ended without a schema",
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
   * The descriptor that came with the first message, `undefined` where there was none. Asking for it
   * reads the first message, and no further. Rejects when the call fails before.
   */
  get descriptor(): Promise<FlightDescriptor | undefined> {
    return handled(this.#decoder.descriptor());
  }

  /**
   * Headers of the other side, as soon as they arrive. Rejects when the call fails before.
   */
  get headers(): Promise<FlightHeaders> {
    return handled(this.#call.headers);
  }

  /**
   * Trailers of the other side, once the stream was read to its end. Rejects when it failed or was
   * cancelled; the trailers of a failure are part of its FlightError.
   */
  get trailers(): Promise<FlightHeaders> {
    return handled(this.#decoder.ended.then(() => this.#call.trailers()));
  }

  /**
   * Iterates over the batches, as `for await` does.
   *
   * @param options Whether the call goes on when iterating ends early; by default it ends.
   * @returns The iterator.
   * @throws {TypeError} When this stream is locked to a reader already.
   */
  override values(
    options?: { readonly preventCancel?: boolean },
  ): ReturnType<ReadableStream<RecordBatch<T>>["values"]> {
    return this.#queue.values(this, options);
  }

  /**
   * Iterates over the batches: see `values`.
   *
   * @param options Whether the call goes on when iterating ends early; by default it ends.
   * @returns The iterator.
   * @throws {TypeError} When this stream is locked to a reader already.
   */
  override [Symbol.asyncIterator](
    options?: { readonly preventCancel?: boolean },
  ): ReturnType<ReadableStream<RecordBatch<T>>["values"]> {
    return this.values(options);
  }

  /**
   * Takes over this stream (it is locked from now on) one level below: record batches with their
   * application metadata, and metadata-only messages.
   *
   * @returns A stream as lazy as this one; cancelling it ends the call.
   * @throws {TypeError} When this stream is locked to a reader already.
   */
  messages(): ReadableStream<FlightMessage<T>> {
    this.getReader();
    return streamOf(this.#decoder as Source<FlightMessage<T>>);
  }

  /**
   * Takes over this stream (it is locked from now on) at the lowest level: the messages as they
   * arrive, schema and dictionaries among them, and none of them decoded. They can be sent on as
   * they are, in a service as what a handler returns, by a client into the `writable` of an upload
   * or an exchange; so can types and compressions that cannot be read here.
   *
   * @returns A stream as lazy as this one; cancelling it ends the call.
   * @throws {TypeError} When this stream is locked to a reader already, or its `schema` has been asked
   * for; `descriptor` may have been.
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
   * Reads everything that is left.
   *
   * @returns A table of all batches, held in memory.
   * @throws {FlightError} When the call fails.
   */
  async table(): Promise<Table<T>> {
    const batches: RecordBatch<T>[] = [];
    for await (const batch of this) batches.push(batch);
    return new Table(await this.schema, batches);
  }

  /**
   * Ends the call unless the stream has been read to its end; also while the stream is locked.
   *
   * @returns Resolves at once.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#decoder.cancel(
      new FlightError("CANCELLED", "the stream was disposed of"),
    );
    return Promise.resolve();
  }
}

/** The batches among messages. */
export function batchesOf<T extends TypeMap>(
  messages: Source<FlightMessage>,
): Source<RecordBatch<T>> {
  return {
    async read() {
      while (true) {
        const message = await messages.read();
        if (message === undefined) return undefined;
        if (message.batch !== undefined) return message.batch as RecordBatch<T>;
      }
    },
    cancel: (reason) => messages.cancel(reason),
  };
}
