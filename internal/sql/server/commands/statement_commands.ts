/** The commands that run statements, and the ticket of their rows. */

import { FlightError } from "../../../core/flight_error.ts";
import {
  type CommandPreparedStatementQuery,
  commandPreparedStatementQuery,
  type CommandPreparedStatementUpdate,
  commandPreparedStatementUpdate,
  type CommandStatementQuery,
  commandStatementQuery,
  type CommandStatementSubstraitPlan,
  commandStatementSubstraitPlan,
  type CommandStatementUpdate,
  commandStatementUpdate,
  type SubstraitPlan,
  type TicketStatementQuery,
  ticketStatementQuery,
} from "../../messages/statement_commands.ts";
import { doPutPreparedStatementResult } from "../../messages/put_results.ts";
import { unimplemented } from "../call.ts";
import {
  type AnyCommand,
  type Command,
  findCommand,
  type SqlState,
} from "./command.ts";
import { type EarlyAnswer, earlyAnswer } from "./early_answer.ts";
import type { SqlSubstraitHandlers } from "../handlers.ts";
import { readParameters } from "./parameters.ts";
import { runUpdate } from "../kept/plan.ts";
import {
  ingestCommand,
  runStatement,
  updateResult,
  withTransaction,
} from "./updates.ts";
import { pollOf, preparedWork, queryParts, statementWork } from "./work.ts";

/** The handlers of Substrait. */
export function substraitRunner({ handlers }: SqlState): SqlSubstraitHandlers {
  if (!handlers.substrait) throw unimplemented("plans of Substrait");
  return handlers.substrait;
}

/** The plan of a command: without one, there is nothing to run. */
export function planIn(plan: SubstraitPlan | undefined): SubstraitPlan {
  if (plan !== undefined) return plan;
  throw new FlightError("INVALID_ARGUMENT", "the command has no plan");
}

const statementQuery: Command<CommandStatementQuery> = {
  codec: commandStatementQuery,
  ...queryParts((request) => {
    const { query, transactionId } = request.command;
    return statementWork(request, {
      statement: { query },
      runner: request.state.handlers,
      transactionId,
      operation: "StatementQuery",
    });
  }),
};

const statementUpdate: Command<CommandStatementUpdate> = {
  codec: commandStatementUpdate,
  // The statement is in the descriptor: C++ and Java wait for the answer before they end the upload.
  put({ state, call, command: { query, transactionId } }) {
    return runStatement(state, call, {
      statement: { query },
      runner: state.handlers,
      transactionId,
      operation: "StatementUpdate",
    });
  },
};

const substraitPlan: Command<CommandStatementSubstraitPlan> = {
  codec: commandStatementSubstraitPlan,
  // deno-lint-ignore require-await -- it fails by rejecting
  ...queryParts(async (request) => {
    const { plan, transactionId } = request.command;
    return statementWork(request, {
      statement: planIn(plan),
      runner: substraitRunner(request.state),
      transactionId,
      operation: "StatementSubstraitPlan",
    });
  }),
  // deno-lint-ignore require-await -- it fails by rejecting
  async put({ state, call, command: { plan, transactionId } }) {
    return runStatement(state, call, {
      statement: planIn(plan),
      runner: substraitRunner(state),
      transactionId,
      operation: "updates by StatementSubstraitPlan",
    });
  },
};

const preparedQuery: Command<CommandPreparedStatementQuery> = {
  codec: commandPreparedStatementQuery,
  ...queryParts(preparedWork),
  async data(request) {
    const { transaction, makePlan } = await preparedWork(request);
    const { state, call } = request;
    return await state.results.readAtOnce(call, transaction, makePlan);
  },
  async put(request, upload, mayAnswerEarly) {
    const { state, call, command } = request;
    const { preparedStatementHandle, wantsInfo } = command;
    const { kept, done } = await state.statements.use(
      preparedStatementHandle,
      call,
    );
    let early: EarlyAnswer = { rows: [] };
    try {
      const { maxParameterBytes } = state.options;
      const bound = await state.statements.bind(
        preparedStatementHandle,
        kept,
        await readParameters(upload, maxParameterBytes),
      );
      if (wantsInfo && mayAnswerEarly && kept.hasOwnPlan) {
        early = await earlyAnswer(request, kept, bound);
      }
    } finally {
      done();
    }
    // The same handle: it stays valid. Java takes an absent one for an empty one.
    return doPutPreparedStatementResult.encode({
      preparedStatementHandle,
      ...early,
    });
  },
};

const preparedUpdate: Command<CommandPreparedStatementUpdate> = {
  codec: commandPreparedStatementUpdate,
  async put({ state, call, command }, upload) {
    const { kept, done } = await state.statements.use(
      command.preparedStatementHandle,
      call,
    );
    const release = kept.retain();
    try {
      const { maxParameterBytes } = state.options;
      // Rust binds them before, by CommandPreparedStatementQuery.
      const parameters = await readParameters(upload, maxParameterBytes) ??
        kept.parameters;
      const { transaction } = kept;
      return await withTransaction(
        call,
        transaction && state.transactions.useOpen(transaction),
        async (context) =>
          updateResult(await runUpdate(kept.statement, parameters, context)),
      );
    } finally {
      done();
      await release();
    }
  },
};

/** The commands whose results may be in the store. */
const QUERIES: ReadonlyMap<string, AnyCommand> = new Map(
  [statementQuery, substraitPlan, preparedQuery].map((
    entry: AnyCommand,
  ) => [entry.codec.name, entry]),
);

const resultTicket: Command<TicketStatementQuery> = {
  codec: ticketStatementQuery,
  async data({ state, call, command: { statementHandle } }) {
    const stored = await state.shared?.takeResult(statementHandle, call.owner);
    if (stored === undefined) {
      return await state.results.read(statementHandle, call);
    }
    const { command, parameters } = stored;
    const { entry, request } = findCommand(QUERIES, command, state, call)!;
    const work = await entry.work!(request, parameters);
    const { transaction, makePlan } = work;
    return await state.results.readAtOnce(call, transaction, makePlan);
  },
  // The descriptor of a query that was polled before.
  async poll(request) {
    const { state, call, command } = request;
    const result = await state.results.find(command.statementHandle, call);
    return await pollOf(request, result, command.statementHandle);
  },
  async cancel({ state, call, command: { statementHandle } }, reason) {
    const { shared, results } = state;
    if (await shared?.takeResult(statementHandle, call.owner)) return;
    await results.cancel(statementHandle, call, reason);
  },
  async touch({ state, call, command }) {
    const { statementHandle } = command;
    if (await state.shared?.touchResult(statementHandle, call.owner)) return;
    await state.results.find(command.statementHandle, call);
  },
};

/** The commands that run statements, and the ticket of their rows. */
export const STATEMENT_COMMANDS: readonly AnyCommand[] = [
  statementQuery,
  statementUpdate,
  substraitPlan,
  preparedQuery,
  preparedUpdate,
  ingestCommand,
  resultTicket,
];
