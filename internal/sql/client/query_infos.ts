/** The FlightInfo of a query, asked for when its rows are read. */

import { equalBytes } from "../../base/bytes.ts";
import type { FlightCallOptions } from "../../core/call_options.ts";

import type { FlightInfo } from "../../protocol/flight_info.ts";
import type { PollInfo } from "../../protocol/poll_info.ts";
import type { PollSource } from "../../read/endpoint_supply.ts";
import type { CallBudget } from "./call_budget.ts";
import type { SqlContext } from "./sql_context.ts";
import type {
  SqlCommand,
  StartedStatement,
  StatementSource,
} from "./statement_source.ts";

/** Options of asking for a query. */
interface QueryInfosOptions {
  /** True if it is polled. */
  readonly poll: boolean;
  /** True if its rows are read next, by this client. */
  readonly readsRows: boolean;
  /** Longest time between polls, in milliseconds. */
  readonly maxPollDelayMs: number | undefined;
  /** Called with each progress. */
  readonly onProgress: ((progress: number | undefined) => void) | undefined;
}

/** Starts a statement and gives the answers of its server, whose endpoints are read. */
export class QueryInfos implements PollSource {
  readonly #context: SqlContext;
  readonly #source: StatementSource;
  readonly #budget: CallBudget;
  readonly #options: QueryInfosOptions;
  readonly #cancelling = new AbortController();
  #started: StartedStatement | undefined;
  #polls: ReadableStreamDefaultReader<PollInfo> | undefined;
  #isAsked = false;
  #isEnded = false;
  /** The query, as far as the server has described it. */
  info: FlightInfo | undefined;
  /** True if the server may still work on the query without a call for its rows. */
  isPending = false;

  /**
   * Does nothing before it is read.
   *
   * @param context The client.
   * @param source The statement.
   * @param budget Options of its calls.
   * @param options How it is asked for.
   */
  constructor(
    context: SqlContext,
    source: StatementSource,
    budget: CallBudget,
    options: QueryInfosOptions,
  ) {
    this.#context = context;
    this.#source = source;
    this.#budget = budget.with(this.#cancelling.signal);
    this.#options = options;
  }

  /** Reads the next answer. */
  async read(): Promise<PollInfo | undefined> {
    if (this.#isAsked && this.#polls === undefined) return undefined;
    const poll = this.#isAsked ? await this.#polled() : await this.#first();
    if (poll === undefined) return undefined;
    if (!this.#started?.isDelivered) this.info = poll.info ?? this.info;
    this.isPending = poll.descriptor !== undefined;
    if (!this.isPending && !this.#mayRunLater()) this.opened();
    if (this.#options.poll) await this.#options.onProgress?.(progressOf(poll));
    return poll;
  }

  /** Stops asking. */
  async cancel(reason: unknown): Promise<void> {
    this.#cancelling.abort(reason);
    await this.#polls?.cancel(reason);
  }

  /** True if the server keeps the statement until `ended` is called. */
  get isKept(): boolean {
    return this.#started?.isKept ?? false;
  }

  /** The rows begin to come. */
  opened(): void {
    this.#started?.opened();
  }

  /** No more is read. */
  ended(): void {
    this.#isEnded = true;
    this.#started?.opened();
    this.#started?.ended();
  }

  /** True if a ticket is the command itself, which the server then runs when it gets the ticket. */
  #mayRunLater(): boolean {
    const cmd = this.#started?.descriptor?.cmd;
    return cmd === undefined ||
      (this.info?.endpoints ?? []).some(({ ticket }) =>
        ticket !== undefined && equalBytes(ticket.ticket, cmd)
      );
  }

  async #first(): Promise<PollInfo | undefined> {
    this.#isAsked = true;
    const started = await this.#source.start(
      this.#budget,
      this.#options.poll ? "other" : this.#options.readsRows ? "rows" : "info",
    );
    this.#started = started;
    if (this.#isEnded) {
      started.opened();
      started.ended();
    }
    const { descriptor, info } = started;
    if (descriptor === undefined) return undefined;
    if (info !== undefined) return { info };
    return await this.#poll(descriptor) ??
      { info: await this.#info(descriptor) };
  }

  async #poll(descriptor: SqlCommand): Promise<PollInfo | undefined> {
    if (!this.#options.poll) return undefined;
    return await this.#context.attempt("PollFlightInfo", async () => {
      const { maxPollDelayMs } = this.#options;
      const { writeTimeoutMs: _, ...options } = this.#callOptions();
      this.#polls = this.#context.flight
        .poll(descriptor, { ...options, maxPollDelayMs }).getReader();
      try {
        return await this.#polled();
      } catch (error) {
        this.#polls = undefined;
        throw error;
      }
    });
  }

  async #polled(): Promise<PollInfo | undefined> {
    return (await this.#polls!.read()).value;
  }

  #info(descriptor: SqlCommand): Promise<FlightInfo> {
    return this.#context.flight.getFlightInfo(descriptor, this.#callOptions());
  }

  #callOptions(): FlightCallOptions {
    return this.#budget.options;
  }
}

/** The last answer of a server that does not count is the end all the same. */
function progressOf({ progress, descriptor }: PollInfo): number | undefined {
  return progress ?? (descriptor === undefined ? 1 : undefined);
}
