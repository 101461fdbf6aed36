/** Tables and keys of a database. */

import type { Engine } from "./engine.ts";
import type {
  EngineOperations,
  ForeignKeyRow,
  TableRow,
} from "./engine_protocol.ts";
import { quoteName } from "../../database/sql_text.ts";

/** An identifier in a CREATE statement, quoted or not. */
const NAME = String.raw`("(?:[^"]|"")*"|\`(?:[^\`]|\`\`)*\`|\[[^\]]*\]|[\w$]+)`;
const PRIMARY_KEY_NAME = new RegExp(
  `CONSTRAINT\\s+${NAME}\\s+PRIMARY\\s+KEY`,
  "i",
);
const FOREIGN_KEY_NAMES = new RegExp(
  `CONSTRAINT\\s+${NAME}\\s+FOREIGN\\s+KEY\\s*\\(([^)]*)\\)`,
  "gi",
);

const SYSTEM_TABLE = /^sqlite_/;

/** Lists the tables and views, temporary ones included. */
export function listTables(
  engine: Engine,
  includeColumns: boolean,
): TableRow[] {
  const rows = engine.query(
    `SELECT schema, name, type FROM pragma_table_list
     WHERE name <> 'sqlite_temp_schema' ORDER BY schema, name`,
  ) as unknown as [string, string, string][];
  return rows.map(([catalog, name, kind]) => ({
    catalog,
    name,
    type: kind === "shadow" || SYSTEM_TABLE.test(name)
      ? "SYSTEM TABLE"
      : kind === "view"
      ? "VIEW"
      : "TABLE",
    columns: includeColumns ? columnsOf(engine, catalog, name) : undefined,
  }));
}

/** Columns as `SELECT *` gives them; none for a view that no longer compiles. */
function columnsOf(engine: Engine, catalog: string, table: string) {
  try {
    const from = `${quoteName(catalog)}.${quoteName(table)}`;
    return engine.prepare(`SELECT * FROM ${from}`).info.columns ?? [];
  } catch {
    return [];
  }
}

/** Columns of the primary key of a table. */
export function primaryKeys(
  engine: Engine,
  catalog: string | undefined,
  table: string,
): ReturnType<EngineOperations["primaryKeys"]> {
  return tablesNamed(engine, catalog, table).flatMap(([catalog, name]) => {
    const [, quoted] =
      PRIMARY_KEY_NAME.exec(createText(engine, catalog, name)) ?? [];
    return keyColumns(engine, catalog, name).map((column, i) => ({
      catalog,
      column,
      keySequence: i + 1,
      keyName: quoted === undefined ? undefined : unquoted(quoted),
    }));
  });
}

function keyColumns(engine: Engine, catalog: string, table: string): string[] {
  return engine.query(
    "SELECT name FROM pragma_table_xinfo(?, ?) WHERE pk > 0 ORDER BY pk",
    table,
    catalog,
  ).map(([name]) => String(name));
}

/** Columns of the foreign keys of a table, or of all tables. */
export function foreignKeys(
  engine: Engine,
  catalog: string | undefined,
  table: string | undefined,
): ForeignKeyRow[] {
  return tablesNamed(engine, catalog, table).flatMap(([catalog, name]) =>
    foreignKeysOf(engine, catalog, name)
  );
}

function foreignKeysOf(
  engine: Engine,
  catalog: string,
  table: string,
): ForeignKeyRow[] {
  const rows = engine.query(
    `SELECT id, seq, "table", "from", "to", on_update, on_delete
     FROM pragma_foreign_key_list(?, ?) ORDER BY id, seq`,
    table,
    catalog,
  ) as unknown as [
    bigint,
    bigint,
    string,
    string,
    string | null,
    string,
    string,
  ][];
  if (rows.length === 0) return [];
  const names = foreignKeyNames(createText(engine, catalog, table));
  return rows.map(([id, seq, to, column, toColumn, onUpdate, onDelete]) => {
    // SQLite does not care about the case of names, and a key may name no columns.
    const [[, toTable] = [catalog, to]] = tablesNamed(engine, catalog, to);
    const columns = rows.filter((row) => row[0] === id).map((row) => row[3]);
    return {
      catalog,
      table,
      column,
      toTable,
      toColumn: toColumn ??
        keyColumns(engine, catalog, toTable)[Number(seq)] ?? "",
      keyName: names.get(columns.join("\0").toLowerCase()),
      keySequence: Number(seq) + 1,
      onUpdate,
      onDelete,
    };
  });
}

/** Names of foreign keys by their columns. */
function foreignKeyNames(create: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const [, name, list] of create.matchAll(FOREIGN_KEY_NAMES)) {
    const columns = list!.split(",").map((column) => unquoted(column.trim()));
    names.set(columns.join("\0").toLowerCase(), unquoted(name!));
  }
  return names;
}

/** Tables of a name in a catalog, or in all; all tables without a name. */
function tablesNamed(
  engine: Engine,
  catalog: string | undefined,
  table: string | undefined,
): [catalog: string, name: string][] {
  return engine.query(
    `SELECT schema, name FROM pragma_table_list
     WHERE (?1 IS NULL OR schema = ?1) AND (?2 IS NULL OR name = ?2 COLLATE NOCASE)
     ORDER BY schema, name`,
    catalog ?? null,
    table ?? null,
  ) as unknown as [string, string][];
}

function createText(engine: Engine, catalog: string, table: string): string {
  const [row] = engine.query(
    `SELECT sql FROM ${
      quoteName(catalog)
    }.sqlite_schema WHERE type = 'table' AND name = ?`,
    table,
  );
  return String(row?.[0] ?? "");
}

function unquoted(name: string): string {
  const quote = name[0]!;
  if (!`"\`[`.includes(quote)) return name;
  const inner = name.slice(1, -1);
  return quote === "[" ? inner : inner.replaceAll(quote + quote, quote);
}
