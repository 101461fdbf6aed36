/** The data of a whole FlightInfo: the streams of its endpoints as one. */

import {
  type RecordBatch,
  type Schema,
  Table,
  type TypeMap,
} from "apache-arrow";
import { handled } from "../base/handled.ts";
import type { Source } from "../base/source.ts";
import { underlyingSource } from "../base/source_stream.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import { FlightError } from "../core/flight_error.ts";
import type { AnyColumns, FlightMessage } from "./flight_message.ts";
import { batchesOf } from "./flight_stream.ts";

/**
 * A message that was read, and where it comes from.
 *
 * @typeParam T The columns.
 */
export interface FlightInfoMessage<T extends TypeMap = AnyColumns>
  extends FlightMessage<T> {
  /** The endpoint, as the FlightInfo has it. */
  readonly endpoint: FlightEndpoint;
}

/** What a {@linkcode EndpointsStream} reads from. */
export interface FlightInfoMessages extends Source<FlightInfoMessage> {
  /**
   * Reads up to the schema.
   *
   * @returns The schema; `undefined` where there is none.
   */
  schema(): Promise<Schema | undefined>;
  /**
   * Cancels all calls.
   *
   * @param reason Why.
   * @returns Resolves when also the query was cancelled, where that was asked for.
   */
  cancel(reason: unknown): Promise<void>;
}

/**
 * The record batches of all endpoints of a FlightInfo, as a `ReadableStream`.
 *
 * It is pull-driven: no call is made before it is read, and whoever stops reading stops the servers.
 * At most one batch of each endpoint that is open waits in memory, besides what the windows of the
 * connections hold. Cancelling it, leaving a `for await` over it, or disposing of it ends all calls at
 * once. The failure of an endpoint ends the calls of the others too, and rejects the read that follows
 * the batches which had arrived before.
 *
 * Reading it as a stream of batches skips metadata-only messages; `messages()` gives everything.
 *
 * @typeParam T The columns.
 */
export class EndpointsStream<T extends TypeMap = AnyColumns>
  extends ReadableStream<RecordBatch<T>>
  implements AsyncDisposable {
  readonly #messages: FlightInfoMessages;

  /**
   * Made by `read`.
   *
   * @param messages Where the messages come from.
   */
  constructor(messages: FlightInfoMessages) {
    super({
      ...underlyingSource(batchesOf<T>(messages)),
      cancel: (reason) => messages.cancel(reason),
    }, { highWaterMark: 0 });
    this.#messages = messages;
  }

  /**
   * The schema. Where the FlightInfo does not have it, asking for it opens endpoints, and reads no
   * further than a read would. Rejects with a FlightError when that fails, or when there is no schema.
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
   * Takes over this stream (it is locked from now on) one level below: record batches with their
   * application metadata and their endpoint, and metadata-only messages.
   *
   * @returns A stream as lazy as this one; cancelling it ends all calls.
   * @throws {TypeError} When this stream is locked to a reader already.
   */
  messages(): ReadableStream<FlightInfoMessage<T>> {
    this.getReader();
    return new ReadableStream({
      ...underlyingSource(this.#messages as Source<FlightInfoMessage<T>>),
      cancel: (reason) => this.#messages.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /**
   * Reads everything that is left.
   *
   * @returns A table of all batches, held in memory.
   * @throws {FlightError} When a call fails.
   */
  async table(): Promise<Table<T>> {
    const batches: RecordBatch<T>[] = [];
    for await (const batch of this) batches.push(batch);
    return new Table(await this.schema, batches);
  }

  /**
   * Ends all calls unless the stream has been read to its end; also while the stream is locked.
   *
   * @returns Resolves when the calls have been cancelled.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#messages.cancel(
      new FlightError("CANCELLED", "the stream was disposed of"),
    );
  }
}
