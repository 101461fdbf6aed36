/** Catalog and schema of a session, by which the names in its statements are resolved. */

import type {
  SessionOptionValue,
  SetSessionOptionError,
} from "../../protocol/session_options.ts";
import { SESSION } from "../../session/flight_session.ts";
import type { SqlTableRef } from "../metadata/rows.ts";
import type { SqlCallContext } from "../server/handlers.ts";
import type { DatabaseConnection } from "./adapter.ts";

/** Catalog and schema that names without them mean; those of the database where they are absent. */
export type SessionNames = Omit<SqlTableRef, "table">;

/** The names of every client that has set none. */
const NO_NAMES: SessionNames = {};

/** Reads the names from the session of a call. */
export function sessionNames(
  { values }: Pick<SqlCallContext, "values">,
): SessionNames {
  const session = values.get(SESSION);
  if (session === undefined || session.isNew) return NO_NAMES;
  const { options } = session;
  const [catalog, schema] = [options.get("catalog"), options.get("schema")];
  return typeof catalog === "string" || typeof schema === "string"
    ? { catalog: textOrNone(catalog), schema: textOrNone(schema) }
    : NO_NAMES;
}

function textOrNone(value: SessionOptionValue): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/**
 * Checks a name for a session. A new catalog begins with its default schema: the one of the session is unset, since
 * it may not be there.
 *
 * @returns The reason why it cannot be set; nothing where it can.
 */
export async function checkSessionName(
  name: string,
  value: SessionOptionValue,
  context: SqlCallContext,
  connection: DatabaseConnection,
): Promise<SetSessionOptionError | undefined> {
  if (name !== "catalog" && name !== "schema") return "INVALID_NAME";
  const session = context.values.get(SESSION);
  if (value !== undefined) {
    const catalog = session?.options.get("catalog") ??
      connection.defaults?.catalog;
    const known = session === undefined || connection.use === undefined
      ? fixedNames(name, connection.defaults)
      : undefined;
    const names = known ?? await existingNames(name, catalog, connection);
    if (typeof value !== "string" || !names.includes(value)) {
      return "INVALID_VALUE";
    }
  }
  if (name === "catalog" && session?.options.get("catalog") !== value) {
    session?.set("schema", undefined);
  }
  return undefined;
}

/** The names that are in force anyway: all that can be set where nothing can change them. */
function fixedNames(
  name: "catalog" | "schema",
  defaults: SessionNames | undefined,
): readonly string[] | undefined {
  if (defaults === undefined) return undefined;
  const { catalog, schema = catalog } = defaults;
  const fixed = name === "catalog" ? catalog : schema;
  return fixed === undefined ? [] : [fixed];
}

async function existingNames(
  name: "catalog" | "schema",
  catalog: SessionOptionValue,
  connection: DatabaseConnection,
): Promise<readonly string[]> {
  const schemas = name === "catalog" ? [] : await connection.schemas();
  // Without schemas, the schema of some drivers is the catalog.
  if (schemas.length === 0) return await connection.catalogs();
  return schemas
    .filter((schema) => catalog === undefined || schema.catalog === catalog)
    .map(({ schema }) => schema);
}
