/** Statements that are prepared by their handlers, or made of others where these cannot prepare. */

import type { RecordBatch } from "apache-arrow";
import { NO_COLUMNS_SCHEMA } from "../../metadata/schemas.ts";
import { unimplemented } from "../call.ts";
import type { SqlCallContext, SqlPreparedStatement } from "../handlers.ts";
import { isRepeatable, type Plan, planOf, type Runner } from "./plan.ts";

/** A prepared statement that was made of other handlers. */
export interface Derived {
  readonly statement: SqlPreparedStatement;
  readonly plan: (context: SqlCallContext) => Promise<Plan>;
  /** True if it is known whether the statement has rows. */
  readonly isKnown: boolean;
  /** True if nothing runs before its rows are read. */
  readonly isRepeatable: boolean;
}

/**
 * Prepares a statement.
 *
 * @param runner The handlers.
 * @param operation Name of the operation, for errors.
 */
export async function prepareBy<S>(
  runner: Runner<S>,
  statement: S,
  operation: string,
  context: SqlCallContext,
): Promise<SqlPreparedStatement | Derived> {
  return runner.prepare
    ? await runner.prepare(statement, context)
    : await derived(statement, runner, operation, context);
}

/** A prepared statement of handlers that cannot prepare. */
async function derived<S>(
  statement: S,
  runner: Runner<S>,
  operation: string,
  context: SqlCallContext,
): Promise<Derived> {
  const { query, querySchema, update } = runner;
  if (!query && !update) throw unimplemented(operation);
  const plan = (context: SqlCallContext): Promise<Plan> =>
    planOf(statement, runner, operation, context);
  const common = {
    parameterSchema: NO_COLUMNS_SCHEMA,
    ...(update && {
      update: (_: RecordBatch | undefined, context: SqlCallContext) =>
        runner.update!(statement, context),
    }),
    ...(query && {
      query: (_: RecordBatch | undefined, context: SqlCallContext) =>
        runner.query!(statement, context),
    }),
  };
  // Only running it would tell, and that must not happen twice.
  if (query && update && !querySchema) {
    return { statement: common, plan, isKnown: false, isRepeatable: false };
  }
  const { schema, close } = await plan(context);
  await close();
  return {
    statement: schema?.fields.length ? { ...common, schema } : common,
    plan,
    isKnown: true,
    isRepeatable: isRepeatable(runner),
  };
}
