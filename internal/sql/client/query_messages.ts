/** The rows of a query: checked, and cleaned up after. */

import type { RecordBatch, Schema } from "apache-arrow";
import { differenceOf } from "../../arrow/types/field_difference.ts";
import { sameType } from "../../arrow/types/same_type.ts";
import { NO_COLUMNS } from "../../arrow/values/no_columns.ts";
import { handled } from "../../base/handled.ts";
import { FlightError } from "../../core/flight_error.ts";
import type {
  EndpointMessage,
  EndpointMessages,
} from "../../stream/endpoints_stream.ts";
import type { MemoryReuse } from "../../stream/data_decoder.ts";

/** Follows the rows of a query. */
interface QueryWatch {
  /** Aborts the query. */
  readonly signal: AbortSignal | undefined;
  /** The first rows have come. */
  opened(): void;
  /** No more is read; called once. */
  ended(): void;
  /**
   * The query is given up.
   *
   * @param isForced Whether a signal or a timeout did it, not the reader.
   */
  givenUp(isForced: boolean): Promise<void>;
}

/** The rows of a query, checked and watched. */
export class QueryMessages implements EndpointMessages {
  readonly #messages: EndpointMessages;
  readonly #expected: Schema | undefined;
  readonly #watch: QueryWatch;
  readonly #onAbort: () => void;
  #isBegun = false;
  #isChecked = false;
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param messages The messages of the endpoints.
   * @param expected The schema that they must have.
   * @param watch Receives the events.
   */
  constructor(
    messages: EndpointMessages,
    expected: Schema | undefined,
    watch: QueryWatch,
  ) {
    this.#messages = messages;
    this.#expected = expected;
    this.#watch = watch;
    const onAbort = (): void => void handled(this.#giveUp(true));
    this.#onAbort = onAbort;
  }

  async read(): Promise<EndpointMessage | undefined> {
    if (this.#failure) throw this.#failure.error;
    this.#begin();
    try {
      const message = await this.#messages.read();
      if (message === undefined) {
        if (!this.#isChecked && this.#expected) await this.schema();
        this.#end();
        return undefined;
      }
      this.#watch.opened();
      if (!this.#isChecked && message.batch !== undefined) {
        this.#check(message.batch.schema);
      }
      return message;
    } catch (error) {
      this.#failure = { error };
      this.#fail(error);
      throw error;
    }
  }

  /** Gives the batches one by one. Leaving the loop cancels the query. */
  async *batches(): AsyncGenerator<RecordBatch, void, void> {
    try {
      while (true) {
        const message = await this.read();
        if (message === undefined) return;
        if (message.batch !== undefined) yield message.batch;
      }
    } finally {
      if (!this.#isEnded) await this.cancel(undefined);
    }
  }

  reuseMemory(reuse: MemoryReuse): void {
    this.#messages.reuseMemory(reuse);
  }

  async schema(): Promise<Schema> {
    this.#begin();
    // A statement without rows has no endpoint either, and so no schema.
    const schema = await this.#messages.schema() ?? NO_COLUMNS;
    this.#check(schema);
    return schema;
  }

  async cancel(reason: unknown): Promise<void> {
    const isOver = this.#isEnded;
    const cancelled = handled(this.#messages.cancel(reason));
    if (!isOver) await this.#giveUp(false);
    await cancelled;
  }

  /** Watches the signal from the first read on, also while nothing is read. */
  #begin(): void {
    if (this.#isBegun || this.#isEnded) return;
    this.#isBegun = true;
    const { signal } = this.#watch;
    // One that has been aborted fails the read.
    if (!signal?.aborted) signal?.addEventListener("abort", this.#onAbort);
  }

  #check(schema: Schema): void {
    this.#isChecked = true;
    if (this.#expected === undefined) return;
    const { fields } = this.#expected;
    const problem = differenceOf(schema.fields, fields, sameType);
    if (problem === undefined) return;
    throw new FlightError(
      "INTERNAL",
      `the schema of the result is not that of the option schema: ${problem}`,
      { method: "DoGet", origin: "remote" },
    );
  }

  #fail(error: unknown): void {
    if (this.#isEnded) return;
    const { code } = error as Partial<FlightError>;
    if (code === "DEADLINE_EXCEEDED") handled(this.#giveUp(true));
    else {
      this.#end();
      // The calls of other endpoints, where the schema was wrong.
      handled(this.#messages.cancel(error));
    }
  }

  async #giveUp(isForced: boolean): Promise<void> {
    if (this.#isEnded) return;
    const gone = this.#watch.givenUp(isForced);
    this.#end();
    await gone;
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#watch.signal?.removeEventListener("abort", this.#onAbort);
    this.#watch.ended();
  }
}
