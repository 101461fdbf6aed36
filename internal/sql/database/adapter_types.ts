/** The types that an adapter for a database is written with: exports of several entry points. */

export type {
  SqlForeignKey,
  SqlForeignKeyRule,
  SqlPrimaryKey,
  SqlSchema,
  SqlTable,
  SqlTableRef,
  SqlTypeInfo,
} from "../metadata/rows.ts";
export type * from "../metadata/sql_info.ts";
export type * from "./adapter.ts";
