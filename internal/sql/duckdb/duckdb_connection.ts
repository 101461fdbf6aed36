/** A connection to DuckDB, as the Flight SQL server uses it. */

import { Schema } from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import type {
  DatabaseCallOptions,
  DatabaseConnection,
  DatabaseStatement,
  ForeignKeyFilter,
  IngestData,
  IngestTarget,
  TablesOptions,
} from "../database/adapter.ts";
import { readOnlyError } from "../database/read_only.ts";
import { quoteName } from "../database/sql_text.ts";
import type {
  SqlForeignKey,
  SqlPrimaryKey,
  SqlSchema,
  SqlTable,
  SqlTableRef,
  SqlTypeInfo,
} from "../metadata/rows.ts";
import { foreignKeys, listTables, primaryKeys } from "./duckdb_catalog.ts";
import { ingestInto } from "./duckdb_ingest.ts";
import type { DuckdbSession } from "./duckdb_session.ts";
import {
  DuckdbStatement,
  givesRows,
  isReading,
  type StatementLimits,
} from "./duckdb_statement.ts";
import {
  calledFunctions,
  firstWords,
  hasNoStatement,
  hasWord,
} from "./duckdb_text.ts";
import { DUCK_STATEMENT, type DuckStatement } from "./native.ts";
import { withOpenParameters } from "./parameters/open_parameters.ts";
import { TYPE_INFO } from "./type_info.ts";

const ALLOWED: ReadonlySet<number> = new Set(Object.values(DUCK_STATEMENT));

/** Options of a {@linkcode DuckdbConnection}. */
interface DuckdbConnectionOptions {
  readonly session: DuckdbSession;
  readonly limits: StatementLimits;
  /** Catalog and schema of names that have none. */
  readonly defaults: SqlSchema;
  /** `true` refuses everything that writes. */
  readonly readOnly: boolean;
  /** End of the errors for writes then. */
  readonly readOnlyHint: string;
  /** Names of the functions that read files, which statements must not call. */
  readonly fileReaders: ReadonlySet<string>;
  /** `true` if no one can change the data. */
  readonly isFixed: boolean;
  /** Is told when the connection closes. */
  readonly onClose: () => void;
}

/** A connection of an adapter. */
export class DuckdbConnection implements DatabaseConnection {
  readonly defaults: SqlSchema;
  readonly #session: DuckdbSession;
  readonly #limits: StatementLimits;
  readonly #readOnly: boolean;
  readonly #readOnlyHint: string;
  readonly #fileReaders: ReadonlySet<string>;
  readonly #isFixed: boolean;
  readonly #onClose: () => void;

  constructor(options: DuckdbConnectionOptions) {
    this.defaults = options.defaults;
    this.#session = options.session;
    this.#limits = options.limits;
    this.#readOnly = options.readOnly;
    this.#readOnlyHint = options.readOnlyHint;
    this.#fileReaders = options.fileReaders;
    this.#isFixed = options.isFixed;
    this.#onClose = options.onClose;
  }

  get isOpen(): boolean {
    // Without changes to lose, the adapter can open the file that has taken the place.
    return this.#session.isOpen && !(this.#readOnly && this.#session.isLost);
  }

  async idle(): Promise<void> {
    await this.#session.idle();
  }

  async use({ catalog, schema }: Omit<SqlTableRef, "table">): Promise<void> {
    if (catalog === undefined && schema === undefined) {
      return await this.#session.execute("SET search_path = ''");
    }
    const names = [
      catalog ?? this.defaults.catalog ?? "memory",
      schema ?? "main",
    ];
    try {
      await this.#session.execute(`USE ${names.map(quoteName).join(".")}`);
    } catch (error) {
      if (!FlightError.is(error) || !/No catalog/.test(error.details)) {
        throw error;
      }
      const [inCatalog, inSchema] = names.map((name) => JSON.stringify(name));
      throw new FlightError(
        "NOT_FOUND",
        `Cannot use the session options catalog and schema: there is no schema ${inSchema} in the catalog ${inCatalog}`,
        { cause: error },
      );
    }
  }

  async prepare(
    sql: string,
    { signal }: DatabaseCallOptions,
  ): Promise<DatabaseStatement> {
    if (hasNoStatement(sql)) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        "Cannot compile the statement: the text has no statement in it",
      );
    }
    const nul = sql.indexOf("\0");
    if (nul >= 0) {
      // The engine would run what stands before it.
      throw new FlightError(
        "INVALID_ARGUMENT",
        `Cannot compile the statement: it has a character U+0000 at ${nul}`,
      );
    }
    this.#session.checkFile();
    return await this.#session.run(signal, async () => {
      const statements = await this.#session.native.extractStatements(sql);
      if (statements.count !== 1) {
        const hint = hasWord(sql, "PIVOT")
          ? "; PIVOT is one if it lists its values: ON column IN (…)"
          : "";
        throw new FlightError(
          "INVALID_ARGUMENT",
          `Cannot compile the statement: the text has ${statements.count}, and a command runs exactly one${hint}`,
        );
      }
      this.#checkWords(sql);
      const native = await statements.prepare(0);
      this.#check(native, sql);
      const compiled = await withOpenParameters(
        native,
        sql,
        givesRows(native, sql),
        this.#session.native,
        signal,
      );
      return new DuckdbStatement(
        this.#session,
        compiled,
        this.#limits,
        this.#isFixed,
      );
    });
  }

  /** Refuses what cannot even be compiled without an effect, and functions, which the engine does not tell. */
  #checkWords(sql: string): void {
    const { forbidden, readsFiles, takesNumbers } = calledFunctions(
      sql,
      this.#fileReaders,
    );
    if (forbidden !== undefined) {
      throw new FlightError(
        "PERMISSION_DENIED",
        `Cannot run the function ${forbidden} on this server`,
      );
    }
    if (readsFiles !== undefined) {
      throw new FlightError(
        "PERMISSION_DENIED",
        `Cannot run the function ${readsFiles}: statements read no files on this server`,
      );
    }
    if (takesNumbers && this.#readOnly) {
      throw readOnlyError("call nextval", this.#readOnlyHint);
    }
    const [first, second, third, fourth] = firstWords(sql);
    const words = second === "OR" ? fourth : second;
    const isTemporary = first === "CREATE" &&
      /^TEMP(ORARY)?$/.test(words ?? third ?? "");
    if (!isTemporary || this.#session.inTransaction) return;
    throw new FlightError(
      "FAILED_PRECONDITION",
      "Cannot use temporary tables outside of a transaction: the next statement may run on another connection",
    );
  }

  #check(native: DuckStatement, sql: string): void {
    if (!ALLOWED.has(native.statementType)) {
      const first = firstWords(sql)[0] ?? "this statement";
      throw new FlightError(
        "PERMISSION_DENIED",
        /^(BEGIN|START|COMMIT|END|ROLLBACK|ABORT)$/.test(first)
          ? `Cannot run ${first}: begin and end transactions by the calls of Flight SQL, which know them`
          : `Cannot run ${first} on this server`,
      );
    }
    if (!this.#readOnly || isReading(native, sql)) return;
    throw readOnlyError("write", this.#readOnlyHint);
  }

  async begin(): Promise<void> {
    await this.#session.execute(
      this.#readOnly ? "BEGIN TRANSACTION READ ONLY" : "BEGIN TRANSACTION",
    );
    this.#session.inTransaction = true;
  }

  async commit(): Promise<void> {
    this.#session.checkFile();
    await this.#session.execute("COMMIT");
    this.#session.inTransaction = false;
  }

  async rollback(): Promise<void> {
    if (!this.#session.inTransaction) return;
    this.#session.inTransaction = false;
    await this.#session.execute("ROLLBACK");
  }

  savepoint(): Promise<void> {
    return Promise.reject(noSavepoints());
  }

  releaseSavepoint(): Promise<void> {
    return Promise.reject(noSavepoints());
  }

  rollbackToSavepoint(): Promise<void> {
    return Promise.reject(noSavepoints());
  }

  async ingest(
    target: IngestTarget,
    data: IngestData,
    { signal }: DatabaseCallOptions,
  ): Promise<bigint> {
    if (this.#readOnly) {
      throw readOnlyError("ingest", this.#readOnlyHint);
    }
    this.#session.checkFile();
    return await ingestInto(this.#session, target, data, signal);
  }

  async catalogs(): Promise<readonly string[]> {
    const rows = await this.#session.rows(
      "SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY 1",
    );
    return rows.map(([name]) => String(name));
  }

  async schemas(): Promise<readonly SqlSchema[]> {
    const rows = await this.#session.rows(
      `SELECT s.database_name, s.schema_name FROM duckdb_schemas() s
       JOIN duckdb_databases() d USING (database_name)
       WHERE NOT d.internal ORDER BY 1, 2`,
    );
    return rows.map(([catalog, schema]) => ({
      catalog: String(catalog),
      schema: String(schema),
    }));
  }

  async *tables({ includeSchema }: TablesOptions): AsyncIterable<SqlTable> {
    const signal = new AbortController().signal;
    for (const table of await listTables(this.#session)) {
      if (!includeSchema) yield table;
      else {
        const name = [table.catalog!, table.schema!, table.name]
          .map(quoteName).join(".");
        const tableSchema = await this.#columns(name, signal)
          .catch((error) => {
            // One that no longer compiles must not hide the others.
            if (table.type === "VIEW" && this.isOpen) return new Schema([]);
            throw error;
          });
        yield { ...table, tableSchema };
      }
    }
  }

  async #columns(name: string, signal: AbortSignal) {
    const statement = await this.prepare(`SELECT * FROM ${name}`, { signal });
    await statement.close();
    return statement.schema;
  }

  tableTypes(): readonly string[] {
    return ["LOCAL TEMPORARY", "TABLE", "VIEW"];
  }

  primaryKeys(table: SqlTableRef): Promise<readonly SqlPrimaryKey[]> {
    return primaryKeys(this.#session, table);
  }

  foreignKeys(filter: ForeignKeyFilter): Promise<readonly SqlForeignKey[]> {
    return foreignKeys(this.#session, filter);
  }

  typeInfo(): readonly SqlTypeInfo[] {
    return TYPE_INFO;
  }

  async close(): Promise<void> {
    if (!this.#session.isOpen) return;
    await this.#session.close();
    this.#onClose();
  }
}

function noSavepoints(): FlightError {
  return new FlightError("UNIMPLEMENTED", "DuckDB has no savepoints");
}
