/** The JavaScript types of rows, by the types of their columns. */

import type { DataType, Type, TypeMap } from "apache-arrow";
import type { SqlInterval } from "./time_values.ts";

/** The types of columns whose values are Dates. */
type DateTypes =
  | Type.Date
  | Type.DateDay
  | Type.DateMillisecond
  | Type.Timestamp
  | Type.TimestampSecond
  | Type.TimestampMillisecond
  | Type.TimestampMicrosecond
  | Type.TimestampNanosecond;

/** The types of columns whose values are texts, though their own type is another. */
type TextTypes =
  | Type.Decimal
  | Type.Time
  | Type.TimeSecond
  | Type.TimeMillisecond
  | Type.TimeMicrosecond
  | Type.TimeNanosecond;

/** The types of lists. */
type ListTypes = Type.List | Type.LargeList | Type.FixedSizeList;

/** The type of the children of a type, by their names. */
type Children<D extends DataType> = D["TChildren"];

/**
 * The JavaScript value of a column, as rows have it unless `temporal` is set; null aside.
 *
 * @typeParam D The type of the column.
 */
export type SqlValue<D extends DataType> = DataType extends D ? unknown
  : D extends { TType: DateTypes } ? Date
  : D extends { TType: TextTypes } ? string
  : D extends { TType: Type.Interval } ? SqlInterval
  : D extends { TType: ListTypes } ? SqlListOf<D["children"][number]["type"]>
  : D extends { TType: Type.Map }
    ? Map<SqlValue<Children<D>["key"]>, SqlValue<Children<D>["value"]> | null>
  : D extends { TType: Type.Struct } ? SqlRowOf<Children<D>>
  : D extends { dictionary: infer V extends DataType } ? SqlValue<V>
  : D["TValue"];

/** A list of values of a type. */
type SqlListOf<D> = D extends DataType ? (SqlValue<D> | null)[] : unknown[];

/**
 * A row of columns of known types: what a schema that is given makes of a row.
 *
 * @typeParam T The columns.
 */
export type SqlRowOf<T extends TypeMap> = {
  [K in keyof T]: SqlValue<T[K]> | null;
};
