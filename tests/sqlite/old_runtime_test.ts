import { test } from "node:test";
import { flightSql } from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { connectInMemory } from "@contrail/flight/memory";
import { assertFlightError } from "../support/rejections.ts";

const { DatabaseSync } = await import("node:sqlite");

const oldOnly = {
  skip: "setAuthorizer" in DatabaseSync.prototype &&
    "this runtime keeps statements inside of a database",
};

test(
  "sqlite() of a runtime that is too old tells the version it needs",
  oldOnly,
  async () => {
    const adapter = sqlite(":memory:");
    const needed = /needs Deno, Bun 1\.4 or later, or Node\.js 24\.10 or later/;
    await assertFlightError(
      Promise.resolve(adapter.connect()),
      "FAILED_PRECONDITION",
      needed,
    );
    const service = flightSqlService(database(adapter));
    const client = flightSql(connectInMemory(service));
    await assertFlightError(
      client.query("SELECT 1").table(),
      "FAILED_PRECONDITION",
      needed,
    );
    await client.close();
    await adapter.close();
  },
);
