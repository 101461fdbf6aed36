/**
 * Prints the tables of docs/scaling.md.
 *
 *     deno run -A bench/model/run.ts
 *
 * @module
 */
import { table } from "../support/markdown.ts";
import {
  BUSY,
  type Costs,
  imbalance,
  localSpeed,
  REACHED,
  workersFor,
} from "./capacity.ts";
import { MEASURED } from "./measured.ts";

/** Of the first lines above, and of 3,000 idle connections to one process. */
const COSTS: Readonly<Record<string, Costs>> = {
  Deno: {
    clientCpu: 0.64,
    serverCpu: 0.43,
    processMib: 75,
    connectionKib: 45,
  },
  Bun: {
    clientCpu: 0.75,
    serverCpu: 0.48,
    processMib: 57,
    connectionKib: 23,
  },
};

const GB = 1e9 / 2 ** 30;

function print(title: string, head: string[], rows: string[][]): void {
  console.log(`\n${title}\n\n${table(head, rows)}`);
}

print(
  "Predicted and measured, 2 cores",
  ["both ends", "clients", "servers", "predicted MiB/s", "measured", "ratio"],
  MEASURED.map(([name, clients, servers, clientCpu, serverCpu, measured]) => {
    const costs = { clientCpu, serverCpu };
    const predicted = localSpeed(costs, { cores: 2, clients, servers });
    return [
      name,
      String(clients),
      String(servers),
      predicted.toFixed(0),
      String(measured),
      (measured / predicted).toFixed(2),
    ];
  }),
);

print(
  `Workers for transfers, each ${BUSY * 100} % busy, ${REACHED} of the model`,
  ["GB/s", "server: Deno", "Bun", "proxy: Deno", "Bun"],
  [1, 2, 5, 10, 20].map((gb) => {
    const workers = (cpu: (costs: Costs) => number) =>
      Object.values(COSTS).map((costs) =>
        String(workersFor(gb * GB, cpu(costs)))
      );
    return [
      String(gb),
      ...workers(({ serverCpu }) => serverCpu),
      // It reads and writes all of it.
      ...workers(({ clientCpu, serverCpu }) => clientCpu + serverCpu),
    ];
  }),
);

print(
  "Memory of idle connections in GiB, with 8 workers",
  ["connections", "Deno", "Bun"],
  [1_000, 10_000, 100_000, 1_000_000].map((connections) => [
    connections.toLocaleString("en-US"),
    ...Object.values(COSTS).map(({ processMib, connectionKib }) =>
      (8 * processMib / 1024 + connections * connectionKib / 2 ** 20)
        .toFixed(1)
    ),
  ]),
);

print(
  "Load of the busiest worker, in shares of the mean: median, 95th percentile",
  ["clients", "connections", "workers", "fewest connections", "hash"],
  ([[4, 1, 2], [4, 4, 2], [20, 1, 8], [20, 8, 8], [1000, 1, 8], [
    1000,
    4,
    32,
  ]] as const).map(([clients, connections, workers]) => [
    clients.toLocaleString("en-US"),
    String(connections),
    String(workers),
    ...(["fewest", "hash"] as const).map((choice) => {
      const { median, p95 } = imbalance({
        clients,
        connections,
        workers,
        choice,
      });
      return `${median.toFixed(2)}, ${p95.toFixed(2)}`;
    }),
  ]),
);
