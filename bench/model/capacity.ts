/**
 * A model of what processes, machines and clusters carry, from the processor
 * time that one GiB takes.
 *
 * Assumptions:
 *
 * - A process has one core for JavaScript. Its other threads, mostly those of the
 *   garbage collector, are part of its processor time, and may use other cores.
 * - Processor time for each GiB does not depend on the number of processes.
 * - Connections are given to the worker with the fewest; so their number is
 *   equal, and their load is not.
 * - The network between machines carries what it promises.
 *
 * @module
 */
import { seededRandom } from "../../tests/support/seeded_random.ts";

/** Costs of an implementation, as they are measured. */
export interface Costs {
  /** Processor time for a GiB, in seconds. */
  readonly clientCpu: number;
  readonly serverCpu: number;
  /** Memory of a process without connections, and of an idle connection. */
  readonly processMib: number;
  readonly connectionKib: number;
}

/** Processes on one machine. */
export interface Machine {
  readonly cores: number;
  readonly clients: number;
  readonly servers: number;
}

/**
 * Predicts the speed of transfers between processes of one machine: the first of
 * three bounds that is reached.
 *
 * @returns MiB a second.
 */
export function localSpeed(
  { clientCpu, serverCpu }: Pick<Costs, "clientCpu" | "serverCpu">,
  { cores, clients, servers }: Machine,
): number {
  return 1024 * Math.min(
    clients / clientCpu,
    servers / serverCpu,
    cores / (clientCpu + serverCpu),
  );
}

/**
 * Part of the predicted speed that measurements reach: the slowest of two to four
 * processes is waited for, and cores are shared with the kernel and others.
 */
export const REACHED = 0.88;

/** Part of its core that a worker should have to do on average: bursts need the rest. */
export const BUSY = 0.7;

/** Workers that a machine or cluster needs for its transfers. */
export function workersFor(gibPerSecond: number, cpuPerGib: number): number {
  return Math.ceil(gibPerSecond * cpuPerGib / (REACHED * BUSY));
}

/** Ways to choose the worker of a connection. */
export type Choice = "fewest" | "hash";

/** Clients that begin to use workers. */
export interface Clients {
  readonly clients: number;
  /** Connections of each, which share its load. */
  readonly connections: number;
  readonly workers: number;
  readonly choice: Choice;
}

/**
 * Simulates how evenly the load of clients falls on workers. The load of a client
 * is log-normal: most need little, few need very much.
 *
 * @returns Load of the busiest worker in shares of the mean: the median and the
 * 95th percentile of 500 runs.
 */
export function imbalance(
  { clients, connections, workers, choice }: Clients,
  seed = 7,
): { readonly median: number; readonly p95: number } {
  const random = seededRandom(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const ratios: number[] = [];
  for (let run = 0; run < 500; run++) {
    const load = new Float64Array(workers);
    let next = 0;
    for (let client = 0; client < clients; client++) {
      const share = Math.exp(normal()) / connections;
      for (let i = 0; i < connections; i++) {
        // The fewest connections, in turn among equals, is one after the other.
        const worker = choice === "fewest"
          ? next++ % workers
          : Math.floor(random() * workers);
        load[worker]! += share;
      }
    }
    const mean = load.reduce((sum, one) => sum + one, 0) / workers;
    ratios.push(Math.max(...load) / mean);
  }
  ratios.sort((a, b) => a - b);
  return { median: ratios[250]!, p95: ratios[475]! };
}
