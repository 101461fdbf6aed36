/** Queries that look up a few rows by keys: they take less time than a message to a worker and its answer. */

import type { BindRows } from "./engine/bind_column.ts";
import { BatchFiller } from "./engine/batch_filler.ts";
import type { CompiledStatement } from "./engine/compiled_statement.ts";
import { Engine } from "./engine/engine.ts";
import type {
  EngineOptions,
  PreparedInfo,
  ResultBatch,
} from "./engine/engine_protocol.ts";
import {
  type NativeRow,
  type NativeStatement,
  type OpenDatabase,
  STATEMENT_OPTIONS,
} from "./engine/native.ts";

/** Most statements that are kept compiled. */
const MAX_STATEMENTS = 256;

/** Longest text of a statement that is compiled on this thread. */
const MAX_SQL_LENGTH = 4096;

/** Most runs of one query, each with a row of parameters. */
const MAX_RUNS = 8;

/** Longest time of a query, in milliseconds: a large value, or a slow disk, may take longer. */
const MAX_MS = 5;

/**
 * Slow runs in a row after which a statement is left to the workers for a while: on a busy machine, some runs
 * are interrupted.
 */
const MAX_SLOW_RUNS = 5;

/** Number of runs that are left to the workers. */
const RUNS_ELSEWHERE = 100;

const never = (): boolean => false;

/** A statement that was compiled on this thread. */
interface PointStatement {
  /** Version of the schema that it was compiled with. */
  readonly schema: unknown;
  /** The statement; undefined if it is no point query. */
  readonly compiled: CompiledStatement | undefined;
  readonly native: NativeStatement;
  /** True if the statement pushes its rows: Deno cuts other texts off at U+0000 (2.9.6). */
  readonly pushes: boolean;
  /** The columns, to be compared. */
  readonly columns: string;
  /** Number of slow runs in a row. */
  slow: number;
  /** Number of runs that are left to the workers. */
  elsewhere: number;
}

/**
 * Runs point queries on this thread, on a connection of its own that only reads and waits for no lock. It fails at
 * nothing: where a query cannot be run here, a worker runs it, or says why not.
 */
export class PointQueries {
  readonly #options: EngineOptions;
  readonly #open: OpenDatabase;
  readonly #statements = new Map<string, PointStatement>();
  #engine: Engine | undefined;
  #version: NativeStatement | undefined;
  /** Number of queries that are left to the workers, because the database could not be opened. */
  #elsewhere = 0;

  /**
   * @param options Options of the engines in the workers.
   * @param open Opens a database.
   */
  constructor(options: EngineOptions, open: OpenDatabase) {
    this.#options = {
      ...options,
      readOnly: true,
      mustExist: true,
      busyTimeoutMs: 0,
    };
    this.#open = open;
  }

  /**
   * Runs a query.
   *
   * @param sql Text of the statement.
   * @param info What a worker has found out about it.
   * @param parameters Its parameters.
   * @returns All rows; undefined if a worker must run it.
   */
  run(
    sql: string,
    info: PreparedInfo,
    parameters: BindRows | undefined,
  ): ResultBatch | undefined {
    if (
      sql.length > MAX_SQL_LENGTH || (parameters?.rows ?? 1) > MAX_RUNS
    ) return undefined;
    if (this.#elsewhere > 0) {
      this.#elsewhere--;
      return undefined;
    }
    try {
      const statement = this.#statement(sql);
      const { compiled } = statement;
      if (
        compiled === undefined || statement.columns !== columnsOf(info)
      ) return undefined;
      if (statement.elsewhere > 0) {
        statement.elsewhere--;
        return undefined;
      }
      const before = performance.now();
      const batch = this.#read(compiled, statement, parameters);
      if (performance.now() - before < MAX_MS) statement.slow = 0;
      else if (++statement.slow === MAX_SLOW_RUNS) {
        statement.slow = 0;
        statement.elsewhere = RUNS_ELSEWHERE;
      }
      return batch;
    } catch {
      // Such as a lock, or a file that is gone.
      if (this.#engine?.file.isCurrent === false) this.close();
      else if (this.#engine === undefined) this.#elsewhere = RUNS_ELSEWHERE;
      return undefined;
    }
  }

  /** Closes the connection; the next query opens another one. */
  close(): void {
    this.#statements.clear();
    this.#version = undefined;
    const engine = this.#engine;
    this.#engine = undefined;
    engine?.close();
  }

  #read(
    compiled: CompiledStatement,
    { native, pushes }: PointStatement,
    parameters: BindRows | undefined,
  ): ResultBatch | undefined {
    const columns = compiled.info.columns!;
    const filler = new BatchFiller(this.#options, columns);
    const bind = compiled.binder(parameters);
    const runs = parameters === undefined ? 1 : parameters.rows;
    let isFull = false;
    const add = (row: NativeRow): boolean => {
      // Another process may have changed the table since its version was read.
      if (isFull || row.length !== columns.length) return false;
      isFull = filler.add(row, never);
      return true;
    };
    filler.begin();
    const engine = this.#engine!;
    for (let run = 0; run < runs; run++) {
      const args = bind(run);
      const isWhole = pushes
        ? engine.push(native, args, add)
        : native.all(...args).every(add);
      if (!isWhole) return undefined;
    }
    return filler.take(true);
  }

  #statement(sql: string): PointStatement {
    const engine = this.#engine ??= new Engine(this.#options, this.#open);
    engine.file.check();
    const schema = this.#schemaVersion(engine);
    const known = this.#statements.get(sql);
    if (known !== undefined && known.schema === schema) return known;
    const compiled = engine.prepare(sql);
    const { isPointQuery } = compiled.info;
    const statement = {
      schema,
      compiled: isPointQuery ? compiled : undefined,
      native: compiled.canPush ? compiled.takePushing() : engine.compile(sql),
      pushes: compiled.canPush,
      columns: columnsOf(compiled.info),
      slow: 0,
      elsewhere: 0,
    };
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > MAX_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      this.#statements.delete(oldest!);
    }
    return statement;
  }

  #schemaVersion({ authorizer, database }: Engine): unknown {
    this.#version ??= authorizer.trusted(() =>
      database.prepare("PRAGMA main.schema_version", STATEMENT_OPTIONS)
    );
    return this.#version.all()[0]![0];
  }
}

const COLUMNS = new WeakMap<PreparedInfo, string>();

function columnsOf(info: PreparedInfo): string {
  let columns = COLUMNS.get(info);
  if (columns === undefined) {
    columns = JSON.stringify(info.columns);
    COLUMNS.set(info, columns);
  }
  return columns;
}
