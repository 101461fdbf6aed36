/**
 * The store in Redis, with a real server and the clients that applications have: prints a line of JSON
 * for each case.
 *
 *     redis_client.ts SERVER [FILTER]
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { FlightError } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { clientCookies } from "@contrail/flight/middleware";
import {
  type RedisClient,
  redisStore,
  type SharedStore,
} from "@contrail/flight/redis";
import {
  serverSessions,
  sessionMethods,
  SharedSessionStore,
} from "@contrail/flight/session";
import { flightSql } from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { freePorts } from "../../../tools/free_ports.ts";
import { printCase } from "../programs/print_case.ts";
import { installPackage } from "../../../tools/install_package.ts";

const REDIS_VERSION = "6.3.1";
const IOREDIS_VERSION = "5.11.1";
const START_TIMEOUT_MS = 20_000;

const [program = "redis-server", filter = ""] = process.argv.slice(2);

/** Client that a case uses. */
interface Connected {
  readonly client: RedisClient;
  close(): unknown;
}

/** The part of the packages that is used here. */
interface RedisPackage {
  createClient(options: object): {
    on(event: "error", listener: () => void): unknown;
    connect(): Promise<unknown>;
    destroy(): void;
    sendCommand(args: string[]): Promise<unknown>;
  };
}
type IoredisPackage = {
  new (options: object): {
    on(event: "error", listener: () => void): unknown;
    disconnect(): void;
    call(command: string, ...args: string[]): Promise<unknown>;
  };
};
interface BunGlobal {
  readonly Bun?: {
    readonly RedisClient: {
      new (url: string, options: object): {
        connect(): Promise<unknown>;
        send(command: string, args: string[]): Promise<unknown>;
        close(): void;
      };
    };
  };
}

/** The clients of this runtime. */
async function clients(): Promise<
  Map<string, (port: number) => Promise<Connected>>
> {
  const { createClient } = await installPackage(
    "redis",
    REDIS_VERSION,
    "redis",
  ) as RedisPackage;
  const { Redis } = await installPackage(
    "ioredis",
    IOREDIS_VERSION,
    "ioredis",
  ) as {
    Redis: IoredisPackage;
  };
  const known = new Map<string, (port: number) => Promise<Connected>>([
    ["redis", async (port) => {
      const client = createClient({
        socket: { host: "127.0.0.1", port, reconnectStrategy: false },
      });
      client.on("error", () => {});
      await client.connect();
      return { client, close: () => client.destroy() };
    }],
    ["ioredis", (port) => {
      const client = new Redis({
        host: "127.0.0.1",
        port,
        retryStrategy: null,
        maxRetriesPerRequest: 0,
      });
      client.on("error", () => {});
      return Promise.resolve({ client, close: () => client.disconnect() });
    }],
  ]);
  const { Bun } = globalThis as BunGlobal;
  if (Bun) {
    known.set("Bun.RedisClient", async (port) => {
      const client = new Bun.RedisClient(`redis://127.0.0.1:${port}`, {
        autoReconnect: false,
        enableOfflineQueue: false,
      });
      await client.connect();
      return { client, close: () => client.close() };
    });
  }
  return known;
}

/** The methods of a service. */
type Methods = Record<string, (...args: unknown[]) => unknown>;

/** Cases, each with a store that others use too. */
const CASES: Readonly<Record<string, (store: SharedStore) => Promise<void>>> = {
  async "values are set, replaced, taken and deleted"(store) {
    const [a, b] = [Uint8Array.of(0, 255, 10, 13), new Uint8Array(100_000)];
    assertEquals(await store.get("k"), undefined);
    await store.set("k", a, 60_000);
    assertEquals(await store.get("k"), a);
    assertEquals(await store.replace("k", b, b, 60_000), false);
    assertEquals(await store.replace("k", a, b, 60_000), true);
    assertEquals(await store.take("k"), b);
    assertEquals(await store.take("k"), undefined);
    await store.set("k", a, 60_000);
    await store.delete("k");
    assertEquals(await store.get("k"), undefined);
  },
  async "values are forgotten after their time"(store) {
    await store.set("short", Uint8Array.of(1), 1);
    const end = Date.now() + 10_000;
    while (await store.get("short") && Date.now() < end);
    assertEquals(await store.get("short"), undefined);
  },
  async "of many that take a value, one gets it"(store) {
    await store.set("one", Uint8Array.of(1), 60_000);
    const taken = await Promise.all(
      Array.from({ length: 50 }, () => store.take("one")),
    );
    assertEquals(taken.filter((value) => value !== undefined).length, 1);
  },
  async "of many that replace a value, one does"(store) {
    await store.set("one", Uint8Array.of(1), 60_000);
    const replaced = await Promise.all(
      Array.from(
        { length: 50 },
        (_, i) =>
          store.replace("one", Uint8Array.of(1), Uint8Array.of(2, i), 60_000),
      ),
    );
    assertEquals(replaced.filter((done) => done).length, 1);
  },
  async "two servers share sessions"(store) {
    const cookies = clientCookies();
    const [a, b] = [0, 1].map(() =>
      connectInMemory(sessionMethods(), {
        interceptors: [cookies],
        serverInterceptors: [
          serverSessions({ store: new SharedSessionStore(store) }),
        ],
      })
    );
    await a!.setSessionOptions({ catalog: "sales" });
    await b!.setSessionOptions({ limit: 7n });
    const { sessionOptions } = await a!.getSessionOptions();
    assertEquals(
      sessionOptions,
      new Map<string, string | bigint>([["catalog", "sales"], ["limit", 7n]]),
    );
    assertEquals(await b!.closeSession(), { status: "CLOSED" });
    await a!.close();
    await b!.close();
  },
  async "two servers share statements and results"(store) {
    const services = [0, 1].map(() =>
      flightSqlService(database(sqlite(":memory:")), { store })
    );
    let calls = 0;
    // Each call comes to the other server.
    const turns = Object.fromEntries(
      Object.entries(services[0]!).map(([name]) => [
        name,
        (...args: unknown[]) =>
          (services[calls++ % 2] as unknown as Methods)[name]!(...args),
      ]),
    );
    await using client = flightSql(connectInMemory(turns));
    for (let i = 0; i < 5; i++) {
      assertEquals(
        await client.sql`SELECT CAST(${BigInt(i)} AS INTEGER) AS n`,
        [{
          n: BigInt(i),
        }],
      );
    }
    await using statement = await client.prepare(
      "SELECT CAST(? AS INTEGER) + 1 AS n",
    );
    for (let i = 0; i < 5; i++) {
      assertEquals(await statement.query([BigInt(i)]), [{ n: BigInt(i + 1) }]);
    }
    for (const service of services) await service[Symbol.asyncDispose]();
  },
};

/** A server that forgets everything. */
async function startServer(): Promise<{ child: ChildProcess; port: number }> {
  const port = (await freePorts(1))[0]!;
  const child = spawn(program, [
    ...["--port", String(port), "--bind", "127.0.0.1", "--save", ""],
    ...["--appendonly", "no", "--dir", FOLDER],
  ], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error("the server does not start")),
      START_TIMEOUT_MS,
    );
    child.on("error", reject);
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      if (!/ready to accept connections/i.test(text)) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return { child, port };
}

async function report(name: string, run: () => Promise<void>): Promise<void> {
  if (name.includes(filter)) await printCase(name, run);
}

const FOLDER = mkdtempSync(join(tmpdir(), "flight_redis_"));
const { child, port } = await startServer();
try {
  const open: [string, Connected][] = [];
  for (const [name, connect] of await clients()) {
    const connected = await connect(port);
    open.push([name, connected]);
    for (const [title, run] of Object.entries(CASES)) {
      const prefix = `${name} ${title}:`;
      await report(
        `${title} (${name})`,
        () => run(redisStore(connected.client, { prefix })),
      );
    }
  }
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  for (const [name, { client, close }] of open) {
    await report(`a server that is gone is UNAVAILABLE (${name})`, async () => {
      const { code } = await assertRejects(
        async () => await redisStore(client).get("k"),
        FlightError,
      );
      assertEquals(code, "UNAVAILABLE");
    });
    close();
  }
} finally {
  child.kill("SIGKILL");
  rmSync(FOLDER, { recursive: true });
}
process.exit(0);
