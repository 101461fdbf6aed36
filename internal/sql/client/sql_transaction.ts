/** Transactions and savepoints. */

import type { FlightCallOptions } from "../../core/call_options.ts";
import { textOption } from "../../core/check_option.ts";
import { FlightError } from "../../core/flight_error.ts";
import {
  actionBeginSavepointRequest,
  actionBeginSavepointResult,
  actionBeginTransactionRequest,
  actionBeginTransactionResult,
  actionEndSavepointRequest,
  actionEndTransactionRequest,
} from "../messages/transaction_actions.ts";
import { CallBudget } from "./call_budget.ts";
import { act, actForResult, packed } from "./sql_answers.ts";
import { SqlCommands } from "./sql_commands.ts";
import type { SqlContext } from "./sql_context.ts";
import type { SqlCallOptions } from "./sql_options.ts";

/** The end of a transaction, in words. */
type End = "committed" | "rolled back" | "broken off: its commit has failed";

/**
 * A transaction: what its methods run takes effect when it is committed, or not at all. Declare it with
 * `await using`: it is rolled back unless it has been committed by then. So it is when its client is closed.
 */
export class SqlTransaction extends SqlCommands implements AsyncDisposable {
  readonly #context: SqlContext;
  readonly #id: Uint8Array;
  readonly #forget: (() => void) | undefined;
  #end: End | undefined;
  #savepoints = 0;

  /**
   * Keeps the id that the server gave.
   *
   * @param isBegun Whether the client has begun it: it is rolled back with it then.
   * @ignore
   */
  constructor(context: SqlContext, id: Uint8Array, isBegun: boolean) {
    const own = context.ofTransaction();
    super(own, () => this.id);
    this.#context = own;
    this.#id = id;
    if (!isBegun) return;
    this.#forget = own.untilClosed(() =>
      own.inBackground(this[Symbol.asyncDispose]())
    );
  }

  /**
   * The id that the server gave. To read it fails with FAILED_PRECONDITION when the transaction has ended.
   */
  get id(): Uint8Array {
    if (this.#end === undefined) return this.#id;
    throw new FlightError(
      "FAILED_PRECONDITION",
      `the transaction has been ${this.#end}`,
    );
  }

  /** True if it has neither been committed nor rolled back. */
  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /**
   * Makes all changes of the transaction permanent. Updates that are under way end first, such as one that was
   * not awaited: the commit would overtake them. When one of them fails, the transaction is rolled back.
   *
   * @param options Options of the call.
   * @returns Resolves when they are.
   * @throws {FlightError} When the call fails: the transaction is over all the same, and is rolled back where
   * the server has not committed it. FAILED_PRECONDITION when it was over before.
   */
  async commit(options: SqlCallOptions = {}): Promise<void> {
    try {
      await this.#context.updated();
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
    await this.#finish("COMMIT", "committed", options);
  }

  /**
   * Undoes all changes of the transaction. One that has been rolled back stays so.
   *
   * @param options Options of the call.
   * @returns Resolves when they are undone.
   * @throws {FlightError} When the call fails; FAILED_PRECONDITION when it has been committed.
   */
  async rollback(options: SqlCallOptions = {}): Promise<void> {
    if (this.#end === "rolled back") return;
    await this.#finish("ROLLBACK", "rolled back", options);
  }

  /**
   * Sets a savepoint, to which the transaction can be rolled back.
   *
   * @param name Name of the savepoint; one of its own by default.
   * @param options Options of the call.
   * @returns The savepoint.
   * @throws {FlightError} When the server cannot set it.
   */
  savepoint(name?: string, options?: SqlCallOptions): Promise<SqlSavepoint>;
  /**
   * Runs a function behind a savepoint: a transaction within the transaction. When it throws, what it has done
   * is undone, and the transaction goes on.
   *
   * ```ts ignore
   * await client.begin(async (tx) => {
   *   await tx.execute("INSERT INTO orders VALUES (1)");
   *   await tx.savepoint(() => tx.execute("INSERT INTO coupons VALUES (1)"))
   *     .catch(() => console.warn("no coupon"));
   * });
   * ```
   *
   * @param run The function.
   * @param options Options of the calls that set and end the savepoint.
   * @returns What the function returned.
   * @throws What the function threw, or a FlightError when the server cannot set or release the savepoint. Where
   * it cannot go back to it, the whole transaction is rolled back.
   */
  savepoint<R>(
    run: (savepoint: SqlSavepoint) => R | PromiseLike<R>,
    options?: SqlCallOptions,
  ): Promise<R>;
  async savepoint<R>(
    first?: string | ((savepoint: SqlSavepoint) => R | PromiseLike<R>),
    options: SqlCallOptions = {},
  ): Promise<SqlSavepoint | R> {
    if (typeof first !== "function") {
      return await this.#setSavepoint(textOption("name", first), options);
    }
    const savepoint = await this.#setSavepoint(undefined, options);
    try {
      const result = await first(savepoint);
      if (savepoint.isOpen) {
        await this.#context.updated();
        await savepoint.release(options);
      }
      return result;
    } catch (error) {
      // The error of the function says more than that of the roll-back.
      await this.#context.updated().catch(() => {});
      await savepoint[Symbol.asyncDispose]()
        .catch(() => this[Symbol.asyncDispose]());
      throw error;
    }
  }

  async #setSavepoint(
    name: string | undefined,
    options: SqlCallOptions,
  ): Promise<SqlSavepoint> {
    name ??= `savepoint_${++this.#savepoints}`;
    const { savepointId } = await actForResult(
      this.#context.flight,
      "BeginSavepoint",
      packed(actionBeginSavepointRequest, { transactionId: this.id, name }),
      actionBeginSavepointResult,
      new CallBudget(options).options,
    );
    requireId("BeginSavepoint", savepointId);
    return new SqlSavepoint(this.#context, this, savepointId, name);
  }

  /**
   * Rolls back, unless the transaction has ended. Where that fails, the server rolls it back when it expires,
   * so that the error of a block that ends is its own.
   *
   * @returns Resolves when it is over.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end === undefined) await this.rollback().catch(() => {});
  }

  async #finish(
    action: "COMMIT" | "ROLLBACK",
    end: End,
    options: SqlCallOptions,
  ): Promise<void> {
    const transactionId = this.id;
    const budget = new CallBudget(options);
    this.#end = end;
    this.#forget?.();
    const finish = (action: "COMMIT" | "ROLLBACK", call: FlightCallOptions) =>
      act(
        this.#context.flight,
        "EndTransaction",
        packed(actionEndTransactionRequest, { transactionId, action }),
        call,
      );
    try {
      await finish(action, budget.options);
    } catch (error) {
      if (action === "COMMIT") {
        this.#end = "broken off: its commit has failed";
        // Without it, the server would keep locks until the transaction expires.
        this.#context.inBackground(finish("ROLLBACK", budget.afterwards));
      }
      throw error;
    }
  }
}

/**
 * A savepoint of a transaction. Declare it with `await using`: what has been done since it is undone unless
 * it has been released by then.
 */
export class SqlSavepoint implements AsyncDisposable {
  /** Name of the savepoint. */
  readonly name: string;
  readonly #context: SqlContext;
  readonly #transaction: SqlTransaction;
  readonly #id: Uint8Array;
  #isReleased = false;

  /**
   * Keeps the id that the server gave.
   *
   * @ignore
   */
  constructor(
    context: SqlContext,
    transaction: SqlTransaction,
    id: Uint8Array,
    name: string,
  ) {
    this.#context = context;
    this.#transaction = transaction;
    this.#id = id;
    this.name = name;
  }

  /** The id that the server gave. */
  get id(): Uint8Array {
    return this.#id;
  }

  /** True if it has not been released, and the transaction has not ended. */
  get isOpen(): boolean {
    return !this.#isReleased && this.#transaction.isOpen;
  }

  /**
   * Forgets the savepoint; what has been done since it stays part of the transaction.
   *
   * @param options Options of the call.
   * @returns Resolves when it is forgotten.
   * @throws {FlightError} When the call fails, or the savepoint or the transaction is over.
   */
  async release(options: SqlCallOptions = {}): Promise<void> {
    await this.#act("RELEASE", options);
    this.#isReleased = true;
  }

  /**
   * Undoes what has been done since the savepoint, which remains; those set after it are gone.
   *
   * @param options Options of the call.
   * @returns Resolves when it is undone.
   * @throws {FlightError} When the call fails, or the savepoint or the transaction is over.
   */
  async rollback(options: SqlCallOptions = {}): Promise<void> {
    await this.#act("ROLLBACK", options);
  }

  /**
   * Undoes what has been done since the savepoint, unless it has been released or the transaction has ended.
   *
   * @returns Resolves when it is over.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isOpen) return;
    await this.rollback();
    await this.release();
  }

  async #act(
    action: "RELEASE" | "ROLLBACK",
    options: SqlCallOptions,
  ): Promise<void> {
    // Throws when the transaction has ended.
    void this.#transaction.id;
    if (this.#isReleased) {
      throw new FlightError(
        "FAILED_PRECONDITION",
        `the savepoint "${this.name}" has been released`,
      );
    }
    await act(
      this.#context.flight,
      "EndSavepoint",
      packed(actionEndSavepointRequest, { savepointId: this.#id, action }),
      new CallBudget(options).options,
    );
  }
}

/**
 * Begins a transaction.
 *
 * @param context The client.
 * @param options Options of the call.
 * @throws {FlightError} When the server has no transactions.
 */
export async function beginTransaction(
  context: SqlContext,
  options: SqlCallOptions,
): Promise<SqlTransaction> {
  const { transactionId } = await actForResult(
    context.flight,
    "BeginTransaction",
    packed(actionBeginTransactionRequest, {}),
    actionBeginTransactionResult,
    new CallBudget(options).options,
  );
  requireId("BeginTransaction", transactionId);
  return new SqlTransaction(context, transactionId, true);
}

/** An empty id would be taken for none, and each statement would commit by itself. */
function requireId(type: string, id: Uint8Array): void {
  if (id.byteLength > 0) return;
  throw new FlightError(
    "INTERNAL",
    `the answer to the action ${type} cannot be used: its id is empty`,
    { method: "DoAction", origin: "remote" },
  );
}
