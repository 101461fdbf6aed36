/**
 * A workaround for Deno, whose `iterate()` ends without an error where a row fails (2.9.6): a result would
 * be cut off and look complete. A query is put into another one that gives a last row of its own.
 */

import { FlightError } from "../../../core/flight_error.ts";
import { closedText } from "../../database/sql_text.ts";
import type { NativeDatabase, NativeRow } from "./native.ts";
import { STATEMENT_OPTIONS } from "./native.ts";

/** Most columns of a query, one less than SQLite allows. */
const MAX_COLUMNS = 1999;

/** A query whose second row fails. */
const FAILING = "SELECT abs(column1) FROM (VALUES (1), (-9223372036854775808))";

/** Reports whether `iterate()` hides errors. */
export function hidesErrors(database: NativeDatabase): boolean {
  try {
    for (
      const _ of database.prepare(FAILING, STATEMENT_OPTIONS).iterate()
    );
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the query that gives the rows of another one, with a column that is null, and a last row where it
 * is not.
 *
 * @param sql A query, not a statement of any other kind.
 * @param columns Number of its columns.
 * @returns `undefined` for too many columns.
 */
export function guardedSql(sql: string, columns: number): string | undefined {
  if (columns > MAX_COLUMNS) return undefined;
  const names = Array.from({ length: columns }, (_, i) => `c${i}`).join(", ");
  const nulls = new Array(columns).fill("NULL").join(", ");
  // The limit keeps the order of the rows, which a plain subquery need not have.
  return `${withRows(sql, names)}
    SELECT ${names}, NULL FROM (SELECT * FROM "flight rows" LIMIT -1)
    UNION ALL SELECT ${nulls}, 1`;
}

/** Name of the function that receives rows. */
export const ROW_FUNCTION = "flight_row";

/** Most columns of a query whose rows a function receives. */
const MAX_ARGUMENTS = 100;

/**
 * Makes the query that calls a function with each row of another one, and gives none of these itself.
 *
 * @param selects Number of SELECTs in it, those of its views included.
 * @returns `undefined` for too many columns.
 */
export function pushingSql(
  sql: string,
  columns: number,
  selects: number,
): string | undefined {
  if (columns > MAX_ARGUMENTS) return undefined;
  const names = Array.from({ length: columns }, (_, i) => `c${i}`).join(", ");
  // SQLite makes one query of both, so no row is copied. With more SELECTs it could choose another plan and another
  // order than without the function; the limit keeps these apart.
  const rows = selects === 1
    ? `"flight rows"`
    : `(SELECT * FROM "flight rows" LIMIT -1)`;
  return `${withRows(sql, names)}
    SELECT count(${ROW_FUNCTION}(${names})) FROM ${rows}`;
}

/** The same rows from the given number on. */
export function laterRowsSql(
  sql: string,
  columns: number,
  rows: number,
): string {
  const names = Array.from({ length: columns }, (_, i) => `c${i}`).join(", ");
  return `${
    withRows(sql, names)
  } SELECT * FROM "flight rows" LIMIT -1 OFFSET ${rows}`;
}

function withRows(sql: string, names: string): string {
  const query = closedText(sql.replace(/;\s*$/, ""));
  return `WITH "flight rows"(${names}) AS (\n${query}\n)`;
}

/** The rows of a guarded query, without the last one. */
export class GuardedRows implements Iterator<NativeRow> {
  readonly #rows: Iterator<NativeRow>;
  readonly #columns: number;
  readonly #fail: (rows: number) => void;
  #seen = 0;
  #complete = false;

  /**
   * @param columns Number of columns of the query itself.
   * @param fail Throws the error that was hidden after the given number of rows.
   */
  constructor(
    rows: Iterator<NativeRow>,
    columns: number,
    fail: (rows: number) => void,
  ) {
    this.#rows = rows;
    this.#columns = columns;
    this.#fail = fail;
  }

  next(): IteratorResult<NativeRow> {
    const next = this.#rows.next();
    if (!next.done) {
      if (next.value[this.#columns] === null) {
        this.#seen++;
        return next;
      }
      this.#complete = true;
      return this.next();
    }
    if (this.#complete) return next;
    this.#fail(this.#seen);
    throw new FlightError(
      "ABORTED",
      `The result ended after ${this.#seen} rows, before it was complete`,
    );
  }

  return(): IteratorResult<NativeRow> {
    this.#rows.return?.();
    return { done: true, value: undefined };
  }
}
