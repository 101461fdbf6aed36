/** Cancellation of Flight SQL at every stage, and polling. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { FlightError, type FlightInfo } from "@contrail/flight";
import { flightSqlService } from "@contrail/flight/sql/server";
import { deferred } from "../../internal/base/deferred.ts";
import { flightInfoCodec } from "../../internal/protocol/flight_info.ts";
import {
  actionCancelQueryRequest,
  actionCancelQueryResult,
} from "../../internal/sql/messages/cancel_query.ts";
import { packAny } from "../../internal/sql/messages/any.ts";
import { commandGetCatalogs } from "../../internal/sql/messages/metadata_commands.ts";
import {
  commandStatementQuery,
  ticketStatementQuery,
} from "../../internal/sql/messages/statement_commands.ts";
import { rpcTest } from "../support/transports.ts";
import { FakeHandlers, NUMBERS } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, FlightError)).code;
}

/** Resolves when a signal is aborted. */
function aborted(signal: AbortSignal): Promise<FlightError> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason));
  });
}

const FOREVER = packAny(commandStatementQuery, { query: "FOREVER" });

/** Reads until the query runs; `ended` settles when reading has ended. */
async function running(
  client: Parameters<typeof sql.query>[0],
  handlers: FakeHandlers,
  info: FlightInfo,
): Promise<{ readonly signal: AbortSignal; readonly ended: Promise<string> }> {
  const begun = deferred<void>();
  handlers.onBegin = () => begun.resolve();
  const ended = codeOf(sql.fetch(client, info));
  ended.catch(() => {});
  await begun.promise;
  return { signal: handlers.signals.at(-1)!, ended };
}

rpcTest("CancelFlightInfo ends a query that is being read", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  const info = await client.getFlightInfo({ cmd: FOREVER });
  const { signal, ended } = await running(client, handlers, info);
  assertEquals(await client.cancelFlightInfo(info), { status: "CANCELLED" });
  assertEquals((await aborted(signal)).code, "CANCELLED");
  assertEquals(await ended, "CANCELLED");
  // It is idempotent.
  assertEquals(await client.cancelFlightInfo(info), { status: "CANCELLED" });
  assertEquals(await codeOf(sql.fetch(client, info)), "NOT_FOUND");
});

rpcTest("CancelFlightInfo ends a query before it is read", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  const info = await client.getFlightInfo({ cmd: FOREVER });
  assertEquals(await client.cancelFlightInfo(info), { status: "CANCELLED" });
  assertEquals(await codeOf(sql.fetch(client, info)), "NOT_FOUND");
  assertEquals(handlers.open, 0);
});

rpcTest("CancelQuery does the same as CancelFlightInfo", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  const info = await client.getFlightInfo({ cmd: FOREVER });
  const { signal, ended } = await running(client, handlers, info);
  const [result] = await sql.action(
    client,
    actionCancelQueryRequest,
    { info: flightInfoCodec.encode(info) },
    actionCancelQueryResult,
  );
  assertEquals(result, { result: "CANCELLED" });
  await aborted(signal);
  assertEquals(await ended, "CANCELLED");
});

rpcTest(
  "metadata cannot be canceled, and the unknown is not found",
  async (join) => {
    await using joined = await join(flightSqlService(new FakeHandlers()));
    const { client } = joined;
    const metadata = await sql.info(client, commandGetCatalogs, {});
    assertEquals(await client.cancelFlightInfo(metadata), {
      status: "NOT_CANCELLABLE",
    });
    const info = await client.getFlightInfo({ cmd: FOREVER });
    const statementHandle = new TextEncoder().encode("made up");
    const ticket = packAny(ticketStatementQuery, { statementHandle });
    assertEquals(
      await codeOf(
        client.cancelFlightInfo({
          ...info,
          endpoints: [{ ...info.endpoints[0]!, ticket: { ticket } }],
        }),
      ),
      "NOT_FOUND",
    );
    // Its descriptor is the query itself, of which there may be many.
    assertEquals(await client.cancelFlightInfo({ ...info, endpoints: [] }), {
      status: "NOT_CANCELLABLE",
    });
    assertEquals(
      await codeOf(
        client.cancelFlightInfo({
          ...info,
          endpoints: [{
            ...info.endpoints[0]!,
            ticket: { ticket: new Uint8Array(3) },
          }],
        }),
      ),
      "INVALID_ARGUMENT",
    );
  },
);

rpcTest("a client that stops reading ends the query", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  const info = await client.getFlightInfo({ cmd: FOREVER });
  const reader = client.doGet(info.endpoints[0]!.ticket).getReader();
  await reader.read();
  await reader.cancel();
  await aborted(handlers.signals[0]!);
});

rpcTest(
  "a rollback ends the query that is being read, a commit does not",
  async (join) => {
    const handlers = new FakeHandlers();
    await using joined = await join(flightSqlService(handlers));
    const { client } = joined;
    for (const how of ["ROLLBACK", "COMMIT"] as const) {
      const transactionId = await sql.begin(client);
      const info = await sql.info(client, commandStatementQuery, {
        query: "FOREVER",
        transactionId,
      });
      const { signal, ended } = await running(client, handlers, info);
      await sql.end(client, transactionId, how);
      if (how === "ROLLBACK") {
        assertEquals((await aborted(signal)).code, "ABORTED");
        assertEquals(await ended, "ABORTED");
      } else {
        assert(!signal.aborted);
        await client.cancelFlightInfo(info);
        assertEquals(await ended, "CANCELLED");
      }
    }
  },
);

rpcTest(
  "a query that begins in GetFlightInfo ends with that call",
  async (join) => {
    const begun = deferred<AbortSignal>();
    const service = flightSqlService({
      query(_, { signal }) {
        begun.resolve(signal);
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason))
        );
      },
    });
    await using joined = await join(service);
    const controller = new AbortController();
    const call = joined.client.getFlightInfo({
      cmd: packAny(commandStatementQuery, { query: "x" }),
    }, { signal: controller.signal });
    const signal = await begun.promise;
    controller.abort();
    await assertRejects(() => call, DOMException);
    await aborted(signal);
  },
);

rpcTest("an update ends with its call", async (join) => {
  const begun = deferred<AbortSignal>();
  const service = flightSqlService({
    update(_, { signal }) {
      begun.resolve(signal);
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    },
  });
  await using joined = await join(service);
  const controller = new AbortController();
  const { commandStatementUpdate } = await import(
    "../../internal/sql/messages/statement_commands.ts"
  );
  const upload = joined.client.doPut(
    { cmd: packAny(commandStatementUpdate, { query: "x" }) },
    { signal: controller.signal },
  );
  const call = upload.writeAll([]);
  const signal = await begun.promise;
  controller.abort();
  await assertRejects(() => call, DOMException);
  await aborted(signal);
});

rpcTest(
  "a query that takes long is polled until it has begun",
  async (join) => {
    const ready = deferred<void>();
    const progress = deferred<(part: number) => void>();
    const service = flightSqlService({
      async query(_, { setProgress }) {
        setProgress(0.25);
        progress.resolve(setProgress);
        await ready.promise;
        return NUMBERS;
      },
    }, { pollTimeoutMs: 1 });
    await using joined = await join(service);
    const { client } = joined;
    const cmd = packAny(commandStatementQuery, { query: "x" });
    const first = await client.pollFlightInfo({ cmd });
    assertEquals(first.info?.endpoints, []);
    assertEquals(first.progress, 0.25);
    (await progress.promise)(0.5);
    const second = await client.pollFlightInfo(first.descriptor!);
    assertEquals(second.progress, 0.5);
    ready.resolve();
    let last = second;
    while (last.descriptor) last = await client.pollFlightInfo(last.descriptor);
    assertEquals(last.progress, 1);
    assertEquals((await sql.fetch(client, last.info!)).numRows, 3);
  },
);

rpcTest("a query that is polled can fail, and be canceled", async (join) => {
  const outcome = deferred<never>();
  outcome.promise.catch(() => {});
  const signals: AbortSignal[] = [];
  const service = flightSqlService({
    query(_, { signal }) {
      signals.push(signal);
      return outcome.promise;
    },
  }, { pollTimeoutMs: 1 });
  await using joined = await join(service);
  const { client } = joined;
  const cmd = packAny(commandStatementQuery, { query: "x" });
  const canceled = await client.pollFlightInfo({ cmd });
  const failed = await client.pollFlightInfo({ cmd });
  assertEquals(
    await client.cancelFlightInfo(canceled.info!),
    { status: "CANCELLED" },
  );
  await aborted(signals[0]!);
  assert(!signals[1]!.aborted);
  const last = codeOf(client.pollFlightInfo(failed.descriptor!));
  outcome.reject(new FlightError("INVALID_ARGUMENT", "no such column"));
  // It fails the call that waits, or is gone when the next one comes.
  const code = await last.catch(() =>
    codeOf(client.pollFlightInfo(failed.descriptor!))
  );
  assert(["INVALID_ARGUMENT", "NOT_FOUND"].includes(code));
});
