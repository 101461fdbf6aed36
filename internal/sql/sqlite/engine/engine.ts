/** One connection to SQLite, and its statements. It blocks, so it lives in a worker, but for point queries. */

import { FlightError } from "../../../core/flight_error.ts";
import { Authorizer, forbidden } from "./authorizer.ts";
import type { BindRows } from "./bind_column.ts";
import {
  type ColumnInfo,
  type ColumnKind,
  declaredKind,
  storageKind,
} from "./column_kind.ts";
import { Cursor } from "./cursor.ts";
import type {
  EngineOptions,
  PreparedInfo,
  ResultBatch,
} from "./engine_protocol.ts";
import {
  type NativeDatabase,
  type NativeRow,
  type NativeStatement,
  STATEMENT_OPTIONS,
} from "./native.ts";
import { type Instruction, isPointQuery } from "./program_flow.ts";
import { programTypes } from "./program_types.ts";
import {
  firstWords,
  hasNoStatement,
  parameterNames,
  withoutEmptyStatements,
} from "../../database/sql_text.ts";
import { OpenedFile } from "../../database/opened_file.ts";
import { hidesErrors, ROW_FUNCTION } from "./guarded_rows.ts";
import { CompiledStatement } from "./compiled_statement.ts";
import { SchemaReader } from "./stored_columns.ts";

/** Most parameters of a statement, which is the default of SQLite. */
const MAX_PARAMETERS = 32_766;

/** Most pages of a file. */
const MAX_PAGES = 4_294_967_294;

/** First words of the statements that count the rows they change. */
const CHANGES = /^(INSERT|UPDATE|DELETE|REPLACE|WITH)$/;

/** First words of queries; WITH may begin a statement that writes. */
const QUERY = /^(SELECT|VALUES|WITH)$/;

/** Words of statements with several parts, whose columns may be of several types. */
const COMPOUND = /\b(UNION|INTERSECT|EXCEPT)\b/i;

/** Columns of what EXPLAIN QUERY PLAN and EXPLAIN give, by their names. */
const EXPLAIN_TEXTS: ReadonlySet<string> = new Set([
  "opcode",
  "p4",
  "comment",
  "detail",
]);

/** Result of the function that receives rows which ends the query: SQL has no such value, so the query fails. */
const END_ROWS = true;

/** A connection. All methods block until the engine is done. */
export class Engine {
  readonly options: EngineOptions;
  readonly database: NativeDatabase;
  readonly authorizer: Authorizer;
  readonly hidesErrors: boolean;
  /** Receives the rows of the query that pushes them. */
  #receiveRow: ((row: NativeRow) => typeof END_ROWS | undefined) | undefined;
  readonly #schema: SchemaReader;
  #versions: NativeStatement[] | undefined;
  /** Its file. To be checked before work that would be lost in one that has lost its name. */
  readonly file: OpenedFile;

  /**
   * @param open Opens the database.
   * @throws {FlightError} When the file is not there, or no database.
   */
  constructor(
    options: EngineOptions,
    open: (path: string, options: object) => NativeDatabase,
  ) {
    this.options = options;
    const { path, readOnly, mustExist } = options;
    if (mustExist) new OpenedFile(path);
    this.database = open(path, {
      readOnly,
      enableForeignKeyConstraints: true,
      allowExtension: false,
    });
    this.authorizer = new Authorizer(readOnly, options.readOnlyHint);
    // Deno waits for 5 seconds in a file that is read-only, whatever an option of its says (2.9.6).
    this.query(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`);
    this.hidesErrors = hidesErrors(this.database);
    try {
      this.file = new OpenedFile(path);
      this.#configure();
    } catch (error) {
      this.database.close();
      throw error;
    }
    this.#schema = new SchemaReader(
      this.query,
      () => this.schemaVersion(),
      options.temporalTypes,
    );
  }

  #configure(): void {
    const { database, options } = this;
    // Reads the first page, so that a file which is no database is refused here.
    this.query("SELECT count(*) FROM sqlite_schema");
    if (!options.readOnly && options.wal) {
      this.query("PRAGMA journal_mode = WAL");
    }
    this.query("PRAGMA trusted_schema = OFF");
    if (!options.readOnly && options.maxFileBytes !== Infinity) {
      const pageSize = Number(this.query("PRAGMA page_size")[0]![0]);
      const pages = Math.max(1, Math.floor(options.maxFileBytes / pageSize));
      this.query(`PRAGMA max_page_count = ${Math.min(pages, MAX_PAGES)}`);
    }
    database.enableDefensive?.(true);
    if (this.hidesErrors) {
      database.function?.(
        ROW_FUNCTION,
        { varargs: true, useBigIntArguments: true, directOnly: true },
        (...row) => this.#receiveRow?.(row),
      );
    }
    if (database.limits !== undefined) {
      database.limits.attach = 0;
      database.limits.length = options.maxValueBytes;
      database.limits.variableNumber = MAX_PARAMETERS;
    }
    database.setAuthorizer(this.authorizer.authorize);
  }

  /** Runs a statement of the adapter itself. */
  readonly query = (sql: string, ...values: unknown[]): NativeRow[] =>
    this.authorizer.trusted(() =>
      this.database.prepare(sql, STATEMENT_OPTIONS).all(...values)
    );

  /** Changes whenever a table of this connection does. */
  schemaVersion(): string {
    this.#versions ??= ["main", "temp"].map((name) =>
      this.authorizer.trusted(() =>
        this.database.prepare(
          `PRAGMA ${name}.schema_version`,
          STATEMENT_OPTIONS,
        )
      )
    );
    return this.authorizer.trusted(() =>
      this.#versions!.map((version) => version.all()[0]![0]).join()
    );
  }

  /** Version of SQLite. */
  get version(): string {
    return String(this.query("SELECT sqlite_version()")[0]![0]);
  }

  /** Compiles one statement. */
  prepare(given: string): CompiledStatement {
    this.file.check();
    if (given.includes("\0")) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        `Cannot compile the statement: it has a character U+0000 at ${
          given.indexOf("\0")
        }`,
      );
    }
    const sql = withoutEmptyStatements(given);
    if (hasNoStatement(sql)) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        "Cannot compile the statement: the text has no statement in it",
      );
    }
    const words = firstWords(sql);
    if (words[0] === "VACUUM") throw forbidden("VACUUM");
    const native = this.compile(sql);
    if (!hasNoStatement(sql.slice(native.sourceSQL.length))) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        "Cannot compile the statement: the text has more than one, and a command runs exactly one",
      );
    }
    const text = native.sourceSQL;
    const isExplain = words[0] === "EXPLAIN";
    const { writes, changesRows, selects } = this.authorizer;
    const names = parameterNames(text);
    const isQuery = QUERY.test(words[0] ?? "") && !writes;
    const described = this.#describe(native, text, names, isExplain);
    return new CompiledStatement(this, native, {
      sql: text,
      parameterNames: names,
      isQuery,
      selects,
      changesRows: changesRows && CHANGES.test(words[0] ?? ""),
      info: {
        ...described,
        isReadOnly: !(writes || words[0] === "REINDEX") || isExplain,
        isPointQuery: isQuery && described.isPointQuery,
      },
    });
  }

  /** Compiles text that has been checked, with the authorizer. */
  compile(sql: string): NativeStatement {
    this.authorizer.reset();
    try {
      return this.database.prepare(sql, STATEMENT_OPTIONS);
    } catch (error) {
      throw this.authorizer.denied ?? error;
    }
  }

  #describe(
    native: NativeStatement,
    sql: string,
    names: readonly (string | undefined)[],
    isExplain: boolean,
  ): Omit<PreparedInfo, "isReadOnly"> {
    const described = native.columns();
    const isOpen = names.length > 0 || COMPOUND.test(sql) ||
      described.some((column) => column.type === null);
    const program = isOpen && !isExplain ? this.#program(sql) : undefined;
    const types = program && programTypes(program, this.#schema.read());
    const columns = described.map((column, i): ColumnInfo => ({
      name: column.name,
      kind: this.#columnKind(column, types?.columns[i]),
      declared: column.type ?? undefined,
      table: column.table ?? undefined,
      database: column.database ?? undefined,
    }));
    return {
      columns: columns.length > 0 ? columns : undefined,
      parameters: names.map((name, i) => ({
        name: name?.slice(1) ?? `parameter_${i + 1}`,
        kind: types?.parameters.get(i + 1),
      })),
      isPointQuery: program !== undefined && isPointQuery(program),
    };
  }

  #columnKind(
    column: { readonly name: string; readonly type: string | null },
    found: ColumnKind | undefined,
  ): ColumnKind {
    const declared = declaredKind(column.type, this.options.temporalTypes);
    if (declared !== undefined) {
      // A compound has the declared types of its first part only.
      const same = found === undefined || found === storageKind(declared);
      return same ? declared : found;
    }
    if (column.type !== null) return "utf8";
    if (found !== undefined) return found;
    return EXPLAIN_TEXTS.has(column.name) ? "utf8" : "int64";
  }

  #program(sql: string): Instruction[] {
    return this.query(`EXPLAIN ${sql}`).map((row) => ({
      opcode: String(row[1]),
      p1: Number(row[2]),
      p2: Number(row[3]),
      p3: Number(row[4]),
      p4: row[5] === null ? null : String(row[5]),
    }));
  }

  /**
   * Runs work that writes: all of it or nothing, whether or not a transaction is open.
   *
   * @param stopped Whether the call was given up, so that its work must not stay.
   */
  atomically<T>(stopped: () => boolean, work: () => T): T {
    const inside = this.database.isTransaction;
    this.query(inside ? `SAVEPOINT "flight statement"` : "BEGIN IMMEDIATE");
    try {
      const result = work();
      if (stopped()) throw new FlightError("CANCELLED", "The call was stopped");
      this.query(inside ? `RELEASE "flight statement"` : "COMMIT");
      return result;
    } catch (error) {
      this.#undo(inside);
      throw error;
    }
  }

  #undo(inside: boolean): void {
    // Some failures, such as a full disk, have rolled everything back already.
    if (!this.database.isTransaction) return;
    if (!inside) return void this.query("ROLLBACK");
    this.query(`ROLLBACK TO "flight statement"`);
    this.query(`RELEASE "flight statement"`);
  }

  /**
   * Begins to read the rows of a statement. One that writes is run to its end first, so that no lock waits
   * for a reader.
   */
  openCursor(
    statement: CompiledStatement,
    parameters: BindRows | undefined,
    stopped: () => boolean,
  ): ResultReader {
    this.file.check();
    if (statement.info.isReadOnly) {
      return new Cursor(this.options, statement, parameters);
    }
    const batches = this.atomically(stopped, () => {
      const cursor = new Cursor(this.options, statement, parameters);
      const batches: ResultBatch[] = [];
      try {
        do batches.push(cursor.pull(stopped)); while (!batches.at(-1)!.done);
      } finally {
        // A statement that goes on keeps its snapshot beyond the rollback, and later changes would fail.
        cursor.close();
      }
      return batches;
    });
    return { pull: () => batches.shift()!, close: () => batches.length = 0 };
  }

  /**
   * Runs a query that pushes its rows.
   *
   * @param receive Receives the rows; `false` or an error ends the query.
   * @returns `false` if `receive` ended it so.
   */
  push(
    native: NativeStatement,
    args: readonly unknown[],
    receive: (row: NativeRow) => boolean,
  ): boolean {
    let hasEnded = false;
    let failure: { readonly error: unknown } | undefined;
    const receiveRow = (row: NativeRow) => {
      // An exception in a function of SQL would block Deno forever.
      try {
        if (receive(row)) return undefined;
        hasEnded = true;
      } catch (error) {
        failure = { error };
      }
      return END_ROWS;
    };
    this.#receiveRow = receiveRow;
    try {
      native.all(...args);
      return true;
    } catch (error) {
      if (hasEnded) return false;
      throw failure === undefined ? error : failure.error;
    } finally {
      this.#receiveRow = undefined;
    }
  }

  /** Runs a statement and drops its rows. */
  execute(
    statement: CompiledStatement,
    parameters: BindRows | undefined,
    stopped: () => boolean,
  ): bigint {
    this.file.check();
    if (statement.info.isReadOnly) return statement.runAll(parameters, stopped);
    return this.atomically(
      stopped,
      () => statement.runAll(parameters, stopped),
    );
  }

  /** Closes the connection, which rolls an open transaction back. */
  close(): void {
    this.database.close();
  }
}

/** Gives the batches of a result. */
export interface ResultReader {
  /** Reads the next batch. */
  pull(stopped: () => boolean): ResultBatch;
  /** Ends the statement. */
  close(): void;
}
