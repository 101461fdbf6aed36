/** Data types of DuckDB, for GetXdbcTypeInfo. */

import { DATE_TIME_TYPES, QUOTED } from "../database/date_time_types.ts";
import type { SqlTypeInfo } from "../metadata/rows.ts";

/** One row for each type that JDBC has a number for. */
export const TYPE_INFO: readonly SqlTypeInfo[] = [
  { typeName: "BOOLEAN", dataType: -7, columnSize: 1 },
  { typeName: "TINYINT", dataType: -6, columnSize: 3 },
  { typeName: "BIGINT", dataType: -5, columnSize: 19 },
  { typeName: "BLOB", dataType: -4, ...QUOTED },
  {
    typeName: "DECIMAL",
    dataType: 3,
    columnSize: 38,
    createParams: ["precision", "scale"],
    minimumScale: 0,
    maximumScale: 38,
  },
  { typeName: "INTEGER", dataType: 4, columnSize: 10 },
  { typeName: "SMALLINT", dataType: 5, columnSize: 5 },
  { typeName: "FLOAT", dataType: 7, columnSize: 7 },
  { typeName: "DOUBLE", dataType: 8, columnSize: 15 },
  { typeName: "VARCHAR", dataType: 12, caseSensitive: true, ...QUOTED },
  ...DATE_TIME_TYPES,
];
