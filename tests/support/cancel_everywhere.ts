/** Cancels a call of a database at each of its stages. */

import { setImmediate as turn } from "node:timers/promises";
import { assert, assertEquals } from "@std/assert";
import type {
  DatabaseAdapter,
  DatabaseConnection,
} from "@contrail/flight/sqlite";
import { FlightError } from "@contrail/flight/client";
import { execute, query } from "./databases.ts";

/** A call that is canceled. */
type Call = (
  connection: DatabaseConnection,
  signal: AbortSignal,
) => Promise<unknown>;

/** Turns of the event loop before the latest cancel. */
const TURNS = 40;

/**
 * Cancels a call after each number of turns of the event loop, and checks that it ends as canceled or in full, that
 * what it writes is there in full or not at all, and that its connection and others work on.
 *
 * @param adapter A database with a table t of one column; it is emptied.
 * @param call The call. If it writes, it adds `rows` rows to t.
 * @param rows Number of rows.
 * @returns Number of calls that were canceled.
 */
export async function cancelEverywhere(
  adapter: DatabaseAdapter,
  call: Call,
  rows: number,
): Promise<number> {
  let canceled = 0;
  for (let turns = 0; turns < TURNS; turns++) {
    const connection = await adapter.connect();
    const other = await adapter.connect();
    const controller = new AbortController();
    const done = call(connection, controller.signal).then(
      () => undefined,
      (error) => error,
    );
    for (let i = 0; i < turns; i++) await turn();
    controller.abort();
    const error = await done;
    if (error !== undefined) {
      assert(FlightError.is(error), String(error));
      assertEquals(error.code, "CANCELLED");
      canceled++;
    }
    const found = await query(other, "SELECT count(*) FROM t");
    const left = Number(found.rows[0]![0]);
    // The engine may have ended before the cancel reached it.
    assert(left === rows || (left === 0 && error !== undefined), `${left}`);
    await execute(other, "DELETE FROM t");
    for (const each of [connection, other]) {
      await execute(each, "INSERT INTO t VALUES (1)");
      await execute(each, "DELETE FROM t");
      await each.close();
    }
  }
  return canceled;
}
