/** The catalog: tables of SQL by their schemas, and flights. */

import type { Schema } from "apache-arrow";
import type { FlightInfo } from "@contrail/flight/web";
import type { SqlTable } from "@contrail/flight/sql";
import { quotedName } from "../../cli/sql/tokens.ts";
import { typeText } from "./type_text.ts";

/** A column of a table or of a flight. */
export interface CatalogColumn {
  readonly name: string;
  /** Its type in a few words. */
  readonly type: string;
  readonly isNullable: boolean;
}

/** A table of SQL. */
export interface CatalogTable {
  readonly name: string;
  readonly catalog: string | undefined;
  readonly schema: string | undefined;
  /** Its type, such as `TABLE` or `VIEW`. */
  readonly type: string;
  readonly columns: readonly CatalogColumn[];
}

/** A data set over plain Flight. */
export interface CatalogFlight {
  readonly name: string;
  readonly info: FlightInfo;
  readonly columns: readonly CatalogColumn[];
}

/** All that the server offers. */
export interface Catalog {
  readonly tables: readonly CatalogTable[];
  readonly flights: readonly CatalogFlight[];
}

/** The columns of a schema. */
function columnsOf(schema: Schema | undefined): CatalogColumn[] {
  return (schema?.fields ?? []).map(({ name, type, nullable }) => ({
    name,
    type: typeText(type),
    isNullable: nullable,
  }));
}

/** Puts tables in the order of their names, those of the engine last. */
export function tablesOf(tables: readonly SqlTable[]): CatalogTable[] {
  return tables.map(({ name, catalog, schema, type, tableSchema }) => ({
    name,
    catalog,
    schema,
    type,
    columns: columnsOf(tableSchema),
  })).sort((a, b) =>
    compare(a.schema ?? "", b.schema ?? "") ||
    Number(isSystem(a)) - Number(isSystem(b)) || compare(a.name, b.name)
  );
}

function isSystem({ type }: CatalogTable): boolean {
  return /^SYSTEM/i.test(type);
}

/** Makes the entry of a flight; a schema that is damaged counts as none. */
export function flightOf(info: FlightInfo): CatalogFlight {
  let schema: Schema | undefined;
  try {
    schema = info.schema;
  } catch {
    schema = undefined;
  }
  return { name: nameOf(info), info, columns: columnsOf(schema) };
}

function nameOf({ descriptor }: FlightInfo): string {
  switch (descriptor?.type) {
    case "PATH":
      return descriptor.path.join("/");
    case "CMD":
      return new TextDecoder().decode(descriptor.cmd);
    default:
      return "(unnamed)";
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A table or a flight. */
interface Entry {
  readonly name: string;
  readonly columns: readonly CatalogColumn[];
}

/** Keeps what has a text in its name or in the name of one of its columns. */
export function filtered(catalog: Catalog, text: string): Catalog {
  const has = (entry: Entry): boolean =>
    contains(entry, text) || foundColumns(entry, text).length > 0;
  return {
    tables: catalog.tables.filter(has),
    flights: catalog.flights.filter(has),
  };
}

/** The columns that have a text in their names; all of them where the table or flight has it. */
export function foundColumns(
  entry: Entry,
  text: string,
): readonly CatalogColumn[] {
  return contains(entry, text)
    ? entry.columns
    : entry.columns.filter((column) => contains(column, text));
}

function contains({ name }: { readonly name: string }, text: string): boolean {
  return name.toLowerCase().includes(text.trim().toLowerCase());
}

/** A name as SQL needs it: in quotation marks unless it is a plain word in lower case. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name.toUpperCase())
    ? name
    : quotedName(name);
}

const RESERVED = new Set(
  "ALL AND AS BETWEEN BY CASE CREATE CROSS DEFAULT DELETE DISTINCT DROP ELSE END EXCEPT EXISTS FOREIGN FROM GROUP HAVING IN INDEX INNER INSERT INTERSECT INTO IS JOIN LEFT LIKE LIMIT NOT NULL OFFSET ON OR ORDER OUTER PRIMARY REFERENCES RIGHT SELECT SET TABLE THEN TO UNION UPDATE USING VALUES VIEW WHEN WHERE WITH"
    .split(" "),
);

/**
 * A statement that shows a table. The schema is named where tables of several schemas are listed.
 *
 * @param asText Names of columns whose values it reads as texts.
 */
export function selectAll(
  table: CatalogTable,
  catalog: Catalog,
  asText: ReadonlySet<string> = new Set(),
): string {
  const schemas = new Set(catalog.tables.map(({ schema }) => schema));
  const name = table.schema !== undefined && schemas.size > 1
    ? `${quoted(table.schema)}.${quoted(table.name)}`
    : quoted(table.name);
  const columns = asText.size === 0 ? ["*"] : table.columns.map(({ name }) => {
    const column = quoted(name);
    return asText.has(name) ? `CAST(${column} AS TEXT) AS ${column}` : column;
  });
  return `SELECT ${columns.join(",\n  ")}\nFROM ${name}`;
}
