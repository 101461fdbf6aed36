/** Polls of a gateway: several at once, and those that go on to the backend. */

import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  type FlightClient,
  FlightError,
  type FlightInfo,
  type FlightService,
  type PollInfoInit,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSqlGateway } from "@contrail/flight/gateway";
import { until } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { gatewayOver, rowsUpTo } from "./backends.ts";
import { type Cluster, commandOf, startCluster } from "./fake_engine.ts";

const TIMEOUT = { timeout: 60_000 };

/** A backend whose query needs so many polls; the descriptor says how many are left. */
function polledBackend(polls: number): FlightService {
  return {
    pollFlightInfo(descriptor): PollInfoInit {
      const [text = ""] = descriptor.type === "PATH" ? descriptor.path : [];
      const left = Number(/^left (\d+)$/.exec(text)?.[1] ?? polls);
      if (left === 0) return { info: { endpoints: [{ ticket: "t" }] } };
      return {
        info: { endpoints: [] },
        descriptor: { path: [`left ${left - 1}`] },
      };
    },
    doGet: () => rowsUpTo(1),
  };
}

/** Polls several times at once, until the query has ended; `undefined` if the machine was too slow for that. */
async function polledAtOnce(
  client: FlightClient,
  cluster: Cluster,
): Promise<FlightInfo | undefined> {
  const begun = cluster.jobs.length;
  const command = await commandOf("SELECT 1");
  try {
    const first = await client.pollFlightInfo({ cmd: command });
    await until(() => cluster.jobs.length > begun);
    const polls = await Promise.all(
      Array.from({ length: 5 }, () => client.pollFlightInfo(first.descriptor!)),
    );
    cluster.jobs.at(-1)!.complete();
    let last = polls[0]!;
    while (last.descriptor) last = await client.pollFlightInfo(last.descriptor);
    return last.info!;
  } catch (error) {
    if (FlightError.is(error) && error.code === "CANCELLED") return undefined;
    if (FlightError.is(error) && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

test(
  "a result can be read longer than pollExpiryMs after polls at the same time",
  TIMEOUT,
  async () => {
    await using cluster = await startCluster({ completes: false });
    let info: FlightInfo | undefined;
    for (let pollExpiryMs = 100; info === undefined; pollExpiryMs *= 2) {
      await using gateway = flightSqlGateway(cluster.scheduler.location, {
        engine: cluster.engine,
        pollTimeoutMs: 20,
        pollExpiryMs,
      });
      await using client = connectInMemory(gateway);
      info = await polledAtOnce(client, cluster);
      if (info === undefined) continue;
      await new Promise((resolve) => setTimeout(resolve, 2 * pollExpiryMs));
      assertEquals((await client.read(info).table()).numRows, 20);
    }
  },
);

test(
  "a query that the backend lets clients poll counts until its last answer",
  TIMEOUT,
  async () => {
    await using front = await gatewayOver([polledBackend(3)], {
      limits: { maxQueriesPerUser: 1 },
    });
    await using client = connectInMemory(front.gateway);
    let poll = await client.pollFlightInfo("x");
    await assertFlightError(
      client.pollFlightInfo("y"),
      "RESOURCE_EXHAUSTED",
      /maxQueriesPerUser/,
    );
    while (poll.descriptor) poll = await client.pollFlightInfo(poll.descriptor);
    assertEquals((await client.read(poll.info!).table()).numRows, 1);
  },
);

test(
  "a query that the backend lets clients poll counts no more when none does",
  TIMEOUT,
  async () => {
    await using front = await gatewayOver([polledBackend(3)], {
      limits: { maxQueriesPerUser: 1 },
      pollExpiryMs: 10,
    });
    await using client = connectInMemory(front.gateway);
    await client.pollFlightInfo("y");
    await until(() => client.pollFlightInfo("z").then(() => true, () => false));
  },
);

test(
  "a query that the backend lets clients poll ends after its longest time",
  TIMEOUT,
  async () => {
    await using front = await gatewayOver([polledBackend(Infinity)], {
      limits: { queryTimeoutMs: 100 },
    });
    await using client = connectInMemory(front.gateway);
    await assertFlightError(
      (async () => {
        let poll = await client.pollFlightInfo("x");
        while (poll.descriptor) {
          poll = await client.pollFlightInfo(poll.descriptor);
        }
      })(),
      "DEADLINE_EXCEEDED",
      /longer than 100 ms \(option queryTimeoutMs/,
    );
  },
);
