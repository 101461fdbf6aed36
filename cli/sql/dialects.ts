/** Signs of SQL that a server reads, as far as it tells its name. */

import type { FlightSqlClient, SqlInfo } from "@contrail/flight/sql";
import { type SqlDialect, STANDARD } from "./tokens.ts";

/** Dialects by the names of databases, and of servers that speak as they do. */
const DIALECTS: readonly (readonly [RegExp, Partial<SqlDialect>])[] = [
  [/sqlite/i, { hasBracketNames: true, hasNestedComments: false }],
  [/sql server/i, { hasBracketNames: true }],
  [/mysql|mariadb|doris|starrocks|tidb|singlestore/i, {
    hasBackslashes: true,
    hasHashComments: true,
    hasNestedComments: false,
  }],
  [/spark|databricks|sail|hive|bigquery/i, { hasBackslashes: true }],
];

/** Text that dialects may read in different ways. */
const DOUBTFUL = /[\\[#]|--\S|\/\*/;

/** Finds the signs that a server reads. */
export function dialectOf(
  { name = "", identifierQuoteChar }: SqlInfo,
): SqlDialect {
  const [, found] = DIALECTS.find(([names]) => names.test(name)) ?? [];
  const hasBracketNames = identifierQuoteChar === "[";
  return { ...STANDARD, hasBracketNames, ...found };
}

/** The dialect of a server, which is asked for when a text needs it. */
export class ServerDialect {
  readonly #client: FlightSqlClient;
  #known: SqlDialect | undefined;
  /** End of the text before, since signs may come in two parts. */
  #last = "";

  /** @param client The server. */
  constructor(client: FlightSqlClient) {
    this.#client = client;
  }

  /**
   * Gives the dialect for the next part of a text. One that all dialects read in the same way costs no call.
   *
   * @param text The part.
   * @param signal Cancels the call.
   */
  async of(text: string, signal: AbortSignal): Promise<SqlDialect> {
    if (this.#known !== undefined) return this.#known;
    const isDoubtful = DOUBTFUL.test(this.#last + text);
    this.#last = text.slice(-2);
    if (!isDoubtful) return STANDARD;
    try {
      const names = ["name", "identifierQuoteChar"] as const;
      this.#known = dialectOf(await this.#client.sqlInfo(names, { signal }));
    } catch (error) {
      if (signal.aborted) throw error;
      // Many servers tell nothing of themselves. The statement says what is wrong otherwise.
      this.#known = STANDARD;
    }
    return this.#known;
  }
}
