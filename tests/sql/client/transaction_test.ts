/** Transactions, savepoints and ingests. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Field, Int32, Schema, tableFromArrays } from "apache-arrow";
import { FlightError } from "@contrail/flight";
import { packAny } from "../../../internal/sql/messages/any.ts";
import { doPutUpdateResult } from "../../../internal/sql/messages/put_results.ts";
import { actionBeginTransactionResult } from "../../../internal/sql/messages/transaction_actions.ts";
import { assertFlightError, rejection } from "../../support/rejections.ts";
import { sqlTest } from "./join_sql.ts";
import { scriptedServer } from "./scripted_server.ts";

sqlTest("what a transaction runs belongs to it", async (join) => {
  await using joined = await join({ emptyResults: true });
  const { client, calls } = joined;
  {
    await using tx = await client.begin();
    await tx.execute("delete");
    await tx.query("numbers");
    await tx.sql`echo ${1}`;
    await tx.querySchema("numbers");
    await tx.ingest("t", tableFromArrays({ a: [1] }));
    await tx.commit();
    assertEquals(tx.isOpen, false);
  }
  const ofTransaction = calls.filter((call) => call.includes("t1"));
  assertEquals(ofTransaction, [
    "begin t1",
    "update delete in t1",
    "info numbers in t1",
    "prepare echo ? in t1",
    "schema numbers in t1",
    "ingest t CREATE/FAIL in t1",
    "COMMIT t1",
  ]);
});

sqlTest(
  "a transaction is rolled back unless it was committed",
  async (join) => {
    await using joined = await join();
    const { client, calls } = joined;
    {
      await using tx = await client.begin();
      await tx.execute("delete");
    }
    assertEquals(calls.at(-1), "ROLLBACK t1");
    const tx = await client.begin();
    await tx.rollback();
    await tx.rollback();
    assertEquals(calls.filter((call) => call === "ROLLBACK t2").length, 1);
  },
);

sqlTest(
  "closing the client rolls back what it has begun",
  async (join) => {
    await using joined = await join();
    const { client, calls } = joined;
    const open = await client.begin();
    await (await client.begin()).commit();
    client.transaction(Uint8Array.of(1));
    await client.close();
    assertEquals(open.isOpen, false);
    assertEquals(calls.slice(-2), ["COMMIT t2", "ROLLBACK t1"]);
  },
);

sqlTest(
  "a function in a transaction is committed, or rolled back when it throws",
  async (join) => {
    await using joined = await join();
    const { client, calls } = joined;
    const result = await client.begin(async (tx) => {
      await tx.execute("delete");
      return 5;
    });
    assertEquals(result, 5);
    assertEquals(calls.at(-1), "COMMIT t1");
    const failure = new Error("no");
    const error = await rejection(client.begin(() => {
      throw failure;
    }));
    assertEquals(error, failure);
    assertEquals(calls.at(-1), "ROLLBACK t2");
    await client.begin((tx) => tx.rollback());
    assertEquals(calls.at(-1), "ROLLBACK t3");
  },
);

sqlTest(
  "a commit comes after updates that were not awaited",
  async (join) => {
    const released = Promise.withResolvers<void>();
    await using joined = await join({
      methods: {
        async *doPut(upload) {
          await upload.table();
          await released.promise;
          calls.push("updated");
          yield { appMetadata: doPutUpdateResult.encode({ recordCount: 1n }) };
        },
      },
    });
    const { client, calls } = joined;
    const updates: Promise<bigint>[] = [];
    const committed = client.begin((tx) => {
      updates.push(tx.execute("delete"), tx.ingest("t", [{ a: 1 }]));
      updates.push(tx.sql`delete ${1}`.execute());
    });
    // By the end of a later call the server would have seen the commit.
    while (updates.length === 0) await client.querySchema("numbers");
    await client.querySchema("numbers");
    released.resolve();
    await committed;
    assertEquals(await Promise.all(updates), [1n, 1n, 1n]);
    const ends = calls.filter((call) => /^(updated|COMMIT)/.test(call));
    assertEquals(ends, ["updated", "updated", "updated", "COMMIT t1"]);
  },
);

sqlTest(
  "a transaction is rolled back when an update fails that was not awaited",
  async (join) => {
    await using joined = await join({
      methods: {
        doPut() {
          throw new FlightError("ABORTED", "no");
        },
      },
    });
    const { client, calls } = joined;
    let update: Promise<bigint> | undefined;
    const committed = client.begin((tx) => {
      update = tx.execute("delete");
      update.catch(() => {});
    });
    await assertFlightError(committed, "ABORTED", /no/);
    await assertFlightError(update!, "ABORTED", /no/);
    assertEquals(calls, ["begin t1", "ROLLBACK t1"]);
  },
);

sqlTest("a transaction that has ended runs nothing", async (join) => {
  await using joined = await join();
  const { client, calls } = joined;
  const tx = await client.begin();
  const query = tx.query("numbers");
  const statement = await tx.prepare("echo");
  await tx.commit();
  const before = calls.length;
  for (
    const attempt of [
      () => query.then(),
      () => tx.execute("delete"),
      () => tx.sql`echo ${1}`.then(),
      () => tx.prepare("x"),
      () => tx.ingest("t", [{ a: 1 }]),
      () => tx.commit(),
      () => tx.rollback(),
      () => tx.savepoint(),
      () => statement.query([1]).then(),
      () => statement.execute(),
    ]
  ) {
    await assertFlightError(attempt(), "FAILED_PRECONDITION", /committed/);
  }
  assertEquals(calls.length, before);
});

sqlTest("savepoints are rolled back to, and released", async (join) => {
  await using joined = await join();
  const { client, calls } = joined;
  await using tx = await client.begin();
  {
    await using savepoint = await tx.savepoint("a");
    assertEquals(savepoint.name, "a");
    await savepoint.rollback();
    await savepoint.release();
    await assertFlightError(
      savepoint.rollback(),
      "FAILED_PRECONDITION",
      /released/,
    );
  }
  {
    await using _ = await tx.savepoint();
  }
  assertEquals(calls, [
    "begin t1",
    "savepoint a of t1",
    "ROLLBACK p2",
    "RELEASE p2",
    "savepoint savepoint_1 of t1",
    "ROLLBACK p3",
    "RELEASE p3",
  ]);
});

sqlTest(
  "a function behind a savepoint is undone when it throws",
  async (join) => {
    await using joined = await join();
    const { client, calls } = joined;
    await client.begin(async (tx) => {
      let update: Promise<bigint> | undefined;
      const result = await tx.savepoint(() => {
        update = tx.execute("delete");
        return 5;
      });
      assertEquals([result, await update], [5, 7n]);
      const failure = new Error("no");
      const error = await rejection(tx.savepoint(async () => {
        await tx.savepoint((inner) => inner.rollback());
        throw failure;
      }));
      assertEquals(error, failure);
      await assertRejects(
        () => tx.savepoint({} as string),
        TypeError,
        "name",
      );
    });
    assertEquals(calls, [
      "begin t1",
      "savepoint savepoint_1 of t1",
      "update delete in t1",
      "RELEASE p2",
      "savepoint savepoint_2 of t1",
      "savepoint savepoint_3 of t1",
      "ROLLBACK p4",
      "RELEASE p4",
      "ROLLBACK p3",
      "RELEASE p3",
      "COMMIT t1",
    ]);
  },
);

sqlTest(
  "a transaction is over when it cannot go back to a savepoint",
  async (join) => {
    const { service, calls } = scriptedServer();
    await using joined = await join({
      methods: {
        doAction(action, context) {
          if (action.type === "EndSavepoint") {
            throw new FlightError("INTERNAL", "lost");
          }
          return service.doAction!(action, context);
        },
      },
    });
    const { client } = joined;
    const tx = await client.begin();
    const failure = new Error("no");
    const error = await rejection(tx.savepoint(() => {
      throw failure;
    }));
    assertEquals([error, tx.isOpen], [failure, false]);
    assertEquals(calls.at(-1), "ROLLBACK t1");
  },
);

sqlTest("a transaction without an id is an error, not none", async (join) => {
  await using joined = await join({
    methods: { doAction: () => [{ body: EMPTY_TRANSACTION }] },
  });
  await assertFlightError(joined.client.begin(), "INTERNAL", /its id is empty/);
});

sqlTest("a transaction is taken over by its id", async (join) => {
  await using joined = await join();
  const { client, calls } = joined;
  const tx = client.transaction(new TextEncoder().encode("t0"));
  await tx.execute("delete");
  await tx.commit();
  assertEquals(calls, ["update delete in t0", "COMMIT t0"]);
  assertThrows(() => client.transaction(new Uint8Array()), TypeError, "bytes");
});

sqlTest("a server without transactions says so", async (join) => {
  await using joined = await join({
    methods: {
      doAction() {
        throw new FlightError("UNIMPLEMENTED", "no transactions");
      },
    },
  });
  await assertFlightError(joined.client.begin(), "UNIMPLEMENTED", /no trans/);
});

sqlTest("a transaction whose commit fails is rolled back", async (join) => {
  await using joined = await join();
  const { client, calls } = joined;
  const tx = await client.begin();
  const signal = AbortSignal.abort(new Error("no time"));
  assertEquals(await rejection(tx.commit({ signal })), signal.reason);
  await assertFlightError(tx.execute("x"), "FAILED_PRECONDITION", /broken off/);
  await client.close();
  assertEquals(calls, ["begin t1", "ROLLBACK t1"]);
});

sqlTest("an ingest says what is to become of the table", async (join) => {
  await using joined = await join();
  const { client, calls, uploads } = joined;
  const table = tableFromArrays({ a: Int32Array.of(1, 2, 3) });
  assertEquals(await client.ingest("t", table, { mode: "append" }), 3n);
  await client.ingest("t", [...table.batches, ...table.batches], {
    mode: "replace",
    catalog: "c",
    schema: "s",
    temporary: true,
    databaseOptions: { a: "b" },
  });
  await client.ingest("t", table, { mode: "create-append" });
  assertEquals(calls, [
    "ingest t FAIL/APPEND",
    "ingest c.s.t CREATE/REPLACE temporary a=b",
    "ingest t CREATE/APPEND",
  ]);
  assertEquals(uploads.map(({ numRows }) => numRows), [3, 6, 3]);
  await assertRejects(
    () => client.ingest("t", table, { mode: "upsert" as never }),
    TypeError,
    "mode",
  );
  await assertRejects(() => client.ingest("", table), TypeError, "missing");
  await assertRejects(() => client.ingest("t", 5 as never), TypeError, "Rows");
});

sqlTest(
  "objects are ingested, as the columns say or as they are",
  async (join) => {
    await using joined = await join();
    const { client, uploads } = joined;
    await client.ingest("t", [{ a: 1, b: "x" }, { a: null }, { b: "y", a: 3 }]);
    assertEquals(uploads[0]!.toArray().map((row) => ({ ...row })), [
      { a: 1n, b: "x" },
      { a: null, b: null },
      { a: 3n, b: "y" },
    ]);
    const columns = new Schema([new Field("a", new Int32(), true)]);
    await client.ingest("t", [{ a: 1 }], { columns });
    assertEquals(String(uploads[1]!.schema), String(columns));
    await client.ingest("t", [], { columns });
    assertEquals(String(uploads[2]!.schema), String(columns));
    await assertRejects(
      () => client.ingest("t", [{ a: 1, c: 2 }], { columns }),
      TypeError,
      'no column "c"',
    );
  },
);

/** ActionBeginTransactionResult without a field, in an Any. */
const EMPTY_TRANSACTION = packAny(actionBeginTransactionResult, {
  transactionId: new Uint8Array(),
});
