/** The service of `flight serve`, made of its files. */

import { FlightError, type FlightService } from "@contrail/flight/server";
import {
  database,
  flightSqlService,
  type SharedStore,
} from "@contrail/flight/sql/server";
import {
  type DatabaseAdapter,
  sqlite,
  type SqliteOptions,
} from "@contrail/flight/sqlite";
import { UsageError } from "../exit_code.ts";
import { nameOfFile } from "../files/arrow_file.ts";
import { arrowDatabase } from "./arrow_database.ts";
import { arrowSource } from "./arrow_source.ts";
import { catalogService } from "./catalog_service.ts";
import { databaseSource } from "./database_source.ts";
import { type FileKind, kindOf } from "./file_kind.ts";
import { READ_ONLY_HINT } from "./read_only.ts";

/** A service, and the files that it holds open. */
export interface Offer {
  readonly service: FlightService;
  /** A line for each file. */
  readonly summary: readonly string[];
  /** Closes the files. */
  close(): Promise<void>;
}

/** Nothing ends what is done before the server listens. */
const never = new AbortController().signal;

/** Reaction to a value of SQLite that does not fit the type of its column. */
export type MismatchPolicy = NonNullable<SqliteOptions["onMismatch"]>;

/** Options of {@linkcode openFiles}. */
export interface OfferOptions {
  /** True if clients may change the database. */
  readonly readWrite: boolean;
  /** Longest time of a statement, in milliseconds. */
  readonly queryTimeoutMs?: number | undefined;
  /** Most rows of a result. */
  readonly maxRows?: number | undefined;
  /** Reaction to values of SQLite that do not fit. */
  readonly onMismatch?: MismatchPolicy | undefined;
  /** Number of processes that open the files. */
  readonly processes: number;
  /** Store that they share. */
  readonly store?: SharedStore | undefined;
}

/**
 * Opens the files of `flight serve`.
 *
 * @throws {UsageError} When one of them cannot be served, or not beside the others.
 */
export async function openFiles(
  paths: readonly string[],
  options: OfferOptions,
): Promise<Offer> {
  const { queryTimeoutMs, maxRows } = options;
  const files = await sortFiles(paths);
  const { arrow } = files;
  if (options.readWrite && files.database === undefined) {
    throw new UsageError("--read-write needs a database: files do not change");
  }
  if (
    options.readWrite && options.processes > 1 &&
    files.database?.kind === "duckdb"
  ) {
    throw new UsageError(
      "--read-write and --workers exclude each other with DuckDB: only one process may change its file",
    );
  }
  if (options.onMismatch !== undefined && files.database?.kind !== "sqlite") {
    throw new UsageError(
      "--on-mismatch needs a SQLite database: all other values fit the types of their columns",
    );
  }
  const arrowFiles = arrowSource(arrow);
  for (const name of arrow.keys()) await checked(arrowFiles.find(name, never));
  const adapter = await openDatabase(files, options);
  const sources = files.database === undefined && files.tables.size === 0
    ? [arrowFiles]
    : [
      arrowFiles,
      databaseSource(adapter, { ...options, except: new Set(arrow.keys()) }),
    ];
  try {
    const listed = sources.map(({ list }) => Array.fromAsync(list(never)));
    await checked(Promise.all(listed));
  } catch (error) {
    await adapter.close();
    throw error;
  }
  return {
    service: flightSqlService(database(adapter, { queryTimeoutMs, maxRows }), {
      fallback: catalogService(sources),
      store: options.store,
    }),
    summary: [
      ...files.database ? [`${files.database.path}: ${adapter.info.name}`] : [],
      ...[...arrow, ...files.tables].map(([name, path]) => `${name}: ${path}`),
    ],
    close: async () => await adapter.close(),
  };
}

/** The files by their kinds. */
interface Files {
  readonly database: { path: string; kind: FileKind } | undefined;
  /** Arrow files by the names of their data sets. */
  readonly arrow: ReadonlyMap<string, string>;
  /** Parquet and CSV files by the names of their tables. */
  readonly tables: ReadonlyMap<string, string>;
}

async function sortFiles(paths: readonly string[]): Promise<Files> {
  let database: Files["database"];
  const arrow = new Map<string, string>();
  const tables = new Map<string, string>();
  // Names of tables are the same in either case.
  const named = new Map<string, string>();
  for (const path of paths) {
    const kind = await kindOf(path);
    if (kind === "sqlite" || kind === "duckdb") {
      if (database !== undefined) {
        throw new UsageError(
          `${database.path} and ${path} are two databases: serve each by a server of its own`,
        );
      }
      database = { path, kind };
      continue;
    }
    const name = nameOfFile(path);
    const other = named.get(name.toLowerCase());
    if (other !== undefined) {
      throw new UsageError(`${other} and ${path} have the same name, ${name}`);
    }
    named.set(name.toLowerCase(), path);
    (kind === "arrow" ? arrow : tables).set(name, path);
  }
  if (database !== undefined && tables.size > 0) {
    const [path] = tables.values();
    throw new UsageError(
      `${path} cannot be served beside a database: Parquet and CSV files get one of their own`,
    );
  }
  return { database, arrow, tables };
}

async function openDatabase(
  { database, arrow, tables }: Files,
  { readWrite, onMismatch }: OfferOptions,
): Promise<DatabaseAdapter> {
  if (database?.kind === "sqlite") {
    return sqlite(database.path, {
      readOnly: !readWrite,
      readOnlyHint: READ_ONLY_HINT,
      onMismatch,
    });
  }
  if (database === undefined && tables.size === 0) {
    return await arrowDatabase(arrow);
  }
  // DuckDB is large, and it may not be installed.
  const duckdb = await import("./duckdb_database.ts");
  return database !== undefined
    ? await duckdb.duckdbDatabase(database.path, { readWrite })
    : await duckdb.tableFilesDatabase(tables, arrow);
}

/** A file that is damaged is better told now than to the first client. */
async function checked<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    throw FlightError.is(error)
      ? new UsageError(error.details, { cause: error })
      : error;
  }
}
