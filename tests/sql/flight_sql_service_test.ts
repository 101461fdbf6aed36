import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { test } from "node:test";
import { FlightError } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { flightSqlService } from "@contrail/flight/sql/server";
import { tableFromArrays } from "apache-arrow";
import { assertFlightError } from "../support/rejections.ts";
import { rpcTest } from "../support/transports.ts";
import { commandStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import * as sql from "./sql_calls.ts";

const NUMBERS = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

rpcTest("a service with a query only answers queries", async (join) => {
  const service = flightSqlService({ query: () => NUMBERS });
  await using joined = await join(service);
  const { client } = joined;
  const info = await sql.info(client, commandStatementQuery, { query: "x" });
  assertEquals(info.schema!.fields.map(({ name }) => name), [
    "n",
  ]);
  assertEquals((await sql.fetch(client, info)).numRows, 3);
  const error = await assertRejects(() => sql.fetch(client, info), FlightError);
  assertEquals(error.code, "NOT_FOUND");
  const prepared = await sql.prepare(client, "x");
  assertEquals(prepared.isUpdate, false);
  assertEquals(
    (await sql.execute(client, prepared.preparedStatementHandle)).numRows,
    3,
  );
});

test("flightSqlService() refuses what has no handlers", () => {
  const guess = flightSqlService as (handlers: unknown) => unknown;
  for (
    const [handlers, text] of [
      [{ connect() {}, close() {} }, "(database(adapter) makes handlers of it"],
      [{ select() {}, close() {} }, "such as query; it has select"],
    ] as const
  ) {
    assertThrows(() => guess(handlers), TypeError, text);
  }
  flightSqlService({});
  flightSqlService({ sqlInfo: { name: "Example" } });
});

test("flightSql() refuses what is no client", () => {
  const guess = flightSql as (client: unknown) => unknown;
  for (const client of ["grpc://localhost:8815", { uri: "grpc://a:1" }, null]) {
    assertThrows(
      () => guess(client),
      TypeError,
      "(connectSql() of @contrail/flight/sql/client connects to a location)",
    );
  }
});

test("flightSqlService() says that an upload has no message", async () => {
  const service = flightSqlService({ update: () => 1n });
  await using client = connectInMemory(service);
  const path = "arrow.flight.protocol.FlightService/DoPut";
  await assertFlightError(
    Array.fromAsync(client.call(path, [])),
    "INVALID_ARGUMENT",
    /the upload has no descriptor.*its client sent no message/,
  );
});
