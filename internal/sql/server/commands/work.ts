/** Statements that commands name, made ready to run. */

import { FlightError } from "../../../core/flight_error.ts";
import type { FlightInfoInit } from "../../../protocol/flight_info.ts";
import type { PollInfoInit } from "../../../protocol/poll_info.ts";
import { packAny } from "../../messages/any.ts";
import { ticketStatementQuery } from "../../messages/statement_commands.ts";
import { abortWith, operationContext } from "../call.ts";
import type { Command, Request } from "./command.ts";
import type { SqlCallContext } from "../handlers.ts";
import { type Plan, planOf, type Runner } from "../kept/plan.ts";
import type { PendingResult } from "../kept/results.ts";
import type { TransactionUse } from "../kept/transactions.ts";

/** A statement of a command, and what makes it ready to run. */
interface Work {
  /** Its transaction, in use. */
  readonly transaction: TransactionUse | undefined;
  /** Makes it ready; called once. */
  readonly makePlan: (context: SqlCallContext) => Promise<Plan>;
}

/** The parts of an entry that runs queries. */
type QueryParts<T> = Required<
  Pick<Command<T>, "info" | "poll" | "schema">
>;

/** Makes the parts of an entry that runs queries. */
export function queryParts<T>(
  workOf: (request: Request<T>) => Promise<Work>,
): QueryParts<T> {
  const begin = async (request: Request<T>) => {
    const { transaction, makePlan } = await workOf(request);
    const { state, call } = request;
    return await state.results.begin(call, transaction, makePlan);
  };
  return {
    async info(request) {
      const { result, handle } = await begin(request);
      const { signal } = request.call.context;
      const cancel = (): void => result.cancel(signal.reason);
      if (signal.aborted) cancel();
      else signal.addEventListener("abort", cancel);
      try {
        return infoOf(await result.ready, handle, request.bytes);
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    },
    async poll(request) {
      const { result, handle } = await begin(request);
      return await pollOf(request, result, handle);
    },
    async schema(request) {
      const { transaction, makePlan } = await workOf(request);
      const controller = new AbortController();
      const untie = abortWith(controller, request.call.context.signal);
      try {
        const { schema, close } = await makePlan(
          operationContext(request.call, {
            signal: controller.signal,
            transaction: transaction?.open.transaction,
          }),
        );
        await close();
        if (schema !== undefined) return schema;
        throw new FlightError(
          "NOT_FOUND",
          "the schema comes with the data only",
        );
      } finally {
        untie();
        transaction?.done();
      }
    },
  };
}

/** Makes ready a statement that the command has in it. */
export async function statementWork<S>(
  { state, call }: Request<unknown>,
  { statement, runner, transactionId, operation }: {
    readonly statement: S;
    readonly runner: Runner<S>;
    readonly transactionId: Uint8Array | undefined;
    readonly operation: string;
  },
): Promise<Work> {
  return {
    transaction: await state.transactions.use(transactionId, call),
    makePlan: (context) => planOf(statement, runner, operation, context),
  };
}

/** Makes ready a prepared statement. */
export async function preparedWork(
  { state, call, command }: Request<
    { readonly preparedStatementHandle: Uint8Array }
  >,
): Promise<Work> {
  const { kept, done } = await state.statements.use(
    command.preparedStatementHandle,
    call,
  );
  done();
  const { transaction } = kept;
  return {
    transaction: transaction && state.transactions.useOpen(transaction),
    async makePlan(context) {
      // It does not expire while it runs.
      const { done } = state.statements.useKept(kept);
      try {
        const plan = await kept.plan(context);
        return {
          ...plan,
          async close() {
            done();
            await plan.close();
          },
        };
      } catch (error) {
        done();
        throw error;
      }
    },
  };
}

function infoOf(
  { schema }: Plan,
  statementHandle: Uint8Array,
  cmd: Uint8Array,
): FlightInfoInit {
  return {
    ...(schema && { schema }),
    descriptor: { cmd },
    endpoints: [{ ticket: packAny(ticketStatementQuery, { statementHandle }) }],
  };
}

/** Waits for a while; a client that polls again finds the result by its handle. */
export async function pollOf(
  { state, call, bytes }: Request<unknown>,
  result: PendingResult,
  handle: Uint8Array,
): Promise<PollInfoInit> {
  const { signal } = call.context;
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  const timer = setTimeout(stop, state.options.pollTimeoutMs);
  signal.addEventListener("abort", stop);
  let plan: Plan | undefined;
  try {
    plan = await Promise.race([result.ready, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  if (plan !== undefined) {
    return { info: infoOf(plan, handle, bytes), progress: 1 };
  }
  const descriptor = {
    cmd: packAny(ticketStatementQuery, { statementHandle: handle }),
  };
  return {
    // ADBC wants one each time. Without endpoints, its descriptor is what tells CancelFlightInfo the query.
    info: { descriptor },
    descriptor,
    ...(result.progress !== undefined && { progress: result.progress }),
  };
}
