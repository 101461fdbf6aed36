/** Statements that can be run: what a query and an update have in common. */

import type { Schema } from "apache-arrow";
import type { FlightCallOptions } from "../../core/call_options.ts";
import { commandDescriptor } from "../../protocol/flight_descriptor.ts";
import type { FlightInfo } from "../../protocol/flight_info.ts";
import {
  commandStatementQuery,
  commandStatementSubstraitPlan,
  commandStatementUpdate,
  type SubstraitPlan,
} from "../messages/statement_commands.ts";
import type { CallBudget } from "./call_budget.ts";
import { packed, recordCount } from "./sql_answers.ts";
import type { SqlContext } from "./sql_context.ts";
import { NO_DATA, type UploadData } from "./sql_parameters.ts";

/** The descriptor of a command. */
export type SqlCommand = ReturnType<typeof commandDescriptor>;

/** A statement whose rows can be asked for, or that was an update after all. */
export interface StartedStatement {
  /** The query, for GetFlightInfo; `undefined` for an update, which has been run. */
  readonly descriptor: SqlCommand | undefined;
  /** The answer to GetFlightInfo, where the server has given it already. */
  readonly info?: FlightInfo | undefined;
  /** True if the data of `info` is there already, and the server keeps nothing of it. */
  readonly isDelivered?: boolean;
  /** Called as soon as the server works on the query: other executions may begin. */
  opened(): void;
  /** True if the server keeps something until `ended` is called. */
  readonly isKept?: boolean;
  /** Called when no more is read. */
  ended(): void;
}

/** The calls after the start of a query: GetFlightInfo, the same and then DoGet, or others. */
export type NextCall = "info" | "rows" | "other";

/** A statement with its parameters. */
export interface StatementSource {
  /**
   * Prepares what is needed to ask for rows.
   *
   * @param budget Options of the calls.
   * @param next What comes next, which the server may then answer at once.
   */
  start(budget: CallBudget, next: NextCall): Promise<StartedStatement>;
  /** Runs the statement for its effect; gives the number of rows it changed. */
  update(budget: CallBudget): Promise<bigint>;
  /** Asks for the schema of the rows, without running the statement. */
  schema(budget: CallBudget): Promise<Schema>;
}

/** A statement as the server gets it: text, or a plan. */
export type PlainStatement = string | SubstraitPlan;

const nothing = (): void => {};

/** A statement without parameters, which need not be prepared. */
export class PlainSource implements StatementSource {
  readonly #context: SqlContext;
  readonly #statement: PlainStatement;
  readonly #transactionId: () => Uint8Array | undefined;

  /**
   * @param context The client.
   * @param statement The statement.
   * @param transactionId Gives the transaction; throws when that has ended.
   */
  constructor(
    context: SqlContext,
    statement: PlainStatement,
    transactionId: () => Uint8Array | undefined,
  ) {
    this.#context = context;
    this.#statement = statement;
    this.#transactionId = transactionId;
  }

  // deno-lint-ignore require-await -- what throws shall reject
  async start(): Promise<StartedStatement> {
    return { descriptor: this.#command(true), opened: nothing, ended: nothing };
  }

  async update({ options }: CallBudget): Promise<bigint> {
    const command = this.#command(false);
    return recordCount(await upload(this.#context, command, NO_DATA, options));
  }

  async schema({ options }: CallBudget): Promise<Schema> {
    return await this.#context.flight.getSchema(this.#command(true), options);
  }

  #command(isQuery: boolean): SqlCommand {
    const transactionId = this.#transactionId();
    const statement = this.#statement;
    if (typeof statement !== "string") {
      const command = { plan: statement, transactionId };
      return commandDescriptor(packed(commandStatementSubstraitPlan, command));
    }
    const codec = isQuery ? commandStatementQuery : commandStatementUpdate;
    return commandDescriptor(
      packed(codec, { query: statement, transactionId }),
    );
  }
}

/**
 * Uploads parameters or rows.
 *
 * @param options Options of the call; with `allowPartial`, a server may answer without reading all.
 */
export function upload(
  { flight }: SqlContext,
  command: SqlCommand,
  { data, schema }: UploadData,
  options: FlightCallOptions,
  allowPartial = true,
): ReturnType<typeof flight.putTable> {
  return flight.putTable(command, data, { ...options, schema, allowPartial });
}
