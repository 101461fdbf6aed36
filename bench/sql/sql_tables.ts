/**
 * The table that is read: four columns, of an integer, a double, a text and a
 * small integer; made by SQL, so that no server has an advantage.
 *
 * @module
 */

/** The kind of a database. */
export type Engine = "sqlite" | "duckdb";

/** The table that is read. */
export const TABLE = "bench_rows";
/** The same many times over, for the memory. */
export const BIG_TABLE = "bench_big";
/** The table that is written. */
export const TARGET = "bench_target";
/** Number of times that {@linkcode BIG_TABLE} has the rows of {@linkcode TABLE}. */
export const BIG_FACTOR = 10;

const COLUMNS =
  "(id INTEGER PRIMARY KEY, price REAL, name TEXT, amount INTEGER)";
/** The same, with DuckDB's names of types of that size. */
const DUCKDB_COLUMNS =
  "(id BIGINT PRIMARY KEY, price DOUBLE, name TEXT, amount BIGINT)";

/** Statements that make the table. */
export function tableStatements(engine: Engine, rows: number): string[] {
  const values = "i, i * 0.25, 'item ' || i, i % 1000";
  if (engine === "duckdb") {
    return [
      `CREATE TABLE ${TABLE} ${DUCKDB_COLUMNS}`,
      `INSERT INTO ${TABLE} SELECT ${values} FROM range(${rows}) AS n(i)`,
    ];
  }
  return [
    `CREATE TABLE ${TABLE} ${COLUMNS}`,
    `INSERT INTO ${TABLE} WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL ` +
    `SELECT i + 1 FROM n WHERE i < ${rows - 1}) SELECT ${values} FROM n`,
  ];
}

/** Statements that make the large table out of the other. */
export function bigTableStatements(): string[] {
  const factors = Array.from({ length: BIG_FACTOR }, (_, i) => `(${i})`);
  return [
    `CREATE TABLE ${BIG_TABLE} AS WITH f(i) AS (VALUES ${factors.join(", ")})` +
    ` SELECT id, price, name, amount FROM ${TABLE}, f`,
  ];
}

/** Statements that make the table anew that is written by INSERT. */
export function targetStatements(): string[] {
  return [
    `DROP TABLE IF EXISTS ${TARGET}`,
    `CREATE TABLE ${TARGET} (id INTEGER, price REAL, name TEXT, amount INTEGER)`,
  ];
}
