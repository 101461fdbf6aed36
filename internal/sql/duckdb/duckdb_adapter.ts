/** `duckdb()`: a database of DuckDB behind Flight SQL. */

import type { OptionNames } from "../../core/known_options.ts";
import {
  booleanOption,
  boundOption,
  durationOption,
  integerOption,
  objectOption,
  textOption,
} from "../../core/check_option.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { DatabaseAdapter } from "../database/adapter.ts";
import { OpenedFile } from "../database/opened_file.ts";
import { READ_ONLY_HINT } from "../database/read_only.ts";
import type { SqlSchema } from "../metadata/rows.ts";
import type { SqlInfo } from "../metadata/sql_info.ts";
import { DuckdbConnection } from "./duckdb_connection.ts";
import { duckdbError } from "./duckdb_error.ts";
import { loadDuckdb } from "./duckdb_package.ts";
import { DuckdbSession } from "./duckdb_session.ts";
import type { StatementLimits } from "./duckdb_statement.ts";
import type { DuckConnection, DuckDBInstanceLike } from "./native.ts";

/** Options of {@linkcode duckdb}. */
export interface DuckdbOptions {
  /** `true` refuses everything that writes; the default, but for `:memory:`. */
  readonly readOnly?: boolean | undefined;
  /**
   * End of the errors for statements that write to a database for reading only: the way to open it for writing.
   * Names the option `readOnly` by default.
   */
  readonly readOnlyHint?: string | undefined;
  /**
   * `true` lets statements reach files, networks and extensions, as far as the instance does; `false` by
   * default, which also locks the configuration of the instance.
   */
  readonly externalAccess?: boolean | undefined;
  /** Milliseconds that a statement may take, its rows being read included; no bound by default. */
  readonly timeoutMs?: number | undefined;
  /** Most rows of a result; no bound by default. */
  readonly maxRows?: number | undefined;
  /** Most bytes of a text or BLOB in a result; 256 MiB by default, 512 MiB at most. */
  readonly maxValueBytes?: number | undefined;
  /** Most connections that are open at a time; 64 by default. */
  readonly maxConnections?: number | undefined;
  /** Most rows of a batch of a result; 16,384 by default. */
  readonly batchRows?: number | undefined;
  /** Bytes of values after which a batch of a result is full; 1 MiB by default. */
  readonly batchBytes?: number | undefined;
  /**
   * Most bytes of a result that are taken into memory because another statement of its transaction uses its
   * connection; beyond it, the result fails with RESOURCE_EXHAUSTED. 256 MiB by default.
   */
  readonly maxBufferedBytes?: number | undefined;
  /** Settings of the engine by name, such as `memory_limit`; only for a path. */
  readonly config?: Readonly<Record<string, string>> | undefined;
}

/** Most bytes of a value: no text of JavaScript is longer. */
const MAX_VALUE_BYTES = 512 * 1024 * 1024;

/** Advice for a file that was replaced while it was open for writing. */
const REPLACED_ADVICE =
  "; restart the server to use that one: what was written since then is lost";

/** The names of {@linkcode DuckdbOptions}. */
const DUCKDB_OPTIONS: OptionNames<DuckdbOptions> = {
  readOnly: true,
  readOnlyHint: true,
  externalAccess: true,
  timeoutMs: true,
  maxRows: true,
  maxValueBytes: true,
  maxConnections: true,
  batchRows: true,
  batchBytes: true,
  maxBufferedBytes: true,
  config: true,
};

/**
 * Puts a database of DuckDB behind a Flight SQL server, by the `@duckdb/node-api` of the application.
 *
 * @param source An instance of `DuckDBInstance`, which stays open; or the path of a file, or `:memory:`, for
 * which the package is loaded as this one finds it, or else as the working directory does.
 * @param options Access and limits.
 * @returns The adapter; `close` it in the end.
 * @throws {TypeError} When an option or the source is of the wrong type.
 * @throws {RangeError} When an option is out of range.
 */
export function duckdb(
  source: string | DuckDBInstanceLike,
  options: DuckdbOptions = {},
): DatabaseAdapter {
  return new DuckdbAdapter(
    source,
    objectOption("options", options, DUCKDB_OPTIONS),
  );
}

/** Checks the settings: those of an instance are its own, and another option has the access. */
function configOf(
  source: string | DuckDBInstanceLike,
  config: DuckdbOptions["config"],
): Readonly<Record<string, string>> {
  if (config === undefined) return {};
  objectOption("config", config);
  if (typeof source !== "string") {
    throw new TypeError(
      "Cannot use option config: the database is open already",
    );
  }
  if (config.access_mode !== undefined) {
    throw new TypeError(
      "Cannot use option config: access_mode is the option readOnly",
    );
  }
  return config;
}

/** A database that was opened. */
interface OpenedInstance {
  readonly instance: DuckDBInstanceLike;
  readonly file: OpenedFile | undefined;
}

class DuckdbAdapter implements DatabaseAdapter {
  readonly #source: string | DuckDBInstanceLike;
  readonly #readOnly: boolean;
  readonly #readOnlyHint: string;
  readonly #externalAccess: boolean;
  readonly #config: Readonly<Record<string, string>>;
  readonly #limits: StatementLimits;
  readonly #maxConnections: number;
  readonly #info: SqlInfo;
  readonly #sessions = new Set<DuckdbSession>();
  #opened: Promise<OpenedInstance> | undefined;
  /** The file of the last instance that was opened. */
  #file: OpenedFile | undefined;
  #defaults: SqlSchema = { schema: "main" };
  #fileReaders: ReadonlySet<string> = new Set();
  #opening = 0;
  #closed = false;

  constructor(source: string | DuckDBInstanceLike, options: DuckdbOptions) {
    this.#source = checkSource(source);
    this.#readOnly = booleanOption("readOnly", options.readOnly) ??
      source !== ":memory:";
    this.#readOnlyHint = textOption("readOnlyHint", options.readOnlyHint) ??
      READ_ONLY_HINT;
    this.#externalAccess =
      booleanOption("externalAccess", options.externalAccess) ?? false;
    this.#config = configOf(source, options.config);
    this.#maxConnections = boundOption(
      "maxConnections",
      options.maxConnections ?? 64,
    );
    this.#limits = {
      timeoutMs: durationOption(
        "timeoutMs",
        options.timeoutMs ?? Infinity,
        Infinity,
      ),
      maxRows: boundOption("maxRows", options.maxRows ?? Infinity),
      maxValueBytes: integerOption(
        "maxValueBytes",
        options.maxValueBytes ?? 256 * 1024 * 1024,
        1000,
        MAX_VALUE_BYTES,
      ),
      batchRows: integerOption(
        "batchRows",
        options.batchRows ?? 16_384,
        1,
        2 ** 24,
      ),
      batchBytes: integerOption(
        "batchBytes",
        options.batchBytes ?? 1024 * 1024,
        1,
        2 ** 30,
      ),
      maxBufferedBytes: boundOption(
        "maxBufferedBytes",
        options.maxBufferedBytes ?? 256 * 1024 * 1024,
      ),
    };
    this.#info = duckdbInfo(this.#readOnly, this.#maxConnections);
  }

  get info(): SqlInfo {
    return this.#info;
  }

  async connect(): Promise<DuckdbConnection> {
    this.#check();
    if (this.#sessions.size + this.#opening >= this.#maxConnections) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `Cannot connect: ${this.#maxConnections} connections are open, which the option maxConnections allows`,
      );
    }
    this.#opening++;
    // The old instance ends with its connections. One that writes would write its WAL over that of the new one.
    if (this.#readOnly && this.#file?.isCurrent === false) {
      this.#opened = this.#file = undefined;
    }
    try {
      const { instance, file } = await (this.#opened ??= this.#open());
      const session = new DuckdbSession(
        await instance.connect() as DuckConnection,
        file,
      );
      this.#sessions.add(session);
      this.#check();
      return new DuckdbConnection({
        session,
        limits: this.#limits,
        defaults: this.#defaults,
        readOnly: this.#readOnly,
        readOnlyHint: this.#readOnlyHint,
        fileReaders: this.#fileReaders,
        // Others may write through an instance of the application.
        isFixed: this.#readOnly && typeof this.#source === "string",
        onClose: () => this.#sessions.delete(session),
      });
    } catch (error) {
      throw duckdbError(error);
    } finally {
      this.#opening--;
    }
  }

  async #open(): Promise<OpenedInstance> {
    try {
      const opened = typeof this.#source === "string"
        ? await this.#openPath(this.#source)
        : { instance: this.#source, file: undefined };
      const { instance, file } = opened;
      const session = new DuckdbSession(
        await instance.connect() as DuckConnection,
      );
      const [row] = await session.rows(
        "SELECT version(), current_database(), current_schema()",
      );
      const [version, catalog, schema] = row!.map(String);
      Object.assign(this.#info, { version: version!.replace(/^v/, "") });
      this.#defaults = { catalog, schema: schema! };
      if (!this.#externalAccess) {
        this.#fileReaders = await fileReaders(session);
        await lockInstance(session);
      }
      await session.close();
      this.#file = file;
      return opened;
    } catch (error) {
      // The next connection tries again.
      this.#opened = undefined;
      throw error;
    }
  }

  async #openPath(path: string): Promise<OpenedInstance> {
    const { DuckDBInstance } = await loadDuckdb(path);
    const instance = await DuckDBInstance.create(path, {
      // A path can name what only an extension opens, such as a database of SQLite.
      ...(!this.#externalAccess && { autoinstall_known_extensions: "false" }),
      ...this.#config,
      access_mode: this.#readOnly ? "READ_ONLY" : "READ_WRITE",
    });
    return {
      instance,
      file: OpenedFile.at(path, this.#readOnly ? "" : REPLACED_ADVICE),
    };
  }

  #check(): void {
    if (!this.#closed) return;
    throw new FlightError("FAILED_PRECONDITION", "The database is closed");
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
    this.#sessions.clear();
    if (typeof this.#source !== "string") return;
    const opened = await this.#opened?.catch(() => undefined);
    opened?.instance.closeSync();
  }
}

/**
 * Lists the functions that read files. The engine refuses all files but its own, which it has to open anew: its
 * database, its log, and its temporary files. They hold deleted rows, and those that other clients sort.
 */
async function fileReaders(
  session: DuckdbSession,
): Promise<ReadonlySet<string>> {
  const rows = await session.rows(
    `SELECT DISTINCT lower(function_name) FROM duckdb_functions()
     WHERE function_type = 'table'
     AND regexp_matches(function_name, '^(read|parquet|sniff)_|_scan$', 'i')`,
  );
  return new Set(rows.map(([name]) => String(name)));
}

/** Keeps statements inside of the instance. Another adapter of the same instance may have done so already. */
async function lockInstance(session: DuckdbSession): Promise<void> {
  const [row] = await session.rows(
    "SELECT current_setting('enable_external_access'), current_setting('lock_configuration')",
  );
  const [canReachFiles, isLocked] = row!;
  if (canReachFiles) {
    await session.execute("SET enable_external_access = false");
  }
  if (!isLocked) await session.execute("SET lock_configuration = true");
}

function checkSource(
  source: string | DuckDBInstanceLike,
): string | DuckDBInstanceLike {
  if (typeof source === "string" && source !== "") return source;
  const { connect, closeSync } = (source ?? {}) as Partial<DuckDBInstanceLike>;
  if (typeof connect === "function" && typeof closeSync === "function") {
    return source;
  }
  throw new TypeError(
    "Cannot open a database: the source is neither a path nor an instance of DuckDBInstance",
  );
}

function duckdbInfo(readOnly: boolean, maxConnections: number): SqlInfo {
  return {
    name: "DuckDB",
    readOnly,
    sql: true,
    substrait: false,
    transaction: "TRANSACTION",
    cancel: true,
    bulkIngestion: !readOnly,
    ingestTransactionsSupported: !readOnly,
    ddlCatalog: false,
    ddlSchema: !readOnly,
    ddlTable: !readOnly,
    identifierCase: "CASE_INSENSITIVE",
    identifierQuoteChar: '"',
    quotedIdentifierCase: "CASE_INSENSITIVE",
    allTablesAreSelectable: true,
    nullOrdering: "SORTED_AT_END",
    supportsColumnAliasing: true,
    nullPlusNullIsNull: true,
    supportsTableCorrelationNames: true,
    supportsExpressionsInOrderBy: true,
    supportsOrderByUnrelated: true,
    supportedGroupBy: ["UNRELATED", "BEYOND_SELECT"],
    supportsLikeEscapeClause: true,
    supportsNonNullableColumns: true,
    supportsIntegrityEnhancementFacility: true,
    outerJoinsSupportLevel: ["LIMITED", "FULL"],
    schemaTerm: "schema",
    catalogTerm: "database",
    catalogAtStart: true,
    schemasSupportedActions: ["IN_INDEX_DEFINITIONS"],
    catalogsSupportedActions: ["IN_INDEX_DEFINITIONS"],
    correlatedSubqueriesSupported: true,
    maxConnections: Number.isFinite(maxConnections) ? maxConnections : 0,
    transactionsSupported: true,
    batchUpdatesSupported: true,
    savepointsSupported: false,
    namedParametersSupported: true,
  };
}
