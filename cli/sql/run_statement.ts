/** Runs one statement of SQL. */

import { FlightError } from "@contrail/flight/client";
import type {
  FlightSqlClient,
  SqlCommands,
  SqlTransaction,
} from "@contrail/flight/sql";
import type { Batches } from "../output/printer.ts";
import { UsageError } from "../exit_code.ts";
import { ServerDialect } from "./dialects.ts";
import { Savepoints } from "./savepoints.ts";
import {
  isDefinition,
  kindOfStatement,
  looksLikeQuery,
  modesOf,
  savepointOf,
} from "./statements.ts";
import { type SqlDialect, STANDARD } from "./tokens.ts";

/** The text for an end that leaves a transaction open. */
export const NOT_COMMITTED = "the transaction was not committed: it is undone";

/** A client, and the transaction that its statements belong to. */
export class SqlSession implements AsyncDisposable {
  readonly client: FlightSqlClient;
  #transaction: SqlTransaction | undefined;
  #savepoints = new Savepoints();
  readonly #serverDialect: ServerDialect;
  #dialect: SqlDialect = STANDARD;

  constructor(client: FlightSqlClient) {
    this.client = client;
    this.#serverDialect = new ServerDialect(client);
  }

  /** True while a transaction is open. */
  get isInTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  /**
   * Finds the signs that the server reads, if that matters.
   *
   * @param text The next part of the text that has the statements.
   * @param signal Cancels it.
   */
  async dialectFor(text: string, signal: AbortSignal): Promise<SqlDialect> {
    return this.#dialect = await this.#serverDialect.of(text, signal);
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
    const kind = kindOfStatement(statement, this.#dialect);
    switch (kind) {
      case "begin": {
        if (this.#transaction) throw new UsageError("a transaction is open");
        this.#transaction = await this.client.begin({ signal });
        this.#savepoints = new Savepoints();
        const modes = modesOf(statement, this.#dialect);
        return modes === ""
          ? "transaction begun"
          : `transaction begun, without ${modes}: Flight SQL has no modes of transactions`;
      }
      case "commit":
        await this.#end().commit({ signal });
        return "committed";
      case "rollback":
        await this.#end().rollback({ signal });
        return "rolled back";
      case "savepoint":
      case "release":
      case "rollback to":
        return await this.#savepoints.run(
          kind,
          savepointOf(statement, this.#dialect),
          this.#open(),
          signal,
        );
    }
    const commands = this.#transaction ?? this.client;
    const isUpdate = kind === "update" ||
      kind === "unknown" && await this.#isUpdate(commands, statement, signal);
    if (isUpdate) {
      const count = await commands.execute(statement, undefined, { signal });
      return count < 0n || isDefinition(statement, this.#dialect)
        ? "done"
        : `${rowsText(count)} changed`;
    }
    const batches = commands.query(statement, undefined, { signal }).batches();
    return rowsText(await print(batches));
  }

  /** Has the server tell whether a statement has no rows; one that cannot is sent a query. */
  async #isUpdate(
    commands: SqlCommands,
    statement: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      await using prepared = await commands.prepare(statement, { signal });
      // Some servers tell neither, and an empty schema for a query too.
      if (prepared.isUpdate !== undefined) return prepared.isUpdate;
      const columns = prepared.datasetSchema?.fields.length ?? 0;
      return columns === 0 && !looksLikeQuery(statement, this.#dialect);
    } catch (error) {
      if (FlightError.is(error) && error.code === "UNIMPLEMENTED") return false;
      throw error;
    }
  }

  /** Undoes an open transaction: a server without sessions would keep its locks until it expires. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transaction?.[Symbol.asyncDispose]();
    this.#transaction = undefined;
  }

  /** The open transaction. */
  #open(): SqlTransaction {
    if (this.#transaction !== undefined) return this.#transaction;
    throw new UsageError("no transaction is open: begin one with BEGIN");
  }

  /** The open transaction, which ends. */
  #end(): SqlTransaction {
    const transaction = this.#open();
    this.#transaction = undefined;
    return transaction;
  }
}

function rowsText(count: bigint | number): string {
  return `${count.toLocaleString("en-US")} ${
    Number(count) === 1 ? "row" : "rows"
  }`;
}
