/** Statements and results that several servers know, by a store that they share. */

import { decodeBase64, encodeBase64 } from "../../../base/base64.ts";
import { encodeUtf8, toText } from "../../../base/bytes.ts";
import type { SharedStore } from "../../../core/shared_store.ts";
import type { SqlStatement, SqlSubstraitPlan } from "../handlers.ts";
import { isOwner, type Owner } from "./owner.ts";
import { loadedBatch, storedBatch } from "./stored_batch.ts";
import type { RecordBatch } from "apache-arrow";

/** Part of its time after which the time of a statement begins anew; more often would be too costly. */
const RENEWAL_SHARE = 0.25;

/** Longest handle that is looked for: those that were made here are shorter. */
const MAX_HANDLE_BYTES = 512;

/** Name of no parameters. */
export const NO_PARAMETERS = "";

/** Statement, as the store has it. */
export interface StoredStatement {
  readonly owner: Owner;
  /** Text or plan that was prepared. */
  readonly source: SqlStatement | SqlSubstraitPlan;
  /** Name of the parameters that were bound last. */
  readonly parameters: string;
}

/** Result, as the store has it. */
interface StoredResult {
  readonly owner: Owner;
  /** The command that asks for it. */
  readonly command: Uint8Array;
  /** Name of the parameters that were bound to its prepared statement. */
  readonly parameters: string | undefined;
}

/** Record of a statement, in JSON. */
interface StatementRecord {
  readonly identity?: string | undefined;
  readonly session?: string | undefined;
  readonly query?: string;
  /** Plan of Substrait, in Base64. */
  readonly plan?: string;
  readonly version?: string;
  readonly parameters?: string | undefined;
  /** Time at which its time began. */
  readonly time: number;
}

/** Record of a result, in JSON. */
interface ResultRecord {
  readonly identity?: string | undefined;
  readonly session?: string | undefined;
  /** In Base64. */
  readonly command: string;
  readonly parameters?: string | undefined;
}

/** Statements and results in a store, by their handles. */
export class SharedState {
  readonly #store: SharedStore;
  readonly #statementMs: number;
  readonly #resultMs: number;

  /**
   * @param store The store.
   * @param statementMs Time of an unused statement, in milliseconds.
   * @param resultMs Time of a result that is not fetched, in milliseconds.
   */
  constructor(store: SharedStore, statementMs: number, resultMs: number) {
    this.#store = store;
    this.#statementMs = Math.ceil(statementMs * (1 + RENEWAL_SHARE));
    this.#resultMs = Math.ceil(resultMs);
  }

  /** Lets others find a statement. */
  async addStatement(
    handle: Uint8Array,
    { identity, session }: Owner,
    source: SqlStatement | SqlSubstraitPlan,
  ): Promise<void> {
    const record: StatementRecord = {
      identity,
      session,
      time: Date.now(),
      ..."query" in source
        ? { query: source.query }
        : { plan: encodeBase64(source.plan), version: source.version },
    };
    await this.#store.set(
      statementKey(handle),
      bytesOf(record),
      this.#statementMs,
    );
  }

  /** Finds a statement of a client, and puts off its end. */
  async findStatement(
    handle: Uint8Array,
    caller: Owner,
  ): Promise<StoredStatement | undefined> {
    if (handle.byteLength > MAX_HANDLE_BYTES) return undefined;
    const key = statementKey(handle);
    const bytes = await this.#store.get(key);
    if (bytes === undefined) return undefined;
    const record: StatementRecord = recordOf(bytes);
    const owner = ownerIn(record, caller);
    if (!isOwner(owner, caller)) return undefined;
    if (Date.now() - record.time > this.#statementMs * RENEWAL_SHARE) {
      const renewed = bytesOf({ ...record, time: Date.now() });
      await this.#store.replace(key, bytes, renewed, this.#statementMs);
    }
    const { query, plan = "", version = "" } = record;
    return {
      owner,
      source: query === undefined
        ? { plan: decodeBase64(plan), version }
        : { query },
      parameters: record.parameters ?? NO_PARAMETERS,
    };
  }

  /**
   * Binds parameters to a statement.
   *
   * @returns Their name.
   */
  async bind(
    handle: Uint8Array,
    batch: RecordBatch | undefined,
  ): Promise<string> {
    let parameters = NO_PARAMETERS;
    if (batch !== undefined) {
      parameters = crypto.randomUUID();
      // Under a name of their own: a result may still refer to those before.
      await this.#store.set(
        parametersKey(parameters),
        storedBatch(batch),
        this.#statementMs,
      );
    }
    const key = statementKey(handle);
    while (true) {
      const bytes = await this.#store.get(key);
      if (bytes === undefined) return parameters;
      const record: StatementRecord = recordOf(bytes);
      const bound = bytesOf({ ...record, parameters, time: Date.now() });
      if (await this.#store.replace(key, bytes, bound, this.#statementMs)) {
        return parameters;
      }
    }
  }

  /** Loads parameters; `undefined` if they are no longer there. */
  async parameters(name: string): Promise<RecordBatch | undefined> {
    const bytes = await this.#store.get(parametersKey(name));
    return bytes && await loadedBatch(bytes);
  }

  /** Forgets a statement. */
  async removeStatement(handle: Uint8Array): Promise<void> {
    await this.#store.delete(statementKey(handle));
  }

  /** Lets others find a result. */
  async addResult(
    handle: Uint8Array,
    { owner: { identity, session }, command, parameters }: StoredResult,
  ): Promise<void> {
    const record: ResultRecord = {
      identity,
      session,
      command: encodeBase64(command),
      parameters,
    };
    await this.#store.set(resultKey(handle), bytesOf(record), this.#resultMs);
  }

  /** Takes a result of a client: it can be read once. */
  async takeResult(
    handle: Uint8Array,
    caller: Owner,
  ): Promise<StoredResult | undefined> {
    if (await this.#result(handle, caller) === undefined) return undefined;
    const bytes = await this.#store.take(resultKey(handle));
    return bytes && resultOf(bytes, caller);
  }

  /**
   * Puts off the end of a result.
   *
   * @returns False if there is none of this client.
   */
  async touchResult(handle: Uint8Array, caller: Owner): Promise<boolean> {
    const bytes = await this.#result(handle, caller);
    if (bytes === undefined) return false;
    const key = resultKey(handle);
    return await this.#store.replace(key, bytes, bytes, this.#resultMs);
  }

  async #result(
    handle: Uint8Array,
    caller: Owner,
  ): Promise<Uint8Array | undefined> {
    if (handle.byteLength > MAX_HANDLE_BYTES) return undefined;
    const bytes = await this.#store.get(resultKey(handle));
    return bytes && isOwner(resultOf(bytes, caller).owner, caller)
      ? bytes
      : undefined;
  }
}

function statementKey(handle: Uint8Array): string {
  return `sql/statement/${encodeBase64(handle)}`;
}

function parametersKey(name: string): string {
  return `sql/parameters/${name}`;
}

function resultKey(handle: Uint8Array): string {
  return `sql/result/${encodeBase64(handle)}`;
}

function bytesOf(record: StatementRecord | ResultRecord): Uint8Array {
  return encodeUtf8(JSON.stringify(record));
}

function recordOf<R>(bytes: Uint8Array): R {
  return JSON.parse(toText(bytes));
}

function resultOf(bytes: Uint8Array, caller: Owner): StoredResult {
  const record: ResultRecord = recordOf(bytes);
  return {
    owner: ownerIn(record, caller),
    command: decodeBase64(record.command),
    parameters: record.parameters,
  };
}

/** The connection of an owner means nothing to other servers. */
function ownerIn(
  { identity, session }: StatementRecord | ResultRecord,
  { peer }: Owner,
): Owner {
  return { identity, session, peer };
}
