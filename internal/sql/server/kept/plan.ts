/** Statements that are ready to run, and what comes of them. */

import type { RecordBatch, Schema } from "apache-arrow";
import { isPromise } from "../../../base/is_promise.ts";
import type { Source } from "../../../base/source.ts";
import { ListSource } from "./list_source.ts";
import { FlightError } from "../../../core/flight_error.ts";
import type { Awaitable } from "../../../server/flight_service.ts";
import {
  type FlightDataInit,
  isFlightData,
  isRecordBatch,
  messagesOf,
  type OutgoingData,
} from "../../../stream/record_batch_source.ts";
import { NO_COLUMNS_SCHEMA } from "../../metadata/schemas.ts";
import { unimplemented } from "../call.ts";
import type {
  SqlCallContext,
  SqlPreparedStatement,
  SqlRowCount,
} from "../handlers.ts";

/** A statement that is ready to run once. */
export interface Plan {
  /** Columns of its rows, none for a statement without rows; `undefined` where they are not known. */
  readonly schema: Schema | undefined;
  /** Runs it. */
  run(context: SqlCallContext): Awaitable<Source<OutgoingData>>;
  /** Frees what it holds, whether it ran or not. */
  close(): Awaitable<void>;
}

/** Common part of the handlers of SQL and of Substrait. */
export interface Runner<S> {
  query?(statement: S, context: SqlCallContext): Awaitable<FlightDataInit>;
  querySchema?(
    statement: S,
    context: SqlCallContext,
  ): Awaitable<Schema | undefined>;
  update?(statement: S, context: SqlCallContext): Awaitable<SqlRowCount>;
  prepare?(
    statement: S,
    context: SqlCallContext,
  ): Awaitable<SqlPreparedStatement>;
}

/** Reports whether a statement can be made ready more than once: nothing runs before it is read. */
export function isRepeatable<S>(
  { prepare, query, querySchema }: Runner<S>,
): boolean {
  return prepare !== undefined || querySchema !== undefined ||
    query === undefined;
}

/** A result without rows. */
const NO_ROWS: Source<OutgoingData> = {
  read: () => Promise.resolve(undefined),
  cancel() {},
};

/**
 * Makes a statement ready to run.
 *
 * @param operation Name of the operation, for errors.
 */
export async function planOf<S>(
  statement: S,
  runner: Runner<S>,
  operation: string,
  context: SqlCallContext,
): Promise<Plan> {
  if (runner.prepare) {
    const prepared = await runner.prepare(statement, context);
    return {
      ...planOfPrepared(prepared, prepared.schema, undefined),
      close: () => prepared.close?.(),
    };
  }
  if (runner.query && !runner.querySchema) {
    return await startedPlan(await runner.query(statement, context));
  }
  if (!runner.query && !runner.update) throw unimplemented(operation);
  const schema = await runner.querySchema?.(statement, context);
  return {
    schema: schema ?? NO_COLUMNS_SCHEMA,
    async run(context) {
      if (schema === undefined) {
        if (!runner.update) throw unimplemented(`${operation} without rows`);
        await runner.update(statement, context);
        return NO_ROWS;
      }
      if (!runner.query) throw unimplemented(operation);
      return messagesOf(await runner.query(statement, context));
    },
    close() {},
  };
}

/** A run of a prepared statement with these parameters. */
export function planOfPrepared(
  prepared: SqlPreparedStatement,
  schema: Schema | undefined,
  parameters: RecordBatch | undefined,
): Omit<Plan, "close"> {
  return {
    schema: schema ?? NO_COLUMNS_SCHEMA,
    run(context) {
      if (!schema?.fields.length || !prepared.query) {
        return runUpdate(prepared, parameters, context).then(() => NO_ROWS);
      }
      checkParameters(prepared, parameters);
      const rows = prepared.query(parameters, context);
      return isPromise(rows) ? rows.then(rowsOf) : rowsOf(rows);
    },
  };
}

/** The rows that a handler has given; a list of batches is at hand. */
function rowsOf(data: FlightDataInit): Source<OutgoingData> {
  return Array.isArray(data) && data.every(isRecordBatch)
    ? new ListSource(data.map((batch) => ({ batch })))
    : messagesOf(data);
}

/** Runs a prepared statement for its number of rows. */
export async function runUpdate(
  prepared: SqlPreparedStatement,
  parameters: RecordBatch | undefined,
  context: SqlCallContext,
): Promise<SqlRowCount> {
  checkParameters(prepared, parameters);
  if (prepared.update) return await prepared.update(parameters, context);
  if (!prepared.query) throw unimplemented("updates of prepared statements");
  const rows = messagesOf(await prepared.query(parameters, context));
  while (await rows.read() !== undefined);
  return -1;
}

/** @throws {FlightError} INVALID_ARGUMENT when there are more or less values than parameters. */
function checkParameters(
  { parameterSchema }: SqlPreparedStatement,
  parameters: RecordBatch | undefined,
): void {
  if (parameterSchema === undefined) return;
  const wanted = parameterSchema.fields.length;
  const given = parameters?.schema.fields.length ?? 0;
  if (wanted === given) return;
  throw new FlightError(
    "INVALID_ARGUMENT",
    `Cannot run the statement: it has ${
      wanted === 1 ? "1 parameter" : `${wanted} parameters`
    }, but ${given === 1 ? "1 value was" : `${given} values were`} bound`,
  );
}

/** A query that is running already: its schema is that of its first message. */
async function startedPlan(data: FlightDataInit): Promise<Plan> {
  const source = messagesOf(data);
  const first = await source.read();
  let waiting = first;
  let isRead = false;
  return {
    schema: first === undefined
      ? NO_COLUMNS_SCHEMA
      : isFlightData(first)
      ? undefined
      : first.schema ?? first.batch?.schema,
    run: () => ({
      read() {
        isRead = true;
        if (waiting === undefined) return source.read();
        const message = waiting;
        waiting = undefined;
        return Promise.resolve(message);
      },
      cancel: (reason) => source.cancel(reason),
    }),
    close() {
      if (!isRead) {
        source.cancel(new FlightError("CANCELLED", "the result was not read"));
      }
    },
  };
}
