/** SqlInfo: readable names to and from the values of the wire. */

import { valueName } from "../../base/value_name.ts";
import type { SqlInfo, SqlInfoValue } from "./sql_info.ts";
import { SQL_INFO_ENTRIES, type SqlInfoEntry } from "./sql_info_entries.ts";

/** Largest and least values of the children of integers. */
const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2n ** 63n - 1n;

/** From here on, ids are free for the servers. */
const FIRST_FREE_ID = 10_000;

/** The levels as the constants of java.sql.Connection, which JDBC passes on. */
const JDBC_ISOLATION = [0n, 1n, 2n, 4n, 8n];

/** As JDBC, as the ordinals of FlightSql.proto, and as the bits of ODBC; 4 is that of FlightSql.proto. */
const ISOLATION_OF: ReadonlyMap<bigint, number> = new Map([
  [0n, 0],
  [1n, 1],
  [2n, 2],
  [3n, 3],
  [4n, 4],
  [8n, 4],
  [16n, 4],
]);

/**
 * Gives the values of all ids.
 *
 * @param info The values that are known; the others are the defaults.
 * @returns Values by id, in ascending order. An int32 is a number, an int64 a bigint.
 * @throws {TypeError} When a value is of the wrong type, or a name is not known.
 */
export function sqlInfoValues(info: SqlInfo): Map<number, SqlInfoValue> {
  const known = new Set<string>(SQL_INFO_ENTRIES.map(({ name }) => name));
  for (const name of Object.keys(info)) {
    if (known.has(name) || name === "others") continue;
    throw new TypeError(`Cannot use SqlInfo: there is no ${name}`);
  }
  const values = new Map<number, SqlInfoValue>();
  for (const entry of SQL_INFO_ENTRIES) {
    const value: unknown = info[entry.name] ?? entry.fallback;
    if (value !== undefined) values.set(entry.id, wireValue(entry, value));
  }
  for (const [id, value] of info.others ?? []) {
    if (!Number.isInteger(id) || id < FIRST_FREE_ID || id > 2 ** 32 - 1) {
      throw new TypeError(
        `Cannot use SqlInfo: the id ${id} is not from ${FIRST_FREE_ID} to 2³² − 1`,
      );
    }
    values.set(id, value);
  }
  return values;
}

/**
 * Chooses the ids of a request.
 *
 * @param values All values.
 * @param ids The ids that are asked for; none for all standard ones. Unknown ids are left out, and so
 * are repeated ones.
 * @returns The rows, in the order of the request.
 */
export function selectSqlInfo(
  values: ReadonlyMap<number, SqlInfoValue>,
  ids: readonly number[],
): [id: number, value: SqlInfoValue][] {
  // JDBC fails on ids that it does not know.
  if (ids.length === 0) {
    return [...values].filter(([id]) => id < FIRST_FREE_ID);
  }
  const rows: [number, SqlInfoValue][] = [];
  for (const id of new Set(ids)) {
    const value = values.get(id);
    if (value !== undefined) rows.push([id, value]);
  }
  return rows;
}

/**
 * Gives values of the wire their names. Values of a type that does not belong to their id are taken by
 * what they say: an int32 for an int64, a number for its ordinal.
 *
 * @param values Values by id.
 * @returns The values that were there; those of unknown ids, or that make no sense, in `others`.
 */
export function sqlInfoOf(
  values: Iterable<readonly [id: number, value: SqlInfoValue]>,
): SqlInfo {
  const byId = new Map(SQL_INFO_ENTRIES.map((entry) => [entry.id, entry]));
  const info: Record<string, unknown> = {};
  const others = new Map<number, SqlInfoValue>();
  for (const [id, value] of values) {
    const entry = byId.get(id);
    const readable = entry && readableValue(entry, value);
    if (readable === undefined) others.set(id, value);
    else info[entry!.name] = readable;
  }
  if (others.size > 0) info.others = others;
  return info as SqlInfo;
}

function wireValue(
  { name, kind, names }: SqlInfoEntry,
  value: unknown,
): SqlInfoValue {
  const wrong = (wanted: string): TypeError => {
    const got = typeof value === "string"
      ? JSON.stringify(value)
      : typeof value === "number" || typeof value === "bigint"
      ? `${value}`
      : valueName(value);
    return new TypeError(
      `Cannot use SqlInfo: ${name} must be ${wanted}, not ${got}`,
    );
  };
  const choices = names.filter((name) => name !== "");
  const ordinal = (name: unknown): number => {
    const index = name === "" ? -1 : names.indexOf(name as string);
    if (index < 0) {
      throw wrong(
        `${kind === "bits" ? "a list of" : "one of"} ${choices.join(", ")}`,
      );
    }
    return index;
  };
  switch (kind) {
    case "text":
      if (typeof value === "string") return value;
      throw wrong("text");
    case "flag":
      if (typeof value === "boolean") return value;
      throw wrong("true or false");
    case "int32":
      if (
        Number.isInteger(value) && Math.abs(value as number) <= INT32_MAX
      ) return value as number;
      throw wrong("an integer of 32 bits");
    case "int64": {
      const big = typeof value === "bigint"
        ? value
        : Number.isSafeInteger(value)
        ? BigInt(value as number)
        : undefined;
      if (big !== undefined && big <= INT64_MAX && big >= -INT64_MAX) {
        return big;
      }
      throw wrong("an integer of 64 bits");
    }
    case "texts":
      if (
        Array.isArray(value) && value.every((text) => typeof text === "string")
      ) return value;
      throw wrong("a list of text");
    case "map":
      if (value instanceof Map) return value;
      throw wrong("a Map of lists of numbers");
    case "choice32":
      return ordinal(value);
    case "choice64":
      return BigInt(ordinal(value));
    case "isolation":
      return JDBC_ISOLATION[ordinal(value)]!;
    case "bits":
      if (!Array.isArray(value)) {
        throw wrong(`a list of ${choices.join(", ")}`);
      }
      return value.reduce((bits, name) => bits | 1 << ordinal(name), 0);
  }
}

function readableValue(
  { kind, names }: SqlInfoEntry,
  value: SqlInfoValue,
): unknown {
  const number = typeof value === "bigint" || typeof value === "number"
    ? Number(value)
    : undefined;
  switch (kind) {
    case "text":
      return typeof value === "string" ? value : undefined;
    case "flag":
      return typeof value === "boolean" ? value : undefined;
    case "int32":
      return number;
    case "int64":
      return number === undefined ? undefined : BigInt(value as bigint);
    case "texts":
      return Array.isArray(value) ? value : undefined;
    case "map":
      return value instanceof Map ? value : undefined;
    case "choice32":
    case "choice64":
      return number === undefined ? undefined : names[number];
    case "isolation":
      return number === undefined
        ? undefined
        : names[ISOLATION_OF.get(BigInt(number)) ?? -1];
    case "bits":
      return number === undefined
        ? undefined
        : names.filter((name, bit) => name !== "" && number >> bit & 1);
  }
}
