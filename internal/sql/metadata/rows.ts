/** Rows of metadata results, as handlers give them and clients get them. */

import type { Schema } from "apache-arrow";

/** A schema of a catalog: one row of GetDbSchemas. */
export interface SqlSchema {
  /** Catalog of the schema; absent for a database without catalogs. */
  readonly catalog?: string | undefined;
  /** Name of the schema. */
  readonly schema: string;
}

/** A table or a view: one row of GetTables. */
export interface SqlTable {
  /** Catalog of the table; absent for a database without catalogs. */
  readonly catalog?: string | undefined;
  /** Schema of the table; absent for a database without schemas. */
  readonly schema?: string | undefined;
  /** Name of the table. */
  readonly name: string;
  /** Type of the table, such as `TABLE`, `VIEW` or `SYSTEM TABLE`. */
  readonly type: string;
  /** Columns of the table as `SELECT *` gives them; present where they were asked for. */
  readonly tableSchema?: Schema | undefined;
}

/** Names a table. */
export interface SqlTableRef {
  /** Catalog of the table. Of a request: absent for any, empty for a table without a catalog. */
  readonly catalog?: string | undefined;
  /** Schema of the table. Of a request: absent for any, empty for a table without a schema. */
  readonly schema?: string | undefined;
  /** Name of the table, as it is: neither quoted nor a pattern. */
  readonly table: string;
}

/** A column of a primary key: one row of GetPrimaryKeys. */
export interface SqlPrimaryKey extends SqlTableRef {
  /** Name of the column. */
  readonly column: string;
  /** Position of the column in the key, from 1 on. */
  readonly keySequence: number;
  /** Name of the constraint, if it has one. */
  readonly keyName?: string | undefined;
}

/** Reaction of a foreign key to a change, by the names of UpdateDeleteRules. */
export type SqlForeignKeyRule =
  | "CASCADE"
  | "RESTRICT"
  | "SET_NULL"
  | "NO_ACTION"
  | "SET_DEFAULT";

/** The numbers of the rules. */
export const FOREIGN_KEY_RULES: readonly SqlForeignKeyRule[] = [
  "CASCADE",
  "RESTRICT",
  "SET_NULL",
  "NO_ACTION",
  "SET_DEFAULT",
];

/** A column of a foreign key: one row of GetExportedKeys, GetImportedKeys or GetCrossReference. */
export interface SqlForeignKey {
  /** Table that the key refers to. */
  readonly pk: SqlTableRef;
  /** Column that the key refers to. */
  readonly pkColumn: string;
  /** Name of the primary key, if it has one. */
  readonly pkKeyName?: string | undefined;
  /** Table that the key belongs to. */
  readonly fk: SqlTableRef;
  /** Column of the key. */
  readonly fkColumn: string;
  /** Name of the foreign key, if it has one. */
  readonly fkKeyName?: string | undefined;
  /** Position of the column in the key, from 1 on. */
  readonly keySequence: number;
  /** Reaction to a change of the column that the key refers to. */
  readonly updateRule: SqlForeignKeyRule;
  /** Reaction to the deletion of the row that the key refers to. */
  readonly deleteRule: SqlForeignKeyRule;
}

/** A data type of the database: one row of GetXdbcTypeInfo. */
export interface SqlTypeInfo {
  /** Name of the type in the database. */
  readonly typeName: string;
  /** Number of the type in XdbcDataType, such as −5 for BIGINT. */
  readonly dataType: number;
  /** Greatest number of digits, characters or bytes. */
  readonly columnSize?: number | undefined;
  /** Text before a literal, such as `'`. */
  readonly literalPrefix?: string | undefined;
  /** Text after a literal. */
  readonly literalSuffix?: string | undefined;
  /** Names of the parameters in a definition, such as `length`. */
  readonly createParams?: readonly string[] | undefined;
  /** True if columns of the type may be null: 0 no, 1 yes (the default), 2 unknown. */
  readonly nullable?: number | undefined;
  /** True if texts of the type are compared by case; `false` by default. */
  readonly caseSensitive?: boolean | undefined;
  /** Use in a WHERE clause: 0 none, 1 only LIKE, 2 all but LIKE, 3 all (the default). */
  readonly searchable?: number | undefined;
  /** True if numbers of the type have no sign. */
  readonly unsigned?: boolean | undefined;
  /** True if all numbers of the type have one precision and scale, as money has; `false` by default. */
  readonly fixedPrecisionScale?: boolean | undefined;
  /** True if the type may number its rows by itself. */
  readonly autoIncrement?: boolean | undefined;
  /** Name of the type for people; the default is `typeName`. */
  readonly localTypeName?: string | undefined;
  /** Least number of digits after the point. */
  readonly minimumScale?: number | undefined;
  /** Greatest number of digits after the point. */
  readonly maximumScale?: number | undefined;
  /** Number of the SQL type, where it differs from `dataType`: 9 for dates and times. */
  readonly sqlDataType?: number | undefined;
  /** Number in XdbcDatetimeSubcode. */
  readonly datetimeSubcode?: number | undefined;
  /** Base of `columnSize`, such as 2 or 10. */
  readonly numericPrecisionRadix?: number | undefined;
  /** Digits of an interval. */
  readonly intervalPrecision?: number | undefined;
}
