/** Columns of tables and indexes in the order in which SQLite stores them. */

import {
  type ColumnKind,
  declaredKind,
  type TemporalTypes,
} from "./column_kind.ts";
import type { Query } from "./native.ts";
import type { StoredColumns } from "./program_types.ts";
import { quoteName } from "../../database/sql_text.ts";

type Kinds = readonly (ColumnKind | undefined)[];

/** Value of `hidden` for a generated column that is computed when it is read. */
const VIRTUAL = 2n;

/** Gives the stored columns of what is at a page, and reads the schema again when it changed. */
export class SchemaReader {
  readonly #query: Query;
  readonly #currentVersion: () => string;
  readonly #temporal: TemporalTypes;
  #version = "";
  #known = new Map<string, Kinds | undefined>();

  /**
   * @param query Runs queries of the adapter itself.
   * @param version Changes whenever a table does.
   */
  constructor(query: Query, version: () => string, temporal: TemporalTypes) {
    this.#query = query;
    this.#currentVersion = version;
    this.#temporal = temporal;
  }

  /** The columns as of now. */
  read(): StoredColumns {
    const version = this.#currentVersion();
    if (version !== this.#version) this.#known = new Map();
    this.#version = version;
    return (database, page) => {
      const key = `${database} ${page}`;
      if (!this.#known.has(key)) {
        this.#known.set(key, this.#columnsAt(database, page));
      }
      return this.#known.get(key);
    };
  }

  #columnsAt(database: number, page: number): Kinds | undefined {
    const schema = ["main", "temp"][database];
    if (schema === undefined) return undefined;
    const [row] = this.#query(
      `SELECT type, name, tbl_name FROM ${
        quoteName(schema)
      }.sqlite_schema WHERE rootpage = ?`,
      BigInt(page),
    );
    if (row === undefined) return undefined;
    const [type, name, table] = row as [string, string, string];
    const columns = this.#query(
      `SELECT cid, type, hidden, pk FROM pragma_table_xinfo(?, ?)`,
      table,
      schema,
    );
    if (type === "index") return this.#indexColumns(name, schema, columns);
    const [list] = this.#query(
      `SELECT wr FROM pragma_table_list WHERE schema = ? AND name = ?`,
      schema,
      table,
    );
    // Without a rowid, the key stands first, in an order that only the index of the key tells.
    if (list?.[0] !== 0n) return undefined;
    return columns.filter((column) => column[2] !== VIRTUAL)
      .map((column) => this.#kind(column[1]));
  }

  #indexColumns(
    name: string,
    schema: string,
    columns: readonly (readonly unknown[])[],
  ): Kinds {
    return this.#query(
      `SELECT cid FROM pragma_index_xinfo(?, ?) ORDER BY seqno`,
      name,
      schema,
    ).map(([cid]) => {
      // −1 is the rowid, −2 an expression.
      if (cid === -1n) return "int64";
      return this.#kind(columns.find((column) => column[0] === cid)?.[1]);
    });
  }

  #kind(declared: unknown): ColumnKind | undefined {
    return declaredKind(declared as string | undefined, this.#temporal);
  }
}
