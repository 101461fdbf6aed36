/**
 * A part of `deno task interop`: cases of one kind, on each runtime.
 *
 * @module
 */

/** What became of a case: its error, if it failed. */
export interface Outcome {
  /** The name of the case. */
  readonly name: string;
  /** What went wrong; undefined when nothing did. */
  readonly error: string | undefined;
}

/** One of our runtimes and what it is tested with: a column of the results. */
export interface Column {
  /** Who is tested with whom, in words. */
  readonly title: string;
  /** Runs the cases whose names have `filter` in them. */
  run(filter: string): AsyncIterable<Outcome>;
}

/** Where a case stands among the results. */
export interface Place {
  /** One of {@linkcode Part.tables}. */
  readonly table: string;
  /** The title of the row. */
  readonly row: string;
  /** What tells the cases of a row apart; empty where it has only one. */
  readonly operation: string;
}

/** Cases of one kind. */
export interface Part {
  /** The runtimes they run on. */
  readonly columns: readonly Column[];
  /** The titles of the tables of results, in their order. */
  readonly tables: readonly string[];
  /** Where the results go. */
  place(name: string): Place;
}

/** Why a part cannot run on this machine. */
export interface Missing {
  /** What is missing. */
  readonly what: string;
  /** Why it could not be had. */
  readonly problem: string;
}
