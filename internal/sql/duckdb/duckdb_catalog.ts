/** Tables and keys of DuckDB. */

import type { ForeignKeyFilter } from "../database/adapter.ts";
import type {
  SqlForeignKey,
  SqlPrimaryKey,
  SqlTable,
  SqlTableRef,
} from "../metadata/rows.ts";
import type { DuckdbSession } from "./duckdb_session.ts";

const TABLES = `
  SELECT database_name, schema_name, table_name,
    CASE WHEN temporary THEN 'LOCAL TEMPORARY' ELSE 'TABLE' END
  FROM duckdb_tables() WHERE NOT internal
  UNION ALL
  SELECT database_name, schema_name, view_name, 'VIEW'
  FROM duckdb_views() WHERE NOT internal
  ORDER BY 1, 2, 3`;

const KEYS = `
  SELECT database_name, schema_name, table_name, constraint_name,
    array_to_string(constraint_column_names, chr(31)),
    referenced_table, array_to_string(referenced_column_names, chr(31))
  FROM duckdb_constraints() WHERE constraint_type = $1
  ORDER BY 1, 2, 3, constraint_index`;

/** A key: a constraint with its columns. */
interface Key {
  readonly table: SqlTableRef;
  readonly name: string | undefined;
  readonly columns: readonly string[];
  readonly toTable: string;
  readonly toColumns: readonly string[];
}

/** Lists the tables and views. */
export async function listTables(session: DuckdbSession): Promise<SqlTable[]> {
  const rows = await session.rows(TABLES) as string[][];
  return rows.map(([catalog, schema, name, type]) => ({
    catalog,
    schema,
    name: name!,
    type: type!,
  }));
}

async function keys(session: DuckdbSession, type: string): Promise<Key[]> {
  const rows = await session.rows(KEYS, [type]) as (string | null)[][];
  return rows.map(([catalog, schema, table, name, columns, to, toColumns]) => ({
    table: { catalog: catalog!, schema: schema!, table: table! },
    name: name ?? undefined,
    columns: columns!.split("\x1f"),
    toTable: to ?? "",
    toColumns: toColumns?.split("\x1f") ?? [],
  }));
}

/** Reports whether a table is a requested one. */
function isTable(table: SqlTableRef, wanted: SqlTableRef | undefined): boolean {
  if (wanted === undefined) return true;
  return table.table.toLowerCase() === wanted.table.toLowerCase() &&
    (wanted.catalog === undefined || wanted.catalog === table.catalog) &&
    (wanted.schema === undefined || wanted.schema === table.schema);
}

/** Columns of the primary key of a table. */
export async function primaryKeys(
  session: DuckdbSession,
  table: SqlTableRef,
): Promise<SqlPrimaryKey[]> {
  const all = await keys(session, "PRIMARY KEY");
  return all.filter((key) => isTable(key.table, table)).flatMap((key) =>
    key.columns.map((column, i) => ({
      ...key.table,
      column,
      keySequence: i + 1,
      keyName: key.name,
    }))
  );
}

/** Columns of foreign keys. DuckDB has no rules for them, and refuses what would break one. */
export async function foreignKeys(
  session: DuckdbSession,
  { pk, fk }: ForeignKeyFilter,
): Promise<SqlForeignKey[]> {
  const all = await keys(session, "FOREIGN KEY");
  return all.flatMap((key) => {
    const to = { ...key.table, table: key.toTable };
    if (!isTable(key.table, fk) || !isTable(to, pk)) return [];
    return key.columns.map((column, i): SqlForeignKey => ({
      pk: to,
      pkColumn: key.toColumns[i] ?? "",
      fk: key.table,
      fkColumn: column,
      fkKeyName: key.name,
      keySequence: i + 1,
      updateRule: "NO_ACTION",
      deleteRule: "NO_ACTION",
    }));
  });
}
