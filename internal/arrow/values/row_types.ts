/** The JavaScript types of rows, by the types of their columns. */

import type { DataType, Type, TypeMap } from "apache-arrow";
import type { SqlInterval } from "./time_values.ts";

/**
 * The JavaScript value of a column, as rows have it unless `temporal` is set; null aside.
 *
 * | column                        | value                                                | with `temporal`                        |
 * |-------------------------------|------------------------------------------------------|----------------------------------------|
 * | bool                          | boolean                                              |                                        |
 * | integers up to 32 bits        | number                                               |                                        |
 * | int64, uint64                 | bigint                                               |                                        |
 * | floating point                | number                                               |                                        |
 * | decimal                       | string with all digits, such as `"-12.50"`           |                                        |
 * | text                          | string                                               |                                        |
 * | binary                        | Uint8Array of its own                                |                                        |
 * | date                          | Date at midnight in UTC                              | PlainDate                              |
 * | timestamp                     | Date; `epochNanoseconds` knows all of it             | Instant, ZonedDateTime, PlainDateTime  |
 * | time                          | string, such as `"12:30:00.000001"`                  | PlainTime                              |
 * | duration                      | bigint of nanoseconds                                | Duration                               |
 * | interval                      | {@linkcode SqlInterval}                              | Duration                               |
 * | list                          | array                                                |                                        |
 * | struct                        | object                                               |                                        |
 * | map                           | Map                                                  |                                        |
 * | dictionary, union             | the value itself                                     |                                        |
 *
 * @typeParam D The type of the column.
 */
export type SqlValue<D extends DataType> = DataType extends D ? unknown
  : D extends {
    TType:
      | Type.Date
      | Type.DateDay
      | Type.DateMillisecond
      | Type.Timestamp
      | Type.TimestampSecond
      | Type.TimestampMillisecond
      | Type.TimestampMicrosecond
      | Type.TimestampNanosecond;
  } ? Date
  : D extends {
    TType:
      | Type.Decimal
      | Type.Time
      | Type.TimeSecond
      | Type.TimeMillisecond
      | Type.TimeMicrosecond
      | Type.TimeNanosecond;
  } ? string
  : D extends {
    TType:
      | Type.Interval
      | Type.IntervalYearMonth
      | Type.IntervalDayTime
      | Type.IntervalMonthDayNano;
  } ? SqlInterval
  : D extends { TType: Type.List | Type.LargeList | Type.FixedSizeList }
    ? (SqlValue<D["children"][number]["type"]> | null)[]
  : D extends {
    TType: Type.Map;
    keyType: infer K extends DataType;
    valueType: infer V extends DataType;
  } ? Map<SqlValue<K>, SqlValue<V> | null>
  : D extends { TType: Type.Struct } ? SqlRowOf<D["TChildren"]>
  : D extends { dictionary: infer V extends DataType } ? SqlValue<V>
  : D["TValue"];

/**
 * A row of columns of known types: what a schema that is given makes of a row.
 *
 * @typeParam T The columns.
 */
export type SqlRowOf<T extends TypeMap> = {
  [K in keyof T]: SqlValue<T[K]> | null;
};
