import { describe, it } from "node:test";
import { assert, assertEquals, assertLess } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { type DatabaseConnection, sqlite } from "@contrail/flight/sqlite";
import { FlightError } from "@contrail/flight";
import { assertFlightError } from "../support/rejections.ts";
import {
  execute,
  query,
  signal,
  withDatabase,
  withFolder,
} from "./databases.ts";

/** Rows without an end, and one row that never comes. */
const ENDLESS =
  "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x, 'text ' || x AS t FROM c";
const FOREVER =
  "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";

/** Queries over the tables of a test, each of which has an order of its own, or that of its plan. */
const ORDERED = [
  "SELECT a, b, c, d FROM t",
  "SELECT b FROM t",
  "SELECT b, d FROM t WHERE b > 20 AND d LIKE 'd%'",
  "SELECT c, d FROM t ORDER BY d DESC, c",
  "SELECT d, a FROM t ORDER BY b + 0 LIMIT 20 OFFSET 3",
  "SELECT DISTINCT d FROM t",
  "SELECT d, count(*) AS n, max(c) AS m FROM t GROUP BY d HAVING n > 9",
  "SELECT count(*) AS n FROM t",
  "SELECT a, row_number() OVER (ORDER BY b DESC) AS n FROM t",
  "SELECT t.a, u.d FROM t JOIN t AS u ON u.a = t.b",
  "SELECT a, (SELECT max(u.c) FROM t AS u WHERE u.a <= t.b) AS m FROM t",
  "SELECT a, b FROM ordered",
  "SELECT a, b FROM ordered WHERE a > 30",
  "SELECT ordered.a, t.d FROM ordered JOIN t ON t.a = ordered.b",
  "SELECT a FROM (SELECT a, b FROM t ORDER BY b DESC)",
  "WITH o AS (SELECT a, d FROM t ORDER BY d) SELECT a FROM o",
  "SELECT a, d FROM t UNION ALL SELECT b, d FROM t",
  "SELECT x.a, y.d FROM both AS x JOIN both AS y ON y.a = x.a",
  "VALUES (3), (1), (2)",
];

function counted(rows: number): string {
  return `${ENDLESS} LIMIT ${rows}`;
}

async function read(
  connection: DatabaseConnection,
  sql: string,
  signal: AbortSignal,
): Promise<number> {
  const statement = await connection.prepare(sql, { signal });
  let rows = 0;
  for await (const batch of statement.query(undefined, { signal })) {
    rows += batch.numRows;
  }
  return rows;
}

describe("results of SQLite", () => {
  it("come in batches of bounded rows", () =>
    withDatabase(async (connection) => {
      const { batches } = await query(connection, counted(1000));
      assertEquals(
        batches.reduce((rows, batch) => rows + batch.numRows, 0),
        1000,
      );
      assert(batches.length >= 10);
      assert(batches.every((batch) => batch.numRows <= 100));
    }, { batchRows: 100 }));

  it("come in batches of bounded bytes", () =>
    withDatabase(async (connection) => {
      const { batches } = await query(
        connection,
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 100) SELECT zeroblob(1000) AS b FROM c",
      );
      for (const batch of batches) {
        assert(batch.numRows <= 11, `${batch.numRows}`);
      }
      assert(batches.length >= 10);
    }, { batchBytes: 10_000 }));

  it("of no rows have a schema and no batches", () =>
    withDatabase(async (connection) => {
      const { types, batches } = await query(
        connection,
        "SELECT 1 AS x WHERE 0",
      );
      assertEquals([types, batches], [["Int64"], []]);
    }));

  it("of many rows are complete and in order", () =>
    withDatabase(async (connection) => {
      const statement = await connection.prepare(counted(200_000), { signal });
      let next = 1n;
      for await (const batch of statement.query(undefined, { signal })) {
        const numbers = batch.getChildAt(0)!;
        const texts = batch.getChildAt(1)!;
        assertEquals(texts.get(0), `text ${next}`);
        for (let i = 0; i < batch.numRows; i++) {
          if (numbers.get(i) !== next++) throw new Error(`row ${next}`);
        }
      }
      assertEquals(next, 200_001n);
    }));

  it("have the rows and the order of the same query without a server", () =>
    withFolder(async (path) => {
      const adapter = sqlite(path, { readOnly: false });
      using database = new DatabaseSync(path);
      database.exec(`
        CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER, c REAL, d TEXT);
        CREATE INDEX t_b ON t(b);
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
        INSERT INTO t SELECT i, i * 37 % 53, i, 'd' || (i * 7 % 11) FROM n;
        CREATE VIEW ordered AS SELECT a, b, d FROM t ORDER BY d, b DESC;
        CREATE VIEW both AS SELECT a, d FROM t UNION ALL SELECT b, d FROM t;
      `);
      try {
        const connection = await adapter.connect();
        for (const sql of ORDERED) {
          const statement = database.prepare(sql);
          statement.setReadBigInts(true);
          const rows = statement.all().map((row) => Object.values(row));
          assert(rows.length > 0, sql);
          assertEquals((await query(connection, sql)).rows, rows, sql);
        }
      } finally {
        await adapter.close();
      }
    }));

  it("stop when the reader does, and leave the connection usable", () =>
    withDatabase(async (connection) => {
      const statement = await connection.prepare(ENDLESS, { signal });
      let batches = 0;
      for await (const _ of statement.query(undefined, { signal })) {
        if (++batches === 3) break;
      }
      assertEquals((await query(connection, "SELECT 1")).rows, [[1n]]);
      await execute(connection, "CREATE TABLE t(x)");
      await execute(connection, "DROP TABLE t");
    }));

  it("of several statements of one connection may be read in turn", () =>
    withDatabase(async (connection) => {
      const statement = await connection.prepare(counted(3000), { signal });
      const [a, b] = [0, 1].map(() =>
        statement.query(undefined, { signal })[Symbol.asyncIterator]()
      );
      let [left, right] = [0, 0];
      for (;;) {
        const [x, y] = [await a!.next(), await b!.next()];
        left += x.value?.numRows ?? 0;
        right += y.value?.numRows ?? 0;
        if (x.done && y.done) break;
      }
      assertEquals([left, right], [3000, 3000]);
    }, { batchRows: 500 }));

  it("come from texts with a comment at their end, which may have no end", () =>
    withDatabase(async (connection) => {
      for (
        const end of [
          "/* no end",
          "/* no end;",
          "/*/",
          "/**",
          "/* a */",
          "-- /* a",
          "-- a\n/* b",
          "; /* no end",
          "; -- a",
          "WHERE '/*' <> 'b'",
        ]
      ) {
        const { rows } = await query(connection, `SELECT 1 AS n ${end}`);
        assertEquals(rows, [[1n]], end);
      }
    }));

  it("end by maxRows", () =>
    withDatabase(async (connection) => {
      assertEquals((await query(connection, counted(10))).rows.length, 10);
      await assertFlightError(
        query(connection, counted(11)),
        "RESOURCE_EXHAUSTED",
        /more than 10 rows.*maxRows/,
      );
    }, { maxRows: 10 }));
});

describe("a statement of SQLite that runs for long", () => {
  it("leaves the event loop free, and ends between rows when it is canceled", () =>
    withDatabase(async (connection) => {
      const controller = new AbortController();
      const reading = read(connection, ENDLESS, controller.signal);
      await wait(20);
      controller.abort();
      await assertFlightError(reading, "CANCELLED");
      assertEquals(connection.isOpen, true);
      assertEquals((await query(connection, "SELECT 1")).rows, [[1n]]);
    }));

  it("fails with the reason of its signal", () =>
    withDatabase(async (connection) => {
      const reason = new FlightError("ABORTED", "the client has gone");
      const controller = new AbortController();
      const reading = read(connection, ENDLESS, controller.signal);
      await wait(20);
      controller.abort(reason);
      await assertFlightError(reading, "ABORTED", /the client has gone/);
      await assertFlightError(
        read(connection, ENDLESS, AbortSignal.timeout(20)),
        "DEADLINE_EXCEEDED",
      );
      await assertFlightError(
        read(connection, ENDLESS, AbortSignal.abort()),
        "CANCELLED",
      );
    }));

  it("ends by timeoutMs", () =>
    withDatabase(async (connection) => {
      await assertFlightError(
        read(connection, ENDLESS, signal),
        "DEADLINE_EXCEEDED",
        /longer than 1000 ms.*timeoutMs/,
      );
      assertEquals((await query(connection, "SELECT 1")).rows, [[1n]]);
    }, { timeoutMs: 1000 }));

  it("is answered at once also within a step, and others do not notice", () =>
    withFolder(async (path) => {
      const adapter = sqlite(path, { readOnly: false, busyTimeoutMs: 0 });
      try {
        const [stuck, other] = [
          await adapter.connect(),
          await adapter.connect(),
        ];
        await execute(other, "CREATE TABLE t(x)");
        const finite = FOREVER.replace("FROM c)", "FROM c LIMIT 8000000)");
        const controller = new AbortController();
        const reading = read(stuck, finite, controller.signal);
        await wait(50);
        controller.abort();
        await assertFlightError(reading, "CANCELLED");
        // The engine still counts; what comes next on this connection waits until it is given up.
        const waiting = query(stuck, "SELECT 1").then(
          () => "answered",
          (error) => error.code,
        );
        await execute(other, "INSERT INTO t VALUES (1)");
        assert(["answered", "UNAVAILABLE"].includes(await waiting));
        stuck.close();
        assertEquals(
          (await query(await adapter.connect(), "SELECT * FROM t")).rows,
          [["1"]],
        );
      } finally {
        await adapter.close();
      }
    }));

  it("changes nothing when it is canceled", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(x)");
      const controller = new AbortController();
      const statement = await connection.prepare(
        `INSERT INTO t SELECT x FROM (${counted(600_000)})`,
        { signal },
      );
      const running = (async () =>
        await statement.execute(undefined, { signal: controller.signal }))();
      await wait(20);
      controller.abort();
      await assertFlightError(running, "CANCELLED");
      assertEquals((await query(connection, "SELECT count(*) FROM t")).rows, [[
        0n,
      ]]);
    }, { busyTimeoutMs: 60_000 }));

  it("of a closed adapter is given up", async () => {
    const adapter = sqlite(":memory:");
    const connection = await adapter.connect();
    const reading = assertFlightError(
      read(connection, ENDLESS, signal),
      "FAILED_PRECONDITION",
      /closed/,
    );
    await wait(20);
    await adapter.close();
    await reading;
    assertEquals(connection.isOpen, false);
    await assertFlightError(
      read(connection, "SELECT 1", signal),
      "FAILED_PRECONDITION",
    );
    await assertFlightError(
      (async () => await adapter.connect())(),
      "FAILED_PRECONDITION",
    );
    await adapter.close();
  });
});

describe("memory of a result of SQLite", () => {
  it("does not grow with the number of rows, as the engine stops when the reader does", () =>
    withDatabase(async (connection) => {
      const statement = await connection.prepare(ENDLESS, { signal });
      const reader = statement.query(undefined, { signal })
        [Symbol.asyncIterator]();
      let most = 0;
      for (let i = 0; i < 50; i++) {
        const { value } = await reader.next();
        most = Math.max(most, value!.data.byteLength);
        await wait(0);
      }
      await reader.return!();
      assertLess(most, 1_000_000);
    }, { batchBytes: 100_000 }));
});
