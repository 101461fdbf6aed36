/** Messages between a connection and its worker. */

import type { FileIdentity } from "../../database/opened_file.ts";
import type { BindRows } from "./bind_column.ts";
import type { ColumnBuffers, MismatchPolicy } from "./column_builder.ts";
import type { ColumnInfo, ColumnKind, TemporalTypes } from "./column_kind.ts";

/** Options of an engine. */
export interface EngineOptions {
  /** Absolute path of the file. */
  readonly path: string;
  /** True to reject all writes. */
  readonly readOnly: boolean;
  /** End of the errors for writes then. */
  readonly readOnlyHint: string;
  /** True if the file must exist. */
  readonly mustExist: boolean;
  /** Milliseconds to wait for a lock. */
  readonly busyTimeoutMs: number;
  /** Most rows of a batch. */
  readonly batchRows: number;
  /** Bytes after which a batch is full. */
  readonly batchBytes: number;
  /** Most rows of a result. */
  readonly maxRows: number;
  /** Most bytes of a value. */
  readonly maxValueBytes: number;
  /** Most bytes of the file. */
  readonly maxFileBytes: number;
  /** Reaction to values that do not fit. */
  readonly onMismatch: MismatchPolicy;
  /** Reading of dates and times. */
  readonly temporalTypes: TemporalTypes;
  /** True to put a writable file into WAL mode. */
  readonly wal: boolean;
}

/** A database that was opened. */
export interface OpenedDatabase {
  /** Version of SQLite. */
  readonly version: string;
  /** Its file. */
  readonly file: FileIdentity;
}

/** A compiled statement. */
export interface PreparedInfo {
  /** Columns of the rows; `undefined` without rows. */
  readonly columns: readonly ColumnInfo[] | undefined;
  /** Name and kind of each parameter; `undefined` where any would do. */
  readonly parameters: readonly {
    readonly name: string;
    readonly kind: ColumnKind | undefined;
  }[];
  /** True if the statement changes nothing. */
  readonly isReadOnly: boolean;
  /** True if it looks up a few rows by keys, and its time is bounded. */
  readonly isPointQuery: boolean;
}

/** A part of a result. */
export interface ResultBatch {
  /** Number of rows. */
  readonly rows: number;
  /** Buffers of the columns. */
  readonly columns: readonly ColumnBuffers[];
  /** True for the last part. */
  readonly done: boolean;
}

/** Target of an ingest. */
export interface IngestPlan {
  /** Catalog: `main` or `temp`. */
  readonly catalog: string;
  /** Name of the table. */
  readonly table: string;
  /** Names and declared types of the columns. */
  readonly columns: readonly {
    readonly name: string;
    readonly declared: string;
  }[];
  /** Reaction to a table that does not exist. */
  readonly ifNotExist: "CREATE" | "FAIL";
  /** Reaction to a table that exists. */
  readonly ifExists: "FAIL" | "APPEND" | "REPLACE";
}

/** A table as the catalog lists it. */
export interface TableRow {
  /** Catalog: `main` or `temp`. */
  readonly catalog: string;
  /** Name of the table. */
  readonly name: string;
  /** TABLE, VIEW, and so on. */
  readonly type: string;
  /** Columns, if asked for. */
  readonly columns?: readonly ColumnInfo[] | undefined;
}

/** The operations of an engine. Handles are numbers that the connection chooses. */
export interface EngineOperations {
  open(options: EngineOptions): OpenedDatabase;
  prepare(statement: number, sql: string): PreparedInfo;
  closeStatement(statement: number): void;
  openCursor(
    cursor: number,
    statement: number,
    parameters: BindRows | undefined,
  ): ResultBatch;
  pull(cursor: number): ResultBatch;
  closeCursor(cursor: number): void;
  execute(statement: number, parameters: BindRows | undefined): bigint;
  transaction(action: "begin" | "commit" | "rollback"): void;
  savepoint(action: "set" | "release" | "rollback", name: string): void;
  beginIngest(number: number, plan: IngestPlan): void;
  ingest(rows: BindRows): bigint;
  endIngest(number: number, keep: boolean): void;
  tables(includeColumns: boolean): readonly TableRow[];
  primaryKeys(catalog: string | undefined, table: string): readonly {
    catalog: string;
    column: string;
    keySequence: number;
    keyName: string | undefined;
  }[];
  foreignKeys(
    catalog: string | undefined,
    table: string | undefined,
  ): readonly ForeignKeyRow[];
  close(): void;
}

/** A column of a foreign key. */
export interface ForeignKeyRow {
  /** Catalog of both tables. */
  readonly catalog: string;
  /** Table of the key. */
  readonly table: string;
  /** Column of the key. */
  readonly column: string;
  /** Table that the key refers to. */
  readonly toTable: string;
  /** Column that the key refers to. */
  readonly toColumn: string;
  /** Name of the constraint. */
  readonly keyName: string | undefined;
  /** Position in the key, from 1 on. */
  readonly keySequence: number;
  /** Rule as SQLite names it. */
  readonly onUpdate: string;
  /** Rule as SQLite names it. */
  readonly onDelete: string;
}

/** Name of an operation. */
export type EngineOperation = keyof EngineOperations;

/** A request to a worker. */
export interface EngineRequest {
  /** Number of the request. */
  readonly id: number;
  /** Operation to carry out. */
  readonly operation: EngineOperation;
  /** Its arguments. */
  readonly args: readonly unknown[];
}
