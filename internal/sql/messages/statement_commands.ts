/** FlightSql.proto: the commands that run statements and plans, and the ticket of their results. */

import { field, optional } from "../../message/fields.ts";
import type { MessageType } from "../../message/message.ts";
import { bool, bytes, string } from "../../message/scalars.ts";
import { EXTENSION, sqlMessage } from "./sql_message.ts";

/** A statement in SQL. */
interface Statement {
  /** The text in SQL. */
  readonly query: string;
  /** The transaction it is a part of; absent for one of its own. */
  readonly transactionId?: Uint8Array | undefined;
}

const STATEMENT = {
  query: field(1, string),
  transactionId: optional(2, bytes),
};

/** Runs a query. */
export type CommandStatementQuery = Statement;

/** The codec of {@linkcode CommandStatementQuery}. */
export const commandStatementQuery: MessageType<CommandStatementQuery> =
  sqlMessage("CommandStatementQuery", STATEMENT);

/** Runs a statement that has no rows. */
export type CommandStatementUpdate = Statement;

/** The codec of {@linkcode CommandStatementUpdate}. */
export const commandStatementUpdate: MessageType<CommandStatementUpdate> =
  sqlMessage("CommandStatementUpdate", STATEMENT);

/** The plan of a query in the format of Substrait. */
export interface SubstraitPlan {
  /** The encoded `substrait.Plan`. */
  readonly plan: Uint8Array;
  /** Version of Substrait, such as `0.12.0`. */
  readonly version: string;
}

/** The codec of {@linkcode SubstraitPlan}. */
export const substraitPlan: MessageType<SubstraitPlan> = sqlMessage(
  "SubstraitPlan",
  { plan: field(1, bytes), version: field(2, string) },
);

/** Runs a plan. */
export interface CommandStatementSubstraitPlan {
  /** The plan. */
  readonly plan?: SubstraitPlan | undefined;
  /** The transaction it is a part of; absent for one of its own. */
  readonly transactionId?: Uint8Array | undefined;
}

/** The codec of {@linkcode CommandStatementSubstraitPlan}. */
export const commandStatementSubstraitPlan: MessageType<
  CommandStatementSubstraitPlan
> = sqlMessage("CommandStatementSubstraitPlan", {
  plan: optional(1, substraitPlan),
  transactionId: optional(2, bytes),
});

/** Names a prepared statement. */
interface PreparedStatement {
  /** The handle that the server gave. */
  readonly preparedStatementHandle: Uint8Array;
}

const PREPARED_STATEMENT = { preparedStatementHandle: field(1, bytes) };

/** Binds parameters to a prepared query, or runs it. */
export interface CommandPreparedStatementQuery extends PreparedStatement {
  /**
   * True if the answer to the parameters shall have the FlightInfo of the query: an extension of this package,
   * which other servers skip.
   */
  readonly wantsInfo?: boolean | undefined;
  /** True if that answer may have all rows, where they are few: an extension as well. */
  readonly wantsRows?: boolean | undefined;
}

/** The codec of {@linkcode CommandPreparedStatementQuery}. */
export const commandPreparedStatementQuery: MessageType<
  CommandPreparedStatementQuery
> = sqlMessage("CommandPreparedStatementQuery", {
  ...PREPARED_STATEMENT,
  wantsInfo: optional(EXTENSION.info, bool),
  wantsRows: optional(EXTENSION.rows, bool),
});

/** Runs a prepared statement that has no rows. */
export type CommandPreparedStatementUpdate = PreparedStatement;

/** The codec of {@linkcode CommandPreparedStatementUpdate}. */
export const commandPreparedStatementUpdate: MessageType<
  CommandPreparedStatementUpdate
> = sqlMessage("CommandPreparedStatementUpdate", PREPARED_STATEMENT);

/** The ticket of the rows of a query. */
export interface TicketStatementQuery {
  /** The handle that the server gave. */
  readonly statementHandle: Uint8Array;
}

/** The codec of {@linkcode TicketStatementQuery}. */
export const ticketStatementQuery: MessageType<TicketStatementQuery> =
  sqlMessage("TicketStatementQuery", { statementHandle: field(1, bytes) });
