import { assertEquals, assertRejects } from "@std/assert";
import { FlightError } from "@contrail/flight";
import { flightSqlService } from "@contrail/flight/sql/server";
import { tableFromArrays } from "apache-arrow";
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
