/** The part of `node:sqlite` that is used here, which Deno, Bun and Node.js have alike. */

import type { SqliteValue } from "./column_builder.ts";

/** A row, with one value for each column. */
export type NativeRow = readonly SqliteValue[];

/** `StatementSync`. */
export interface NativeStatement {
  /** Text of the statement, without what follows it. */
  readonly sourceSQL: string;
  /** Runs the statement to its end. */
  run(...values: unknown[]): { readonly changes: number | bigint };
  /** Gives all rows. */
  all(...values: unknown[]): NativeRow[];
  /** Gives the rows one by one. */
  iterate(...values: unknown[]): IterableIterator<NativeRow>;
  /** Describes the columns of the rows. */
  columns(): {
    readonly name: string;
    readonly table: string | null;
    readonly database: string | null;
    readonly type: string | null;
  }[];
}

/** `DatabaseSync`. */
export interface NativeDatabase {
  /** True if a transaction is open. */
  readonly isTransaction: boolean;
  /** Bounds of the engine; absent in older versions. */
  readonly limits?: Record<string, number>;
  /** Runs statements and drops their rows. */
  exec(sql: string): void;
  /** Compiles the first statement of a text. */
  prepare(sql: string, options?: object): NativeStatement;
  /** Sets the callback that allows or forbids what a statement does. */
  setAuthorizer(
    callback:
      | ((
        action: number,
        first: string | null,
        second: string | null,
      ) => number)
      | null,
  ): void;
  /** Forbids what can corrupt the file. */
  enableDefensive?(active: boolean): void;
  /** Adds a function to SQL. */
  function?(
    name: string,
    options: object,
    run: (...values: SqliteValue[]) => unknown,
  ): void;
  /** Closes the connection. */
  close(): void;
}

/** Opens a database. */
export type OpenDatabase = (path: string, options: object) => NativeDatabase;

/** Loads `node:sqlite`; undefined where the runtime has none that keeps statements inside of a database. */
export async function loadSqlite(): Promise<OpenDatabase | undefined> {
  try {
    const { DatabaseSync } = await import("node:sqlite");
    if (!("setAuthorizer" in DatabaseSync.prototype)) return undefined;
    return (path, options) =>
      new DatabaseSync(path, options) as unknown as NativeDatabase;
  } catch {
    return undefined;
  }
}

/** Options of every statement: all integers as bigint, rows as arrays. */
export const STATEMENT_OPTIONS = { readBigInts: true, returnArrays: true };

/** Runs a query of the adapter itself. */
export type Query = (sql: string, ...values: unknown[]) => NativeRow[];
