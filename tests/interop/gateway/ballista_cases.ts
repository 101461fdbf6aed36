/**
 * The cases of a gateway in front of Ballista. Their order matters: the last ones kill processes.
 *
 * @module
 */
import { execFile, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect, serve } from "../../../mod.ts";
import {
  ballista,
  type FlightSqlGateway,
  flightSqlGateway,
  type FlightSqlGatewayOptions,
} from "../../../gateway.ts";
import { flightSql, type FlightSqlClient } from "../../../sql.ts";
import { connectSql } from "../../../sql_client.ts";
import type { Cluster } from "../../../examples/cluster/cluster.ts";
import { assertFlightError } from "../../support/rejections.ts";
import {
  type DriverCommands,
  DriverProgram,
  type DriverTitle,
} from "./driver_program.ts";
import { NetworkNamespace } from "./network_namespace.ts";
import { comparable, QUERIES, type Tables } from "./ballista_data.ts";

/** Processes and data of the cases. */
interface Setting {
  readonly cluster: Cluster;
  readonly tables: Tables;
  readonly drivers: DriverCommands;
}

/** A case; what it returns is printed. */
type Case = (setting: Setting) => Promise<string | void>;

/** A job in the REST API of the scheduler. */
interface Job {
  readonly job_name: string;
  readonly status: string;
}

/**
 * A query that runs for some time, but not for minutes: the engine ends a canceled task only when its work is done. Names
 * of jobs are short, so the mark comes first.
 */
function heavy(mark: number): string {
  return `SELECT ${mark} AS mark, count(*) AS n FROM orders a JOIN orders b
    ON a.express = b.express WHERE a.id < 6000 AND a.id * b.id % 7 = a.customer`;
}

/** Longest wait for what happens in the engine, in milliseconds. */
const PATIENCE_MS = 45_000;

/** A gateway, its server, and a client. */
interface Front extends AsyncDisposable {
  readonly gateway: FlightSqlGateway;
  readonly port: number;
  readonly client: FlightSqlClient;
}

async function front(
  { cluster, tables }: Setting,
  options: FlightSqlGatewayOptions = {},
  hostname = "127.0.0.1",
): Promise<Front> {
  const gateway = flightSqlGateway(cluster.scheduler, {
    engine: ballista(),
    ...options,
  });
  const server = await serve(gateway, { hostname });
  const client = connectSql(server.location);
  await define(client, tables);
  return {
    gateway,
    port: server.port,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.shutdown({ timeoutMs: 0 });
    },
  };
}

/** Makes the tables known, once for all clients. */
async function define(
  client: FlightSqlClient,
  tables: Tables,
): Promise<void> {
  const known = (await client.tables()).map(({ name }) => name);
  if (known.includes("nested")) return;
  for (const statement of tables.definitions) await client.execute(statement);
}

async function jobsOf({ scheduler }: Cluster, mark: number): Promise<Job[]> {
  const url = scheduler.replace("grpc+tcp", "http");
  const jobs = await (await fetch(`${url}/api/jobs`)).json() as Job[];
  return jobs.filter(({ job_name }) =>
    job_name.includes(`SELECT ${mark} AS mark`)
  );
}

/** Waits for a condition; `undefined` is not enough. */
async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await ask().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > end) {
      throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
    }
    await delay(10);
  }
}

/** Waits until a heavy job runs. */
function running(cluster: Cluster, mark: number): Promise<Job> {
  return eventually("a job", async () => {
    const jobs = await jobsOf(cluster, mark);
    return jobs.find(({ status }) => status === "Running");
  });
}

/**
 * Checks that a heavy job is canceled.
 *
 * @returns The time that it took, which depends on the machine and the engine as well.
 */
async function assertCanceled(cluster: Cluster, mark: number): Promise<string> {
  const start = performance.now();
  await eventually("the end of the job", async () => {
    const jobs = await jobsOf(cluster, mark);
    return jobs.length > 0 && jobs.every(({ status }) => status === "Failed")
      ? true
      : undefined;
  });
  return `the engine has canceled it after ${
    Math.round(performance.now() - start)
  } ms`;
}

/** The command that runs a file beside this one on the same runtime. */
function programOf(file: string): string[] {
  return [
    process.execPath,
    ...process.versions.bun ? [] : ["run", "-A", "--no-check"],
    fileURLToPath(new URL(file, import.meta.url)),
  ];
}

/** All queries by a driver, compared with DuckDB. */
function byDriver(title: DriverTitle, results: "direct" | "proxy"): Case {
  return async (setting) => {
    // JDBC reads no compressed batches, and executors send no others.
    const decompress = title === "JDBC";
    await using gateway = await front(setting, { results, decompress });
    const location = `grpc+tcp://127.0.0.1:${gateway.port}`;
    await using driver = new DriverProgram(setting.drivers[title]!, location);
    if (title === "JDBC") {
      assert((await driver.tables()).includes("orders"));
    }
    if (title === "JDBC" && results === "direct") {
      await assertRejects(
        () => driver.query("SELECT * FROM orders"),
        Error,
        "Please add arrow-compression module",
      );
      return "tables; the driver cannot read what executors send";
    }
    for (const [name, text] of Object.entries(QUERIES)) {
      assertEquals(
        comparable(await driver.query(text)),
        comparable(await setting.tables.client.query(text)),
        name,
      );
    }
    return `${Object.keys(QUERIES).length} queries`;
  };
}

/** The cases of the drivers that this machine has. */
export function driverCases(
  drivers: DriverCommands,
): Record<string, Case> {
  return Object.fromEntries(
    (Object.keys(drivers) as DriverTitle[]).flatMap((title) =>
      (["direct", "proxy"] as const).map((results) =>
        [
          `${title}, ${results === "proxy" ? "proxied" : results}`,
          byDriver(title, results),
        ] as const
      )
    ),
  );
}

/** Each query, read at executors and through the gateway. */
function queries(): Record<string, Case> {
  const cases = Object.entries(QUERIES).map(([name, text]) => {
    const run: Case = async (setting) => {
      await using direct = await front(setting, { results: "direct" });
      await using proxy = await front(setting, { results: "proxy" });
      const [expected, ...found] = await Promise.all(
        [setting.tables, direct, proxy].map(async ({ client }) =>
          comparable(await client.query(text))
        ),
      );
      for (const rows of found) assertEquals(rows, expected);
    };
    return [`${name}, direct and proxied`, run] as const;
  });
  return Object.fromEntries(cases);
}

export const BALLISTA_CASES: Readonly<Record<string, Case>> = {
  ...queries(),

  async "many endpoints at both executors"(setting) {
    await using gateway = await front(setting, { results: "direct" });
    const info = await gateway.client.query("SELECT * FROM orders").info();
    const places = new Set(
      info.endpoints.map(({ locations }) => locations[0]!.uri),
    );
    assert(info.endpoints.length >= 4, `${info.endpoints.length} endpoints`);
    const known = setting.cluster.executors.map(({ location }) => location);
    assertEquals([...places].toSorted(), known.toSorted());
    const options = { maxParallelEndpoints: 16 };
    let count = 0;
    for await (const batch of gateway.client.flight.read(info, options)) {
      count += batch.numRows;
    }
    assertEquals(count, 40_000);
  },

  async "executors that the client cannot reach"(setting) {
    await using gateway = await front(setting, { results: "direct" });
    await using flight = connect(`grpc://127.0.0.1:${gateway.port}`, {
      // Nothing listens on the port of discard.
      connectLocation: () => connect("grpc://127.0.0.1:9"),
    });
    const info = await flightSql(flight).query("SELECT * FROM orders").info();
    assertEquals((await flight.read(info).table()).numRows, 40_000);
  },

  async "executors whose packets to the client are dropped"(setting) {
    const namespace = NetworkNamespace.open();
    if ("problem" in namespace) {
      return `SKIPPED: no network of its own for the client: ${namespace.problem}`;
    }
    using _ = namespace;
    const { address } = namespace;
    const options = { results: "direct" } as const;
    await using gateway = await front(setting, options, address);
    const [program, ...args] = namespace.command(
      ...programOf("hidden_client.ts"),
      `grpc://${address}:${gateway.port}`,
      "SELECT * FROM orders",
    );
    const { stdout } = await promisify(execFile)(program!, args, {
      timeout: PATIENCE_MS,
    });
    const { rows, ms } = JSON.parse(stdout);
    assertEquals(rows, 40_000);
    return `all rows from the gateway after ${ms} ms`;
  },

  async "executors that the gateway cannot reach"(setting) {
    const gateway = await front(setting, {
      connectOther: () => connect("grpc://127.0.0.1:9"),
    });
    await using _ = gateway;
    const rows = await gateway.client.query("SELECT id FROM orders");
    assertEquals(rows.length, 40_000);
  },

  async "prepared statements"(setting) {
    await using gateway = await front(setting);
    await using statement = await gateway.client.prepare(
      "SELECT count(*) AS n FROM orders",
    );
    assertEquals(await statement.query().first(), { n: 40_000n });
    assertEquals(await statement.query().first(), { n: 40_000n });
  },

  async "fifty clients at once"(setting) {
    await using gateway = await front(setting);
    const counts = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await using client = connectSql(`grpc://127.0.0.1:${gateway.port}`);
        const row = await client.query(
          `SELECT count(*) AS n FROM customers WHERE id < ${i}`,
        ).first();
        return Number(row!.n);
      }),
    );
    assertEquals(counts, Array.from({ length: 50 }, (_, i) => i));
    assertEquals(gateway.gateway.replicas[0]!.calls, 0);
  },

  async "a poll with progress"(setting) {
    await using gateway = await front(setting, { pollTimeoutMs: 10 });
    const query =
      "SELECT customer, sum(price) AS s FROM orders GROUP BY customer";
    const { descriptor } = await gateway.client.query(query).info();
    let polls = 0;
    let last;
    for await (const poll of gateway.client.flight.poll(descriptor!)) {
      polls++;
      last = poll;
    }
    assert(polls > 1, `${polls} polls`);
    const table = await gateway.client.flight.read(last!.info!).table();
    assertEquals(table.numRows, 1000);
  },

  async "a client that cancels"(setting) {
    await using gateway = await front(setting);
    const canceling = new AbortController();
    const query = gateway.client.query(heavy(1), undefined, {
      signal: canceling.signal,
    });
    const info = query.info();
    info.catch(() => {});
    await running(setting.cluster, 1);
    canceling.abort();
    return await assertCanceled(setting.cluster, 1);
  },

  async "a query that takes too long"(setting) {
    await using gateway = await front(setting, {
      limits: { queryTimeoutMs: 1000 },
    });
    await assertFlightError(
      gateway.client.query(heavy(2)).info(),
      "DEADLINE_EXCEEDED",
    );
    return await assertCanceled(setting.cluster, 2);
  },

  async "a client that is killed, and free slots"(setting) {
    await using gateway = await front(setting);
    const { pid } = process;
    const [program, ...args] = programOf("abandoned_query.ts");
    const child = spawn(
      program!,
      [...args, `${gateway.port}`, heavy(pid)],
      { stdio: "ignore" },
    );
    try {
      await running(setting.cluster, pid);
    } finally {
      child.kill("SIGKILL");
    }
    const note = await assertCanceled(setting.cluster, pid);
    // The engine ends a task only at its next batch.
    const rows = await gateway.client.query(
      "SELECT count(*) AS n FROM customers",
    );
    assertEquals(Number(rows[0]!.n), 1000);
    return note;
  },

  async "a scheduler that is restarted"(setting) {
    await using gateway = await front(setting);
    const { client } = gateway;
    const info = await client.query("SELECT id FROM orders").info();
    await setting.cluster.restartScheduler();
    // Executors still have the result.
    assertEquals((await client.flight.read(info).table()).numRows, 40_000);
    await eventually("a query after the restart", async () => {
      await define(client, setting.tables);
      return await client.query("SELECT count(*) AS n FROM customers").first();
    });
  },

  async "an executor that is killed"(setting) {
    await using gateway = await front(setting, { results: "direct" });
    const { client } = gateway;
    const info = await client.query("SELECT * FROM orders").info();
    const [holder] = info.endpoints[0]!.locations;
    const { executors } = setting.cluster;
    await executors.find(({ location }) => location === holder!.uri)!.kill();
    const outcomes = await Promise.allSettled(
      info.endpoints.map(({ ticket }) => client.flight.doGet(ticket).table()),
    );
    const lost = outcomes.filter(({ status }) => status === "rejected");
    assert(lost.length > 0, "nothing was lost");
    for (const { reason } of lost as PromiseRejectedResult[]) {
      await assertFlightError(
        Promise.reject(reason),
        "UNAVAILABLE",
        /run the query again/,
      );
    }
    const rows = await eventually("a query after the loss", async () => {
      return await client.query("SELECT id FROM orders");
    });
    assertEquals(rows.length, 40_000);
  },
};
