/** Allowed statements of a client: the callback that SQLite calls while it compiles. */

import { FlightError } from "../../../core/flight_error.ts";
import { readOnlyError } from "../../database/read_only.ts";

/** Answers of the callback, and the actions that it is asked about (sqlite3.h). */
const OK = 0;
const DENY = 1;
const PRAGMA = 19;
const READ = 20;
const SELECT = 21;
const TRANSACTION = 22;
const ATTACH = 24;
const DETACH = 25;
const CREATE_VTABLE = 29;
const FUNCTION = 31;
const SAVEPOINT = 32;
const RECURSIVE = 33;
const ROW_CHANGES: ReadonlySet<number> = new Set([9, 18, 23]);
const TEMPORARY: ReadonlySet<number> = new Set([3, 4, 5, 6, 12, 13, 14, 15]);

/** Pragmas that only tell something, also with an argument. */
const PRAGMAS: ReadonlySet<string> = new Set([
  "collation_list",
  "compile_options",
  "database_list",
  "foreign_key_check",
  "foreign_key_list",
  "function_list",
  "index_info",
  "index_list",
  "index_xinfo",
  "integrity_check",
  "module_list",
  "pragma_list",
  "quick_check",
  "table_info",
  "table_list",
  "table_xinfo",
]);

/** Pragmas that tell something without an argument, and set it with one. */
const READ_PRAGMAS: ReadonlySet<string> = new Set([
  "application_id",
  "auto_vacuum",
  "busy_timeout",
  "cache_size",
  "data_version",
  "defer_foreign_keys",
  "encoding",
  "foreign_keys",
  "freelist_count",
  "journal_mode",
  "max_page_count",
  "page_count",
  "page_size",
  "query_only",
  "schema_version",
  "synchronous",
  "user_version",
]);

/** Functions that reach out of the database. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  "edit",
  "fts3_tokenizer",
  "load_extension",
  "readfile",
  "writefile",
]);

/** Virtual tables that keep everything in the database. */
const MODULES: ReadonlySet<string> = new Set([
  "fts3",
  "fts4",
  "fts5",
  "fts5vocab",
  "geopoly",
  "rtree",
  "rtree_i32",
]);

/** Decides on what statements do, and notes it. */
export class Authorizer {
  /** True if the last compiled statement writes. */
  writes = false;
  /** True if the last compiled statement changes rows. */
  changesRows = false;
  /** Number of SELECTs in the last compiled statement, those of views included. */
  selects = 0;
  /** True if the connection is in a transaction that the client began. */
  inTransaction = false;
  readonly #readOnly: boolean;
  readonly #readOnlyHint: string;
  #trusted = 0;
  #denied: FlightError | undefined;

  /**
   * @param readOnly Whether to refuse everything that writes.
   * @param readOnlyHint End of the errors for that.
   */
  constructor(readOnly: boolean, readOnlyHint: string) {
    this.#readOnly = readOnly;
    this.#readOnlyHint = readOnlyHint;
  }

  /** Runs statements of the adapter itself, which may do everything. */
  trusted<T>(run: () => T): T {
    this.#trusted++;
    try {
      return run();
    } finally {
      this.#trusted--;
    }
  }

  /** Forgets the statement before. */
  reset(): void {
    this.writes = this.changesRows = false;
    this.selects = 0;
    this.#denied = undefined;
  }

  /** The reason of the last refusal, in place of "not authorized". */
  get denied(): FlightError | undefined {
    return this.#denied;
  }

  /** The callback. */
  readonly authorize = (
    action: number,
    first: string | null,
    second: string | null,
  ): number => {
    if (this.#trusted > 0) return OK;
    const problem = this.#problem(action, first, second);
    if (problem === undefined) return OK;
    this.#denied = problem;
    return DENY;
  };

  #problem(
    action: number,
    first: string | null,
    second: string | null,
  ): FlightError | undefined {
    switch (action) {
      case SELECT:
        this.selects++;
        return undefined;
      case READ:
      case RECURSIVE:
        return undefined;
      case FUNCTION:
        return FUNCTIONS.has(String(second).toLowerCase())
          ? forbidden(`the function ${second}`)
          : undefined;
      case PRAGMA: {
        const name = String(first).toLowerCase();
        const allowed = PRAGMAS.has(name) ||
          (READ_PRAGMAS.has(name) && second === null);
        return allowed ? undefined : forbidden(
          second === null ? `PRAGMA ${name}` : `PRAGMA ${name} with a value`,
        );
      }
      case ATTACH:
      case DETACH:
        return forbidden(action === ATTACH ? "ATTACH" : "DETACH");
      case TRANSACTION:
      case SAVEPOINT:
        return forbidden(
          action === SAVEPOINT ? "a SAVEPOINT statement" : `${first}`,
          ": begin and end transactions by the calls of Flight SQL, which know them",
        );
    }
    this.writes = true;
    if (ROW_CHANGES.has(action)) this.changesRows = true;
    if (this.#readOnly) {
      return readOnlyError("write", this.#readOnlyHint);
    }
    if (TEMPORARY.has(action) && !this.inTransaction) {
      return new FlightError(
        "FAILED_PRECONDITION",
        "Cannot use temporary tables outside of a transaction: the next statement may run on another connection",
      );
    }
    if (
      action === CREATE_VTABLE && !MODULES.has(String(second).toLowerCase())
    ) return forbidden(`a virtual table of ${second}`);
    return undefined;
  }
}

/** The refusal of a kind of statement. */
export function forbidden(what: string, why = " on this server"): FlightError {
  return new FlightError("PERMISSION_DENIED", `Cannot run ${what}${why}`);
}
