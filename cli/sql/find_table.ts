/** The table that a user means. */

import type { SqlTable } from "@contrail/flight/sql";
import { UsageError } from "../exit_code.ts";
import { quotedName } from "./tokens.ts";

/**
 * Finds a table by its name, alone or behind those of its schema and catalog, with or without quotation marks.
 *
 * @throws {UsageError} When there is none, or more than one.
 */
export function findTable(
  tables: readonly SqlTable[],
  name: string,
): SqlTable {
  const wanted = name.toLowerCase();
  const found = tables.filter((table) =>
    namesOf(table).some((known) =>
      known.toLowerCase() === wanted ||
      quotedName(known).toLowerCase() === wanted
    )
  );
  const [table, ...others] = found;
  if (table === undefined) throw new UsageError(`no table ${name}`);
  if (others.length === 0) return table;
  // Case tells two apart, where it can.
  const same = found.filter((table) => namesOf(table).includes(name));
  if (same.length === 1) return same[0]!;
  const names = found.map((table) => namesOf(table).at(-1)).join(", ");
  throw new UsageError(`several tables have the name ${name}: ${names}`);
}

/** The name alone, behind its schema, and behind its catalog, as far as there are such. */
function namesOf({ catalog, schema, name }: SqlTable): string[] {
  const names = [name];
  if (schema) names.push(`${schema}.${name}`);
  if (catalog) names.push(`${catalog}.${names.at(-1)}`);
  return names;
}
