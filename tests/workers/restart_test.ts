/** Workers that are replaced: on demand, after a crash, one alone. */

import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
} from "@std/assert";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { connectSql } from "@contrail/flight/sql/client";
import {
  connect,
  type ConnectOptions,
  type FlightClient,
} from "@contrail/flight";

import { pem } from "../support/certs.ts";
import { until } from "../support/events.ts";
import { filled } from "../support/numbers.ts";
import {
  isAlive,
  OPTIONS,
  pidOf,
  pidsOf,
  startWorkers,
  withFile,
  type WorkersProgram,
} from "./worker_programs.ts";

/** Calls without a pause until it is stopped; a failure is kept. */
function caller(client: FlightClient): {
  readonly pids: Set<number>;
  stop(): Promise<number>;
} {
  const pids = new Set<number>();
  let isStopped = false;
  let calls = 0;
  const done = (async () => {
    while (!isStopped) {
      pids.add(await pidOf(client));
      calls++;
    }
    return calls;
  })();
  done.catch(() => {});
  return {
    pids,
    stop() {
      isStopped = true;
      return done;
    },
  };
}

/** Replaces all workers while calls of all kinds run. */
async function restarts(
  options: Record<string, unknown>,
  connectOptions: ConnectOptions = {},
): Promise<void> {
  await using served = await startWorkers(options);
  const open = (connections: number) =>
    connect(served.location, { ...connectOptions, connections });
  const clients = [open(4), open(1), open(1)];
  await using reading = open(1);
  const before = await pidsOf(clients[0]!);
  assertEquals(before.length, 2);
  const callers = clients.map(caller);
  let puts = 0;
  let isOver = false;
  const uploads = (async () => {
    while (!isOver) {
      await clients[1]!.doPut("upload", [filled(1000, 1)]);
      puts++;
    }
  })();
  uploads.catch(() => {});
  // A new connection for each call, while others take over.
  let connections = 0;
  const connecting = (async () => {
    while (!isOver) {
      const client = open(1);
      await pidOf(client);
      await client.close();
      connections++;
    }
  })();
  connecting.catch(() => {});
  // This call is longer than the replacement of the first worker.
  const stream = reading.doGet("150");
  await stream.schema;
  const table = stream.table();
  served.signal("SIGUSR2");
  await until(() => before.every((pid) => !isAlive(pid)));
  assertEquals((await table).numRows, 150_000);
  // All clients have found the new ones.
  for (const { pids } of callers) {
    await until(() => [...pids].some((pid) => !before.includes(pid)));
  }
  isOver = true;
  for (const { stop } of callers) assertGreater(await stop(), 0);
  await uploads;
  await connecting;
  assertGreater(puts, 0);
  assertGreater(connections, 0);
  for (const pid of await pidsOf(clients[0]!)) assert(!before.includes(pid));
  // Connections that moved may all be at one worker, as long as the other was not ready.
  await until(async () => {
    await using others = open(6);
    return (await pidsOf(others)).length === 2;
  });
  for (const client of clients) await client.close();
  assertEquals(served.program.stderr, "");
}

test("restart: no call fails, and calls that run finish", OPTIONS, async () => {
  await restarts({});
});

test("restart: no call fails with TLS", OPTIONS, async () => {
  await restarts({
    tls: {
      certificateChain: { file: "tests/certs/server_cert.pem" },
      privateKey: { file: "tests/certs/server_key.pem" },
    },
  }, { tls: { rootCertificates: pem("ca_cert") } });
});

/** Waits until two other processes than these serve. */
async function replaced(
  { location }: WorkersProgram,
  before: readonly number[],
): Promise<void> {
  await until(async () => {
    // More than those of others, which may all be at the worker that stayed:
    // the new one takes as many before the turns begin.
    await using client = connect(location, { connections: 6 });
    const pids = await pidsOf(client).catch(() => []);
    return pids.length === 2 && pids.some((pid) => !before.includes(pid));
  });
}

test(
  "restart: a worker that crashes is replaced, and it is told",
  OPTIONS,
  async () => {
    await using served = await startWorkers();
    await using client = connect(served.location, { connections: 2 });
    const before = await pidsOf(client);
    await assertRejects(() => pidOf(client, "exit"), Error);
    await replaced(served, before);
    assertMatch(
      served.program.stderr,
      /^flight: worker \d \(process \d+\) ended with code 3; it is started again$/m,
    );
  },
);

test("restart: a worker that is killed is replaced", OPTIONS, async () => {
  await using served = await startWorkers();
  await using client = connect(served.location, { connections: 2 });
  const before = await pidsOf(client);
  process.kill(before[0]!, "SIGKILL");
  await replaced(served, before);
  assertMatch(served.program.stderr, /ended by SIGKILL; it is started again/);
  // Its lost connection may be at the worker that stayed, as the other one is.
  assert(!(await pidsOf(client)).includes(before[0]!));
});

test(
  "restart: a worker that is asked to end is replaced without a failed call",
  OPTIONS,
  async () => {
    await using served = await startWorkers();
    await using client = connect(served.location, { connections: 2 });
    const before = await pidsOf(client);
    const callers = [caller(client), caller(client)];
    process.kill(before[0]!, "SIGTERM");
    await until(() => !isAlive(before[0]!));
    await replaced(served, before);
    for (const { stop } of callers) assertGreater(await stop(), 0);
    assertEquals(served.program.stderr, "");
  },
);

test(
  "restart: statements of Flight SQL go on in the new workers",
  OPTIONS,
  async () => {
    await withFile("shop.db", async (file) => {
      const filled = new DatabaseSync(file);
      filled.exec("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (2)");
      filled.close();
      await using served = await startWorkers({ database: file });
      await using client = connectSql(served.location, { connections: 2 });
      const statement = await client.prepare("SELECT n FROM t WHERE n >= ?");
      const once = async (): Promise<void> => {
        assertEquals(
          await client.sql`SELECT count(*) AS n FROM t`,
          [{ n: 2n }],
        );
        assertEquals(await statement.query([2n]), [{ n: 2n }]);
      };
      for (let i = 0; i < 4; i++) await once();
      const lines = (): number =>
        served.program.stdout.match(/serves as/g)!.length;
      served.signal("SIGUSR2");
      while (lines() < 4) await once();
      for (let i = 0; i < 20; i++) await once();
      await statement.close();
      assertEquals(served.program.stderr, "");
    });
  },
);
