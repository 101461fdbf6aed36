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

/**
 * Types of parameters that may be free: if columns are the same with the other type, they are so with any. The Arrow
 * type is announced for them.
 */
const FREE: ReadonlyMap<string, { other: string; announced: DataType }> =
  new Map([
    ["VARCHAR", { other: "BIGINT", announced: new Utf8() }],
    ["BIGINT", { other: "DOUBLE", announced: new Int64() }],
  ]);

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
  const asIs = {
    native,
    sql,
    columns: columnsOf(native),
    free: new Map<string, DataType>(),
    whole: new Set<string>(),
  };
  if (isKnown(asIs.columns)) return asIs;
  const attempts = new Attempts(sql, connection, signal);
  const open = parameterNames(native, true);
  const found = await attempts.typesOf(open);
  if (found === undefined) {
    // Arguments of functions such as `range` may have to be known: the columns are those of nulls.
    const all = parameterNames(native, false);
    const columns = await attempts.knownColumns(
      withTypes(new Map(), all, LEFT_OUT),
    );
    return { ...asIs, columns: columns ?? asIs.columns };
  }
  const { types, columns } = found;
  const free = new Map<string, DataType>();
  const others = new Map(types);
  for (const name of open) {
    const type = FREE.get(types.get(name)!);
    if (type === undefined) continue;
    free.set(name, type.announced);
    others.set(name, type.other);
  }
  if (
    hasRows && free.size > 0 && !await attempts.hasColumns(columns, others)
  ) free.clear();
  const compiled = await attempts.compile(
    withTypes(types, [...free.keys()], AS_IS),
  );
  native.destroySync();
  const whole = open.filter((name) =>
    !free.has(name) && /^(BIGINT|INTEGER)/.test(types.get(name)!)
  );
  // The engine describes the columns of typed parameters only.
  return { ...compiled, columns, free, whole: new Set(whole) };
}

/** A type for each of some parameters. */
type Types = ReadonlyMap<string, string>;

/** Types with which the columns of a statement are known. */
interface FoundTypes {
  readonly types: Types;
  readonly columns: readonly DuckColumn[];
}

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
  async typesOf(open: readonly string[]): Promise<FoundTypes | undefined> {
    if (open.length === 0) return undefined;
    const alike = (type: string) => withTypes(new Map(), open, type);
    // Texts are right for most statements, such as `SELECT ?`.
    const texts = await this.#fitting(alike("VARCHAR"));
    if (texts !== undefined) return texts;
    if (open.length > MAX_SINGLE) return await this.#fitting(alike("BIGINT"));
    let types: Types = alike(LEFT_OUT);
    let found: FoundTypes | undefined;
    for (const name of open) {
      for (const type of TYPES) {
        found = await this.#fitting(withTypes(types, [name], type));
        if (found !== undefined) break;
      }
      if (found === undefined) return undefined;
      types = found.types;
    }
    return found;
  }

  async #fitting(types: Types): Promise<FoundTypes | undefined> {
    const columns = await this.knownColumns(types);
    return columns && { types, columns };
  }

  /** Tells whether the statement has columns of the same types with other parameters. */
  async hasColumns(
    wanted: readonly DuckColumn[],
    types: Types,
  ): Promise<boolean> {
    const columns = await this.knownColumns(types);
    return columns !== undefined && textOf(columns) === textOf(wanted);
  }

  /** The columns with other parameters; `undefined` if these do not fit, or leave columns unknown. */
  async knownColumns(types: Types): Promise<DuckColumn[] | undefined> {
    if (this.#signal?.aborted) throw stopReason(this.#signal);
    try {
      const { native } = await this.compile(types);
      const columns = columnsOf(native);
      native.destroySync();
      return isKnown(columns) ? columns : undefined;
    } catch {
      return undefined;
    }
  }

  async compile(types: Types): Promise<Pick<CompiledText, "native" | "sql">> {
    const sql = replaceParameters(
      this.#sql,
      new Map(Array.from(types, ([name, type]) => [name, placed(type)])),
    );
    const statements = await this.#connection.extractStatements(sql);
    return { native: await statements.prepare(0), sql };
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
