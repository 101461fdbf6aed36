/** Calls of DuckDB that are canceled while the engine begins or ends a transaction, or works for another call. */

import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import type { FlightError } from "@contrail/flight";
import { duckdb, type DuckDBInstanceLike } from "@contrail/flight/duckdb";
import { execute, query, signal } from "../support/databases.ts";
import { type Call, read, writingCalls } from "../support/cancel_everywhere.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { api, skip } from "./duckdb_package.ts";

/** The part of a connection of the engine that is replaced. */
interface Native {
  run(sql: string, values?: unknown[]): Promise<unknown>;
  stream(sql: string): Promise<{ fetchChunk(): Promise<unknown> }>;
  interrupt(): void;
}

/** Is called when the engine starts something. */
type OnStart = (what: string) => void;

/** An object with some of its methods replaced; the others see the object itself. */
function replace<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      const method = methods[key as keyof T] ?? target[key as keyof T];
      return typeof method === "function"
        ? method.bind(method === target[key as keyof T] ? target : methods)
        : method;
    },
  });
}

/**
 * An instance that tells when it begins or ends a transaction or fetches a chunk. If it is interrupted then, it does
 * what the engine does when an interrupt comes in time, which is seldom: the transaction fails.
 */
function telling(
  instance: DuckDBInstanceLike,
  onStart: OnStart,
): DuckDBInstanceLike {
  return replace(instance, {
    async connect() {
      const native = await instance.connect() as Native;
      let isInterrupted = false;
      return replace<Native>(native, {
        interrupt() {
          isInterrupted = true;
          native.interrupt();
        },
        async run(sql, values) {
          if (!/^(BEGIN|COMMIT|ROLLBACK)/.test(sql)) {
            return await native.run(sql, values);
          }
          isInterrupted = false;
          onStart(sql);
          if (!isInterrupted) return await native.run(sql);
          if (sql.startsWith("BEGIN")) await native.run(sql);
          await native.run("SELECT error('interrupted')").catch(() => {});
          throw new Error("INTERRUPT Error: Interrupted!");
        },
        async stream(sql) {
          onStart(sql);
          const result = await native.stream(sql);
          return replace(result, {
            async fetchChunk() {
              isInterrupted = false;
              onStart("chunk");
              if (isInterrupted) {
                throw new Error("INTERRUPT Error: Interrupted!");
              }
              return await result.fetchChunk();
            },
          });
        },
      });
    },
  });
}

/** A statement that runs until it is interrupted. */
const LATE = "CREATE TABLE late(a INTEGER)";

/** Runs something with a database whose engine does not notice the first interrupt of {@linkcode LATE}. */
async function withLateEngine(
  use: (
    adapter: ReturnType<typeof duckdb>,
    begun: Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const instance = await api.DuckDBInstance.create(":memory:");
  const begun = Promise.withResolvers<void>();
  const late = replace(instance, {
    async connect() {
      const native = await instance.connect() as Native;
      let interrupts = 0;
      let end: (error: Error) => void = () => {};
      return replace<Native>(native, {
        interrupt() {
          if (++interrupts > 1) end(new Error("INTERRUPT Error: Interrupted!"));
          native.interrupt();
        },
        run(sql, values) {
          if (sql !== LATE) return native.run(sql, values);
          begun.resolve();
          return new Promise((_, reject) => end = reject);
        },
      });
    },
  });
  await use(duckdb(late, { readOnly: false }), begun.promise);
  instance.closeSync();
}

const WRITING = writingCalls("SELECT range FROM range(1000)");

/** Calls, and the commands at which they are canceled. */
const CASES:
  readonly (readonly [name: string, call: Call, ...commands: string[]])[] = [
    ["a query", read("SELECT range FROM range(3000)"), "BEGIN", "COMMIT"],
    ["a query that fails", read("SELECT error('no')"), "BEGIN", "ROLLBACK"],
    ...Object.entries(WRITING)
      .filter(([name]) => name !== "a change")
      .map(([name, [, call]]) => [name, call, "BEGIN", "COMMIT"] as const),
  ];

describe("a call of DuckDB that is canceled", { skip }, () => {
  for (const [name, call, ...commands] of CASES) {
    for (const command of commands) {
      it(`leaves no transaction behind: ${name}, at ${command}`, async () => {
        const instance = await api.DuckDBInstance.create(":memory:");
        let onStart: OnStart = () => {};
        const adapter = duckdb(telling(instance, (what) => onStart(what)), {
          readOnly: false,
        });
        const connection = await adapter.connect();
        const other = await adapter.connect();
        await execute(connection, "CREATE TABLE t(a BIGINT)");
        const controller = new AbortController();
        const later: string[] = [];
        onStart = (what) => {
          if (what.startsWith(command)) controller.abort();
          else if (controller.signal.aborted) later.push(what);
        };
        await assertFlightError(
          call(connection, controller.signal),
          "CANCELLED",
          /canceled/,
        );
        for (const [each, count] of [[connection, 0n], [other, 1n]] as const) {
          assertEquals(
            (await query(each, "SELECT count(*) FROM t")).rows,
            [[count]],
          );
          await execute(each, "INSERT INTO t VALUES (1)");
        }
        // Its statement is not started after its end.
        assertEquals(later.filter((sql) => /range|error/.test(sql)), []);
        await adapter.close();
        instance.closeSync();
      });
    }
  }

  it("is interrupted again if the engine has not begun before", () =>
    withLateEngine(async (adapter, begun) => {
      const connection = await adapter.connect();
      const controller = new AbortController();
      const statement = await connection.prepare(LATE, { signal });
      const done = Promise.resolve(statement.execute(undefined, controller));
      await begun;
      controller.abort();
      await assertFlightError(done, "CANCELLED");
      assertEquals((await query(connection, "SELECT 1")).rows, [[1]]);
      await adapter.close();
    }));

  it("by the end of the database is interrupted again, too", () =>
    withLateEngine(async (adapter, begun) => {
      const connection = await adapter.connect();
      const statement = await connection.prepare(LATE, { signal });
      const done = rejection(
        Promise.resolve(statement.execute(undefined, { signal })),
      );
      await begun;
      await adapter.close();
      assertEquals((await done as FlightError).code, "CANCELLED");
    }));

  it("does not end the query whose rows are taken into memory for it", async () => {
    const instance = await api.DuckDBInstance.create(":memory:");
    let onStart: OnStart = () => {};
    const adapter = duckdb(telling(instance, (what) => onStart(what)), {
      readOnly: false,
      batchRows: 2048,
    });
    const connection = await adapter.connect();
    const first = await connection.prepare("SELECT range FROM range(9000)", {
      signal,
    });
    const second = await connection.prepare("SELECT 1", { signal });
    const controller = new AbortController();
    let rows = 0;
    let error: unknown;
    for await (const batch of first.query(undefined, { signal })) {
      rows += batch.numRows;
      if (error !== undefined) continue;
      onStart = () => controller.abort();
      const others = second.query(undefined, controller);
      error = await Array.fromAsync(others).catch((error) => error);
      onStart = () => {};
    }
    assertEquals((error as FlightError).code, "CANCELLED");
    assertEquals(rows, 9000);
    await adapter.close();
    instance.closeSync();
  });
});
