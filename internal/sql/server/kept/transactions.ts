/** Open transactions, and their savepoints. */

import { encodeBase64 } from "../../../base/base64.ts";
import { Exclusive } from "../../../base/exclusive.ts";
import { FlightError } from "../../../core/flight_error.ts";
import { operationContext, type SqlCall, unimplemented } from "../call.ts";
import type {
  FlightSqlHandlers,
  SqlSavepoint,
  SqlTransaction,
} from "../handlers.ts";
import { Handles } from "./handles.ts";
import type { CheckedOptions } from "../options.ts";
import { isOwner, isSameClient, type Owner } from "./owner.ts";
import { type Kept, Registry, type Use } from "./registry.ts";

interface NamedSavepoint {
  readonly key: string;
  readonly savepoint: SqlSavepoint;
}

/** A transaction that is open. */
export class OpenTransaction implements Kept {
  readonly transaction: SqlTransaction;
  readonly owner: Owner;
  keptName: string | undefined;
  /** Called when it is over: why, and whether its changes stay. */
  readonly onEnd: Set<(reason: FlightError, isCommitted: boolean) => void> =
    new Set();
  /** Those that are valid, in their order. */
  savepoints: NamedSavepoint[] = [];
  /** Reason of its end, once it is over. */
  #end: FlightError | undefined;
  readonly #turn = new Exclusive();

  /**
   * @param transaction The transaction.
   * @param owner The client.
   */
  constructor(transaction: SqlTransaction, owner: Owner) {
    this.transaction = transaction;
    this.owner = owner;
  }

  /**
   * Runs what must not overlap with other work that changes the transaction.
   *
   * @throws {FlightError} NOT_FOUND when the transaction is over by then.
   */
  async alone<R>(run: () => R | Promise<R>): Promise<R> {
    await this.#turn.take();
    try {
      if (this.#end !== undefined) {
        throw new FlightError("NOT_FOUND", this.#end.details);
      }
      return await run();
    } finally {
      this.#turn.release();
    }
  }

  /** Commits. */
  commit(): Promise<void> {
    return this.alone(async () => {
      await this.transaction.commit();
      this.#over(
        new FlightError("NOT_FOUND", "the transaction was committed"),
        true,
      );
    });
  }

  /** Rolls back, also while work is under way, which is aborted. */
  async end(reason: FlightError): Promise<void> {
    if (this.#end !== undefined) return;
    // Waiting operations must not begin any more; the running one is aborted, and then gives back
    // its turn.
    this.#over(reason, false);
    await this.#turn.take();
    try {
      await this.transaction.rollback();
    } finally {
      this.#turn.release();
    }
  }

  #over(reason: FlightError, isCommitted: boolean): void {
    this.#end = reason;
    this.savepoints = [];
    for (const listener of [...this.onEnd]) listener(reason, isCommitted);
    this.onEnd.clear();
  }
}

/** A transaction that a call uses. */
export interface TransactionUse {
  /** The transaction. */
  readonly open: OpenTransaction;
  /** Ends the use. */
  done(): void;
}

/** The transactions of a service. */
export class Transactions {
  readonly #handlers: FlightSqlHandlers;
  readonly #options: CheckedOptions;
  readonly #registry: Registry<OpenTransaction>;
  readonly #savepoints: Handles;

  /**
   * @param handlers The handlers.
   * @param options Options.
   */
  constructor(handlers: FlightSqlHandlers, options: CheckedOptions) {
    this.#handlers = handlers;
    this.#options = options;
    this.#savepoints = new Handles("savepoint", options.keys);
    this.#registry = new Registry({
      what: "transaction",
      handles: new Handles("transaction", options.keys),
      timeoutMs: options.transactionTimeoutMs,
      timeoutOption: "transactionTimeoutMs",
      max: options.maxTransactions,
      maxOption: "maxTransactions",
      evicts: false,
    });
  }

  /** BeginTransaction. */
  async begin(call: SqlCall): Promise<Uint8Array> {
    if (!this.#handlers.beginTransaction) {
      throw unimplemented("BeginTransaction");
    }
    // The database is not to begin one in vain.
    const giveBack = this.#registry.reserve();
    let open: OpenTransaction | undefined;
    try {
      const transaction = await this.#handlers.beginTransaction(
        operationContext(call, { ending: call.context }),
      );
      open = new OpenTransaction(transaction, call.owner);
      // A client that is gone would not learn its id.
      call.context.signal.throwIfAborted();
      return await this.#registry.add(open, transaction.id, giveBack);
    } catch (error) {
      await open?.end(error as FlightError);
      throw error;
    } finally {
      giveBack();
    }
  }

  /**
   * Uses the transaction that a request names.
   *
   * @param id Its id; absent or empty for none.
   * @throws {FlightError} NOT_FOUND when there is none of this client's.
   */
  async use(
    id: Uint8Array | undefined,
    call: SqlCall,
  ): Promise<TransactionUse | undefined> {
    if (id === undefined || id.byteLength === 0) return undefined;
    try {
      return useOf(await this.#registry.use(id, call.owner));
    } catch (error) {
      const found = await this.#handlers.findTransaction?.(
        id,
        operationContext(call, { ending: call.context }),
      );
      if (found === undefined) throw error;
      return { open: new OpenTransaction(found, call.owner), done() {} };
    }
  }

  /** Uses the one open transaction of a client, if there is one. */
  useImplicit({ owner }: SqlCall): TransactionUse | undefined {
    if (!this.#options.implicitTransactions) return undefined;
    let only: OpenTransaction | undefined;
    for (const open of this.#registry.values()) {
      if (!isSameClient(open.owner, owner)) continue;
      if (only !== undefined) return undefined;
      only = open;
    }
    return only && useOf(this.#registry.useKept(only));
  }

  /** Uses a transaction that something belongs to. */
  useOpen(open: OpenTransaction): TransactionUse {
    return useOf(this.#registry.useKept(open));
  }

  /** EndTransaction. */
  async end(
    id: Uint8Array,
    action: "COMMIT" | "ROLLBACK",
    call: SqlCall,
  ): Promise<void> {
    // A driver must be able to leave one behind that has timed out.
    const isRolledBack = action === "ROLLBACK" &&
      await this.#registry.wasEnded(id, call.owner);
    if (isRolledBack) return;
    const { open, done } = (await this.use(id, call)) ?? noTransaction();
    try {
      if (action === "COMMIT") await open.commit();
      else {
        // Also if it fails, it is over.
        this.#registry.forget(open);
        await open.end(
          new FlightError("ABORTED", "the transaction was rolled back"),
        );
      }
      this.#registry.forget(open);
    } finally {
      done();
    }
  }

  /** BeginSavepoint. */
  async beginSavepoint(
    id: Uint8Array,
    name: string,
    call: SqlCall,
  ): Promise<Uint8Array> {
    const { open, done } = (await this.use(id, call)) ?? noTransaction();
    const { maxSavepoints } = this.#options;
    try {
      return await open.alone(async () => {
        if (!open.transaction.savepoint) throw unimplemented("BeginSavepoint");
        if (open.savepoints.length >= maxSavepoints) {
          throw new FlightError(
            "RESOURCE_EXHAUSTED",
            `the transaction would have more than ${maxSavepoints} savepoints (option maxSavepoints)`,
          );
        }
        const savepoint = await open.transaction.savepoint(name);
        const handle = savepoint.id ??
          await this.#savepoints.handleOf(this.#savepoints.newName());
        open.savepoints.push({ key: encodeBase64(handle), savepoint });
        return handle;
      });
    } finally {
      done();
    }
  }

  /** EndSavepoint. */
  async endSavepoint(
    id: Uint8Array,
    action: "RELEASE" | "ROLLBACK",
    { owner }: SqlCall,
  ): Promise<void> {
    const key = encodeBase64(id);
    for (const kept of this.#registry.values()) {
      if (
        isOwner(kept.owner, owner) &&
        kept.savepoints.some((savepoint) => savepoint.key === key)
      ) return await this.#endSavepoint(kept, key, action);
    }
    throw this.#noSavepoint();
  }

  #noSavepoint(): FlightError {
    const { transactionTimeoutMs } = this.#options;
    return new FlightError(
      "NOT_FOUND",
      `there is no such savepoint: it was never there, was released, or its transaction has ended, as one does that is not used for ${transactionTimeoutMs} ms (option transactionTimeoutMs)`,
    );
  }

  async #endSavepoint(
    kept: OpenTransaction,
    key: string,
    action: "RELEASE" | "ROLLBACK",
  ): Promise<void> {
    const { done } = this.#registry.useKept(kept);
    try {
      await kept.alone(async () => {
        const at = kept.savepoints.findLastIndex((one) => one.key === key);
        const found = kept.savepoints[at];
        if (found === undefined) throw this.#noSavepoint();
        if (action === "RELEASE") await found.savepoint.release();
        else await found.savepoint.rollback();
        // Both end those that came after it.
        kept.savepoints.length = action === "RELEASE" ? at : at + 1;
      });
    } finally {
      done();
    }
  }

  /** Rolls back the transactions of some owners. */
  endAll(
    isMeant: (owner: Owner) => boolean,
    reason: FlightError,
  ): Promise<void> {
    return this.#registry.endAll(({ owner }) => isMeant(owner), reason);
  }
}

function useOf({ kept, done }: Use<OpenTransaction>): TransactionUse {
  return { open: kept, done };
}

function noTransaction(): never {
  throw new FlightError("INVALID_ARGUMENT", "the transaction_id is empty");
}
