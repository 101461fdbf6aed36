/** Connections that are lost, or cannot be made, behind `database()`. */

import { test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { FlightError } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import {
  database,
  type DatabaseAdapter,
  type DatabaseConnection,
  flightSqlService,
} from "@contrail/flight/sql/server";
import { Field, Int32, type RecordBatch, Schema } from "apache-arrow";
import { deferred } from "../../internal/base/deferred.ts";
import { packAny } from "../../internal/sql/messages/any.ts";
import { commandStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { NUMBERS } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";

/** An engine that records its connections, and loses them when it is told. */
class FakeEngine implements DatabaseAdapter {
  readonly info = { name: "Fake", version: "1" };
  readonly log: string[] = [];
  /** Connections that are open. */
  open = 0;
  /** What the next connection fails with. */
  failure: FlightError | undefined;
  /** Columns of the results of the next statements. */
  columns = NUMBERS.schema;
  /** Ends the connections that there are. */
  lose: () => void = () => {};

  connect(): DatabaseConnection {
    if (this.failure) throw this.failure;
    this.open++;
    this.log.push("connect");
    let isOpen = true;
    const { lose } = this;
    this.lose = () => {
      lose();
      isOpen = false;
    };
    const note = (text: string) => () => void this.log.push(text);
    const statement = (text: string) => ({
      schema: this.columns,
      parameterSchema: new Schema([]),
      isReadOnly: true,
      async *query(): AsyncGenerator<RecordBatch> {
        if (text === "lost") {
          isOpen = false;
          throw new FlightError("UNAVAILABLE", "the connection was lost");
        }
        yield NUMBERS.batches[0]!;
      },
      execute: () => 0n,
      close: note(`close ${text}`),
    });
    const unused = (): never => {
      throw new Error("not a part of these tests");
    };
    return {
      get isOpen() {
        return isOpen;
      },
      prepare: (text) => {
        this.log.push(`prepare ${text}`);
        return statement(text);
      },
      begin: note("begin"),
      commit: note("commit"),
      rollback: note("rollback"),
      savepoint: unused,
      releaseSavepoint: unused,
      rollbackToSavepoint: unused,
      ingest: unused,
      catalogs: () => [],
      schemas: () => [],
      tables: unused,
      tableTypes: () => [],
      primaryKeys: () => [],
      foreignKeys: () => [],
      close: () => {
        isOpen = false;
        this.open--;
        this.log.push("disconnect");
      },
    };
  }

  close(): void {
    this.log.push("close");
  }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, FlightError)).code;
}

function openEngine(maxConnections = 1) {
  const engine = new FakeEngine();
  const service = flightSqlService(database(engine, { maxConnections }));
  return { engine, service, client: connectInMemory(service) };
}

test("a connection is used again, and so is a compiled statement", async () => {
  const { engine, service, client } = openEngine();
  for (let i = 0; i < 3; i++) await sql.query(client, "a");
  assertEquals(engine.log, ["connect", "prepare a"]);
  await service[Symbol.asyncDispose]();
  assertEquals(engine.log.slice(2), ["disconnect", "close"]);
});

test("a connection that is lost makes room for another", async () => {
  const { engine, service, client } = openEngine();
  assertEquals(await codeOf(sql.query(client, "lost")), "UNAVAILABLE");
  assertEquals((await sql.query(client, "a")).numRows, 3);
  engine.lose();
  assertEquals((await sql.query(client, "a")).numRows, 3);
  assertEquals(engine.log.filter((one) => one === "connect").length, 3);
  await service[Symbol.asyncDispose]();
  assertEquals(engine.open, 0);
});

test("a statement is not run on other columns when lost connections are in use", async () => {
  const { engine, service, client } = openEngine(2);
  const sqlClient = flightSql(client);
  const statement = await sqlClient.prepare("a");
  const tx = await sqlClient.begin();
  await tx.query("b");
  engine.lose();
  engine.columns = new Schema([new Field("other", new Int32())]);
  const error = await assertRejects(() => statement.query(), FlightError);
  assertEquals(error.code, "ABORTED");
  await service[Symbol.asyncDispose]();
});

test("a connection that cannot be made fails the call, and not the next one", async () => {
  const { engine, service, client } = openEngine();
  engine.failure = new FlightError("NOT_FOUND", "no such file");
  for (let i = 0; i < 3; i++) {
    assertEquals(await codeOf(sql.query(client, "a")), "NOT_FOUND");
  }
  engine.failure = undefined;
  assertEquals((await sql.query(client, "a")).numRows, 3);
  await service[Symbol.asyncDispose]();
  assertEquals(engine.open, 0);
});

test("a transaction without statements needs no connection", async () => {
  const { engine, service, client } = openEngine();
  for (const how of ["COMMIT", "ROLLBACK"] as const) {
    await sql.end(client, await sql.begin(client), how);
  }
  assertEquals(engine.log, []);
  const id = await sql.begin(client);
  await sql.query(client, "a", id);
  await sql.end(client, id, "COMMIT");
  assertEquals(engine.log, ["connect", "begin", "prepare a", "commit"]);
  assertEquals((await sql.query(client, "a")).numRows, 3);
  await service[Symbol.asyncDispose]();
});

test("a transaction whose connection is lost is over", async () => {
  const { engine, service, client } = openEngine();
  const id = await sql.begin(client);
  await sql.query(client, "a", id);
  engine.lose();
  await sql.end(client, id, "ROLLBACK");
  assertEquals((await sql.query(client, "a")).numRows, 3);
  await service[Symbol.asyncDispose]();
  assertEquals(engine.open, 0);
});

test("calls that wait for a connection end with the service", async () => {
  const { service, client } = openEngine();
  const id = await sql.begin(client);
  await sql.query(client, "a", id);
  const waiting = codeOf(sql.query(client, "a"));
  await service[Symbol.asyncDispose]();
  assertEquals(await waiting, "UNAVAILABLE");
});

/** An engine whose statement "slow" compiles until its call ends, and keeps its connection busy then. */
class SlowEngine extends FakeEngine {
  readonly begun = deferred<void>();
  readonly aborted = deferred<void>();
  readonly ended = deferred<void>();

  override connect(): DatabaseConnection {
    const connection = super.connect();
    return {
      ...connection,
      get isOpen() {
        return connection.isOpen;
      },
      prepare: (text, options) =>
        text === "slow"
          ? new Promise((_, reject) => {
            const { signal } = options;
            signal.addEventListener("abort", () => {
              reject(signal.reason);
              this.aborted.resolve();
            });
            this.begun.resolve();
          })
          : connection.prepare(text, options),
      idle: () => this.ended.promise,
    };
  }
}

test("a statement that compiles for too long fails", async () => {
  const engine = new SlowEngine();
  await using service = flightSqlService(
    database(engine, { queryTimeoutMs: 50 }),
  );
  const slow = sql.query(connectInMemory(service), "slow");
  assertEquals(await codeOf(slow), "DEADLINE_EXCEEDED");
  engine.ended.resolve();
});

test("a canceled statement that still compiles delays no other call", async () => {
  const engine = new SlowEngine();
  await using service = flightSqlService(
    database(engine, { maxConnections: 2 }),
  );
  const client = connectInMemory(service);
  const controller = new AbortController();
  const command = packAny(commandStatementQuery, { query: "slow" });
  const slow = assertRejects(() =>
    client.getFlightInfo({ cmd: command }, { signal: controller.signal })
  );
  await engine.begun.promise;
  controller.abort();
  await slow;
  await engine.aborted.promise;
  assertEquals((await sql.query(client, "a")).numRows, 3);
  assertEquals(engine.log, ["connect", "connect", "prepare a"]);
  // With all connections busy or lent, calls wait for the first that is idle.
  const id = await sql.begin(client);
  await sql.query(client, "a", id);
  const waiting = sql.query(client, "b");
  engine.ended.resolve();
  assertEquals((await waiting).numRows, 3);
  assertEquals(engine.open, 2);
});
