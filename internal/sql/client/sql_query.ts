/** A query that has been written, and is run when its rows are asked for. */

import type { Schema, Table, TypeMap } from "apache-arrow";
import type { ValueForms } from "../../arrow/values/value_reader.ts";
import { handled } from "../../base/handled.ts";
import {
  booleanOption,
  functionOption,
  objectOption,
} from "../../core/check_option.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { FlightInfo } from "../../protocol/flight_info.ts";
import type { AnyColumns } from "../../stream/flight_message.ts";
import { EndpointsStream } from "../../stream/endpoints_stream.ts";
import { isSchema } from "../../stream/record_batch_source.ts";
import { readPolls } from "../../read/flight_info_reader.ts";
import { CallBudget } from "./call_budget.ts";
import { QueryInfos } from "./query_infos.ts";
import { QueryMessages } from "./query_messages.ts";
import type { SqlContext } from "./sql_context.ts";
import type { SqlCallOptions, SqlQueryOptions } from "./sql_options.ts";
import { batchRows, rowNames, type SqlRow } from "./sql_rows.ts";
import type { StatementSource } from "./statement_source.ts";

/**
 * A query. Nothing happens before its result is asked for, in one of these ways, once:
 *
 * - `await query` gives all rows, as an array of plain objects.
 * - `for await (const row of query)` gives them one by one, as they arrive.
 * - `query.batches()` gives the record batches as a stream, `query.table()` all of them as a table.
 * - `query.first()` gives the first row.
 * - `query.execute()` runs it for its effect, and gives the number of rows that it changed.
 *
 * It is a thenable: what awaits it runs it, and so does an async function that returns it. Values of rows are
 * described at {@linkcode SqlValue}.
 *
 * @typeParam Row A row; it is not checked unless the option `schema` is given.
 * @typeParam T The columns.
 */
export class SqlQuery<Row = SqlRow, T extends TypeMap = AnyColumns>
  implements PromiseLike<Row[]>, AsyncIterable<Row> {
  readonly #context: SqlContext;
  readonly #source: StatementSource;
  readonly #options: SqlQueryOptions<T>;
  #use = "";
  #rows: Promise<Row[]> | undefined;

  /**
   * Runs `source` by the calls of `context`.
   *
   * @ignore
   */
  constructor(
    context: SqlContext,
    source: StatementSource,
    options: SqlQueryOptions<T> = {},
  ) {
    const { schema, poll, onProgress, cancelQuery, temporal } = objectOption(
      "options",
      options,
    );
    if (schema !== undefined && !isSchema(schema)) {
      throw new TypeError("Cannot use option schema: it must be a Schema");
    }
    booleanOption("poll", poll);
    booleanOption("cancelQuery", cancelQuery);
    booleanOption("temporal", temporal);
    functionOption("onProgress", onProgress);
    this.#context = context;
    this.#source = source;
    this.#options = options;
  }

  /**
   * The same query with other options, for one that a template made.
   *
   * @param options Options that are added to those it has.
   * @returns A query that has not been run.
   * @throws {TypeError} When an option is of the wrong type, or the query has been run.
   */
  with<U extends TypeMap = T>(options: SqlQueryOptions<U>): SqlQuery<Row, U> {
    this.#take("with");
    const all = { ...this.#options, ...objectOption("options", options) };
    return new SqlQuery<Row, U>(
      this.#context,
      this.#source,
      all as SqlQueryOptions<U>,
    );
  }

  /**
   * Runs the query, and streams its record batches from all endpoints.
   *
   * @returns The batches, pulled by the reader; canceling the stream ends all calls.
   * @throws {TypeError} When the query has been run.
   * @throws {RangeError} When an option is out of its range.
   */
  batches(): EndpointsStream<T> {
    this.#take("batches");
    return new EndpointsStream<T>(this.#open());
  }

  /**
   * Runs the query, and reads everything.
   *
   * @returns A table of all batches, held in memory.
   * @throws {FlightError} When the query fails.
   */
  async table(): Promise<Table<T>> {
    this.#take("table");
    return await new EndpointsStream<T>(this.#open()).table();
  }

  /**
   * Runs the query, and reads its first row. The calls end then.
   *
   * @returns The row; `undefined` where there is none.
   * @throws {FlightError} When the query fails.
   */
  async first(): Promise<Row | undefined> {
    this.#take("first");
    for await (const row of this.#each(this.#open())) return row;
    return undefined;
  }

  /**
   * Runs the statement for its effect: INSERT, UPDATE, DELETE, or a definition.
   *
   * @returns The number of rows that it changed; −1 where the server does not know.
   * @throws {FlightError} When it fails.
   */
  async execute(): Promise<bigint> {
    this.#take("execute");
    return await this.#context.updating(
      this.#source.update(new CallBudget(callOptions(this.#options))),
    );
  }

  /**
   * Asks for the schema of the rows, without running the query, which may still be run.
   *
   * @returns The schema.
   * @throws {FlightError} When the server does not know it.
   */
  async schema(): Promise<Schema<T>> {
    const budget = new CallBudget(callOptions(this.#options));
    return await this.#source.schema(budget) as Schema<T>;
  }

  /**
   * Runs the query as far as to know where its rows can be read, such as on other machines: `read` of a
   * FlightClient reads them. A statement with parameters stays prepared until the client is closed.
   *
   * @returns The answer of the server.
   * @throws {FlightError} When the query fails; FAILED_PRECONDITION where the statement was an update, which
   * has been run.
   */
  async info(): Promise<FlightInfo> {
    this.#take("info");
    const { infos } = this.#start(
      new CallBudget(callOptions(this.#options)),
      false,
    );
    while (await infos.read() !== undefined);
    infos.opened();
    if (infos.isKept) this.#context.untilClosed(() => infos.ended());
    if (infos.info !== undefined) return infos.info;
    throw new FlightError(
      "FAILED_PRECONDITION",
      "the statement has no rows: it was an update, and has been run",
    );
  }

  /**
   * Runs the query, and reads all rows: see the class.
   *
   * @param onfulfilled Gets the rows.
   * @param onrejected Gets the error.
   * @returns A promise of what these return.
   */
  then<A = Row[], B = never>(
    onfulfilled?: ((rows: Row[]) => A | PromiseLike<A>) | null,
    onrejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (this.#rows === undefined) {
      try {
        this.#take("await");
        this.#rows = this.#all();
      } catch (error) {
        this.#rows = handled(Promise.reject(error));
      }
    }
    return this.#rows.then(onfulfilled, onrejected);
  }

  /**
   * Runs the query, and handles its failure, as `catch` of a promise does.
   *
   * @param onrejected Gets the error.
   * @returns A promise of the rows, or of what `onrejected` returns.
   */
  catch<B = never>(
    onrejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<Row[] | B> {
    return this.then(undefined, onrejected);
  }

  /**
   * Runs the query, and does something after it, as `finally` of a promise does.
   *
   * @param onfinally Called when the query has ended.
   * @returns A promise of the rows.
   */
  finally(onfinally?: (() => void) | null): Promise<Row[]> {
    return this.then().finally(onfinally);
  }

  /**
   * Runs the query, and gives its rows one by one. Leaving the loop ends all calls.
   *
   * @returns The rows.
   * @throws {TypeError} When the query has been run.
   */
  [Symbol.asyncIterator](): AsyncGenerator<Row, void, void> {
    this.#take("for await");
    return this.#each(this.#open());
  }

  async #all(): Promise<Row[]> {
    const rows: Row[] = [];
    let names: string[] | undefined;
    for await (const batch of this.#open().batches()) {
      names ??= rowNames(batch.schema);
      for (const row of batchRows<Row>(batch, names, this.#forms)) {
        rows.push(row);
      }
    }
    return rows;
  }

  async *#each(messages: QueryMessages): AsyncGenerator<Row, void, void> {
    let names: string[] | undefined;
    for await (const batch of messages.batches()) {
      names ??= rowNames(batch.schema);
      yield* batchRows<Row>(batch, names, this.#forms);
    }
  }

  get #forms(): ValueForms {
    return { temporal: this.#options.temporal ?? this.#context.temporal };
  }

  /** A query has one result; another use of it would run it again. */
  #take(use: string): void {
    if (this.#use !== "") {
      throw new TypeError(
        `Cannot use a query by ${use}: it has been used by ${this.#use}, and runs once`,
      );
    }
    this.#use = use;
  }

  #open(): QueryMessages {
    const {
      schema,
      poll: _poll,
      onProgress: _onProgress,
      maxPollDelayMs: _maxPollDelayMs,
      temporal: _temporal,
      cancelQuery = true,
      headers: _headers,
      timeoutMs: _timeoutMs,
      signal: _signal,
      ...reading
    } = this.#options;
    const { infos, budget } = this.#start(
      new CallBudget(callOptions(this.#options)),
      true,
    );
    const { headers, timeoutMs, signal } = budget.options;
    const options = { ...reading, headers, timeoutMs, signal };
    const messages = readPolls(infos, options, this.#context.flight);
    return new QueryMessages(messages, schema, {
      signal,
      opened: () => infos.opened(),
      ended: () => infos.ended(),
      givenUp: async (isForced) => {
        const { info, isPending } = infos;
        if (!cancelQuery || info === undefined) return;
        if (!isForced && !isPending) return;
        const cancelled = this.#context.cancel(info, budget.afterwards);
        this.#context.inBackground(cancelled);
        await cancelled.catch(() => {});
      },
    });
  }

  #start(
    budget: CallBudget,
    readsRows: boolean,
  ): { infos: QueryInfos; budget: CallBudget } {
    const { poll, onProgress, maxPollDelayMs } = this.#options;
    const infos = new QueryInfos(this.#context, this.#source, budget, {
      poll: poll ?? onProgress !== undefined,
      readsRows,
      maxPollDelayMs,
      onProgress,
    });
    return { infos, budget };
  }
}

/** The options of a query that each of its calls has. */
function callOptions<T extends TypeMap>(
  { headers, timeoutMs, signal, readTimeoutMs, writeTimeoutMs }:
    SqlQueryOptions<T>,
): SqlCallOptions {
  return { headers, timeoutMs, signal, readTimeoutMs, writeTimeoutMs };
}
