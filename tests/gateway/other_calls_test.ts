/** Bounds of the users of a gateway, for uploads, exchanges, and calls that are no queries. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { test } from "node:test";
import { type FlightClient, FlightError } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import {
  flightSqlGateway,
  type FlightSqlGatewayOptions,
  type GatewayAuditEntry,
} from "@contrail/flight/gateway";
import { commandStatementUpdate } from "../../internal/sql/messages/statement_commands.ts";
import { unpackAny } from "../../internal/sql/messages/any.ts";
import { event, until } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { gatewayOver, rowsUpTo, startBackend } from "./backends.ts";

const TIMEOUT = { timeout: 60_000 };

/** The rows that are uploaded in these tests. */
const ROWS = rowsUpTo(1000);

/** Calls that a backend does not answer. */
const CALLS: Readonly<
  Record<string, (client: FlightClient) => Promise<unknown>>
> = {
  doPut: (client) => client.putTable("x", ROWS),
  doExchange: (client) => client.doExchange("x", ROWS).table(),
  doAction: (client) => Array.fromAsync(client.doAction("x")),
  getSchema: (client) => client.getSchema("x"),
  listFlights: (client) => Array.fromAsync(client.listFlights()),
  listActions: (client) => Array.fromAsync(client.listActions()),
};

/** A backend that answers nothing, and a client of the gateway before it. */
async function silence(options: FlightSqlGatewayOptions) {
  const asked: AbortSignal[] = [];
  // deno-lint-ignore no-explicit-any -- methods of any kind
  const hang = async (...given: any[]): Promise<never> => {
    const { signal } = given.at(-1);
    asked.push(signal);
    await new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
    throw new Error("unreachable");
  };
  const methods = Object.keys(CALLS).map((name) => [name, hang]);
  const front = await gatewayOver([{
    getFlightInfo: () => ({ endpoints: [] }),
    ...Object.fromEntries(methods),
  }], options);
  const client = connectInMemory(front.gateway);
  return {
    asked,
    client,
    gateway: front.gateway,
    async [Symbol.asyncDispose]() {
      await client.close();
      await front[Symbol.asyncDispose]();
    },
  };
}

for (const [name, call] of Object.entries(CALLS)) {
  test(
    `${name}() ends after the longest time, and so does the backend's`,
    TIMEOUT,
    async () => {
      await using joined = await silence({ limits: { queryTimeoutMs: 100 } });
      const { asked, client, gateway } = joined;
      // On a slow machine, a call may end before it has begun.
      while (asked.length === 0) {
        await assertFlightError(
          call(client),
          "DEADLINE_EXCEEDED",
          /longer than 100 ms \(option queryTimeoutMs/,
        );
      }
      await until(() => asked.every(({ aborted }) => aborted));
      await until(() => gateway.replicas[0]!.calls === 0);
    },
  );

  const counts = name === "doPut" || name === "doExchange";
  test(
    `${name}() ${counts ? "counts" : "does not count"} as a query`,
    TIMEOUT,
    async () => {
      await using joined = await silence({ limits: { maxQueriesPerUser: 1 } });
      const { asked, client, gateway } = joined;
      const pending = call(client).catch(() => {});
      await until(() => asked.length === 1);
      if (counts) {
        await assertFlightError(
          client.getFlightInfo("x"),
          "RESOURCE_EXHAUSTED",
          /1 queries at once \(option maxQueriesPerUser/,
        );
      } else await client.getFlightInfo("x");
      await gateway[Symbol.asyncDispose]();
      await pending;
    },
  );
}

/** Uploads of 1,000 rows. */
const UPLOADS: Readonly<
  Record<string, (client: FlightClient) => Promise<unknown>>
> = {
  doPut: (client) => client.putTable("x", ROWS),
  doExchange: async (client) => {
    await client.doExchange("x", ROWS).table();
  },
};

for (const [name, upload] of Object.entries(UPLOADS)) {
  test(
    `${name}(): rows and bytes of an upload are bounded, and in the audit log`,
    TIMEOUT,
    async () => {
      const entries: GatewayAuditEntry[] = [];
      const limits = [
        { maxQueryRows: 999 },
        { maxQueryBytes: 4000 },
        { maxQueryRows: 1000, maxQueryBytes: 8000 },
      ];
      let next = 0;
      const got: number[] = [];
      await using front = await gatewayOver([{
        async doPut(input) {
          got.push((await input.table()).numRows);
        },
        async doExchange(input) {
          got.push((await input.table()).numRows);
          return rowsUpTo(3);
        },
      }], {
        limits: () => limits[next++]!,
        audit: (entry) => void entries.push(entry),
      });
      await using client = connectInMemory(front.gateway);
      await assertFlightError(
        upload(client),
        "RESOURCE_EXHAUSTED",
        /the upload has more than 999 rows \(option maxQueryRows/,
      );
      await assertFlightError(
        upload(client),
        "RESOURCE_EXHAUSTED",
        /the upload has more than 4000 bytes \(option maxQueryBytes/,
      );
      await upload(client);
      assertEquals(got, [1000]);
      await until(() => entries.length === 3);
      const { rows, uploadedRows, uploadedBytes, code, queryId } = entries[2]!;
      assertEquals(
        [rows, uploadedRows, code],
        [name === "doPut" ? 0 : 3, 1000, "OK"],
      );
      assert(uploadedBytes > 4000 && queryId !== undefined);
      await until(() => front.gateway.replicas[0]!.calls === 0);
    },
  );
}

test("what comes back from an exchange is bounded", TIMEOUT, async () => {
  await using front = await gatewayOver([{
    async *doExchange(input) {
      for await (const _ of input);
      yield* ROWS.batches;
    },
  }], { limits: { maxQueryRows: 999 } });
  await using client = connectInMemory(front.gateway);
  await assertFlightError(
    client.doExchange("x", rowsUpTo(1)).table(),
    "RESOURCE_EXHAUSTED",
    /the result has more than 999 rows \(option maxQueryRows/,
  );
});

test(
  "an upload without a descriptor ends after the longest time",
  TIMEOUT,
  async () => {
    await using front = await gatewayOver([{}], {
      limits: { queryTimeoutMs: 50 },
    });
    await using client = connectInMemory(front.gateway);
    // It never has a message.
    const silent = new ReadableStream<Uint8Array>();
    const calls = client.call(
      "arrow.flight.protocol.FlightService/DoPut",
      silent,
    );
    await assertFlightError(Array.fromAsync(calls), "DEADLINE_EXCEEDED");
  },
);

test("a user at the bound can free what is held", TIMEOUT, async () => {
  await using backend = await startBackend();
  await using gateway = flightSqlGateway(backend.uri, {
    limits: { maxQueriesPerUser: 1 },
  });
  await using flight = connectInMemory(gateway);
  const client = flightSql(flight);
  const statement = await client.prepare("SELECT n");
  const transaction = await client.begin();
  const reader = client.query("FOREVER").batches().getReader();
  await reader.read();
  await assertFlightError(client.execute("UPDATE t"), "RESOURCE_EXHAUSTED");
  await transaction.rollback();
  await statement.close();
  await reader.cancel();
});

test(
  "a statement that writes is canceled in its engine when its client is gone",
  TIMEOUT,
  async () => {
    const begun = event();
    const ended = event();
    const texts: string[] = [];
    const canceled: string[] = [];
    await using front = await gatewayOver([{
      async doPut(upload) {
        const descriptor = await upload.descriptor;
        const { value } = unpackAny(
          descriptor?.type === "CMD" ? descriptor.cmd : new Uint8Array(),
        )!;
        texts.push(commandStatementUpdate.decode(value).query);
        begun.resolve();
        // The end of the call does not end the job.
        await ended.promise;
        throw new FlightError("INTERNAL", "the job failed: canceled");
      },
    }], {
      engine: {
        name: "fake",
        tag: (sql, id) => `/* ${id} */ ${sql}`,
        cancel({ id }) {
          canceled.push(id);
          // The first time, the job is not known yet.
          if (canceled.length > 1) ended.resolve();
          return Promise.resolve(true);
        },
      },
    });
    await using flight = connectInMemory(front.gateway);
    const abort = new AbortController();
    const { signal } = abort;
    const failed = assertRejects(() =>
      flightSql(flight).execute("UPDATE t", undefined, { signal })
    );
    await begun.promise;
    abort.abort();
    await failed;
    await ended.promise;
    const [id] = canceled;
    assertEquals(canceled, [id, id]);
    assertEquals(texts, [`/* ${id} */ UPDATE t`]);
    await until(() => front.gateway.replicas[0]!.calls === 0);
  },
);
