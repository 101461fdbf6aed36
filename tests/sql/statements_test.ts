/** Requirements of drivers on statements: R1 to R12, R29 and R31 of the notes on Flight SQL. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeSchema, FlightError } from "@contrail/flight";
import { flightSqlService } from "@contrail/flight/sql/server";
import { Field, Int32, RecordBatch, Schema } from "apache-arrow";
import {
  commandPreparedStatementQuery,
  commandStatementQuery,
} from "../../internal/sql/messages/statement_commands.ts";
import { actionCreatePreparedStatementRequest } from "../../internal/sql/messages/prepared_statement_actions.ts";
import { packAny } from "../../internal/sql/messages/any.ts";
import { rpcTest } from "../support/transports.ts";
import { FakeHandlers, integers, NUMBERS } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";
import { turns } from "../support/events.ts";

function values(table: { toArray(): unknown[] }): unknown[] {
  return table.toArray().map((row) =>
    Number(Object.values(row as Record<string, unknown>)[0])
  );
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, FlightError)).code;
}

rpcTest("R1: every statement can be prepared", async (join) => {
  await using joined = await join(flightSqlService(new FakeHandlers()));
  for (const text of ["SELECT n", "SELECT ?", "INSERT", "INSERT ?"]) {
    const { preparedStatementHandle } = await sql.prepare(joined.client, text);
    assert(preparedStatementHandle.byteLength > 0);
  }
});

rpcTest(
  "R2, R3: schemas of a prepared statement are there or not",
  async (join) => {
    await using joined = await join(flightSqlService(new FakeHandlers()));
    const { client } = joined;
    const select = await sql.prepare(client, "SELECT ?");
    assertEquals(decodeSchema(select.datasetSchema!).fields.length, 1);
    assertEquals(decodeSchema(select.parameterSchema!).fields.length, 1);
    assertEquals(select.isUpdate, false);
    const insert = await sql.prepare(client, "INSERT");
    assertEquals(insert.datasetSchema, undefined);
    assertEquals(insert.parameterSchema, undefined);
    assertEquals(insert.isUpdate, true);
  },
);

rpcTest("R4, R5: the schema of the info is that of the rows", async (join) => {
  await using joined = await join(flightSqlService(new FakeHandlers()));
  const { client } = joined;
  const info = await sql.info(client, commandStatementQuery, {
    query: "SELECT n",
  });
  const { schema } = await sql.fetch(client, info);
  const announced = info.schema!;
  assertEquals(String(announced), String(schema));
  assertEquals(
    announced.fields.map(({ nullable }) => nullable),
    schema.fields.map(({ nullable }) => nullable),
  );
});

rpcTest(
  "R4: rows get the nullability that was announced, where they can",
  async (join) => {
    const field = (nullable: boolean): Schema =>
      new Schema([new Field("n", new Int32(), nullable)]);
    let announced = field(true);
    let sent = field(false);
    await using joined = await join(flightSqlService({
      querySchema: () => announced,
      query: () => new RecordBatch(sent, NUMBERS.batches[0]!.data),
    }));
    const { client } = joined;
    const table = await sql.query(client, "x");
    assertEquals([table.schema.fields[0]!.nullable, table.numRows], [true, 3]);
    [announced, sent] = [sent, announced];
    const error = await assertRejects(
      () => sql.query(client, "x"),
      FlightError,
      'field 0, "n", is nullable, and must not be',
    );
    assertEquals(error.code, "INTERNAL");
    announced = new Schema([new Field("m", new Int32(), true)]);
    await assertRejects(
      () => sql.query(client, "x"),
      FlightError,
      'field 0 is "n": Int32, not "m": Int32',
    );
  },
);

rpcTest("R6: an update that is run as a query runs once", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  const info = await sql.info(client, commandStatementQuery, {
    query: "INSERT",
  });
  assertEquals(info.schema!.fields.length, 0);
  const table = await sql.fetch(client, info);
  assertEquals([table.numRows, table.schema.fields.length], [0, 0]);
  const { preparedStatementHandle } = await sql.prepare(client, "INSERT");
  await sql.execute(client, preparedStatementHandle);
  assertEquals(handlers.log, ["INSERT", "INSERT"]);
});

rpcTest(
  "R7, R9: a statement is bound and run again and again",
  async (join) => {
    const handlers = new FakeHandlers();
    await using joined = await join(flightSqlService(handlers));
    const { client } = joined;
    const { preparedStatementHandle } = await sql.prepare(client, "SELECT ?");
    for (const value of [1, 2, 3]) {
      const handle = await sql.bind(
        client,
        preparedStatementHandle,
        integers(value),
      );
      assertEquals(handle, preparedStatementHandle);
      assertEquals(
        values(await sql.execute(client, preparedStatementHandle)),
        [value],
      );
    }
    await sql.closeStatement(client, preparedStatementHandle);
    assertEquals(handlers.open, 0);
    assertEquals(
      await codeOf(sql.execute(client, preparedStatementHandle)),
      "NOT_FOUND",
    );
  },
);

rpcTest("R8: parameters of one text do not mix", async (join) => {
  await using joined = await join(flightSqlService(new FakeHandlers()));
  const { client } = joined;
  const first = await sql.prepare(client, "SELECT ?");
  const second = await sql.prepare(client, "SELECT ?");
  const handles = [first, second].map((one) => one.preparedStatementHandle);
  await sql.bind(client, handles[0]!, integers(1));
  await sql.bind(client, handles[1]!, integers(2));
  assertEquals(values(await sql.execute(client, handles[0]!)), [1]);
  assertEquals(values(await sql.execute(client, handles[1]!)), [2]);
});

rpcTest(
  "R8: an info keeps the parameters that it was made with",
  async (join) => {
    await using joined = await join(flightSqlService(new FakeHandlers()));
    const { client } = joined;
    const { preparedStatementHandle } = await sql.prepare(client, "SELECT ?");
    await sql.bind(client, preparedStatementHandle, integers(1, 2));
    const info = await sql.info(client, commandPreparedStatementQuery, {
      preparedStatementHandle,
    });
    await sql.bind(client, preparedStatementHandle, integers(3));
    assertEquals(values(await sql.fetch(client, info)), [1, 2]);
    await sql.closeStatement(client, preparedStatementHandle);
  },
);

rpcTest("R10: an update takes the parameters that were bound", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  const { preparedStatementHandle } = await sql.prepare(client, "INSERT ?");
  await sql.bind(client, preparedStatementHandle, [
    integers(1, 2),
    integers(3),
  ]);
  assertEquals(await sql.executeUpdate(client, preparedStatementHandle), 3n);
  assertEquals(
    await sql.executeUpdate(client, preparedStatementHandle, integers(4)),
    1n,
  );
  assertEquals(handlers.log, ["INSERT ? 1 2 3", "INSERT ? 4"]);
});

rpcTest(
  "a statement runs with as many values as it has parameters only",
  async (join) => {
    const handlers = new FakeHandlers();
    await using joined = await join(flightSqlService(handlers));
    const { client } = joined;
    const { preparedStatementHandle } = await sql.prepare(client, "INSERT ?");
    assertEquals(
      await codeOf(sql.executeUpdate(client, preparedStatementHandle)),
      "INVALID_ARGUMENT",
    );
    assertEquals(
      await codeOf(sql.query(client, "SELECT ?")),
      "INVALID_ARGUMENT",
    );
    assertEquals(handlers.log, []);
  },
);

rpcTest(
  "R12: an action is carried out even if its results are dropped",
  async (join) => {
    const handlers = new FakeHandlers();
    await using joined = await join(flightSqlService(handlers));
    const { client } = joined;
    const type = "CreatePreparedStatement";
    const body = packAny(actionCreatePreparedStatementRequest, {
      query: "SELECT n",
    });
    const id = await sql.begin(client);
    const results = client.doAction({ type, body }).getReader();
    await results.read();
    await results.cancel();
    await sql.end(client, id, "ROLLBACK");
    assertEquals(handlers.log, ["begin 1", "rollback 1"]);
    assertEquals(handlers.open, 1);
  },
);

rpcTest("R29: the rows of a statement are fetched once", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  for (const text of ["SELECT n", "INSERT"]) {
    const info = await sql.info(client, commandStatementQuery, { query: text });
    await sql.fetch(client, info);
    assertEquals(await codeOf(sql.fetch(client, info)), "NOT_FOUND");
  }
  assertEquals(handlers.log, ["SELECT n", "INSERT"]);
  assertEquals(handlers.open, 0);
});

rpcTest(
  "R31: errors of SQL are INVALID_ARGUMENT with the text of the database",
  async (join) => {
    await using joined = await join(flightSqlService(new FakeHandlers()));
    const { client } = joined;
    for (
      const call of [
        () => sql.query(client, "SELEKT"),
        () => sql.prepare(client, "SELEKT"),
        () => sql.update(client, "SELEKT"),
      ]
    ) {
      const error = await assertRejects(call, FlightError, 'near "SELEKT"');
      assertEquals(error.code, "INVALID_ARGUMENT");
    }
  },
);

rpcTest("R11: an upload that goes on is answered", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  // Later messages stay unread: the statement is in the descriptor.
  async function* endless(): AsyncGenerator<RecordBatch> {
    while (true) {
      yield NUMBERS.batches[0]!;
      await turns(1);
    }
  }
  const { commandStatementUpdate } = await import(
    "../../internal/sql/messages/statement_commands.ts"
  );
  const upload = client.doPut({
    cmd: packAny(commandStatementUpdate, { query: "INSERT" }),
  });
  const results = await upload.writeAll(endless(), { allowPartial: true });
  assertEquals(sql.countOf(results.map((one) => one.appMetadata!)), 1n);
});
