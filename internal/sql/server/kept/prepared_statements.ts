/** Prepared statements. */

import type { RecordBatch, Schema } from "apache-arrow";
import { handled } from "../../../base/handled.ts";
import type { FlightError } from "../../../core/flight_error.ts";
import { encodeSchema } from "../../../ipc/schema.ts";
import type { ActionCreatePreparedStatementResult } from "../../messages/prepared_statement_actions.ts";
import { NO_COLUMNS_SCHEMA } from "../../metadata/schemas.ts";
import { operationContext, type SqlCall, unimplemented } from "../call.ts";
import type { SqlCallContext, SqlPreparedStatement } from "../handlers.ts";
import { Handles } from "./handles.ts";
import type { CheckedOptions } from "../options.ts";
import type { Owner } from "./owner.ts";
import { type Plan, planOf, planOfPrepared, type Runner } from "./plan.ts";
import { type Kept, Registry, type Use } from "./registry.ts";
import type { OpenTransaction, TransactionUse } from "./transactions.ts";

/** A prepared statement that was made of other handlers. */
interface Derived {
  readonly statement: SqlPreparedStatement;
  readonly plan: (context: SqlCallContext) => Promise<Plan>;
  /** True if it is known whether the statement has rows. */
  readonly isKnown: boolean;
}

/** A prepared statement of a client. */
class Prepared implements Kept {
  readonly statement: SqlPreparedStatement;
  readonly owner: Owner;
  /** The transaction of all its runs. */
  readonly transaction: OpenTransaction | undefined;
  /** Parameters that were bound last. */
  parameters: RecordBatch | undefined;
  /** Called when it is closed. */
  onClose: () => void = () => {};
  readonly #derived: Derived | undefined;
  #users = 0;
  #isClosed = false;

  /**
   * @param statement The statement.
   * @param owner The client.
   * @param transaction The transaction of all its runs.
   */
  constructor(
    statement: SqlPreparedStatement | Derived,
    owner: Owner,
    transaction: OpenTransaction | undefined,
  ) {
    this.#derived = "isKnown" in statement ? statement : undefined;
    this.statement = "isKnown" in statement ? statement.statement : statement;
    this.owner = owner;
    this.transaction = transaction;
  }

  /** Answer for the client. Unknown parts are left out: Go fails on a schema of no bytes. */
  get result(): Omit<
    ActionCreatePreparedStatementResult,
    "preparedStatementHandle"
  > {
    const { schema, parameterSchema, isUpdate } = this.statement;
    return {
      ...(schema?.fields.length && { datasetSchema: encodeSchema(schema) }),
      ...(parameterSchema?.fields.length &&
        { parameterSchema: encodeSchema(parameterSchema) }),
      isUpdate: this.#derived?.isKnown === false
        ? undefined
        : isUpdate ?? !schema?.fields.length,
    };
  }

  /** Keeps it from being closed until `release` is called. */
  retain(): void {
    this.#users++;
  }

  /** Closes it if that was held up. */
  async release(): Promise<void> {
    if (--this.#users === 0 && this.#isClosed) await this.statement.close?.();
  }

  /** Closes it, as soon as it does not run any more. */
  async end(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.parameters = undefined;
    this.onClose();
    if (this.#users === 0) await this.statement.close?.();
  }

  /** A run with the parameters that are bound now. */
  async plan(context: SqlCallContext): Promise<Plan> {
    const { statement, parameters } = this;
    if (this.#derived) return await this.#derived.plan(context);
    this.retain();
    try {
      const schema = await this.schema(parameters, context);
      return {
        ...planOfPrepared(statement, schema, parameters),
        close: () => this.release(),
      };
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  /** The schema of the rows with these parameters. */
  async schema(
    parameters: RecordBatch | undefined,
    context: SqlCallContext,
  ): Promise<Schema | undefined> {
    const { statement } = this;
    if (this.#derived?.isKnown === false) {
      const { schema, close } = await this.#derived.plan(context);
      await close();
      return schema;
    }
    return parameters === undefined || !statement.schemaFor
      ? statement.schema
      : await statement.schemaFor(parameters, context);
  }
}

/** The prepared statements of a service. */
export class PreparedStatements {
  readonly #registry: Registry<Prepared>;

  /** @param options Options. */
  constructor(options: CheckedOptions) {
    this.#registry = new Registry({
      what: "prepared statement",
      handles: new Handles("prepared statement", options.keys),
      timeoutMs: options.statementTimeoutMs,
      timeoutOption: "statementTimeoutMs",
      max: options.maxStatements,
      maxOption: "maxStatements",
      evicts: true,
    });
  }

  /**
   * Prepares a statement.
   *
   * @param operation Name of the operation, for errors.
   */
  async create<S>(
    statement: S,
    runner: Runner<S>,
    operation: string,
    call: SqlCall,
    use: TransactionUse | undefined,
  ): Promise<ActionCreatePreparedStatementResult> {
    const { signal } = call.context;
    const context = operationContext(call, {
      signal,
      transaction: use?.open.transaction,
    });
    const prepared = new Prepared(
      runner.prepare
        ? await runner.prepare(statement, context)
        : await derived(statement, runner, operation, context),
      call.owner,
      use?.open,
    );
    try {
      signal.throwIfAborted();
      const handle = await this.#registry.add(prepared);
      if (use !== undefined) this.#endWith(prepared, use.open);
      return { preparedStatementHandle: handle, ...prepared.result };
    } catch (error) {
      this.#registry.forget(prepared);
      await prepared.end();
      throw error;
    }
  }

  #endWith(prepared: Prepared, { onEnd }: OpenTransaction): void {
    const end = (reason: FlightError): void => {
      handled(this.#registry.endKept(prepared, reason));
    };
    onEnd.add(end);
    prepared.onClose = () => onEnd.delete(end);
  }

  /**
   * Uses a statement.
   *
   * @throws {FlightError} NOT_FOUND when there is none of this client's.
   */
  use(handle: Uint8Array, { owner }: SqlCall): Promise<Use<Prepared>> {
    return this.#registry.use(handle, owner);
  }

  /** Uses a statement that was found before. */
  useKept(prepared: Prepared): Use<Prepared> {
    return this.#registry.useKept(prepared);
  }

  /** ClosePreparedStatement. Drivers close a statement also after its transaction has ended. */
  async close(handle: Uint8Array, { owner }: SqlCall): Promise<void> {
    if (await this.#registry.wasEnded(handle, owner)) return;
    await (await this.#registry.take(handle, owner)).end();
  }

  /** Closes the statements of a session, or all of them. */
  endAll(session: string | undefined, reason: FlightError): Promise<void> {
    return this.#registry.endAll(
      ({ owner }) => session === undefined || owner.session === session,
      reason,
    );
  }
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
    return { statement: common, plan, isKnown: false };
  }
  const { schema, close } = await plan(context);
  await close();
  return {
    statement: schema?.fields.length ? { ...common, schema } : common,
    plan,
    isKnown: true,
  };
}
