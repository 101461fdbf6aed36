/** Cancels a call of a database at each of its stages. */

import { setImmediate as turn } from "node:timers/promises";
import { assert, assertEquals } from "@std/assert";
import { Int64, vectorFromArray } from "apache-arrow";
import type {
  DatabaseAdapter,
  DatabaseConnection,
} from "@contrail/flight/sqlite";
import { FlightError } from "@contrail/flight/client";
import { batchOf, execute, query } from "./databases.ts";

/** A call that is canceled. */
export type Call = (
  connection: DatabaseConnection,
  signal: AbortSignal,
) => Promise<unknown>;

const values = batchOf({
  a: vectorFromArray(
    Array.from({ length: 100 }, (_, i) => BigInt(i)),
    new Int64(),
  ),
});

/** A query whose rows are read. */
export const read = (sql: string): Call => async (connection, signal) => {
  const statement = await connection.prepare(sql, { signal });
  for await (const _ of statement.query(undefined, { signal }));
};

/** Calls by their names, with the rows that they leave in the table t. */
type Calls = Readonly<Record<string, readonly [rows: number, call: Call]>>;

/**
 * Makes the calls that write, for a table t of one column.
 *
 * @param thousandRows A query of 1,000 rows.
 */
export const writingCalls = (thousandRows: string): Calls => ({
  "a change": [1000, async (connection, signal) => {
    const sql = `INSERT INTO t ${thousandRows}`;
    const statement = await connection.prepare(sql, { signal });
    await statement.execute(undefined, { signal });
  }],
  "a change for many rows of parameters": [
    100,
    async (connection, signal) => {
      const sql = "INSERT INTO t VALUES (?)";
      const statement = await connection.prepare(sql, { signal });
      await statement.execute(values, { signal });
    },
  ],
  "a change that gives rows": [
    1000,
    read(`INSERT INTO t ${thousandRows} RETURNING a`),
  ],
  "an ingest": [1000, (connection, signal) =>
    Promise.resolve(connection.ingest(
      { table: "t", ifNotExist: "CREATE", ifExists: "APPEND" },
      {
        schema: values.schema,
        batches: (async function* () {
          for (let i = 0; i < 10; i++) yield values;
        })(),
      },
      { signal },
    ))],
});

/** Turns of the event loop before the latest cancel. */
const TURNS = 40;

/**
 * Makes the table t, and cancels a call everywhere; see {@linkcode cancelEverywhere}. At least one of the calls must
 * be canceled.
 */
export async function cancelOnTable(
  adapter: DatabaseAdapter,
  call: Call,
  rows: number,
): Promise<void> {
  const connection = await adapter.connect();
  await execute(connection, "CREATE TABLE t(a BIGINT)");
  await connection.close();
  assert(await cancelEverywhere(adapter, call, rows) > 0);
}

/**
 * Cancels a call after each number of turns of the event loop, and checks that it ends as canceled or in full, that
 * what it writes is there in full or not at all, and that its connection and others work on.
 *
 * @param adapter A database with a table t of one column; it is emptied.
 * @param call The call. If it writes, it adds `rows` rows to t.
 * @param rows Number of rows.
 * @returns Number of calls that were canceled.
 */
async function cancelEverywhere(
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
