/** Runs one statement of SQL. */

import type { EndpointsStream } from "@contrail/flight/web";
import type { FlightSqlClient } from "@contrail/flight/sql";
import { FlightError } from "@contrail/flight/web";
import {
  isTransactionKind,
  kindOfStatement,
  looksLikeQuery,
} from "../../cli/sql/statements.ts";

/** Result of a statement: rows, or the number of rows that it has changed (−1 if unknown). */
export type Outcome =
  | { readonly batches: EndpointsStream }
  | { readonly changed: bigint };

/**
 * Runs a statement.
 *
 * @param client The client.
 * @param statement A single statement.
 * @param signal Cancels it, on the server too.
 * @throws {FlightError} When it fails; INVALID_ARGUMENT for a transaction, which the page does not keep.
 */
export async function runStatement(
  client: FlightSqlClient,
  statement: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const kind = kindOfStatement(statement);
  if (isTransactionKind(kind)) {
    throw new FlightError(
      "INVALID_ARGUMENT",
      "the explorer has no transactions: each statement commits by itself",
    );
  }
  const isUpdate = kind === "update" ||
    kind === "unknown" && await isUpdateOf(client, statement, signal);
  if (isUpdate) {
    return { changed: await client.execute(statement, undefined, { signal }) };
  }
  return { batches: client.query(statement, undefined, { signal }).batches() };
}

/** Has the server tell whether a statement has rows; one that cannot is sent a query. */
async function isUpdateOf(
  client: FlightSqlClient,
  statement: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const prepared = await client.prepare(statement, { signal });
    try {
      if (prepared.isUpdate !== undefined) return prepared.isUpdate;
      const columns = prepared.datasetSchema?.fields.length ?? 0;
      return columns === 0 && !looksLikeQuery(statement);
    } finally {
      await prepared.close();
    }
  } catch (error) {
    if (FlightError.is(error) && error.code === "UNIMPLEMENTED") return false;
    throw error;
  }
}
