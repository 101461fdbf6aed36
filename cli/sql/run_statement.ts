/** Runs one statement of SQL. */

import { FlightError } from "@contrail/flight/client";
import type {
  FlightSqlClient,
  SqlCommands,
  SqlTransaction,
} from "@contrail/flight/sql";
import type { Batches } from "../output/printer.ts";
import { UsageError } from "../exit_code.ts";
import {
  kindOfStatement,
  looksLikeQuery,
  withoutComments,
} from "./statements.ts";

/** The text for an end that leaves a transaction open. */
export const NOT_COMMITTED = "the transaction was not committed: it is undone";

/** A client, and the transaction that its statements belong to. */
export class SqlSession {
  readonly client: FlightSqlClient;
  #transaction: SqlTransaction | undefined;

  constructor(client: FlightSqlClient) {
    this.client = client;
  }

  /** True while a transaction is open. */
  get isInTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  /**
   * Runs a statement.
   *
   * @param statement A single statement.
   * @param signal Cancels it.
   * @param print Is given the rows, where there are any, and returns how many were written.
   * @returns What to tell the user.
   */
  async run(
    statement: string,
    signal: AbortSignal,
    print: (batches: Batches) => Promise<number>,
  ): Promise<string> {
    const kind = kindOfStatement(statement);
    switch (kind) {
      case "begin":
        if (this.#transaction) throw new UsageError("a transaction is open");
        this.#transaction = await this.client.begin({ signal });
        return "transaction begun";
      case "commit":
        await this.#end().commit({ signal });
        return "committed";
      case "rollback":
        await this.#end().rollback({ signal });
        return "rolled back";
    }
    const commands = this.#transaction ?? this.client;
    const isUpdate = kind === "update" ||
      kind === "unknown" && await isUpdateOf(commands, statement, signal);
    if (isUpdate) {
      const count = await commands.execute(statement, undefined, { signal });
      return count < 0n || isDefinition(statement)
        ? "done"
        : `${rowsText(count)} changed`;
    }
    const batches = commands.query(statement, undefined, { signal }).batches();
    return rowsText(await print(batches));
  }

  /** The open transaction, which ends. */
  #end(): SqlTransaction {
    const transaction = this.#transaction;
    if (transaction === undefined) {
      throw new UsageError("no transaction is open: begin one with BEGIN");
    }
    this.#transaction = undefined;
    return transaction;
  }
}

/** Definitions change no rows, whatever a server counts. */
function isDefinition(statement: string): boolean {
  return /^\s*(?:CREATE|DROP|ALTER)\b/i.test(withoutComments(statement));
}

function rowsText(count: bigint | number): string {
  return `${count.toLocaleString("en-US")} ${
    Number(count) === 1 ? "row" : "rows"
  }`;
}

/** Has the server tell whether a statement has rows; one that cannot is sent a query. */
async function isUpdateOf(
  commands: SqlCommands,
  statement: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await using prepared = await commands.prepare(statement, { signal });
    // Some servers tell neither, and an empty schema for a query too.
    if (prepared.isUpdate !== undefined) return prepared.isUpdate;
    const columns = prepared.datasetSchema?.fields.length ?? 0;
    return columns === 0 && !looksLikeQuery(statement);
  } catch (error) {
    if (FlightError.is(error) && error.code === "UNIMPLEMENTED") return false;
    throw error;
  }
}
