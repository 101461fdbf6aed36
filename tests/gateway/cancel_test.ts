/** Canceling jobs of an engine by its REST API: Ballista's, with a scheduler in this process. */

import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { connect, FlightError, serve } from "@contrail/flight";
import { ballista, flightSqlGateway } from "@contrail/flight/gateway";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { commandStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { unpackAny } from "../../internal/sql/messages/any.ts";
import { until } from "../support/events.ts";
import { startCluster } from "./fake_engine.ts";

/** A scheduler whose jobs run until they are canceled. */
interface Scheduler extends AsyncDisposable {
  readonly location: string;
  readonly restUrl: string;
  /** Requests to its REST API, as `METHOD PATH`. */
  readonly requests: string[];
  /** Resolves when a job has begun. */
  readonly begun: Promise<void>;
  /** Resolves when the job is canceled. */
  readonly canceled: Promise<void>;
}

/** Behavior of a scheduler. */
interface Behavior {
  /** Times that a list of jobs does not have the job yet. Default: 0. */
  readonly unknown?: number;
  /** Times that a job which is queued is canceled without effect. Default: 0. */
  readonly forgotten?: number;
}

/** Starts a scheduler. */
async function startScheduler(
  { unknown = 0, forgotten = 0 }: Behavior = {},
): Promise<Scheduler> {
  const requests: string[] = [];
  const begun = Promise.withResolvers<void>();
  const canceled = Promise.withResolvers<void>();
  let name = "";
  const flight = await serve({
    async getFlightInfo(descriptor) {
      if (descriptor.type !== "CMD") throw new Error("no command");
      const { value } = unpackAny(descriptor.cmd)!;
      name = commandStatementQuery.decode(value).query.slice(0, 120);
      begun.resolve();
      await canceled.promise;
      throw new FlightError("INTERNAL", "the job failed: Cancelled");
    },
  });
  const rest = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.method === "GET") {
      const jobs = unknown-- > 0
        ? []
        : [{ job_id: "other", job_name: "SELECT 2", status: "Running" }, {
          job_id: "j 1",
          job_name: name,
          status: forgotten > 0 ? "Queued" : "Running",
        }];
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify(jobs));
    }
    if (forgotten-- <= 0) canceled.resolve();
    response.end('{"cancelled":true}');
  });
  await new Promise<void>((done) => rest.listen(0, "127.0.0.1", done));
  const { port } = rest.address() as AddressInfo;
  return {
    location: flight.location.uri,
    restUrl: `http://127.0.0.1:${port}`,
    requests,
    begun: begun.promise,
    canceled: canceled.promise,
    async [Symbol.asyncDispose]() {
      canceled.resolve();
      await flight.shutdown({ timeoutMs: 0 });
      rest.closeAllConnections();
      await new Promise((done) => rest.close(done));
    },
  };
}

/** Ways in which a client gives up, with the options of its call. */
const ENDINGS: Readonly<
  Record<string, (client: AsyncDisposable, abort: () => void) => unknown>
> = {
  "aborts its signal": (_, abort) => abort(),
  "closes its connection": (client) => client[Symbol.asyncDispose](),
};

for (const [ending, end] of Object.entries(ENDINGS)) {
  test(`a job is canceled without a timer if the client ${ending}`, {
    timeout: 60_000,
  }, async () => {
    await using scheduler = await startScheduler();
    await using server = await serve(
      flightSqlGateway(scheduler.location, {
        engine: ballista({ restUrl: () => scheduler.restUrl }),
      }),
    );
    await using client = connect(server.location);
    const abort = new AbortController();
    const info = flightSql(client).query("SELECT 1", undefined, {
      signal: abort.signal,
    }).info();
    info.catch(() => {});
    await scheduler.begun;
    const { setTimeout } = globalThis;
    // From here on, what waits for a timer waits for good.
    globalThis.setTimeout = Object.assign(
      (...[run, ms = 0, ...args]: Parameters<typeof setTimeout>) =>
        setTimeout(run, ms > 0 ? 2 ** 31 - 1 : 0, ...args),
      setTimeout,
    );
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("too late")), 30_000);
    try {
      end(client, () => abort.abort());
      await Promise.race([scheduler.canceled, late.promise]);
    } finally {
      clearTimeout(timer);
      globalThis.setTimeout = setTimeout;
    }
    assertEquals(scheduler.requests.slice(0, 2), [
      "GET /api/jobs",
      "PATCH /api/job/j%201",
    ]);
  });
}

test(
  "a job that the engine does not know yet, or keeps in its queue, is canceled later",
  {
    timeout: 60_000,
  },
  async () => {
    await using scheduler = await startScheduler({ unknown: 3, forgotten: 2 });
    await using gateway = flightSqlGateway(scheduler.location, {
      engine: ballista({ restUrl: () => scheduler.restUrl }),
    });
    await using client = connectInMemory(gateway);
    const abort = new AbortController();
    const info = flightSql(client).query("SELECT 1", undefined, {
      signal: abort.signal,
    }).info();
    await scheduler.begun;
    abort.abort(new Error("enough"));
    await assertRejects(() => info);
    await scheduler.canceled;
    const count = (method: string) =>
      scheduler.requests.filter((one) => one.startsWith(method)).length;
    assertEquals([count("GET"), count("PATCH")], [6, 3]);
    await until(() => gateway.replicas[0]!.calls === 0);
  },
);

test(
  "the second run of a lost query is canceled if no client waits for it any more",
  {
    timeout: 60_000,
  },
  async () => {
    await using first = await startCluster();
    await using second = await startCluster({ completes: false });
    let runs = 0;
    await using scheduler = await serve({
      async getFlightInfo(descriptor) {
        const { scheduler } = runs++ === 0 ? first : second;
        await using client = connect(scheduler.location);
        return await client.getFlightInfo(descriptor);
      },
      doGet() {
        throw new Error("cannot connect");
      },
    }, { onError: () => {} });
    await using gateway = flightSqlGateway(scheduler.location, {
      engine: {
        ...first.engine,
        cancel: second.engine.cancel!,
        isLost: () => true,
      },
      retryLostResults: true,
    });
    await using client = connectInMemory(gateway);
    const { endpoints } = await flightSql(client).query("SELECT 1").info();
    for (const executor of first.executors) {
      await executor.shutdown({ timeoutMs: 0 });
    }
    const [a, b] = endpoints.map(({ ticket }) => ticket);
    const aborts = [new AbortController(), new AbortController()];
    const begun = Promise.withResolvers<void>();
    second.onJob = () => begun.resolve();
    const reads = [a!, b!].map((ticket, i) => {
      const { signal } = aborts[i]!;
      return client.doGet(ticket, { signal }).table();
    });
    for (const read of reads) read.catch(() => {});
    await begun.promise;
    aborts[0]!.abort(new Error("enough"));
    await assertRejects(() => reads[0]!, Error, "enough");
    // The other client still waits.
    assertEquals(second.jobs.map(({ state }) => state), ["running"]);
    aborts[1]!.abort(new Error("enough"));
    await until(() => second.jobs[0]!.state === "canceled");
    // A later read runs it once more.
    second.onJob = (job) => job.complete();
    assertEquals((await client.doGet(a!).table()).numRows, 10);
    assertEquals(second.jobs.map(({ state }) => state), [
      "canceled",
      "completed",
    ]);
  },
);
