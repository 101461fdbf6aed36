/** Options of a Flight SQL service. */

import type { OptionNames } from "../../core/known_options.ts";
import {
  arrayOption,
  booleanOption,
  durationOption,
  integerOption,
  MAX_TIMER_MS,
  objectOption,
} from "../../core/check_option.ts";
import { type SharedStore, storeOption } from "../../core/shared_store.ts";
import type { FlightService } from "../../server/flight_service.ts";

/** Options of {@linkcode flightSqlService}. */
export interface FlightSqlOptions {
  /**
   * Keys that handles are signed with (HMAC-SHA-256), of 32 bytes or more; text counts as UTF-8. The first
   * signs, all are accepted, so that a key can be replaced. A forged handle is then refused before it is looked
   * for. Default: none; handles are random numbers of 192 bits, which cannot be guessed either.
   */
  readonly keys?: readonly (string | Uint8Array)[] | undefined;
  /**
   * Time after which an unused prepared statement is closed, in milliseconds, more than 0. Each use starts it
   * anew. Default: 1,800,000, half an hour.
   */
  readonly statementTimeoutMs?: number | undefined;
  /**
   * Time after which an unused transaction is rolled back, in milliseconds, more than 0. Each use starts it
   * anew. Default: 600,000, ten minutes.
   */
  readonly transactionTimeoutMs?: number | undefined;
  /**
   * Time after which a result that was not fetched is dropped, and its query ended, in milliseconds, more than
   * 0. Default: 300,000, five minutes.
   */
  readonly resultTimeoutMs?: number | undefined;
  /**
   * Most prepared statements, 1 or more. Beyond it, the one that was not used for the longest time is closed, of
   * the client that has most. Default: 10,000.
   */
  readonly maxStatements?: number | undefined;
  /**
   * Most open transactions, 1 or more. Beyond it, BeginTransaction fails with RESOURCE_EXHAUSTED. Default: 100.
   */
  readonly maxTransactions?: number | undefined;
  /**
   * Most savepoints of a transaction, 1 or more. Beyond it, BeginSavepoint fails with RESOURCE_EXHAUSTED.
   * Default: 1,000.
   */
  readonly maxSavepoints?: number | undefined;
  /**
   * Most results that wait to be fetched or are being fetched, 1 or more. Beyond it, the one that waits longest
   * is dropped, of the client that has most. Default: 1,000.
   */
  readonly maxResults?: number | undefined;
  /**
   * Most bytes of parameters that are bound to a prepared statement, 1 or more: they stay in memory until others
   * are bound, or the statement is closed. Beyond it, binding fails with RESOURCE_EXHAUSTED. Default: 64 MiB.
   */
  readonly maxParameterBytes?: number | undefined;
  /**
   * Time for which PollFlightInfo waits for a query to begin with its rows, in milliseconds, more
   * than 0, before it asks the client to poll again. Default: 1,000.
   */
  readonly pollTimeoutMs?: number | undefined;
  /**
   * Lets metadata commands and ingests that name no transaction take part in the one open
   * transaction of their client: that of its session or, without sessions, that of the same
   * identity on the same connection. ADBC relies on that, and would wait for its own locks
   * otherwise. Without sessions, CloseSession then also ends everything that its connection has
   * begun, because ADBC leaves its transaction open. Set it to false behind a proxy that sends the
   * calls of several clients on one connection. Default: true.
   */
  readonly implicitTransactions?: boolean | undefined;
  /**
   * Store that several servers or workers share, such as `workerStore()`: each of them then knows the
   * statements and results of all, with the same `keys` if there are any. It keeps the text of
   * statements, and bound parameters. Statements and results in a transaction stay in one process, and
   * so do results of handlers that can only `query`. Default: none.
   */
  readonly store?: SharedStore | undefined;
  /**
   * A service for all that is not Flight SQL: descriptors, tickets and actions that it does not know, and
   * ListFlights, Handshake and DoExchange. Default: none.
   */
  readonly fallback?: FlightService | undefined;
}

/** The names of {@linkcode FlightSqlOptions}. */
const FLIGHT_SQL_OPTIONS: OptionNames<FlightSqlOptions> = {
  keys: true,
  statementTimeoutMs: true,
  transactionTimeoutMs: true,
  resultTimeoutMs: true,
  maxStatements: true,
  maxTransactions: true,
  maxSavepoints: true,
  maxResults: true,
  maxParameterBytes: true,
  pollTimeoutMs: true,
  implicitTransactions: true,
  store: true,
  fallback: true,
};

/** The options, with their defaults. */
export type CheckedOptions =
  & {
    readonly [
      N in Exclude<
        keyof FlightSqlOptions,
        "keys" | "store" | "fallback"
      >
    ]: NonNullable<FlightSqlOptions[N]>;
  }
  & Pick<FlightSqlOptions, "keys" | "store" | "fallback">;

/**
 * Checks options.
 *
 * @throws {RangeError} When a number is out of its range, or there is no key.
 * @throws {TypeError} When an option is of the wrong type.
 */
export function checkedOptions(options: FlightSqlOptions): CheckedOptions {
  objectOption("options", options, FLIGHT_SQL_OPTIONS);
  const {
    keys,
    statementTimeoutMs = 1_800_000,
    transactionTimeoutMs = 600_000,
    resultTimeoutMs = 300_000,
    maxStatements = 10_000,
    maxTransactions = 100,
    maxSavepoints = 1_000,
    maxResults = 1_000,
    maxParameterBytes = 64 * 1024 * 1024,
    pollTimeoutMs = 1_000,
    implicitTransactions = true,
    store,
    fallback,
  } = options;
  return {
    keys: arrayOption("keys", keys),
    statementTimeoutMs: timeout("statementTimeoutMs", statementTimeoutMs),
    transactionTimeoutMs: timeout("transactionTimeoutMs", transactionTimeoutMs),
    resultTimeoutMs: timeout("resultTimeoutMs", resultTimeoutMs),
    maxStatements: integerOption("maxStatements", maxStatements, 1),
    maxTransactions: integerOption("maxTransactions", maxTransactions, 1),
    maxSavepoints: integerOption("maxSavepoints", maxSavepoints, 1),
    maxResults: integerOption("maxResults", maxResults, 1),
    maxParameterBytes: integerOption("maxParameterBytes", maxParameterBytes, 1),
    pollTimeoutMs: timeout("pollTimeoutMs", pollTimeoutMs),
    implicitTransactions: booleanOption(
      "implicitTransactions",
      implicitTransactions,
    ),
    store: storeOption("store", store),
    fallback: objectOption("fallback", fallback),
  };
}

/** SqlInfo has them in an int32 of milliseconds, and so have timers. */
function timeout(name: string, value: number): number {
  return durationOption(name, value, MAX_TIMER_MS);
}
