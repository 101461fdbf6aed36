/** Data types of SQLite, for GetXdbcTypeInfo. */

import { DATE_TIME_TYPES, QUOTED } from "../database/date_time_types.ts";
import type { SqlTypeInfo } from "../metadata/rows.ts";

const BYTES = { literalPrefix: "x'", literalSuffix: "'" };

/** One row for each declared type that has an Arrow type, with the numbers of XdbcDataType. */
export const TYPE_INFO: readonly SqlTypeInfo[] = [
  { typeName: "BOOLEAN", dataType: -7, columnSize: 1 },
  { typeName: "BIGINT", dataType: -5, columnSize: 19 },
  { typeName: "BLOB", dataType: -4, columnSize: 1_000_000_000, ...BYTES },
  {
    typeName: "TEXT",
    dataType: -1,
    columnSize: 1_000_000_000,
    caseSensitive: true,
    ...QUOTED,
  },
  { typeName: "NUMERIC", dataType: 2, columnSize: 15 },
  { typeName: "DECIMAL", dataType: 3, columnSize: 15 },
  { typeName: "INTEGER", dataType: 4, columnSize: 19, autoIncrement: true },
  { typeName: "FLOAT", dataType: 6, columnSize: 15 },
  { typeName: "REAL", dataType: 7, columnSize: 15 },
  { typeName: "DOUBLE", dataType: 8, columnSize: 15 },
  {
    typeName: "VARCHAR",
    dataType: 12,
    columnSize: 1_000_000_000,
    createParams: ["length"],
    caseSensitive: true,
    ...QUOTED,
  },
  ...DATE_TIME_TYPES,
];
