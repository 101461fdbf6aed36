/** Savepoints of a transaction, by the names that statements give them. */

import type { SqlSavepoint, SqlTransaction } from "@contrail/flight/sql";
import { UsageError } from "../exit_code.ts";

/** The savepoints that are set, the latest last. */
export class Savepoints {
  readonly #set: SqlSavepoint[] = [];

  /**
   * Runs SAVEPOINT, RELEASE or ROLLBACK TO.
   *
   * @param kind The statement that it is.
   * @param name The name in it.
   * @param transaction The open transaction.
   * @param signal Cancels the call.
   * @returns What to tell the user.
   */
  async run(
    kind: "savepoint" | "release" | "rollback to",
    name: string,
    transaction: SqlTransaction,
    signal: AbortSignal,
  ): Promise<string> {
    if (kind === "savepoint") {
      this.#set.push(await transaction.savepoint(name, { signal }));
      return `savepoint ${name} set`;
    }
    const at = this.#set.findLastIndex((savepoint) =>
      savepoint.name.toLowerCase() === name.toLowerCase()
    );
    const savepoint = this.#set[at];
    if (savepoint === undefined) {
      throw new UsageError(`no savepoint ${name} is set`);
    }
    if (kind === "release") {
      await savepoint.release({ signal });
      // Those that came later are part of it.
      this.#set.length = at;
      return `savepoint ${name} released`;
    }
    await savepoint.rollback({ signal });
    this.#set.length = at + 1;
    return `rolled back to ${name}`;
  }
}
