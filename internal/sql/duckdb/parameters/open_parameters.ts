/** Parameters whose types a statement of DuckDB leaves open, and columns that depend on them. */

import { type DataType, Int64, Utf8 } from "apache-arrow";
import { TYPE_ID } from "../../../arrow/arrow_format.ts";
import { anyType } from "../../../arrow/types/same_type.ts";
import { FlightError } from "../../../core/flight_error.ts";
import { stopReason } from "../../database/call_signal.ts";
import { replaceParameters } from "../duckdb_text.ts";
import type { DuckConnection, DuckStatement, DuckType } from "../native.ts";

/** A column of a statement. */
interface DuckColumn {
  readonly name: string;
  /** Its type; `undefined` where it depends on a parameter. */
  readonly type: DuckType | undefined;
}

/** A statement that is compiled, and all that is known of it. */
export interface CompiledText {
  readonly native: DuckStatement;
  readonly sql: string;
  readonly columns: readonly DuckColumn[];
  /** Types to announce for parameters that take values of other types too, by their names. */
  readonly free: ReadonlyMap<string, DataType>;
  /** Names of parameters that are cast to whole numbers, or lists of them: other numbers would be rounded. */
  readonly whole: ReadonlySet<string>;
}

/** A parameter without a type of its own. */
const AS_IS = "";
/** A parameter that is left out, to look at others. */
const LEFT_OUT = "NULL";

/** Most parameters that are looked at one by one: each look compiles the whole statement, with all of them. */
const MAX_SINGLE = 16;

/** Types for a parameter, the likeliest first. */
const TYPES = [
  AS_IS,
  "VARCHAR",
  "BIGINT",
  "DOUBLE",
  "INTEGER",
  "TIMESTAMP",
  "INTERVAL",
  "BIGINT[]",
  "VARCHAR[]",
  "BLOB",
];

/** Other types of free parameters: if columns are the same with these, they are so with any. */
const OTHER: Readonly<Record<string, string>> = {
  VARCHAR: "BIGINT",
  BIGINT: "DOUBLE",
};

/** Types that are announced for free parameters. */
const FREE: Readonly<Record<string, () => DataType>> = {
  VARCHAR: () => new Utf8(),
  BIGINT: () => new Int64(),
};

/**
 * Finds types for the parameters that nothing in a statement tells the types of, so that its columns are known.
 * DuckDB describes the rows of such a statement, be it `SELECT ?` or `SELECT a FROM t WHERE a % ? = 1`, as a single
 * column named "unknown", whatever they are.
 *
 * A parameter is free where the columns do not depend on its type: the value that is bound has the last word then.
 * Any other is cast to the first type that fits.
 *
 * @param native The statement; it is closed where another one takes its place.
 * @param hasRows Whether it gives rows.
 * @param signal Ends the search.
 * @returns The statement; as it is where its columns are known, or no type fits.
 * @throws {FlightError} INVALID_ARGUMENT when the numbers of parameters have gaps.
 */
export async function withOpenParameters(
  native: DuckStatement,
  sql: string,
  hasRows: boolean,
  connection: DuckConnection,
  signal: AbortSignal | undefined,
): Promise<CompiledText> {
  checkNumbers(native);
  const columns = columnsOf(native);
  const free = new Map<string, DataType>();
  const none = new Set<string>();
  if (isKnown(columns)) return { native, sql, columns, free, whole: none };
  const attempts = new Attempts(sql, connection, signal);
  const open = parameterNames(native, true);
  const types = await attempts.typesOf(open);
  if (types === undefined) {
    // Arguments of functions such as `range` may have to be known: the columns are those of nulls.
    const all = parameterNames(native, false);
    const known = await attempts.columnsWith(
      withTypes(new Map(), all, LEFT_OUT),
    ) ?? columns;
    return {
      native,
      sql,
      columns: isKnown(known) ? known : columns,
      free,
      whole: none,
    };
  }
  const typed = await attempts.compile(types);
  const others = open.filter((name) => OTHER[types.get(name)!]);
  const isFree = !hasRows || await attempts.hasColumns(
    typed.columns,
    new Map([
      ...types,
      ...others.map((name) => [name, OTHER[types.get(name)!]!] as const),
    ]),
  );
  native.destroySync();
  const cast = isFree ? open.filter((name) => !others.includes(name)) : open;
  const whole = new Set(
    cast.filter((name) => /^(BIGINT|INTEGER)/.test(types.get(name)!)),
  );
  if (!isFree || others.length === 0) return { ...typed, free, whole };
  typed.native.destroySync();
  for (const name of others) free.set(name, FREE[types.get(name)!]!());
  return {
    ...await attempts.compile(withTypes(types, others, AS_IS)),
    // The engine describes those of typed parameters only.
    columns: typed.columns,
    free,
    whole,
  };
}

/** A type for each of some parameters. */
type Types = ReadonlyMap<string, string>;

/** A statement, compiled with several types of its parameters. */
class Attempts {
  readonly #sql: string;
  readonly #connection: DuckConnection;
  readonly #signal: AbortSignal | undefined;

  constructor(
    sql: string,
    connection: DuckConnection,
    signal: AbortSignal | undefined,
  ) {
    this.#sql = sql;
    this.#connection = connection;
    this.#signal = signal;
  }

  /** Finds a type for each parameter: one for all, or one after the other; `undefined` where none fits. */
  async typesOf(open: readonly string[]): Promise<Types | undefined> {
    if (open.length === 0) return undefined;
    const alike = (type: string) => withTypes(new Map(), open, type);
    // Texts are right for most statements, such as `SELECT ?`.
    if (await this.#fits(alike("VARCHAR"))) return alike("VARCHAR");
    if (open.length > MAX_SINGLE) {
      return await this.#fits(alike("BIGINT")) ? alike("BIGINT") : undefined;
    }
    let types: Types = alike(LEFT_OUT);
    for (const name of open) {
      let fitting: Types | undefined;
      for (const type of TYPES) {
        const attempt = withTypes(types, [name], type);
        if (!await this.#fits(attempt)) continue;
        fitting = attempt;
        break;
      }
      if (fitting === undefined) return undefined;
      types = fitting;
    }
    return types;
  }

  /** Tells whether the statement has columns of the same types with other parameters. */
  async hasColumns(
    wanted: readonly DuckColumn[],
    types: Types,
  ): Promise<boolean> {
    const columns = await this.columnsWith(types);
    return columns !== undefined && textOf(columns) === textOf(wanted);
  }

  async #fits(types: Types): Promise<boolean> {
    const columns = await this.columnsWith(types);
    return columns !== undefined && isKnown(columns);
  }

  /** The columns with other parameters; `undefined` if these do not fit. */
  async columnsWith(types: Types): Promise<DuckColumn[] | undefined> {
    if (this.#signal?.aborted) throw stopReason(this.#signal);
    try {
      const { native, columns } = await this.compile(types);
      native.destroySync();
      return columns;
    } catch {
      return undefined;
    }
  }

  async compile(
    types: Types,
  ): Promise<
    Omit<CompiledText, "free" | "whole" | "columns"> & { columns: DuckColumn[] }
  > {
    const sql = replaceParameters(
      this.#sql,
      new Map(Array.from(types, ([name, type]) => [name, placed(type)])),
    );
    const native = await (await this.#connection.extractStatements(sql))
      .prepare(0);
    return { native, sql, columns: columnsOf(native) };
  }
}

/** Makes the function that gives a parameter a type. */
function placed(type: string): (parameter: string) => string {
  return (parameter) =>
    type === AS_IS
      ? parameter
      : type === LEFT_OUT
      ? type
      : `CAST(${parameter} AS ${type})`;
}

function withTypes(types: Types, names: readonly string[], type: string) {
  return new Map([
    ...types,
    ...names.map((name) => [name, type] as const),
  ]);
}

function columnsOf(native: DuckStatement): DuckColumn[] {
  return Array.from({ length: native.columnCount }, (_, i) => ({
    name: native.columnName(i),
    type: columnType(native, i),
  }));
}

function columnType(native: DuckStatement, i: number): DuckType | undefined {
  if (native.columnTypeId(i) === 0) return undefined;
  try {
    return native.columnType(i);
  } catch {
    // A member of it is of no known type.
    return undefined;
  }
}

function isKnown(columns: readonly DuckColumn[]): boolean {
  return columns.every(({ type }) => type !== undefined);
}

/** The types of columns: an expression without a name has that of its text, parameters included. */
function textOf(columns: readonly DuckColumn[]): string {
  return columns.map(({ type }) => String(type)).join("\n");
}

/** The engine takes `SELECT $2`, but has no way to bind it. */
function checkNumbers(native: DuckStatement): void {
  for (let index = 1; index <= native.parameterCount; index++) {
    try {
      native.parameterName(index);
    } catch (error) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        `Cannot compile the statement: it has no parameter $${index}, but one of a greater number; number them from $1 on`,
        { cause: error },
      );
    }
  }
}

/** Tells whether the values of a type are whole numbers, or lists of them. */
export function isWhole(type: DataType): boolean {
  const { typeId, children, dictionary } = anyType(type);
  switch (typeId) {
    case TYPE_ID.int:
    case TYPE_ID.bool:
    case TYPE_ID.null:
      return true;
    case TYPE_ID.list:
      return isWhole(children![0]!.type);
    case TYPE_ID.dictionary:
      return isWhole(dictionary);
    default:
      return false;
  }
}

/** Names of parameters: numbers, where they have none. */
function parameterNames(native: DuckStatement, isOpen: boolean): string[] {
  const indices = Array.from(
    { length: native.parameterCount },
    (_, i) => i + 1,
  );
  return indices
    .filter((index) => !isOpen || native.parameterTypeId(index) === 0)
    .map((index) => native.parameterName(index));
}
