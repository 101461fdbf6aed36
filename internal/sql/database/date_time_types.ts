/** Rows of GetXdbcTypeInfo that databases have in common. */

import type { SqlTypeInfo } from "../metadata/rows.ts";

/** Literals between single quotation marks. */
export const QUOTED = { literalPrefix: "'", literalSuffix: "'" };

/** Dates and times, with the numbers of XdbcDataType and XdbcDatetimeSubcode. */
export const DATE_TIME_TYPES: readonly SqlTypeInfo[] = [
  {
    typeName: "DATE",
    dataType: 91,
    columnSize: 10,
    sqlDataType: 9,
    datetimeSubcode: 1,
    ...QUOTED,
  },
  {
    typeName: "TIME",
    dataType: 92,
    columnSize: 15,
    sqlDataType: 9,
    datetimeSubcode: 2,
    ...QUOTED,
  },
  {
    typeName: "TIMESTAMP",
    dataType: 93,
    columnSize: 26,
    sqlDataType: 9,
    datetimeSubcode: 3,
    ...QUOTED,
  },
];
