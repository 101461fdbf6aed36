/** Options of the calls of a Flight SQL client. */

import type { OptionNames } from "../../core/known_options.ts";
import type { Schema, TypeMap } from "apache-arrow";
import type { FlightCallOptions } from "../../core/call_options.ts";
import type { AnyColumns } from "../../stream/flight_message.ts";
import type { FlightReadOptions } from "../../read/flight_info_reader.ts";
import type { SqlIdentifierQuote, SqlPlaceholders } from "./sql_text.ts";

/** Options of an operation, which may make several calls: `timeoutMs` holds for all of them together. */
export interface SqlCallOptions
  extends Omit<FlightCallOptions, "onHeaders" | "onTrailers"> {}

/** Options of the rows of a query. */
export interface SqlRowOptions {
  /**
   * True if rows have values of Temporal for dates, times, timestamps, durations and intervals. Default:
   * `false`, or what the client says; see {@linkcode SqlValue} for the values then.
   */
  readonly temporal?: boolean | undefined;
}

/** The names of {@linkcode SqlRowOptions}. */
const SQL_ROW_OPTIONS: OptionNames<SqlRowOptions> = {
  temporal: true,
};

/**
 * Options of a query.
 *
 * @typeParam T The columns.
 */
export interface SqlQueryOptions<T extends TypeMap = AnyColumns>
  extends Omit<FlightReadOptions, "onHeaders" | "onTrailers">, SqlRowOptions {
  /**
   * The schema that the result must have: it gives rows their types, and one of other names or types fails
   * the query with INTERNAL before any row. Metadata and nullability are not compared. Default: any schema.
   */
  readonly schema?: Schema<T> | undefined;
  /**
   * True if the query is followed by PollFlightInfo while it runs, so that its first rows can be read before
   * it is complete. A server that does not know it is asked by GetFlightInfo. Default: whether there is
   * `onProgress`.
   */
  readonly poll?: boolean | undefined;
  /** Longest time between polls, in milliseconds: see `poll` of a FlightClient. 5000 by default. */
  readonly maxPollDelayMs?: number | undefined;
  /**
   * Called with the progress of a query, 0 to 1, each time that the server reports it, and with
   * `undefined` if the server does not know. The query waits for a promise that it returns. If it
   * throws, or the promise rejects, the query fails.
   */
  readonly onProgress?: ((progress: number | undefined) => void) | undefined;
  /**
   * True if aborting `signal`, a timeout, or giving up a query that is not complete also cancels it on the
   * server, by `CancelFlightInfo` or the older `CancelQuery`. `true` by default.
   */
  readonly cancelQuery?: boolean | undefined;
}

/** Options of a Flight SQL client. */
export interface SqlClientOptions extends SqlRowOptions {
  /**
   * Placeholders that templates write for their values: `?`, or `$1`, `$2` and so on, which some servers
   * demand. `?` by default.
   */
  readonly placeholders?: SqlPlaceholders | undefined;
  /** Quotation marks that `identifier` writes in templates; double quotes, those of the standard, by default. */
  readonly identifierQuote?: SqlIdentifierQuote | undefined;
}

/** The names of {@linkcode SqlClientOptions}. */
export const SQL_CLIENT_OPTIONS: OptionNames<SqlClientOptions> = {
  ...SQL_ROW_OPTIONS,
  placeholders: true,
  identifierQuote: true,
};
