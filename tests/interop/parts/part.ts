/**
 * A part of `deno task interop`: cases of one kind, on each runtime.
 *
 * @module
 */

/** Result of a case: its error, if it failed. */
export interface Outcome {
  /** The name of the case. */
  readonly name: string;
  /** Error; undefined if there was none. */
  readonly error: string | undefined;
  /** Finding to print, such as a time that was measured. */
  readonly note?: string | undefined;
}

/** One of our runtimes and what it is tested with: a column of the results. */
export interface Column {
  /** Title with both sides of the test. */
  readonly title: string;
  /** Runs the cases whose names have `filter` in them. */
  run(filter: string): AsyncIterable<Outcome>;
}

/** Place of a case among the results. */
export interface Place {
  /** One of {@linkcode Part.tables}. */
  readonly table: string;
  /** The title of the row. */
  readonly row: string;
  /** Name of the case within its row; empty if the row has only one. */
  readonly operation: string;
}

/** Cases of one kind. */
export interface Part {
  /** The runtimes they run on. */
  readonly columns: readonly Column[];
  /** The titles of the tables of results, in their order. */
  readonly tables: readonly string[];
  /** What it lacks on this machine, if anything. */
  readonly missing?: readonly Missing[];
  /** Returns the place for the result. */
  place(name: string): Place;
}

/** Reason why a part cannot run on this machine. */
export interface Missing {
  /** Name of the missing program. */
  readonly what: string;
  /** Reason why it is not available. */
  readonly problem: string;
}
