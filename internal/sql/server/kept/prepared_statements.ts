/** Prepared statements. */

import type { RecordBatch } from "apache-arrow";
import { bytesKey } from "../../../base/bytes.ts";
import { handled } from "../../../base/handled.ts";
import { FlightError } from "../../../core/flight_error.ts";
import { encodeSchema } from "../../../ipc/encode_schema.ts";
import type { ActionCreatePreparedStatementResult } from "../../messages/prepared_statement_actions.ts";
import { operationContext, type SqlCall } from "../call.ts";
import type {
  FlightSqlHandlers,
  SqlCallContext,
  SqlPreparedStatement,
  SqlStatement,
  SqlSubstraitPlan,
} from "../handlers.ts";
import {
  NO_PARAMETERS,
  type SharedState,
  type StoredStatement,
} from "./shared_state.ts";
import { Handles } from "./handles.ts";
import type { Awaitable } from "../../../server/flight_service.ts";
import type { CheckedOptions } from "../options.ts";
import type { Owner } from "./owner.ts";
import { type Derived, prepareBy } from "./derived_statement.ts";
import { type Plan, planOfPrepared, type Runner } from "./plan.ts";
import { type Kept, Registry, type Use } from "./registry.ts";
import type {
  OpenTransaction,
  Transactions,
  TransactionUse,
} from "./transactions.ts";

/** Parameters of a statement. */
export interface Bound {
  readonly parameters: RecordBatch | undefined;
  /** Their name in the store. */
  readonly parametersName: string;
}

/** Prepares a statement. */
type Prepare = (
  context: SqlCallContext,
) => Promise<SqlPreparedStatement | Derived>;

/** A statement that was prepared once. It is closed when it does not run any more. */
class Instance {
  readonly statement: SqlPreparedStatement;
  readonly derived: Derived | undefined;
  readonly transaction: OpenTransaction | undefined;
  isClosed = false;
  #users = 0;

  constructor(
    prepared: SqlPreparedStatement | Derived,
    transaction: OpenTransaction | undefined,
  ) {
    this.derived = "isKnown" in prepared ? prepared : undefined;
    this.statement = "isKnown" in prepared ? prepared.statement : prepared;
    this.transaction = transaction;
  }

  /** Keeps it from being closed until the returned function is called. */
  retain(): () => Promise<void> {
    this.#users++;
    return async () => {
      if (--this.#users === 0 && this.isClosed) await this.statement.close?.();
    };
  }

  /** Closes it, as soon as it does not run any more. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.#users === 0) await this.statement.close?.();
  }
}

/** A prepared statement of a client. */
export class Prepared implements Kept {
  readonly owner: Owner;
  keptName: string | undefined;
  /** Parameters that were bound last. */
  parameters: RecordBatch | undefined;
  /** Their name in the store. */
  parametersName: string = NO_PARAMETERS;
  /** True if others know it too, by the store. */
  isShared = false;
  /** Reason for which its transaction has ended. */
  closeReason: FlightError | undefined;
  /** Called when it is closed. */
  onClose: () => void = () => {};
  readonly #prepare: Prepare;
  #instance: Instance;
  #renewal: Promise<void> | undefined;

  /**
   * @param prepare Prepares it once more, after its transaction has ended.
   * @param instance The statement as it was prepared first.
   * @param owner The client.
   */
  constructor(prepare: Prepare, instance: Instance, owner: Owner) {
    this.#prepare = prepare;
    this.#instance = instance;
    this.owner = owner;
  }

  /** The statement. */
  get statement(): SqlPreparedStatement {
    return this.#instance.statement;
  }

  /** The transaction of its runs. */
  get transaction(): OpenTransaction | undefined {
    return this.#instance.transaction;
  }

  /** True if others can make it ready too. */
  get isRepeatable(): boolean {
    return this.isShared && this.#instance.derived?.isRepeatable !== false;
  }

  /** True if nothing runs before its rows are read, and its parameters count. */
  get hasOwnPlan(): boolean {
    return this.#instance.derived === undefined;
  }

  /** True if it was closed, with its transaction. */
  get isClosed(): boolean {
    return this.#instance.isClosed;
  }

  /** The answer to the client. Unknown parts are left out: Go fails on a schema of no bytes. */
  get result(): Omit<
    ActionCreatePreparedStatementResult,
    "preparedStatementHandle"
  > {
    const { schema, parameterSchema, isUpdate } = this.statement;
    return {
      ...(schema?.fields.length && { datasetSchema: encodeSchema(schema) }),
      ...(parameterSchema?.fields.length &&
        { parameterSchema: encodeSchema(parameterSchema) }),
      isUpdate: this.#instance.derived?.isKnown === false
        ? undefined
        : isUpdate ?? !schema?.fields.length,
    };
  }

  /** Prepares it once more, in another transaction. */
  renew(context: SqlCallContext, transaction: OpenTransaction): Promise<void> {
    return this.#renewal ??= this.#prepare(context).then((prepared) => {
      this.#instance = new Instance(prepared, transaction);
    }).finally(() => this.#renewal = undefined);
  }

  /** Keeps it from being closed until the returned function is called. */
  retain(): () => Promise<void> {
    return this.#instance.retain();
  }

  /** Closes it, as soon as it does not run any more. */
  async end(): Promise<void> {
    this.onClose();
    await this.#instance.close();
  }

  /** Makes a run, by default with the parameters that are bound now. */
  plan(
    context: SqlCallContext,
    { parameters }: Bound = this,
  ): Awaitable<Plan> {
    const { statement } = this;
    const { derived } = this.#instance;
    if (derived) return derived.plan(context);
    if (parameters !== undefined && statement.schemaFor) {
      return this.#planFor(statement, parameters, context);
    }
    const close = this.retain();
    return {
      ...planOfPrepared(statement, statement.schema, parameters),
      close,
    };
  }

  /** The same, where the columns depend on the parameters. */
  async #planFor(
    statement: SqlPreparedStatement,
    parameters: RecordBatch,
    context: SqlCallContext,
  ): Promise<Plan> {
    const close = this.retain();
    try {
      const schema = await statement.schemaFor!(parameters, context);
      return { ...planOfPrepared(statement, schema, parameters), close };
    } catch (error) {
      await close();
      throw error;
    }
  }
}

/** The prepared statements of a service. */
export class PreparedStatements {
  readonly #registry: Registry<Prepared>;
  readonly #transactions: Transactions;
  readonly #handlers: FlightSqlHandlers;
  readonly #shared: SharedState | undefined;
  /** Statements of others that are being prepared here, by their handles. */
  readonly #adopting = new Map<string, Promise<void>>();

  /**
   * @param options Options.
   * @param transactions The transactions of the service.
   * @param handlers The operations of the service.
   * @param shared Statements that others know too.
   */
  constructor(
    options: CheckedOptions,
    transactions: Transactions,
    handlers: FlightSqlHandlers,
    shared: SharedState | undefined,
  ) {
    this.#transactions = transactions;
    this.#handlers = handlers;
    this.#shared = shared;
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
  async create<S extends SqlStatement | SqlSubstraitPlan>(
    statement: S,
    runner: Runner<S>,
    operation: string,
    call: SqlCall,
    use: TransactionUse | undefined,
  ): Promise<ActionCreatePreparedStatementResult> {
    const { signal } = call.context;
    const context = operationContext(call, {
      ending: call.context,
      transaction: use?.open.transaction,
    });
    const prepare: Prepare = (context) =>
      prepareBy(runner, statement, operation, context);
    const prepared = new Prepared(
      prepare,
      new Instance(await prepare(context), use?.open),
      call.owner,
    );
    try {
      signal.throwIfAborted();
      const handle = await this.#registry.add(prepared);
      if (use !== undefined) this.#endWith(prepared, use.open);
      else if (this.#shared) {
        await this.#shared.addStatement(handle, call.owner, statement);
        prepared.isShared = true;
      }
      return { preparedStatementHandle: handle, ...prepared.result };
    } catch (error) {
      this.#registry.forget(prepared);
      await prepared.end();
      throw error;
    }
  }

  /** Closes a statement with its transaction; its handle stays. */
  #endWith(prepared: Prepared, { onEnd }: OpenTransaction): void {
    const end = (reason: FlightError): void => {
      prepared.closeReason = reason;
      handled(prepared.end());
    };
    onEnd.add(end);
    const untie = (): void => void onEnd.delete(end);
    prepared.onClose = untie;
  }

  /**
   * Uses a statement. ADBC uses one for longer than its transaction; the next one takes it over.
   *
   * @throws {FlightError} NOT_FOUND when this client has no such statement, or its transaction has
   * ended and the client has no other.
   */
  async use(handle: Uint8Array, call: SqlCall): Promise<Use<Prepared>> {
    const stored = await this.#shared?.findStatement(handle, call.owner);
    if (stored !== undefined) await this.#adopt(handle, stored, call);
    const use = await this.#registry.use(handle, call.owner);
    try {
      await this.#update(use.kept, stored);
    } catch (error) {
      use.done();
      throw error;
    }
    if (!use.kept.isClosed) return use;
    const next = this.#transactions.useImplicit(call);
    try {
      if (next === undefined) {
        throw new FlightError(
          "NOT_FOUND",
          `the transaction of the prepared statement has ended: ${
            use.kept.closeReason?.details ?? "it was closed"
          }`,
        );
      }
      const context = operationContext(call, {
        ending: call.context,
        transaction: next.open.transaction,
      });
      await use.kept.renew(context, next.open);
      this.#endWith(use.kept, next.open);
      return use;
    } catch (error) {
      use.done();
      throw error;
    } finally {
      next?.done();
    }
  }

  /** Prepares a statement of another server here too, unless it is already. */
  async #adopt(
    handle: Uint8Array,
    { owner, source }: StoredStatement,
    call: SqlCall,
  ): Promise<void> {
    if (await this.#registry.has(handle, call.owner)) return;
    const key = bytesKey(handle);
    let adopting = this.#adopting.get(key);
    if (adopting === undefined) {
      adopting = this.#prepareStored(handle, source, owner, call)
        .finally(() => this.#adopting.delete(key));
      this.#adopting.set(key, adopting);
    }
    await adopting;
  }

  async #prepareStored(
    handle: Uint8Array,
    source: SqlStatement | SqlSubstraitPlan,
    owner: Owner,
    call: SqlCall,
  ): Promise<void> {
    const operation = "CreatePreparedStatement";
    const prepare: Prepare = async (context) =>
      "query" in source
        ? await prepareBy(this.#handlers, source, operation, context)
        : await prepareBy(
          this.#handlers.substrait ?? {},
          source,
          operation,
          context,
        );
    const context = operationContext(call, {
      ending: call.context,
      transaction: undefined,
    });
    const instance = new Instance(await prepare(context), undefined);
    const prepared = new Prepared(prepare, instance, owner);
    prepared.isShared = true;
    try {
      await this.#registry.add(prepared, handle);
    } catch (error) {
      await prepared.end();
      throw error;
    }
  }

  /** Brings a statement to the state that others have left it in. */
  async #update(
    prepared: Prepared,
    stored: StoredStatement | undefined,
  ): Promise<void> {
    if (!prepared.isShared) return;
    if (stored === undefined) {
      const reason = new FlightError(
        "NOT_FOUND",
        "the prepared statement was closed, or was not used for too long",
      );
      await this.#registry.endKept(prepared, reason);
      throw reason;
    }
    if (stored.parameters === prepared.parametersName) return;
    const { parameters } = await this.boundAs(stored.parameters);
    prepared.parameters = parameters;
    prepared.parametersName = stored.parameters;
  }

  /**
   * Loads the parameters of a name.
   *
   * @throws {FlightError} NOT_FOUND when they are not there any more.
   */
  async boundAs(parametersName: string): Promise<Bound> {
    if (parametersName === NO_PARAMETERS) {
      return { parameters: undefined, parametersName };
    }
    const parameters = await this.#shared?.parameters(parametersName);
    if (parameters !== undefined) return { parameters, parametersName };
    throw new FlightError(
      "NOT_FOUND",
      "the parameters of the prepared statement are not in the store any more",
    );
  }

  /**
   * Binds parameters.
   *
   * @returns These parameters, also when others are bound meanwhile.
   */
  async bind(
    handle: Uint8Array,
    prepared: Prepared,
    parameters: RecordBatch | undefined,
  ): Promise<Bound> {
    const parametersName = prepared.isShared && this.#shared
      ? await this.#shared.bind(handle, parameters)
      : prepared.parametersName;
    prepared.parametersName = parametersName;
    prepared.parameters = parameters;
    return { parameters, parametersName };
  }

  /** Uses a statement that was found before. */
  useKept(prepared: Prepared): Use<Prepared> {
    return this.#registry.useKept(prepared);
  }

  /** ClosePreparedStatement. Drivers close a statement also after its transaction has ended. */
  async close(handle: Uint8Array, { owner }: SqlCall): Promise<void> {
    const stored = await this.#shared?.findStatement(handle, owner);
    if (stored !== undefined) {
      await this.#shared!.removeStatement(handle);
      // It may be known to others only.
      if (!await this.#registry.has(handle, owner)) return;
    }
    if (await this.#registry.wasEnded(handle, owner)) return;
    await (await this.#registry.take(handle, owner)).end();
  }

  /** Closes the statements of some owners. */
  endAll(
    isMeant: (owner: Owner) => boolean,
    reason: FlightError,
  ): Promise<void> {
    return this.#registry.endAll(({ owner }) => isMeant(owner), reason);
  }
}
