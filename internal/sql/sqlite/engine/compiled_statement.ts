/** A statement that SQLite has compiled, and how values are bound to it. */

import { FlightError } from "../../../core/flight_error.ts";
import { bindReader, type BindRows } from "./bind_column.ts";
import type { PreparedInfo } from "./engine_protocol.ts";
import {
  GuardedRows,
  guardedSql,
  laterRowsSql,
  pushingSql,
} from "./guarded_rows.ts";
import type { NativeRow, NativeStatement } from "./native.ts";

/** Compiles a statement again. */
interface StatementOwner {
  /** Changes whenever a table of this connection does. */
  schemaVersion(): string;
  /** True if `iterate()` hides errors. */
  readonly hidesErrors: boolean;
  /** Compiles a statement. */
  compile(sql: string): NativeStatement;
}

/** Properties of a statement. */
interface StatementFacts {
  /** Text of the statement alone. */
  readonly sql: string;
  /** Name of each parameter; `undefined` for those that are bound by position. */
  readonly parameterNames: readonly (string | undefined)[];
  /** True if the number of changed rows is meaningful. */
  readonly changesRows: boolean;
  /** True if it is a query that may be a part of another one. */
  readonly isQuery: boolean;
  /** Number of SELECTs, those of views included. */
  readonly selects: number;
  /** Columns and parameters. */
  readonly info: PreparedInfo;
}

/** A native statement that does not run, and the schema that it was compiled with. */
interface IdleStatement {
  readonly native: NativeStatement;
  readonly schema: string;
}

/** A compiled statement. */
export class CompiledStatement {
  /** Columns and parameters. */
  readonly info: PreparedInfo;
  readonly #owner: StatementOwner;
  readonly #facts: StatementFacts;
  readonly #signature: string;
  /** The statement that gives the rows, if it is another. */
  readonly #guarded: string | undefined;
  /** The statement that pushes its rows, if there is one. */
  readonly #pushing: string | undefined;
  /** Version of the schema that a native statement was compiled for, or an earlier one. */
  readonly #schemas = new WeakMap<NativeStatement, string>();
  #idle: IdleStatement | undefined;
  #idlePushing: IdleStatement | undefined;

  constructor(
    owner: StatementOwner,
    native: NativeStatement,
    facts: StatementFacts,
  ) {
    this.#owner = owner;
    this.#facts = facts;
    this.info = facts.info;
    this.#signature = signatureOf(native);
    const columns = facts.info.columns?.length ?? 0;
    this.#guarded = owner.hidesErrors && facts.isQuery
      ? guardedSql(facts.sql, columns)
      : undefined;
    this.#pushing = this.#guarded &&
      pushingSql(facts.sql, columns, facts.selects);
    if (this.#guarded === undefined) {
      this.#schemas.set(native, owner.schemaVersion());
      this.give(native);
    }
  }

  /** `true` if the rows can be pushed. */
  get canPush(): boolean {
    return this.#pushing !== undefined;
  }

  /**
   * Takes a native statement. Two runs must not share one, for the second would end the first.
   *
   * @throws {FlightError} When the columns are no longer those that were described.
   */
  take(): NativeStatement {
    const idle = this.#idle;
    this.#idle = undefined;
    return this.#fresh(idle, this.#guarded);
  }

  /** The same for the statement that pushes its rows. */
  takePushing(): NativeStatement {
    const idle = this.#idlePushing;
    this.#idlePushing = undefined;
    return this.#fresh(idle, this.#pushing);
  }

  /** Gives a statement that pushes its rows back. */
  givePushing(native: NativeStatement): void {
    this.#idlePushing = { native, schema: this.#schemas.get(native)! };
  }

  #fresh(
    idle: IdleStatement | undefined,
    otherSql: string | undefined,
  ): NativeStatement {
    // Deno keeps the columns of a compiled statement after ALTER TABLE, so compile it anew.
    const schema = this.#owner.schemaVersion();
    if (idle?.schema === schema) return idle.native;
    const native = this.#owner.compile(this.#facts.sql);
    if (signatureOf(native) === this.#signature) {
      const taken = otherSql ? this.#owner.compile(otherSql) : native;
      this.#schemas.set(taken, schema);
      return taken;
    }
    throw new FlightError(
      "ABORTED",
      "Cannot run the statement: its columns have changed since it was prepared; prepare it again",
    );
  }

  /** Gives a native statement back. */
  give(native: NativeStatement): void {
    this.#idle = { native, schema: this.#schemas.get(native)! };
  }

  /** Begins to read the rows of a run. */
  iterate(
    native: NativeStatement,
    args: readonly unknown[],
  ): Iterator<NativeRow> {
    if (!this.#owner.hidesErrors) return native.iterate(...args);
    // Other statements that give rows give few, or have them all in memory anyway.
    if (this.#guarded === undefined) {
      return native.all(...args)[Symbol.iterator]();
    }
    const { sql, info } = this.#facts;
    const columns = info.columns!.length;
    return new GuardedRows(native.iterate(...args), columns, (rows) => {
      this.#owner.compile(laterRowsSql(sql, columns, rows)).all(...args);
    });
  }

  /**
   * Makes the function that gives the arguments of a run for a row of parameters.
   *
   * @throws {FlightError} When the number of columns is not that of the parameters.
   */
  binder(rows: BindRows | undefined): (row: number) => unknown[] {
    const names = this.#facts.parameterNames;
    const given = rows?.columns.length ?? 0;
    if (given !== names.length) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        `Cannot bind parameters: the statement has ${names.length}, and ${given} are given`,
      );
    }
    const readers = rows?.columns.map(bindReader) ?? [];
    const args: unknown[] = [];
    const positional = readers.filter((_, i) => !names[i]);
    if (positional.length === readers.length) {
      return (row) => {
        readers.forEach((read, i) => args[i] = read(row));
        return args;
      };
    }
    return (row) => {
      const named: Record<string, unknown> = {};
      readers.forEach((read, i) => {
        const name = names[i];
        if (name) named[name] = read(row);
      });
      return [named, ...positional.map((read) => read(row))];
    };
  }

  /** Runs the statement for each row of parameters, and counts the changed rows. */
  runAll(rows: BindRows | undefined, stopped: () => boolean): bigint {
    const bind = this.binder(rows);
    const native = this.take();
    let changed = 0n;
    const count = rows === undefined ? 1 : rows.rows;
    for (let row = 0; row < count; row++) {
      if (stopped()) break;
      const { changes } = native.run(...bind(row));
      if (this.#facts.changesRows) changed += BigInt(changes);
    }
    this.give(native);
    return changed;
  }
}

function signatureOf(native: NativeStatement): string {
  return JSON.stringify(native.columns().map(({ name, type }) => [name, type]));
}
