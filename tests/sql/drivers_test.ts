/** Requirements of drivers on calls: R19, R23, R24, R26 and R27 of the notes on Flight SQL. */

import { assert, assertEquals } from "@std/assert";
import { decodeSchema } from "@contrail/flight";
import {
  knownPasswords,
  serverHeaderAuth,
  signedTokens,
} from "@contrail/flight/auth";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { rpcTest } from "../support/transports.ts";
import { FakeHandlers } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";
import { commandStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { packAny } from "../../internal/sql/messages/any.ts";

rpcTest(
  "R19: a Handshake with Basic or Bearer gives a token, and any call takes either",
  async (join) => {
    const tokens = signedTokens();
    const auth = serverHeaderAuth({
      verifyPassword: knownPasswords({ ada: "1815" }),
      tokens,
    });
    await using joined = await join(flightSqlService(new FakeHandlers()), {
      serverInterceptors: [auth],
      clientInterceptors: [],
    });
    const { client } = joined;
    const cmd = packAny(commandStatementQuery, { query: "SELECT n" });
    const basic = `Basic ${btoa("ada:1815")}`;
    const own = `Bearer ${await tokens.issue("bob")}`;
    for (const authorization of [basic, own]) {
      const { readable, writable, headers } = client.handshake({
        headers: { authorization },
      });
      await writable.close();
      assertEquals(await Array.fromAsync(readable), []);
      const token = (await headers).get("authorization");
      assert(typeof token === "string" && token.startsWith("Bearer "));
      for (const credentials of [authorization, token]) {
        const options = { headers: { authorization: credentials } };
        const { endpoints } = await client.getFlightInfo({ cmd }, options);
        const table = await client.doGet(endpoints[0]!.ticket, options).table();
        assertEquals(table.numRows, 3);
      }
    }
  },
);

const MANY =
  "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT n, printf('%0400d', n) AS s FROM c";

rpcTest(
  "R23, R24: messages stay below 4 MiB, and are not compressed",
  async (join) => {
    const sizes: number[] = [];
    const measure: FlightInterceptor = (call, next) => {
      const response = next(call);
      return {
        ...response,
        messages: {
          async read() {
            const message = await response.messages.read();
            if (message !== undefined) sizes.push(message.byteLength);
            return message;
          },
          cancel: (reason) => response.messages.cancel(reason),
        },
      };
    };
    await using service = flightSqlService(database(sqlite(":memory:")));
    await using joined = await join(service, { clientInterceptors: [measure] });
    const table = await sql.query(joined.client, MANY);
    assertEquals(table.numRows, 20_000);
    // Compressed, the zeros would take next to nothing.
    assert(sizes.reduce((sum, size) => sum + size) > 8_000_000);
    assert(Math.max(...sizes) < 4 * 1024 * 1024);
  },
);

rpcTest(
  "R26, R27: columns and parameters have types that drivers read",
  async (join) => {
    await using service = flightSqlService(database(sqlite(":memory:")));
    await using joined = await join(service);
    const { client } = joined;
    await sql.update(
      client,
      "CREATE TABLE t (i INTEGER, x DOUBLE, s TEXT, b BLOB, f BOOLEAN, d DATE, o)",
    );
    const { datasetSchema } = await sql.prepare(
      client,
      "SELECT *, count(*), max(x), i || s, NULL FROM t",
    );
    const readable = /^(?:Int64|Float64|Utf8|Binary|Bool|Date32<DAY>)$/;
    for (const { name, type } of decodeSchema(datasetSchema!).fields) {
      assert(readable.test(String(type)), `${name}: ${type}`);
    }
    const { parameterSchema } = await sql.prepare(
      client,
      "SELECT i FROM t WHERE i = ? AND s = ? AND x > ? AND o = ?",
    );
    const { fields } = decodeSchema(parameterSchema!);
    assertEquals(fields.map(({ type }) => String(type)), [
      "Int64",
      "Utf8",
      "Float64",
      "Utf8",
    ]);
    assert(fields.every(({ nullable }) => nullable));
  },
);
