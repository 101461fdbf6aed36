/** Results: from the call that asks for them to the end of the one that reads them. */

import { bytesKey } from "../../../base/bytes.ts";
import { handled } from "../../../base/handled.ts";
import { isPromise } from "../../../base/is_promise.ts";
import { LazyAbort } from "../../../base/lazy_abort.ts";
import type { Source } from "../../../base/source.ts";
import { ListSource } from "./list_source.ts";
import { FlightError } from "../../../core/flight_error.ts";
import type { Awaitable } from "../../../server/flight_service.ts";
import type { OutgoingData } from "../../../stream/record_batch_source.ts";
import { announcedData } from "./announced_data.ts";
import { abortWith, operationContext, type SqlCall } from "../call.ts";
import type { SqlCallContext } from "../handlers.ts";
import { Handles } from "./handles.ts";
import type { CheckedOptions } from "../options.ts";
import { isOwner, type Owner } from "./owner.ts";
import type { Plan } from "./plan.ts";
import { type Kept, Registry } from "./registry.ts";
import type { TransactionUse } from "./transactions.ts";

/** Ends the signal of every result that was read: to make an error takes long. */
const READ_TO_END = new FlightError(
  "CANCELLED",
  "the result was read to its end",
);

/** A result that a client may fetch, once. */
export class PendingResult implements Kept {
  readonly owner: Owner;
  keptName: string | undefined;
  /** Its handle, once the client may know it. */
  handle: Uint8Array | undefined;
  /** Part of the work that is done, where the handler says so. */
  progress: number | undefined;
  /** The statement, as soon as it is ready to run. */
  readonly ready: Promise<Plan>;
  readonly #ending = new LazyAbort();
  readonly #transaction: TransactionUse | undefined;
  readonly #onEnd: (result: PendingResult) => void;
  readonly #untie: () => void;
  #state: "waiting" | "running" | "over" = "waiting";
  /** The statement, once it is ready. */
  #plan: Plan | undefined;
  #source: Source<OutgoingData> | undefined;
  /** Current operation of the statement. */
  #pending: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  /**
   * @param call The call that asks for it.
   * @param transaction Its transaction, whose use it takes over.
   * @param makePlan Makes the statement ready to run.
   * @param onEnd Called when it is over.
   */
  constructor(
    call: SqlCall,
    transaction: TransactionUse | undefined,
    makePlan: (context: SqlCallContext) => Awaitable<Plan>,
    onEnd: (result: PendingResult) => void,
  ) {
    this.owner = call.owner;
    this.#transaction = transaction;
    this.#onEnd = onEnd;
    const ended = (reason: FlightError, isCommitted: boolean): void => {
      // A commit does not take away a result that is being read.
      if (isCommitted && this.#state === "running") return;
      this.cancel(reason);
    };
    transaction?.open.onEnd.add(ended);
    const untie = (): void => void transaction?.open.onEnd.delete(ended);
    this.#untie = untie;
    this.ready = handled(this.#makeReady(makePlan, call));
  }

  /** True if the statement is ready to run. */
  get isReady(): boolean {
    return this.#plan !== undefined;
  }

  /** True if it can still be fetched. */
  get isWaiting(): boolean {
    return this.#state === "waiting";
  }

  /**
   * Runs the statement, and gives its rows.
   *
   * @param call The call that reads them.
   * @throws {FlightError} NOT_FOUND when they are being read already.
   */
  async read(call: SqlCall): Promise<Source<OutgoingData>> {
    if (this.#state !== "waiting") {
      throw new FlightError("NOT_FOUND", "the result was fetched already");
    }
    this.#state = "running";
    const ending = this.#ending;
    let untie: (() => void) | undefined;
    const over = (reason: unknown): Promise<void> => {
      untie?.();
      return this.#over(reason);
    };
    const tie = (): void => {
      untie ??= abortWith(ending, call.context.signal);
      ending.onAbort(() => over(ending.reason));
    };
    try {
      // A statement that is ready, and gives its rows at once, is over before anything can end it.
      if (this.#plan === undefined) tie();
      if (ending.isAborted) throw ending.reason;
      const plan = this.#plan ?? await this.ready;
      const run = plan.run(this.#context(call));
      if (run instanceof ListSource) {
        const rows = announcedData(run, plan.schema);
        await over(READ_TO_END);
        return rows;
      }
      if (untie === undefined) tie();
      const running = Promise.resolve(run);
      this.#pending = running;
      const source = await running;
      // It may have been canceled meanwhile.
      if (ending.isAborted) {
        source.cancel(ending.reason);
        throw ending.reason;
      }
      this.#source = source;
      return readUntil(
        announcedData(source, plan.schema),
        ending,
        over,
        (work) => this.#pending = work,
      );
    } catch (error) {
      over(error);
      throw error;
    }
  }

  /** Ends it, also while it is being read. */
  cancel(reason: FlightError): void {
    this.#ending.abort(reason);
    this.#over(reason);
  }

  end(reason: FlightError): Promise<void> {
    this.cancel(reason);
    return Promise.resolve();
  }

  async #makeReady(
    makePlan: (context: SqlCallContext) => Awaitable<Plan>,
    call: SqlCall,
  ): Promise<Plan> {
    try {
      const made = makePlan(this.#context(call));
      const plan = isPromise(made) ? await made : made;
      if (this.#state === "over") {
        await plan.close();
        throw this.#ending.reason;
      }
      return this.#plan = plan;
    } catch (error) {
      // Not in the constructor: it must be kept before it is forgotten.
      await Promise.resolve();
      this.#over(error);
      throw error;
    }
  }

  #context(call: SqlCall): SqlCallContext {
    return operationContext(call, {
      ending: this.#ending,
      transaction: this.#transaction?.open.transaction,
      onProgress: (progress) => this.progress = progress,
    });
  }

  /** Resolves when everything is freed. */
  #over(reason: unknown): Promise<void> {
    if (this.#closed !== undefined) return this.#closed;
    this.#closed = handled(Promise.resolve().then(() => this.#close()));
    this.#state = "over";
    this.#source?.cancel(reason);
    this.#ending.abort(reason);
    this.#untie();
    this.#onEnd(this);
    return this.#closed;
  }

  /** Frees everything, once nothing is done any more. */
  async #close(): Promise<void> {
    try {
      const plan = await this.ready;
      await this.#pending.catch(() => {});
      await plan.close();
    } catch {
      // The client has been told already, or everything went well for it.
    } finally {
      this.#transaction?.done();
    }
  }
}

/** Reads to the end, a failure, or an abort, which need not wait for what is being read. */
function readUntil(
  source: Source<OutgoingData>,
  ending: LazyAbort,
  over: (reason: unknown) => Promise<void>,
  onPending: (work: Promise<unknown>) => void,
): Source<OutgoingData> {
  let fail: ((reason: unknown) => void) | undefined;
  ending.onAbort(() => fail?.(ending.reason));
  // Not by a race with one promise of the abort: it would hold every batch.
  const next = (): Promise<OutgoingData | undefined> =>
    new Promise((resolve, reject) => {
      if (ending.isAborted) return reject(ending.reason);
      fail = reject;
      const message = source.read();
      onPending(message);
      message.then(resolve, reject);
    });
  let outcome: { error: unknown } | "end" | undefined;
  return {
    async read() {
      if (outcome === "end") return undefined;
      if (outcome !== undefined) throw outcome.error;
      try {
        const message = await next();
        if (message === undefined) {
          outcome = "end";
          // The client may go on as soon as it sees the end.
          await over(READ_TO_END);
        }
        return message;
      } catch (error) {
        outcome = { error };
        over(error);
        throw error;
      }
    },
    cancel(reason) {
      over(reason);
    },
  };
}

/** The results of a service. */
export class Results {
  readonly #registry: Registry<PendingResult>;
  /** Owners of those that are over, by their handles, the oldest first: canceling them does no harm. */
  readonly #over = new Map<string, Owner>();
  readonly #max: number;

  /** @param options Options. */
  constructor(options: CheckedOptions) {
    this.#max = options.maxResults;
    this.#registry = new Registry({
      what: "result",
      handles: new Handles("result", options.keys),
      timeoutMs: options.resultTimeoutMs,
      timeoutOption: "resultTimeoutMs",
      max: options.maxResults,
      maxOption: "maxResults",
      evicts: true,
    });
  }

  /**
   * Begins a result. Its statement is made ready at once.
   *
   * @returns The result, and its handle.
   */
  async begin(
    call: SqlCall,
    transaction: TransactionUse | undefined,
    makePlan: (context: SqlCallContext) => Awaitable<Plan>,
  ): Promise<{ readonly result: PendingResult; readonly handle: Uint8Array }> {
    try {
      this.#registry.makeRoom();
    } catch (error) {
      transaction?.done();
      throw error;
    }
    const result = new PendingResult(call, transaction, makePlan, (result) => {
      this.#registry.forget(result);
      const { handle, owner } = result;
      if (handle !== undefined) this.#remember(handle, owner);
    });
    const handle = await this.#registry.add(result);
    result.handle = handle;
    return { result, handle };
  }

  /**
   * Runs something whose rows are read by the call that asks for them.
   *
   * @returns Its rows.
   */
  async readAtOnce(
    call: SqlCall,
    transaction: TransactionUse | undefined,
    makePlan: (context: SqlCallContext) => Awaitable<Plan>,
  ): Promise<Source<OutgoingData>> {
    const { result } = await this.begin(call, transaction, makePlan);
    return await result.read(call);
  }

  /**
   * Finds a result, and puts off its end.
   *
   * @throws {FlightError} NOT_FOUND when there is none of this client's.
   */
  async find(handle: Uint8Array, { owner }: SqlCall): Promise<PendingResult> {
    const { kept, done } = await this.#registry.use(handle, owner);
    done();
    return kept;
  }

  /**
   * Reads a result, once.
   *
   * @throws {FlightError} NOT_FOUND when there is none of this client's, or it was fetched already.
   */
  async read(handle: Uint8Array, call: SqlCall): Promise<Source<OutgoingData>> {
    const { kept } = await this.#registry.use(handle, call.owner);
    // The use ends with the result: it is forgotten then.
    return await kept.read(call);
  }

  /**
   * Ends a result, whether it is being read or not. One that is over already stays so.
   *
   * @throws {FlightError} NOT_FOUND when there was none of this client's.
   */
  async cancel(
    handle: Uint8Array,
    call: SqlCall,
    reason: FlightError,
  ): Promise<void> {
    const owner = this.#over.get(bytesKey(handle));
    if (owner !== undefined && isOwner(owner, call.owner)) return;
    (await this.find(handle, call)).cancel(reason);
  }

  #remember(handle: Uint8Array, owner: Owner): void {
    this.#over.set(bytesKey(handle), owner);
    if (this.#over.size <= this.#max) return;
    for (const oldest of this.#over.keys()) {
      this.#over.delete(oldest);
      return;
    }
  }

  /** Ends the results of some owners. */
  endAll(
    isMeant: (owner: Owner) => boolean,
    reason: FlightError,
  ): Promise<void> {
    return this.#registry.endAll(({ owner }) => isMeant(owner), reason);
  }
}
