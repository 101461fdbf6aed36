/** The actions of Flight SQL. */

import { FlightError } from "../../core/flight_error.ts";
import type { MessageType } from "../../message/message.ts";
import {
  type Action,
  type ActionType,
  PREDEFINED_ACTIONS,
} from "../../protocol/action.ts";
import { EMPTY_BYTES } from "../../base/bytes.ts";
import { flightInfoCodec } from "../../protocol/flight_info.ts";
import { withInfoSchema } from "../../stream/info_schema.ts";
import { packAny, unpackAny } from "../messages/any.ts";
import {
  actionCancelQueryRequest,
  actionCancelQueryResult,
} from "../messages/cancel_query.ts";
import {
  actionClosePreparedStatementRequest,
  actionCreatePreparedStatementRequest,
  actionCreatePreparedStatementResult,
  actionCreatePreparedSubstraitPlanRequest,
} from "../messages/prepared_statement_actions.ts";
import {
  actionBeginSavepointRequest,
  actionBeginSavepointResult,
  actionBeginTransactionRequest,
  actionBeginTransactionResult,
  actionEndSavepointRequest,
  actionEndTransactionRequest,
} from "../messages/transaction_actions.ts";
import type { SqlCall } from "./call.ts";
import { cancelInfo } from "./cancel.ts";
import type { SqlState } from "./commands/command.ts";
import { planIn, substraitRunner } from "./commands/statement_commands.ts";

/** An entry of the table of actions. */
interface SqlAction<T> {
  readonly codec: MessageType<T>;
  readonly description: string;
  /** Carries it out, and gives the result, packed. */
  run(request: T, state: SqlState, call: SqlCall): Promise<Uint8Array | void>;
}

/** An entry for an action of any kind. */
// deno-lint-ignore no-explicit-any -- each decodes what it takes
type AnyAction = SqlAction<any>;

/** Makes an entry: the compiler finds the type of its request. */
function action<T>(
  codec: MessageType<T>,
  description: string,
  run: SqlAction<T>["run"],
): AnyAction {
  return { codec, description, run };
}

const ENTRIES: readonly AnyAction[] = [
  action(
    actionCreatePreparedStatementRequest,
    "Prepares a statement.",
    async ({ query, transactionId }, state, call) => {
      const use = await state.transactions.use(transactionId, call);
      try {
        const result = await state.statements.create(
          { query },
          state.handlers,
          "CreatePreparedStatement",
          call,
          use,
        );
        return packAny(actionCreatePreparedStatementResult, result);
      } finally {
        use?.done();
      }
    },
  ),
  action(
    actionCreatePreparedSubstraitPlanRequest,
    "Prepares a plan of Substrait.",
    async ({ plan, transactionId }, state, call) => {
      const use = await state.transactions.use(transactionId, call);
      try {
        const result = await state.statements.create(
          planIn(plan),
          substraitRunner(state),
          "CreatePreparedSubstraitPlan",
          call,
          use,
        );
        return packAny(actionCreatePreparedStatementResult, result);
      } finally {
        use?.done();
      }
    },
  ),
  action(
    actionClosePreparedStatementRequest,
    "Closes a prepared statement.",
    ({ preparedStatementHandle }, state, call) =>
      state.statements.close(preparedStatementHandle, call),
  ),
  action(
    actionBeginTransactionRequest,
    "Begins a transaction.",
    async (_, state, call) => {
      const transactionId = await state.transactions.begin(call);
      return packAny(actionBeginTransactionResult, { transactionId });
    },
  ),
  action(
    actionEndTransactionRequest,
    "Commits a transaction, or rolls it back.",
    async ({ transactionId, action }, state, call) => {
      if (action === "UNSPECIFIED") throw unspecified("transaction");
      await state.transactions.end(transactionId, action, call);
    },
  ),
  action(
    actionBeginSavepointRequest,
    "Sets a savepoint in a transaction.",
    async ({ transactionId, name }, state, call) => {
      const { transactions } = state;
      const savepointId = await transactions.beginSavepoint(
        transactionId,
        name,
        call,
      );
      return packAny(actionBeginSavepointResult, { savepointId });
    },
  ),
  action(
    actionEndSavepointRequest,
    "Releases a savepoint, or rolls back to it.",
    async ({ savepointId, action }, state, call) => {
      if (action === "UNSPECIFIED") throw unspecified("savepoint");
      await state.transactions.endSavepoint(savepointId, action, call);
    },
  ),
  action(
    actionCancelQueryRequest,
    "Cancels the query of a FlightInfo; CancelFlightInfo has replaced it.",
    async ({ info }, state, call) => {
      const result = await cancelInfo(
        withInfoSchema(flightInfoCodec.decode(info), "server"),
        state,
        call,
      );
      return packAny(actionCancelQueryResult, { result });
    },
  ),
];

function unspecified(what: string): FlightError {
  return new FlightError(
    "INVALID_ARGUMENT",
    `the action at the end of the ${what} is unspecified`,
  );
}

/** The type of an action, by the message of its request. */
function typeOf({ codec }: AnyAction): string {
  return codec.name.replace(/^.*\.Action|Request$/g, "");
}

const ACTIONS: ReadonlyMap<string, AnyAction> = new Map(
  ENTRIES.map((entry) => [typeOf(entry), entry]),
);

/** All actions of a service. */
export const SQL_ACTION_TYPES: readonly ActionType[] = [
  PREDEFINED_ACTIONS.cancelFlightInfo,
  PREDEFINED_ACTIONS.renewFlightEndpoint,
  ...ENTRIES.map((entry) => ({
    type: typeOf(entry),
    description: entry.description,
  })),
  PREDEFINED_ACTIONS.setSessionOptions,
  PREDEFINED_ACTIONS.getSessionOptions,
  PREDEFINED_ACTIONS.closeSession,
];

/** Reports whether an action belongs to Flight SQL. */
export function isSqlAction({ type }: Action): boolean {
  return ACTIONS.has(type);
}

/**
 * Carries out an action.
 *
 * @returns The body of its result, if it has one.
 * @throws {FlightError} INVALID_ARGUMENT when its body is not what belongs to its type.
 */
export async function runAction(
  { type, body = EMPTY_BYTES }: Action,
  state: SqlState,
  call: SqlCall,
): Promise<Uint8Array | void> {
  const { codec, run } = ACTIONS.get(type)!;
  const any = unpackAny(body);
  if (any?.name !== codec.name) {
    throw new FlightError(
      "INVALID_ARGUMENT",
      `the body of the action ${type} is not ${codec.name} in a google.protobuf.Any`,
    );
  }
  return await run(codec.decode(any.value), state, call);
}
