/** Values of nested Arrow types as parameters of a statement. */

import type { Data } from "apache-arrow";
import { TYPE_ID } from "../../../arrow/arrow_format.ts";
import type { DuckdbSession } from "../duckdb_session.ts";
import { sqlType, storedValueReader } from "../ingest_types.ts";
import {
  DUCK_TYPE,
  type DuckConnection,
  type DuckStatement,
  type DuckType,
} from "../native.ts";

/** Binds the value of a row. */
type Bind = (statement: DuckStatement, index: number, row: number) => void;

/** One value of each class that the package has for a type. */
const SAMPLES = `SELECT [1], [1]::INTEGER[1], {'a': 1}, MAP {1: 1},
  union_value(a := 1), ''::BLOB, DATE '2000-01-01', TIME '00:00:00',
  TIME_NS '00:00:00', TIMESTAMP '2000-01-01', TIMESTAMP_S '2000-01-01',
  TIMESTAMP_MS '2000-01-01', TIMESTAMP_NS '2000-01-01',
  TIMESTAMPTZ '2000-01-01 00:00:00Z', INTERVAL 1 DAY, 1.5::DECIMAL(2, 1)`;

const NESTED: ReadonlySet<number> = new Set([
  TYPE_ID.list,
  TYPE_ID.largeList,
  TYPE_ID.fixedSizeList,
  TYPE_ID.map,
  TYPE_ID.struct,
  TYPE_ID.interval,
]);

/** Classes of values by the numbers of their types. */
type Classes = ReadonlyMap<number, object>;

/**
 * Reports whether a column needs values of the engine's own: texts cannot stand for its values.
 *
 * @param wanted Number of the type of the parameter; 0 if it is unknown. Texts, JSON among them, are given as
 * JSON.
 */
export function isNested(data: Data, wanted: number): boolean {
  const { typeId } = data.type;
  if (typeId === TYPE_ID.union) return wanted === DUCK_TYPE.UNION;
  return NESTED.has(typeId) &&
    (typeId === TYPE_ID.interval || wanted !== DUCK_TYPE.VARCHAR);
}

/**
 * Makes the functions that bind the rows of nested columns.
 *
 * Only the package of the application has the classes of types and values, so a query gives them.
 */
export async function nestedBinders(
  session: DuckdbSession,
  columns: readonly Data[],
  signal: AbortSignal,
): Promise<Bind[]> {
  const nulls = columns.map(({ type }) => `NULL::${sqlType(type)}`);
  return await session.run(signal, async () => {
    const classes = await classesOf(session.native);
    const types = await session.native.run(`SELECT ${nulls.join(", ")}`);
    return columns.map((data, i) => binder(data, types.columnType(i), classes));
  });
}

/** The classes of each package, by the class of its connections. */
const CLASSES = new WeakMap<object, Classes>();

async function classesOf(native: DuckConnection): Promise<Classes> {
  const key: object = Object.getPrototypeOf(native);
  const known = CLASSES.get(key);
  if (known !== undefined) return known;
  const samples = await native.run(SAMPLES);
  const [row] = await samples.getRows();
  const classes = new Map(
    row!.map((value, i) => [
      samples.columnType(i).typeId,
      Object.getPrototypeOf(value) as object,
    ]),
  );
  CLASSES.set(key, classes);
  return classes;
}

function binder(data: Data, type: DuckType, classes: Classes): Bind {
  const read = storedValueReader(data);
  return (statement, index, row) => {
    const value = read(row);
    if (value === null) statement.bindNull(index);
    else statement.bindValue(index, instance(value, type, classes), type);
  };
}

/** Gives a value, and all in it, the classes that the package checks. */
function instance(value: unknown, type: DuckType, classes: Classes): unknown {
  const prototype = classes.get(type.typeId);
  if (value === null || prototype === undefined) return value;
  return Object.assign(
    Object.create(prototype),
    withInstances(value, type, classes),
  );
}

function withInstances(
  value: unknown,
  type: DuckType,
  classes: Classes,
): unknown {
  switch (type.typeId) {
    case DUCK_TYPE.LIST:
    case DUCK_TYPE.ARRAY: {
      const { items } = value as { items: unknown[] };
      return {
        items: items.map((item) => instance(item, type.valueType!, classes)),
      };
    }
    case DUCK_TYPE.STRUCT: {
      const { entries } = value as { entries: Record<string, unknown> };
      return {
        entries: Object.fromEntries(
          type.entryNames!.map((name, i) => [
            name,
            instance(entries[name], type.entryTypes![i]!, classes),
          ]),
        ),
      };
    }
    case DUCK_TYPE.MAP: {
      const { entries } = value as {
        entries: { key: unknown; value: unknown }[];
      };
      return {
        entries: entries.map(({ key, value }) => ({
          key: instance(key, type.keyType!, classes),
          value: instance(value, type.valueType!, classes),
        })),
      };
    }
    case DUCK_TYPE.UNION: {
      const { tag, value: member } = value as { tag: string; value: unknown };
      const memberType = type.memberTypes![type.memberTags!.indexOf(tag)]!;
      return { tag, value: instance(member, memberType, classes) };
    }
    case DUCK_TYPE.DECIMAL:
      return { ...value as object, width: type.width, scale: type.scale };
    default:
      return value;
  }
}
