/** The result of GetSqlInfo: values to and from a batch with a dense union. */

import { type Data, type RecordBatch, Vector } from "apache-arrow";
import { newData } from "../../arrow/arrow_objects.ts";
import { batchOfColumns, columnOf } from "./metadata_batch.ts";
import { SQL_INFO_SCHEMA, SQL_INFO_VALUE } from "./schemas.ts";
import type { SqlInfoValue } from "./sql_info.ts";

/** The type ids of the children. */
const CHILD = { text: 0, flag: 1, int64: 2, int32: 3, texts: 4, map: 5 };

/**
 * Makes the result of GetSqlInfo.
 *
 * @param rows Ids and values.
 * @returns One batch.
 */
export function sqlInfoBatch(
  rows: readonly (readonly [id: number, value: SqlInfoValue])[],
): RecordBatch {
  const values: SqlInfoValue[][] = SQL_INFO_VALUE.children.map(() => []);
  const typeIds = new Int8Array(rows.length);
  const offsets = new Int32Array(rows.length);
  rows.forEach(([, value], i) => {
    const child = childOf(value);
    typeIds[i] = child;
    offsets[i] = values[child]!.push(value) - 1;
  });
  const children = SQL_INFO_VALUE.children.map((field, child) =>
    child === CHILD.map
      ? mapsOf(values[child] as ReadonlyMap<number, readonly number[]>[])
      : columnOf(field, values[child]!)
  );
  const ids = columnOf(SQL_INFO_SCHEMA.fields[0]!, rows.map(([id]) => id));
  const union = newData(SQL_INFO_VALUE, rows.length, 0, {
    typeIds,
    offsets,
    children,
  });
  return batchOfColumns(SQL_INFO_SCHEMA, rows.length, [ids, union]);
}

/**
 * Reads a result of GetSqlInfo. The children of the union are told apart by their values, so that other
 * names and type ids do no harm.
 *
 * @param batch A batch of two columns: ids and a union.
 * @returns Ids and values.
 */
export function sqlInfoRows(
  batch: RecordBatch,
): [id: number, value: SqlInfoValue][] {
  const [ids, values] = [batch.getChildAt(0), batch.getChildAt(1)];
  const rows: [number, SqlInfoValue][] = [];
  for (let i = 0; i < batch.numRows; i++) {
    const value = plainValue(values?.get(i));
    if (value !== undefined) rows.push([Number(ids?.get(i)), value]);
  }
  return rows;
}

function childOf(value: SqlInfoValue): number {
  switch (typeof value) {
    case "string":
      return CHILD.text;
    case "boolean":
      return CHILD.flag;
    case "bigint":
      return CHILD.int64;
    case "number":
      return CHILD.int32;
    default:
      return Array.isArray(value) ? CHILD.texts : CHILD.map;
  }
}

/** apache-arrow's builders take objects for maps, whose keys are texts. */
function mapsOf(maps: readonly ReadonlyMap<number, readonly number[]>[]): Data {
  const { type } = SQL_INFO_VALUE.children[CHILD.map]!;
  const entries = type.children[0]!.type;
  const [key, value] = entries.children;
  const pairs = maps.flatMap((map) => [...map]);
  const offsets = new Int32Array(maps.length + 1);
  maps.forEach((map, i) => offsets[i + 1] = offsets[i]! + map.size);
  const children = [
    columnOf(key!, pairs.map(([from]) => from)),
    columnOf(value!, pairs.map(([, to]) => [...to])),
  ];
  return newData(type, maps.length, 0, {
    offsets,
    children: [newData(entries, pairs.length, 0, { children })],
  });
}

/** A value as plain JavaScript: a Vector is a list, the rows of a map are a Map. */
function plainValue(value: unknown): SqlInfoValue | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== "object") return value as SqlInfoValue;
  if (value instanceof Vector || Array.isArray(value)) {
    return [...value].map((text) => `${text ?? ""}`);
  }
  const map = new Map<number, readonly number[]>();
  for (const [from, to] of value as Iterable<[unknown, Iterable<unknown>]>) {
    map.set(Number(from), [...to ?? []].map(Number));
  }
  return map;
}
