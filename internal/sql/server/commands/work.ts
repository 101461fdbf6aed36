/** Statements that commands name, made ready to run. */

import type { Schema } from "apache-arrow";
import { isPromise } from "../../../base/is_promise.ts";
import { FlightError } from "../../../core/flight_error.ts";
import { encodeSchema } from "../../../ipc/encode_schema.ts";
import type { FlightInfoInit } from "../../../protocol/flight_info.ts";
import type { PollInfoInit } from "../../../protocol/poll_info.ts";
import { packAny } from "../../messages/any.ts";
import { ticketStatementQuery } from "../../messages/statement_commands.ts";
import { abortWith, operationContext } from "../call.ts";
import type { Command, Request, SqlState, Work } from "./command.ts";
import { isRepeatable, type Plan, planOf, type Runner } from "../kept/plan.ts";
import type { Bound, Prepared } from "../kept/prepared_statements.ts";
import type { PendingResult } from "../kept/results.ts";

/** The parts of an entry that runs queries. */
type QueryParts<T> = Required<
  Pick<Command<T>, "info" | "poll" | "schema" | "work">
>;

/** Makes the parts of an entry that runs queries. */
export function queryParts<T>(
  workOf: (request: Request<T>, parameters?: string) => Promise<Work>,
): QueryParts<T> {
  return {
    work: workOf,
    async info(request) {
      return await infoOfWork(request, await workOf(request));
    },
    async poll(request) {
      const work = await workOf(request);
      const { result, handle } = await begin(request, work);
      const info = await pollOf(request, result, handle);
      // Until then it is known here only.
      if (info.progress === 1) await share(request, work, result, handle);
      return info;
    },
    async schema(request) {
      const { transaction, makePlan } = await workOf(request);
      const controller = new AbortController();
      const untie = abortWith(controller, request.call.context.signal);
      try {
        const { schema, close } = await makePlan(
          operationContext(request.call, {
            ending: controller,
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

/** Begins the result of a statement. */
function begin({ state, call }: Request<unknown>, work: Work) {
  return state.results.begin(call, work.transaction, work.makePlan);
}

/** Begins the result of a statement, and gives its FlightInfo as soon as it is ready to run. */
export async function infoOfWork(
  request: Request<unknown>,
  work: Work,
): Promise<FlightInfoInit> {
  const { result, handle } = await begin(request, work);
  if (result.isReady && request.state.shared === undefined) {
    return infoOf(await result.ready, handle, request.bytes);
  }
  const { signal } = request.call.context;
  const cancel = (): void => result.cancel(signal.reason);
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel);
  try {
    const plan = await result.ready;
    await share(request, work, result, handle);
    return infoOf(plan, handle, request.bytes);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/**
 * Leaves a result to the server that is asked for its rows, be it this or another one: only its command
 * is kept, in the store, and its statement is made ready once more.
 */
async function share(
  { state, call, bytes }: Request<unknown>,
  { isRepeatable, parameters }: Work,
  result: PendingResult,
  handle: Uint8Array,
): Promise<void> {
  if (state.shared === undefined || !isRepeatable) return;
  const { owner } = call;
  await state.shared.addResult(handle, { owner, command: bytes, parameters });
  result.cancel(LEFT_TO_OTHERS);
}

/** Ends a result that any server may give. */
const LEFT_TO_OTHERS = new FlightError(
  "NOT_FOUND",
  "the result is in the store",
);

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
  const transaction = await state.transactions.use(transactionId, call);
  return {
    transaction,
    isRepeatable: transaction === undefined && isRepeatable(runner),
    makePlan: (context) => planOf(statement, runner, operation, context),
  };
}

/** Makes ready a prepared statement. */
export async function preparedWork(
  { state, call, command }: Request<
    { readonly preparedStatementHandle: Uint8Array }
  >,
  parameters?: string,
): Promise<Work> {
  const { kept, done } = await state.statements.use(
    command.preparedStatementHandle,
    call,
  );
  done();
  const others = parameters === undefined || parameters === kept.parametersName
    ? undefined
    : await state.statements.boundAs(parameters);
  return workOfKept(state, kept, others);
}

/**
 * Makes ready a prepared statement that was found.
 *
 * @param bound Its parameters; by default those that are bound when it is made ready.
 */
export function workOfKept(
  state: SqlState,
  kept: Prepared,
  bound?: Bound,
): Work {
  const { transaction } = kept;
  return {
    isRepeatable: kept.isRepeatable,
    parameters: bound?.parametersName ?? kept.parametersName,
    transaction: transaction && state.transactions.useOpen(transaction),
    makePlan(context) {
      // It does not expire while it runs.
      const { done } = state.statements.useKept(kept);
      const used = (plan: Plan): Plan => ({
        ...plan,
        async close() {
          done();
          await plan.close();
        },
      });
      const unused = (error: unknown): never => {
        done();
        throw error;
      };
      try {
        const plan = kept.plan(context, bound);
        return isPromise(plan) ? plan.then(used, unused) : used(plan);
      } catch (error) {
        return unused(error);
      }
    },
  };
}

/** Encoded schemas: a prepared statement has the same one in each run. */
const ENCODED = new WeakMap<Schema, Uint8Array>();

function encoded(schema: Schema): Uint8Array {
  let bytes = ENCODED.get(schema);
  if (bytes === undefined) {
    bytes = encodeSchema(schema);
    ENCODED.set(schema, bytes);
  }
  return bytes;
}

function infoOf(
  { schema }: Plan,
  statementHandle: Uint8Array,
  cmd: Uint8Array,
): FlightInfoInit {
  return {
    ...(schema && { schemaBytes: encoded(schema) }),
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
