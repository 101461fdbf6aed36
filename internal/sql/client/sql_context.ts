/** State that all parts of a Flight SQL client share. */

import type { FlightClient } from "../../client/flight_client.ts";
import type { FlightCallOptions } from "../../core/call_options.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { CancelStatus } from "../../protocol/cancel_flight_info.ts";
import type { FlightInfo } from "../../protocol/flight_info.ts";
import { flightInfoCodec } from "../../protocol/flight_info.ts";
import { infoFields } from "../../stream/info_fields.ts";
import {
  actionCancelQueryRequest,
  actionCancelQueryResult,
} from "../messages/cancel_query.ts";
import { actForResult, packed } from "./sql_answers.ts";
import type { SqlDialect } from "./sql_text.ts";

/** A client, what it assumes of its server, and what it has learned about it. */
export class SqlContext {
  /** The Flight client that makes the calls. */
  readonly flight: FlightClient;
  /** The dialect of templates. */
  readonly dialect: SqlDialect;
  /** True if rows have values of Temporal unless told otherwise. */
  readonly temporal: boolean;
  /** Methods and actions that the server has answered with UNIMPLEMENTED. */
  readonly #unknown = new Set<string>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #atClose = new Set<() => void>();
  readonly #updates = new Set<Promise<unknown>>();
  /** The context of the client, which keeps all but the updates. */
  readonly #client: SqlContext;

  /**
   * @param flight The Flight client.
   * @param dialect The dialect of templates.
   * @param temporal Whether rows have values of Temporal.
   * @param client The context of the client, for that of a transaction.
   */
  constructor(
    flight: FlightClient,
    dialect: SqlDialect,
    temporal: boolean,
    client?: SqlContext,
  ) {
    this.flight = flight;
    this.dialect = dialect;
    this.temporal = temporal;
    this.#client = client ?? this;
  }

  /** The context of a transaction: it has updates of its own. */
  ofTransaction(): SqlContext {
    return new SqlContext(
      this.flight,
      this.dialect,
      this.temporal,
      this.#client,
    );
  }

  /** Notes an update until it ends. */
  async updating(update: Promise<bigint>): Promise<bigint> {
    this.#updates.add(update);
    try {
      return await update;
    } finally {
      this.#updates.delete(update);
    }
  }

  /** Resolves when no update is under way; rejects then if one has failed meanwhile. */
  async updated(): Promise<void> {
    while (this.#updates.size > 0) {
      const results = await Promise.allSettled(this.#updates);
      const failed = results.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
    }
  }

  /** Lets a call that nothing waits for go on until the client is closed; its failure is of no interest. */
  inBackground(call: Promise<unknown>): void {
    const done = call.then(() => {}, () => {}).finally(() => {
      this.#client.#pending.delete(done);
    });
    this.#client.#pending.add(done);
  }

  /**
   * Keeps something of the server until the client is closed.
   *
   * @returns A function to call when it is not kept any more.
   */
  untilClosed(release: () => void): () => void {
    const atClose = this.#client.#atClose;
    atClose.add(release);
    return () => void atClose.delete(release);
  }

  /** Lets go of what is kept; resolves when no call is under way that nothing waits for. */
  async settled(): Promise<void> {
    for (const release of this.#client.#atClose) release();
    this.#client.#atClose.clear();
    while (this.#client.#pending.size > 0) {
      await Promise.all(this.#client.#pending);
    }
  }

  /**
   * Tries what not every server knows, and remembers where it does not.
   *
   * @param name What is tried.
   * @param attempt Makes the call.
   * @returns `undefined` where the server does not know it.
   */
  async attempt<T>(
    name: string,
    attempt: () => Promise<T>,
  ): Promise<T | undefined> {
    if (this.#client.#unknown.has(name)) return undefined;
    try {
      return await attempt();
    } catch (error) {
      if (!FlightError.is(error) || error.code !== "UNIMPLEMENTED") throw error;
      this.#client.#unknown.add(name);
      return undefined;
    }
  }

  /**
   * Cancels a query: by CancelFlightInfo, else by CancelQuery.
   *
   * @param info The query.
   * @param options Options of the call.
   * @throws {FlightError} UNIMPLEMENTED when the server knows neither.
   */
  async cancel(
    info: FlightInfo,
    options: FlightCallOptions,
  ): Promise<CancelStatus> {
    const status = await this.attempt(
      "CancelFlightInfo",
      () => asUnimplemented(this.flight.cancelFlightInfo(info, options)),
    );
    if (status !== undefined) return status.status;
    const result = await this.attempt(
      "CancelQuery",
      () =>
        asUnimplemented(actForResult(
          this.flight,
          "CancelQuery",
          packed(actionCancelQueryRequest, {
            info: flightInfoCodec.encode(infoFields(info)),
          }),
          actionCancelQueryResult,
          options,
        )),
    );
    if (result !== undefined) return result.result;
    throw new FlightError(
      "UNIMPLEMENTED",
      "the server knows neither CancelFlightInfo nor CancelQuery",
      { method: "DoAction", origin: "remote" },
    );
  }
}

/** Servers in Go and Java answer INVALID_ARGUMENT to an action that they do not know. */
async function asUnimplemented<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw FlightError.is(error) && error.code === "INVALID_ARGUMENT"
      ? new FlightError("UNIMPLEMENTED", error.details, {
        method: error.method,
        origin: error.origin,
        cause: error,
      })
      : error;
  }
}
