/** Calls of a query with parameters: the answer to these may have the FlightInfo of the query. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { FlightError, type FlightService } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { flightSql } from "@contrail/flight/sql";
import {
  type FlightSqlHandlers,
  flightSqlService,
} from "@contrail/flight/sql/server";
import { MemoryStore } from "@contrail/flight/workers";
import protobuf from "protobufjs";
import { flightInfoCodec } from "../../../internal/protocol/flight_info.ts";
import { commandPreparedStatementQuery } from "../../../internal/sql/messages/statement_commands.ts";
import { doPutPreparedStatementResult } from "../../../internal/sql/messages/put_results.ts";
import { assertFlightError } from "../../support/rejections.ts";
import { rpcTest } from "../../support/transports.ts";
import {
  FakeHandlers,
  integers,
  NUMBERS,
  ONE_INTEGER,
} from "../fake_handlers.ts";
import * as sql from "../sql_calls.ts";
import { until } from "../../support/events.ts";
import { scriptedServer } from "./scripted_server.ts";

/** Records the calls of a client. */
function recorder(): { calls: string[]; record: FlightInterceptor } {
  const calls: string[] = [];
  return {
    calls,
    record(call, next) {
      calls.push(call.method);
      return next(call);
    },
  };
}

/** The command of a statement, and the wish for its FlightInfo. */
const wishing = (preparedStatementHandle: Uint8Array) => ({
  preparedStatementHandle,
  wantsInfo: true,
});

rpcTest(
  "a prepared query with parameters takes two calls",
  async (connectTo) => {
    const { calls, record } = recorder();
    const handlers = new FakeHandlers();
    await using joined = await connectTo(flightSqlService(handlers), {
      clientInterceptors: [record],
    });
    const client = flightSql(joined.client);
    await using statement = await client.prepare("SELECT ?");
    assertEquals(calls.splice(0), ["DoAction"]);
    assertEquals(await statement.query([7]), [{ "1": 7n }]);
    assertEquals(calls.splice(0), ["DoPut", "DoGet"]);
    const many = integers(1, 2, 3);
    assertEquals((await statement.query(many).table()).numRows, 3);
    assertEquals(calls.splice(0), ["DoPut", "DoGet"]);
    assertEquals(handlers.log, ["SELECT ? 7", "SELECT ? 1 2 3"]);
  },
);

rpcTest("a query with parameters waits for three calls", async (connectTo) => {
  const { calls, record } = recorder();
  const handlers = new FakeHandlers();
  await using joined = await connectTo(flightSqlService(handlers), {
    clientInterceptors: [record],
  });
  const client = flightSql(joined.client);
  assertEquals(await client.query("SELECT ?", [7]), [{ "1": 7n }]);
  // The statement is closed beside what comes next.
  await until(() => calls.length === 4);
  assertEquals(calls, ["DoAction", "DoPut", "DoGet", "DoAction"]);
  await until(() => handlers.open === 0);
});

rpcTest("a server of others is asked for the FlightInfo", async (connectTo) => {
  const server = scriptedServer();
  await using joined = await connectTo(server.service);
  const client = flightSql(joined.client);
  await using statement = await client.prepare("echo");
  assertEquals(await statement.query([7]), [{ 0: 7n }]);
  assertEquals(server.calls, [
    "prepare echo",
    "bind s1 × 1",
    "info s1",
    "get s1",
  ]);
});

rpcTest(
  "a service with its own getFlightInfo is asked for it",
  async (connectTo) => {
    const { calls, record } = recorder();
    const service = flightSqlService(new FakeHandlers());
    const commands: unknown[] = [];
    const wrapped: FlightService = {
      ...service,
      getFlightInfo(descriptor, context) {
        commands.push(descriptor);
        return service.getFlightInfo!(descriptor, context);
      },
    };
    await using joined = await connectTo(wrapped, {
      clientInterceptors: [record],
    });
    const client = flightSql(joined.client);
    await using statement = await client.prepare("SELECT ?");
    calls.length = 0;
    assertEquals(await statement.query([7]), [{ "1": 7n }]);
    assertEquals(calls, ["DoPut", "GetFlightInfo", "DoGet"]);
    assertEquals(commands.length, 1);
  },
);

rpcTest(
  "a query that is polled takes no FlightInfo from its parameters",
  async (connectTo) => {
    const { calls, record } = recorder();
    await using joined = await connectTo(flightSqlService(new FakeHandlers()), {
      clientInterceptors: [record],
    });
    const client = flightSql(joined.client);
    await using statement = await client.prepare("SELECT ?");
    calls.length = 0;
    assertEquals(await statement.query([7], { poll: true }), [{ "1": 7n }]);
    assertEquals(calls, ["DoPut", "PollFlightInfo", "DoGet"]);
  },
);

rpcTest(
  "runs of a statement side by side keep their parameters",
  async (connectTo) => {
    await using joined = await connectTo(flightSqlService(new FakeHandlers()));
    const client = flightSql(joined.client);
    await using statement = await client.prepare("SELECT ?");
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    const rows = await Promise.all(
      numbers.map((n) => statement.query([n]).first()),
    );
    assertEquals(rows, numbers.map((n) => ({ "1": BigInt(n) })));
    // Results that were announced keep the parameters of their time.
    const infos = [];
    for (const n of numbers) infos.push(await statement.query([n]).info());
    for (const [n, info] of infos.entries()) {
      const table = await client.flight.read(info).table();
      assertEquals(table.get(0)?.toJSON(), { "1": BigInt(n) });
    }
  },
);

rpcTest(
  "the FlightInfo in the answer is that of GetFlightInfo",
  async (connectTo) => {
    await using joined = await connectTo(flightSqlService(new FakeHandlers()));
    const { client } = joined;
    const { preparedStatementHandle } = await sql.prepare(client, "SELECT ?");
    const [plain] = await sql.put(
      client,
      commandPreparedStatementQuery,
      { preparedStatementHandle },
      integers(1),
    );
    assertEquals(doPutPreparedStatementResult.decode(plain!), {
      preparedStatementHandle,
      rows: [],
    });
    const asked = await sql.info(client, commandPreparedStatementQuery, {
      preparedStatementHandle,
    });
    const [answer] = await sql.put(
      client,
      commandPreparedStatementQuery,
      wishing(preparedStatementHandle),
      integers(2),
    );
    const told = flightInfoCodec.decode(
      doPutPreparedStatementResult.decode(answer!).info!,
    );
    const ticketless = (info: object) => ({ ...info, endpoints: undefined });
    assertEquals(ticketless(told), ticketless({ ...asked }));
    assertEquals(told.endpoints.length, 1);
    // Of two results each has its own parameters, and both are there once.
    assertEquals((await sql.fetch(client, told)).get(0)?.toJSON(), { "1": 2n });
    assertEquals((await sql.fetch(client, asked)).get(0)?.toJSON(), {
      "1": 1n,
    });
    await assertFlightError(sql.fetch(client, told), "NOT_FOUND");
  },
);

test("the wish for a FlightInfo is skipped by a reader of the protocol alone", () => {
  const official = protobuf.parse(`syntax = "proto3"; package p;
    message Command { bytes prepared_statement_handle = 1; }`).root
    .lookupType("p.Command");
  const handle = Uint8Array.of(1, 2, 3);
  const bytes = commandPreparedStatementQuery.encode(wishing(handle));
  const { preparedStatementHandle } = official.decode(bytes).toJSON();
  assertEquals(preparedStatementHandle, "AQID");
  assertEquals(
    bytes.subarray(0, 5),
    commandPreparedStatementQuery.encode({ preparedStatementHandle: handle }),
  );
});

rpcTest("an error of the plan is one of GetFlightInfo", async (connectTo) => {
  const { calls, record } = recorder();
  const handlers: FlightSqlHandlers = {
    prepare: () => ({
      schema: ONE_INTEGER,
      parameterSchema: ONE_INTEGER,
      schemaFor(parameters) {
        if (parameters?.getChildAt(0)?.get(0) === 7n) return ONE_INTEGER;
        throw new FlightError("INVALID_ARGUMENT", "seven is expected");
      },
      query: (parameters) => parameters!,
    }),
  };
  await using joined = await connectTo(flightSqlService(handlers), {
    clientInterceptors: [record],
  });
  const client = flightSql(joined.client);
  await using statement = await client.prepare("SELECT ?");
  calls.length = 0;
  const { details, method } = await assertFlightError(
    statement.query([8]).then(),
    "INVALID_ARGUMENT",
  );
  assertEquals([details, method], ["seven is expected", "GetFlightInfo"]);
  assertEquals(calls.splice(0), ["DoPut", "GetFlightInfo"]);
  assertEquals(await statement.query([7]), [{ "1": 7n }]);
  assertEquals(calls, ["DoPut", "DoGet"]);
});

rpcTest(
  "handlers that cannot prepare run a query once, and for GetFlightInfo",
  async (connectTo) => {
    const { calls, record } = recorder();
    let runs = 0;
    const service = flightSqlService({
      query() {
        runs++;
        return NUMBERS;
      },
    });
    await using joined = await connectTo(service, {
      clientInterceptors: [record],
    });
    const client = flightSql(joined.client);
    await using statement = await client.prepare("SELECT n");
    const before = runs;
    calls.length = 0;
    assertEquals((await statement.query(integers(1))).length, 3);
    assertEquals(calls, ["DoPut", "GetFlightInfo", "DoGet"]);
    assertEquals(runs - before, 1);
  },
);

rpcTest(
  "transactions and their statements take two calls as well",
  async (connectTo) => {
    const { calls, record } = recorder();
    const handlers = new FakeHandlers();
    await using joined = await connectTo(flightSqlService(handlers), {
      clientInterceptors: [record],
    });
    const client = flightSql(joined.client);
    await client.begin(async (tx) => {
      await using statement = await tx.prepare("SELECT ?");
      calls.length = 0;
      assertEquals(await statement.query([7]), [{ "1": 7n }]);
      assertEquals(calls.splice(0), ["DoPut", "DoGet"]);
      const info = await statement.query([8]).info();
      await tx.rollback();
      await assertFlightError(client.flight.read(info).table(), "NOT_FOUND");
    });
    assertEquals(handlers.log, ["begin 1", "SELECT ? in 1 7", "rollback 1"]);
  },
);

test("a FlightInfo that was told can be read from another server of the store", async () => {
  const store = new MemoryStore();
  const handlers = [new FakeHandlers(), new FakeHandlers()];
  const services = handlers.map((one) => flightSqlService(one, { store }));
  await using a = connectInMemory(services[0]!);
  await using b = connectInMemory(services[1]!);
  const { preparedStatementHandle } = await sql.prepare(a, "SELECT ?");
  const [answer] = await sql.put(
    a,
    commandPreparedStatementQuery,
    wishing(preparedStatementHandle),
    integers(5),
  );
  const { info } = doPutPreparedStatementResult.decode(answer!);
  await sql.bind(a, preparedStatementHandle, integers(6));
  const table = await sql.fetch(b, flightInfoCodec.decode(info!));
  assertEquals(table.get(0)?.toJSON(), { "1": 5n });
  assertEquals(handlers.map(({ log }) => log), [[], ["SELECT ? 5"]]);
  for (const service of services) await service[Symbol.asyncDispose]();
});

test("a FlightInfo that is none fails the query with INTERNAL", async () => {
  const { service } = scriptedServer({
    methods: {
      async doPut(upload) {
        await upload.table();
        return [{
          appMetadata: doPutPreparedStatementResult.encode({
            preparedStatementHandle: undefined,
            info: Uint8Array.of(255, 255, 255),
            rows: [],
          }),
        }];
      },
    },
  });
  await using client = flightSql(connectInMemory(service));
  await using statement = await client.prepare("echo");
  const error = await assertFlightError(
    statement.query([1]).then(),
    "INTERNAL",
  );
  assertEquals([error.method, error.origin], ["DoPut", "remote"]);
  // The next run does not wait for the one that has failed.
  assert(await statement.query([1]).then(() => false, () => true));
});
