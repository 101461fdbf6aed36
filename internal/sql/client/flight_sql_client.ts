/** The client of Flight SQL. */

import * as schemas from "../../stream/announced_schema.ts";
import { schemaPart } from "../../stream/schema_part.ts";
import type { FlightClient } from "../../client/flight_client.ts";
import { sleep } from "../../base/timers/sleep.ts";
import {
  booleanOption,
  choiceOption,
  objectOption,
  shown,
} from "../../core/check_option.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { CancelStatus } from "../../protocol/cancel_flight_info.ts";
import type { FlightInfo } from "../../protocol/flight_info.ts";
import type {
  CloseSessionStatus,
  SessionOptionsInit,
  SessionOptionValue,
} from "../../protocol/session_options.ts";
import { locationsOf } from "../../read/client_locations.ts";
import { CallBudget } from "./call_budget.ts";
import { SqlMetadata } from "./sql_metadata.ts";
import { SqlContext } from "./sql_context.ts";
import {
  SQL_CLIENT_OPTIONS,
  type SqlCallOptions,
  type SqlClientOptions,
} from "./sql_options.ts";
import { beginTransaction, SqlTransaction } from "./sql_transaction.ts";

/** Schema and catalog that statements without them mean. */
export interface SqlDefaults {
  /** The catalog. */
  readonly catalog?: string | undefined;
  /** The schema. */
  readonly schema?: string | undefined;
}

/**
 * A client of a Flight SQL service. All methods may be used at the same time.
 *
 * A statement commits by itself unless it belongs to a transaction: see `begin`. Methods throw, or their
 * results reject with, a FlightError where a call failed, the `reason` of the signal where it was aborted,
 * and a TypeError or a RangeError where an argument is wrong.
 */
export class FlightSqlClient extends SqlMetadata implements AsyncDisposable {
  /** The Flight client below, for everything that is not SQL. */
  readonly flight: FlightClient;
  readonly #context: SqlContext;
  #hasSession = false;

  /**
   * Makes calls by `flight`, which is closed with this client.
   *
   * @ignore
   */
  constructor(flight: FlightClient, options: SqlClientOptions = {}) {
    checkFlightClient(flight);
    const { placeholders = "?", identifierQuote = '"', temporal = false } =
      objectOption("options", options, SQL_CLIENT_OPTIONS);
    choiceOption("placeholders", placeholders, ["?", "$1"]);
    choiceOption("identifierQuote", identifierQuote, ['"', "`", "[]"]);
    booleanOption("temporal", temporal);
    // The code for schemas is loaded already, and infos come in other messages than those of FlightClient.
    schemaPart.put(schemas);
    const dialect = { placeholders, identifierQuote };
    const context = new SqlContext(flight, dialect, temporal);
    super(context);
    this.flight = flight;
    this.#context = context;
  }

  /**
   * Begins a transaction.
   *
   * ```ts ignore
   * await using tx = await client.begin();
   * await tx.execute("UPDATE accounts SET balance = balance - 5 WHERE id = 1");
   * await tx.execute("UPDATE accounts SET balance = balance + 5 WHERE id = 2");
   * await tx.commit();
   * ```
   *
   * @param options Options of the call.
   * @returns The transaction: commit it, roll it back, or declare it with `await using`.
   * @throws {FlightError} When the server has no transactions.
   */
  begin(options?: SqlCallOptions): Promise<SqlTransaction>;
  /**
   * Runs a function in a transaction, which is committed when it returns, and rolled back when it throws.
   *
   * ```ts ignore
   * const id = await client.begin(async (tx) => {
   *   await tx.sql`INSERT INTO artists (name) VALUES (${name})`.execute();
   *   return await tx.sql`SELECT max(id) AS id FROM artists`.first();
   * });
   * ```
   *
   * @param run The function.
   * @param options Options of the calls that begin and end it.
   * @returns What the function returned.
   * @throws What the function threw, or a FlightError when the server cannot begin or commit.
   */
  begin<R>(
    run: (transaction: SqlTransaction) => R | PromiseLike<R>,
    options?: SqlCallOptions,
  ): Promise<R>;
  async begin<R>(
    first?:
      | SqlCallOptions
      | ((transaction: SqlTransaction) => R | PromiseLike<R>),
    options: SqlCallOptions = {},
  ): Promise<SqlTransaction | R> {
    if (typeof first !== "function") {
      return await beginTransaction(this.#context, first ?? {});
    }
    const transaction = await beginTransaction(this.#context, options);
    try {
      const result = await first(transaction);
      if (transaction.isOpen) await transaction.commit(options);
      return result;
    } catch (error) {
      // The error of the function says more than that of the roll-back.
      if (transaction.isOpen) await transaction.rollback().catch(() => {});
      throw error;
    }
  }

  /**
   * Gives a transaction that was begun elsewhere, such as on another connection: its id is all that it takes.
   *
   * @param id The id that the server gave.
   * @returns The transaction; nothing is asked of the server.
   * @throws {TypeError} When `id` is not a Uint8Array with bytes in it.
   */
  transaction(id: Uint8Array): SqlTransaction {
    if (id instanceof Uint8Array && id.byteLength > 0) {
      return new SqlTransaction(this.#context, id, false);
    }
    const hint = typeof id === "function" ? " (begin() runs a function)" : "";
    throw new TypeError(`The id of a transaction must be bytes${hint}`);
  }

  /**
   * Cancels a query, by CancelFlightInfo, or by the older CancelQuery where the server does not know that.
   *
   * @param info The query, as `info` of a SqlQuery gave it.
   * @param options Options of the calls.
   * @returns What became of it.
   * @throws {FlightError} UNIMPLEMENTED when the server knows neither.
   */
  async cancel(
    info: FlightInfo,
    options: SqlCallOptions = {},
  ): Promise<CancelStatus> {
    return await this.#context.cancel(info, new CallBudget(options).options);
  }

  /**
   * Sets the catalog and the schema that statements of this session mean where they name none. Sessions are
   * kept by cookies: `connectSql` keeps them.
   *
   * @param defaults The catalog, the schema, or both.
   * @param options Options of the call.
   * @returns Resolves when they are set.
   * @throws {FlightError} INVALID_ARGUMENT when the server refuses one, UNIMPLEMENTED when it has no sessions.
   */
  async use(
    { catalog, schema }: SqlDefaults,
    options: SqlCallOptions = {},
  ): Promise<void> {
    await this.setSessionOptions(
      Object.fromEntries(
        Object.entries({ catalog, schema })
          .filter(([, value]) => value !== undefined),
      ),
      options,
    );
  }

  /**
   * Sets options of the session.
   *
   * @param sessionOptions The options by name; `undefined` unsets one.
   * @param options Options of the call.
   * @returns Resolves when they are set.
   * @throws {FlightError} INVALID_ARGUMENT when the server refuses one, with its name.
   */
  async setSessionOptions(
    sessionOptions: SessionOptionsInit,
    options: SqlCallOptions = {},
  ): Promise<void> {
    this.#hasSession = true;
    const { errors } = await this.flight.setSessionOptions(
      sessionOptions,
      new CallBudget(options).options,
    );
    if (errors.size === 0) return;
    const problems = [...errors].map(([name, error]) =>
      error === "INVALID_VALUE" && /^(catalog|schema)$/.test(name)
        ? `${name} (${error}: there is no such ${name}, or the server keeps no sessions)`
        : `${name} (${error})`
    );
    throw new FlightError(
      "INVALID_ARGUMENT",
      `the server has not set the session option ${problems.join(", ")}`,
      { method: "DoAction", origin: "remote" },
    );
  }

  /**
   * Asks for the options of the session.
   *
   * @param options Options of the call.
   * @returns The options by name.
   * @throws {FlightError} When the call fails.
   */
  async getSessionOptions(
    options: SqlCallOptions = {},
  ): Promise<ReadonlyMap<string, SessionOptionValue>> {
    const call = new CallBudget(options).options;
    return (await this.flight.getSessionOptions(call)).sessionOptions;
  }

  /**
   * Ends the session. Its state on the server, such as temporary tables, is then gone.
   *
   * @param options Options of the call.
   * @returns The status of the session.
   * @throws {FlightError} When the call fails; NOT_FOUND when there is no session.
   */
  async closeSession(
    options: SqlCallOptions = {},
  ): Promise<CloseSessionStatus> {
    const { options: call } = new CallBudget(options);
    const { status } = await this.flight.closeSession(call);
    this.#hasSession = false;
    return status;
  }

  /**
   * Closes the Flight client, after the statements that it has prepared for one run, and after the
   * session, if options of it were set; a server that does not answer may take five seconds for
   * that. Transactions that it has begun, and that are open, are rolled back. Running calls fail with
   * CANCELLED.
   *
   * @returns A promise that resolves when all resources are released.
   */
  async close(): Promise<void> {
    // A server that does not answer lets all of it expire.
    const waiting = new AbortController();
    await Promise.race([
      this.#leave(),
      sleep(CLOSE_TIMEOUT_MS, waiting.signal).catch(() => {}),
    ]);
    waiting.abort();
    await this.flight.close();
  }

  /**
   * As `close`.
   *
   * @returns Resolves when nothing is held any more.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Ends what the server keeps for this client. */
  async #leave(): Promise<void> {
    await this.#context.settled();
    if (this.#hasSession) await this.closeSession().catch(() => {});
  }
}

/** Longest time that a server may delay `close`, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5000;

/** Refuses what makes no calls; the first query would fail by it. */
function checkFlightClient(flight: FlightClient): void {
  if (locationsOf(Object(flight)) !== undefined) return;
  throw new TypeError(
    `Cannot make a client of Flight SQL: ${
      shown(flight)
    } is not a FlightClient ` +
      "(connectSql() of @contrail/flight/sql/client connects to a location)",
  );
}
