/** Candidates of the completion: tables, and the columns that a statement can name. */

import { statementsIn } from "../../cli/sql/splitter.ts";
import { type SqlDialect, withoutComments } from "../../cli/sql/tokens.ts";
import { type Catalog, type CatalogTable, quoted } from "./catalog.ts";

/** A name to complete. */
interface Candidate {
  /** The name. */
  readonly label: string;
  /** The text that is inserted. */
  readonly apply: string;
  /** Its sort: `table`, `view`, or the type of a column. */
  readonly detail: string;
  readonly kind: "table" | "view" | "column";
}

/**
 * Lists the names that fit at a place.
 *
 * @param catalog All tables.
 * @param statement The statement around the place.
 * @param before The text of the statement up to the place.
 * @returns Columns first, of the tables that the statement names, or of all where it names none; then
 * tables. After `table.`, the columns of that table alone.
 */
export function candidates(
  catalog: Catalog,
  statement: string,
  before: string,
): Candidate[] {
  const named = tablesIn(catalog, statement);
  const [, qualifier] = /([\w$]+|"(?:[^"]|"")*")\s*\.\s*[\w$]*$/.exec(before) ??
    [];
  if (qualifier !== undefined) {
    const name = unquoted(qualifier);
    const table = aliases(statement).get(name.toLowerCase()) ?? name;
    const found = catalog.tables.filter(({ name }) => same(name, table));
    if (found.length > 0) return columnsOf(found);
    return catalog.tables.filter(({ schema }) => same(schema ?? "", name))
      .map(tableCandidate);
  }
  // After FROM and JOIN only tables make sense.
  const tables = catalog.tables.map(tableCandidate);
  if (/\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+[\w$"]*$/i.test(before)) {
    return tables;
  }
  const columns = columnsOf(named.length > 0 ? named : catalog.tables);
  return [...columns, ...tables];
}

function tableCandidate({ name, type }: CatalogTable): Candidate {
  const kind = /VIEW/i.test(type) ? "view" : "table";
  return { label: name, apply: quoted(name), detail: kind, kind };
}

function columnsOf(tables: readonly CatalogTable[]): Candidate[] {
  const columns = new Map<string, Candidate>();
  for (const table of tables) {
    for (const { name, type } of table.columns) {
      if (columns.has(name)) continue;
      const detail = tables.length > 1 ? `${table.name} · ${type}` : type;
      columns.set(name, {
        label: name,
        apply: quoted(name),
        detail,
        kind: "column",
      });
    }
  }
  return [...columns.values()];
}

/** The tables that a statement has in it, as words. */
function tablesIn(catalog: Catalog, statement: string): CatalogTable[] {
  const words = new Set(
    [...withoutComments(statement).matchAll(/"((?:[^"]|"")*)"|[\w$]+/g)]
      .map(([word]) => unquoted(word).toLowerCase()),
  );
  return catalog.tables.filter(({ name }) => words.has(name.toLowerCase()));
}

/** The tables of a statement by their aliases. */
function aliases(statement: string): Map<string, string> {
  const found = new Map<string, string>();
  const pattern =
    /\b(?:FROM|JOIN)\s+(?:[\w$"]+\.)?([\w$]+|"(?:[^"]|"")*")\s+(?:AS\s+)?([A-Za-z_][\w$]*)/gi;
  for (const [, table, alias] of withoutComments(statement).matchAll(pattern)) {
    found.set(alias!.toLowerCase(), unquoted(table!));
  }
  return found;
}

function unquoted(name: string): string {
  return name.startsWith('"')
    ? name.replace(/^"|"$/g, "").replaceAll('""', '"')
    : name;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** A statement in a text, and where it begins. */
interface StatementAt {
  readonly text: string;
  readonly from: number;
}

/**
 * Finds the statement around a place of a text.
 *
 * @param text The text, with semicolons between statements.
 * @param at The place.
 * @param dialect Signs of the database.
 * @returns The statement without its semicolon; the one before if there is nothing around the place.
 */
export function statementAt(
  text: string,
  at: number,
  dialect?: SqlDialect,
): StatementAt {
  let last: StatementAt = { text: "", from: 0 };
  for (const { from, to } of statementsIn(text, dialect)) {
    if (from > at && last.text !== "") break;
    last = { text: text.slice(from, to), from };
    if (at <= to) break;
  }
  return last;
}
