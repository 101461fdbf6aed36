/** `sqlite()`: a file of SQLite behind Flight SQL. */

import type { OptionNames } from "../../core/known_options.ts";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  booleanOption,
  boundOption,
  choiceOption,
  durationOption,
  integerOption,
  MAX_TIMER_MS,
  objectOption,
  textOption,
} from "../../core/check_option.ts";
import { handled } from "../../base/handled.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { DatabaseAdapter } from "../database/adapter.ts";
import { OpenedFile } from "../database/opened_file.ts";
import { READ_ONLY_HINT } from "../database/read_only.ts";
import type { SqlInfo } from "../metadata/sql_info.ts";
import { sqliteInfo } from "./sqlite_info.ts";
import type { MismatchPolicy } from "./engine/column_builder.ts";
import type { TemporalTypes } from "./engine/column_kind.ts";
import { EngineLink } from "./engine_link.ts";
import type { EngineOptions } from "./engine/engine_protocol.ts";
import { loadSqlite } from "./engine/native.ts";
import { PointQueries } from "./point_queries.ts";
import { SqliteConnection } from "./sqlite_connection.ts";
import {
  makeTemporaryFolder,
  removeTemporaryFolder,
} from "./temporary_folder.ts";

/** Options of {@linkcode sqlite}. */
export interface SqliteOptions {
  /**
   * `true` refuses everything that writes; the default, but for `:memory:`. With `false`, a file
   * that does not exist is created by the first connection.
   */
  readonly readOnly?: boolean | undefined;
  /**
   * End of the errors for statements that write to a database for reading only: the way to open it for writing.
   * Names the option `readOnly` by default.
   */
  readonly readOnlyHint?: string | undefined;
  /**
   * `true` puts a file that is open for writing into WAL mode, so that readers and a writer do not wait for
   * each other; the default. The mode stays with the file.
   */
  readonly wal?: boolean | undefined;
  /** Milliseconds to wait for a lock of another connection; 5,000 by default. */
  readonly busyTimeoutMs?: number | undefined;
  /** Milliseconds that a statement may take, its rows being read included; no bound by default. */
  readonly timeoutMs?: number | undefined;
  /** Most rows of a result; no bound by default. */
  readonly maxRows?: number | undefined;
  /** Most bytes of a text or BLOB; 256 MiB by default, 1 GB at most. */
  readonly maxValueBytes?: number | undefined;
  /** Largest size of a file that is open for writing, rounded down to pages; no bound by default. */
  readonly maxFileBytes?: number | undefined;
  /** Most connections that are open at a time, those that were given up included; 64 by default. */
  readonly maxConnections?: number | undefined;
  /** Most rows of a batch of a result; 16,384 by default. */
  readonly batchRows?: number | undefined;
  /** Bytes of values after which a batch of a result is full; 1 MiB by default. */
  readonly batchBytes?: number | undefined;
  /**
   * Reaction to a value that does not fit the type of its column: `error` ends the result with
   * FAILED_PRECONDITION, `cast` converts it as CAST of SQLite does, `null` makes it null; `error` by
   * default.
   */
  readonly onMismatch?: "error" | "cast" | "null" | undefined;
  /**
   * Type of columns that are declared as DATE, TIME, DATETIME or TIMESTAMP: `arrow` reads dates and times,
   * `text` gives them as they are stored; `arrow` by default.
   */
  readonly temporalTypes?: "arrow" | "text" | undefined;
}

/** The names of {@linkcode SqliteOptions}. */
const SQLITE_OPTIONS: OptionNames<SqliteOptions> = {
  readOnly: true,
  readOnlyHint: true,
  wal: true,
  busyTimeoutMs: true,
  timeoutMs: true,
  maxRows: true,
  maxValueBytes: true,
  maxFileBytes: true,
  maxConnections: true,
  batchRows: true,
  batchBytes: true,
  onMismatch: true,
  temporalTypes: true,
};

/** Workers that wait for the next connection. */
const MAX_IDLE_WORKERS = 4;
/** Time for which a canceled statement may go on beyond its wait for a lock, in milliseconds. */
const GRACE_MS = 1000;
const MAX_VALUE_BYTES = 1_000_000_000;

/**
 * Opens a file of SQLite for a Flight SQL server, with the `node:sqlite` of the runtime.
 *
 * Each connection has a worker, so that a long statement stops nothing else; a query that looks up a few rows
 * by keys needs none. The file is opened by the first connection. A database in memory is a temporary file, which `close` or the exit of the process
 * deletes.
 *
 * ```ts
 * import { sqlite } from "@contrail/flight/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * const adapter = sqlite(":memory:");
 * const connection = await adapter.connect();
 * const signal = new AbortController().signal;
 * const statement = await connection.prepare("SELECT 1 + 1 AS two", { signal });
 * for await (const batch of statement.query(undefined, { signal })) {
 *   assertEquals(batch.getChild("two")?.get(0), 2n);
 * }
 * await adapter.close();
 * ```
 *
 * @param path Path of the file, a `file:` URL, or `:memory:` for a new database.
 * @param options Access, limits and types.
 * @returns The adapter; `close` it in the end.
 * @throws {TypeError} When an option or the path is of the wrong type.
 * @throws {RangeError} When an option is out of range.
 */
export function sqlite(
  path: string | URL,
  options: SqliteOptions = {},
): DatabaseAdapter {
  return new SqliteAdapter(
    path,
    objectOption("options", options, SQLITE_OPTIONS),
  );
}

class SqliteAdapter implements DatabaseAdapter {
  readonly #options: Omit<EngineOptions, "path" | "mustExist">;
  readonly #timeoutMs: number;
  readonly #maxConnections: number;
  readonly #path: string;
  /** The folder of a database in memory. */
  readonly #folder: string | undefined;
  readonly #links = new Set<EngineLink>();
  readonly #idle: EngineLink[] = [];
  readonly #connected = new Set<EngineLink>();
  readonly #info: SqlInfo;
  #points: PointQueries | undefined;
  #exists = false;
  #closed = false;

  constructor(path: string | URL, options: SqliteOptions) {
    const inMemory = path === ":memory:";
    this.#timeoutMs = durationOption(
      "timeoutMs",
      options.timeoutMs ?? Infinity,
      Infinity,
    );
    this.#maxConnections = boundOption(
      "maxConnections",
      options.maxConnections ?? 64,
    );
    this.#options = engineOptions(options, inMemory);
    this.#folder = inMemory ? makeTemporaryFolder() : undefined;
    this.#path = this.#folder === undefined
      ? pathOf(path)
      : join(this.#folder, "memory.db");
    const { readOnly } = this.#options;
    this.#info = sqliteInfo(
      process.versions.sqlite ?? "3",
      readOnly,
      this.#maxConnections,
    );
  }

  get info(): SqlInfo {
    return this.#info;
  }

  async connect(): Promise<SqliteConnection> {
    this.#check();
    const link = this.#idle.pop() ?? this.#newLink();
    let file: OpenedFile;
    try {
      const opened = await link.call("open", [{
        ...this.#options,
        path: this.#path,
        mustExist: this.#options.readOnly || this.#exists,
      }]);
      this.#exists = true;
      this.#connected.add(link);
      Object.assign(this.#info, { version: opened.version });
      file = new OpenedFile(this.#path, opened.file);
      this.#check();
    } catch (error) {
      await this.#release(link);
      throw error;
    }
    if (this.#points === undefined) handled(this.#loadPoints());
    return new SqliteConnection(
      link,
      file,
      this.#timeoutMs,
      () => this.#points,
      (link) => this.#release(link),
    );
  }

  async #loadPoints(): Promise<void> {
    const open = await loadSqlite();
    if (open === undefined || this.#closed) return;
    this.#points ??= new PointQueries(
      { ...this.#options, path: this.#path, mustExist: true },
      open,
    );
  }

  #newLink(): EngineLink {
    if (this.#links.size >= this.#maxConnections) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `Cannot connect: ${this.#maxConnections} connections are open, which the option maxConnections allows`,
      );
    }
    const link = new EngineLink(this.#options.busyTimeoutMs + GRACE_MS, () => {
      this.#links.delete(link);
      this.#connected.delete(link);
    });
    this.#links.add(link);
    return link;
  }

  /** Takes an engine back. One that does not end its work in time is left alone: it ends when it can. */
  async #release(link: EngineLink): Promise<void> {
    // The last connection of a file merges its WAL, which one that only reads cannot.
    if (this.#connected.delete(link) && this.#connected.size === 0) {
      this.#points?.close();
    }
    const inTime = await link.close(GRACE_MS);
    if (inTime && !this.#closed && this.#idle.length < MAX_IDLE_WORKERS) {
      this.#idle.push(link);
    } else link.abandon();
  }

  #check(): void {
    if (!this.#closed) return;
    throw new FlightError("FAILED_PRECONDITION", "The database is closed");
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#points?.close();
    this.#points = undefined;
    const links = [...this.#links];
    for (const link of links) link.abandon();
    this.#idle.length = 0;
    await Promise.all(links.map((link) => link.ended(GRACE_MS)));
    if (this.#folder !== undefined) removeTemporaryFolder(this.#folder);
  }
}

function pathOf(path: string | URL): string {
  if (path instanceof URL) return fileURLToPath(path);
  if (typeof path !== "string" || path === "") {
    throw new TypeError(
      `Cannot open a database: the path is ${
        path === "" ? "empty" : "neither a string nor a URL"
      }`,
    );
  }
  // An absolute path is never taken for a URI, whose parameters could open something else.
  return path.startsWith("file:") ? fileURLToPath(path) : resolve(path);
}

function engineOptions(
  options: SqliteOptions,
  inMemory: boolean,
): Omit<EngineOptions, "path" | "mustExist"> {
  const policies: readonly MismatchPolicy[] = ["error", "cast", "null"];
  const temporal: readonly TemporalTypes[] = ["arrow", "text"];
  return {
    readOnly: booleanOption("readOnly", options.readOnly) ?? !inMemory,
    readOnlyHint: textOption("readOnlyHint", options.readOnlyHint) ??
      READ_ONLY_HINT,
    wal: booleanOption("wal", options.wal) ?? true,
    busyTimeoutMs: integerOption(
      "busyTimeoutMs",
      options.busyTimeoutMs ?? 5000,
      0,
      MAX_TIMER_MS - GRACE_MS,
    ),
    maxRows: boundOption("maxRows", options.maxRows ?? Infinity),
    maxValueBytes: integerOption(
      "maxValueBytes",
      options.maxValueBytes ?? 256 * 1024 * 1024,
      1000,
      MAX_VALUE_BYTES,
    ),
    maxFileBytes: boundOption("maxFileBytes", options.maxFileBytes ?? Infinity),
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
    onMismatch: choiceOption(
      "onMismatch",
      options.onMismatch ?? "error",
      policies,
    ),
    temporalTypes: choiceOption(
      "temporalTypes",
      options.temporalTypes ?? "arrow",
      temporal,
    ),
  };
}
