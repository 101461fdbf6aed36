/** Servers that share the state of Flight SQL: the calls of a client come to several of them. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type FlightClient, FlightError } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { clientCookies } from "@contrail/flight/middleware";
import {
  serverSessions,
  sessionMethods,
  SharedSessionStore,
} from "@contrail/flight/session";
import {
  database,
  type FlightSqlHandlers,
  type FlightSqlOptions,
  flightSqlService,
} from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { MemoryStore, type SharedStore } from "@contrail/flight/workers";
import { tableFromArrays } from "apache-arrow";
import {
  commandPreparedStatementQuery,
  commandStatementQuery,
} from "../../internal/sql/messages/statement_commands.ts";
import { withClock } from "../support/still_clock.ts";
import { integers } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";

/** Two clients, each of a server of its own. */
interface Two extends AsyncDisposable {
  readonly a: FlightClient;
  readonly b: FlightClient;
}

function two(
  handlers: () => FlightSqlHandlers,
  options: FlightSqlOptions,
): Two {
  const services = [0, 1].map(() => flightSqlService(handlers(), options));
  const [a, b] = services.map((service) => connectInMemory(service));
  return {
    a: a!,
    b: b!,
    async [Symbol.asyncDispose]() {
      await a!.close();
      await b!.close();
      for (const service of services) await service[Symbol.asyncDispose]();
    },
  };
}

/** Runs with two servers of one file of SQLite. */
async function withFile(
  run: (servers: Two, store: MemoryStore) => Promise<void>,
  options: FlightSqlOptions = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "flight_shared_"));
  const store = new MemoryStore();
  try {
    const file = join(folder, "shared.db");
    writeFileSync(file, "");
    await using servers = two(
      () => database(sqlite(file, { readOnly: false })),
      {
        store,
        ...options,
      },
    );
    await sql.update(servers.a, "CREATE TABLE t (n INTEGER)");
    await sql.update(servers.a, "INSERT INTO t VALUES (1), (2), (3)");
    await run(servers, store);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function values(table: { toArray(): unknown[] }): unknown[] {
  return table.toArray().map((row) =>
    Number(Object.values((row as { toJSON(): object }).toJSON())[0])
  );
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, FlightError)).code;
}

function queryInfo(client: FlightClient, query: string) {
  return sql.info(client, commandStatementQuery, {
    query,
    transactionId: undefined,
  });
}

test("shared store: a result that one server announces is read from another, once", async () => {
  await withFile(async ({ a, b }) => {
    const info = await queryInfo(a, "SELECT n FROM t ORDER BY n");
    assertEquals(values(await sql.fetch(b, info)), [1, 2, 3]);
    assertEquals(await codeOf(sql.fetch(b, info)), "NOT_FOUND");
    assertEquals(await codeOf(sql.fetch(a, info)), "NOT_FOUND");
  });
});

test("shared store: a result is read from the server that has announced it", async () => {
  await withFile(async ({ a }) => {
    const info = await queryInfo(a, "SELECT n FROM t WHERE n > 1");
    assertEquals(values(await sql.fetch(a, info)), [2, 3]);
    assertEquals(await codeOf(sql.fetch(a, info)), "NOT_FOUND");
  });
});

test("shared store: of many that read a result at the same time, one gets it", async () => {
  await withFile(async ({ a, b }) => {
    const info = await queryInfo(
      a,
      "INSERT INTO t VALUES (9) RETURNING n",
    );
    const outcomes = await Promise.allSettled(
      [a, b, a, b, a, b].map((client) => sql.fetch(client, info)),
    );
    const read = outcomes.filter(({ status }) => status === "fulfilled");
    assertEquals(read.length, 1);
    const count = await sql.query(b, "SELECT count(*) FROM t WHERE n = 9");
    assertEquals(values(count), [1]);
  });
});

test("shared store: a result that is canceled anywhere is gone everywhere", async () => {
  await withFile(async ({ a, b }) => {
    const info = await queryInfo(a, "SELECT n FROM t");
    assertEquals(await b.cancelFlightInfo(info), { status: "CANCELLED" });
    assertEquals(await codeOf(sql.fetch(a, info)), "NOT_FOUND");
    assertEquals(await codeOf(sql.fetch(b, info)), "NOT_FOUND");
  });
});

test("shared store: a result that is polled is read from another server", async () => {
  await withFile(async ({ a, b }) => {
    const descriptor = (await queryInfo(a, "SELECT n FROM t")).descriptor!;
    const { info } = await a.pollFlightInfo(descriptor);
    assertEquals(values(await sql.fetch(b, info!)), [1, 2, 3]);
  });
});

test("shared store: a statement that one server has prepared runs on another", async () => {
  await withFile(async ({ a, b }) => {
    const { preparedStatementHandle: handle } = await sql.prepare(
      a,
      "SELECT n FROM t WHERE n >= ?",
    );
    await sql.bind(b, handle, integers(2));
    assertEquals(values(await sql.execute(a, handle)), [2, 3]);
    await sql.bind(a, handle, integers(3));
    assertEquals(values(await sql.execute(b, handle)), [3]);
    const insert = await sql.prepare(b, "INSERT INTO t VALUES (?)");
    const { preparedStatementHandle } = insert;
    assertEquals(
      await sql.executeUpdate(a, preparedStatementHandle, integers(4, 5)),
      2n,
    );
    assertEquals(values(await sql.execute(b, handle)), [3, 4, 5]);
  });
});

test("shared store: an announced result keeps the parameters that were bound", async () => {
  await withFile(async ({ a, b }) => {
    const { preparedStatementHandle } = await sql.prepare(
      a,
      "SELECT n FROM t WHERE n = ?",
    );
    const infoOf = (client: FlightClient) =>
      sql.info(client, commandPreparedStatementQuery, {
        preparedStatementHandle,
      });
    await sql.bind(a, preparedStatementHandle, integers(1));
    const first = await infoOf(b);
    await sql.bind(b, preparedStatementHandle, integers(2));
    const second = await infoOf(a);
    await sql.bind(b, preparedStatementHandle, integers(3));
    assertEquals(values(await sql.fetch(b, second)), [2]);
    assertEquals(values(await sql.fetch(a, first)), [1]);
    assertEquals(values(await sql.execute(a, preparedStatementHandle)), [3]);
  });
});

test("shared store: a statement that is closed anywhere is gone everywhere", async () => {
  await withFile(async ({ a, b }) => {
    const { preparedStatementHandle: handle } = await sql.prepare(
      a,
      "SELECT n FROM t",
    );
    assertEquals(values(await sql.execute(b, handle)), [1, 2, 3]);
    await sql.closeStatement(b, handle);
    assertEquals(await codeOf(sql.execute(a, handle)), "NOT_FOUND");
    assertEquals(await codeOf(sql.execute(b, handle)), "NOT_FOUND");
    // A driver may close a statement that a server has never seen.
    const other = await sql.prepare(a, "SELECT n FROM t");
    await sql.closeStatement(b, other.preparedStatementHandle);
    assertEquals(
      await codeOf(sql.execute(a, other.preparedStatementHandle)),
      "NOT_FOUND",
    );
  });
});

test("shared store: many uses at the same time prepare a statement once", async () => {
  let prepared = 0;
  const table = tableFromArrays({ n: Int32Array.of(7) });
  const handlers = (): FlightSqlHandlers => ({
    prepare() {
      prepared++;
      return { schema: table.schema, query: () => table };
    },
  });
  await using servers = two(handlers, { store: new MemoryStore() });
  const { preparedStatementHandle: handle } = await sql.prepare(
    servers.a,
    "SELECT 7",
  );
  const tables = await Promise.all(
    Array.from({ length: 8 }, () => sql.execute(servers.b, handle)),
  );
  for (const table of tables) assertEquals(values(table), [7]);
  assertEquals(prepared, 2);
});

test("shared store: signed handles are known to servers with the same key", async () => {
  await withFile(async ({ a, b }) => {
    const { preparedStatementHandle: handle } = await sql.prepare(
      a,
      "SELECT n FROM t",
    );
    assertEquals(values(await sql.execute(b, handle)), [1, 2, 3]);
  }, { keys: ["k".repeat(32)] });
});

test("shared store: handles that no server has made are not found", async () => {
  await withFile(async ({ a, b }) => {
    for (const length of [0, 1, 32, 10_000]) {
      const handle = new Uint8Array(length).fill(65);
      assertEquals(await codeOf(sql.execute(a, handle)), "NOT_FOUND");
      const info = await queryInfo(b, "SELECT 1");
      assertEquals(values(await sql.fetch(a, info)), [1]);
    }
  });
});

test("shared store: a transaction stays with its server", async () => {
  await withFile(async ({ a, b }) => {
    const id = await sql.begin(a);
    await sql.update(a, "INSERT INTO t VALUES (4)", id);
    const info = await sql.info(a, commandStatementQuery, {
      query: "SELECT count(*) FROM t",
      transactionId: id,
    });
    assertEquals(await codeOf(sql.fetch(b, info)), "NOT_FOUND");
    assertEquals(values(await sql.fetch(a, info)), [4]);
    const statement = await sql.prepare(a, "SELECT n FROM t", id);
    const { preparedStatementHandle } = statement;
    assertEquals(
      await codeOf(sql.execute(b, preparedStatementHandle)),
      "NOT_FOUND",
    );
    assertEquals(
      await codeOf(sql.update(b, "DELETE FROM t", id)),
      "NOT_FOUND",
    );
    await sql.end(a, id, "ROLLBACK");
  });
});

test("shared store: results of handlers that can only query stay with their server", async () => {
  let runs = 0;
  const table = tableFromArrays({ n: Int32Array.of(1) });
  await using servers = two(() => ({
    query() {
      runs++;
      return table;
    },
  }), { store: new MemoryStore() });
  const info = await queryInfo(servers.a, "SELECT 1");
  assertEquals(await codeOf(sql.fetch(servers.b, info)), "NOT_FOUND");
  assertEquals(values(await sql.fetch(servers.a, info)), [1]);
  assertEquals(runs, 1);
});

test("shared store: a failure of the store fails the call, and nothing else", async () => {
  const store = new MemoryStore();
  let isBroken = false;
  const broken: SharedStore = {
    get(key) {
      if (isBroken) throw new FlightError("UNAVAILABLE", "no store");
      return store.get(key);
    },
    set: (...args) => store.set(...args),
    replace: (...args) => store.replace(...args),
    take: (key) => store.take(key),
    delete: (key) => store.delete(key),
  };
  await withFile(async ({ a, b }) => {
    const { preparedStatementHandle: handle } = await sql.prepare(
      a,
      "SELECT n FROM t",
    );
    isBroken = true;
    assertEquals(await codeOf(sql.execute(b, handle)), "UNAVAILABLE");
    isBroken = false;
    assertEquals(values(await sql.execute(b, handle)), [1, 2, 3]);
  }, { store: broken });
});

test("shared store: sessions are the same on all servers", async () => {
  const store = new MemoryStore();
  const cookies = clientCookies();
  const [a, b] = [0, 1].map(() =>
    connectInMemory(sessionMethods(), {
      interceptors: [cookies],
      serverInterceptors: [
        serverSessions({ store: new SharedSessionStore(store) }),
      ],
    })
  );
  await a!.setSessionOptions({ catalog: "sales" });
  await b!.setSessionOptions({ schema: "north", limit: 7n });
  await Promise.all(
    Array.from(
      { length: 10 },
      (_, i) => (i % 2 ? a : b)!.setSessionOptions({ [`n${i}`]: true }),
    ),
  );
  const { sessionOptions } = await a!.getSessionOptions();
  assertEquals(sessionOptions.size, 13);
  assertEquals(sessionOptions.get("limit"), 7n);
  assertEquals(await b!.closeSession(), { status: "CLOSED" });
  assertEquals(store.get("session/any"), undefined);
  await a!.close();
  await b!.close();
});

test("shared store: sessions expire, and live as long as they are used", () =>
  withClock(async (forward) => {
    const store = new MemoryStore();
    const sessions = new SharedSessionStore(store, { idleTimeoutMs: 200 });
    await sessions.create("used", new Map([["a", 1n]]));
    await sessions.create("idle", new Map());
    for (let passed = 0; passed < 600; passed += 50) {
      assert(await sessions.load("used"));
      forward(50);
    }
    assertEquals(await sessions.load("idle"), undefined);
    await sessions.update("idle", new Map([["b", 1n]]));
    assertEquals(await sessions.load("idle"), undefined);
    await sessions.remove("used");
    assertEquals(await sessions.load("used"), undefined);
  }));
