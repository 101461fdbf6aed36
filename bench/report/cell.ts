/**
 * The figures of a pair in a scenario: medians of its rounds.
 *
 * @module
 */
import {
  isTransfer,
  otherClient,
  type Pair,
  PYARROW,
  type Scenario,
} from "../rounds/scenarios.ts";
import type { Measured, Round } from "../rounds/turn.ts";
import { type Latency, median, medianOf } from "../support/statistics.ts";
import { bytesPerRow } from "../transfer/perf_data.ts";

/** Unit of the speed of a scenario. */
export type Unit = "MiB/s" | "messages/s" | "calls/s";

/** Figures of a pair; undefined where they could not be had. */
export interface Cell extends Pair {
  readonly part: string;
  readonly scenario: string;
  readonly unit: Unit;
  /** By the number of the round; null where the run failed. */
  readonly speeds: readonly (number | null)[];
  readonly speed: number | undefined;
  /** Multiples of both ends in pyarrow, of each round and their median. */
  readonly ratios: readonly number[];
  readonly toPyarrow: number | undefined;
  /** Multiples of arrow-flight-client on the same runtime and server. */
  readonly toOtherClient: number | undefined;
  readonly latencyUs: Latency | undefined;
  /** Processor time: seconds for each GiB, or microseconds for each call. */
  readonly clientCpu: number | undefined;
  readonly serverCpu: number | undefined;
  readonly clientPeakMib: number | undefined;
  readonly serverPeakMib: number | undefined;
  readonly failures: readonly string[];
}

/** Returns the unit of a scenario's speed. */
export function unitOf(scenario: Scenario): Unit {
  if (!isTransfer(scenario)) return "calls/s";
  return scenario.rowsPerBatch === 1 ? "messages/s" : "MiB/s";
}

/** Computes the cells of what was measured. */
export function cellsOf(measured: readonly Measured[]): Cell[] {
  return measured.map((one) => {
    const find = (client: string, server: string) =>
      measured.find((other) =>
        other.scenario === one.scenario && other.client === client &&
        other.server === server
      );
    const ratios = ratiosOf(one, find(PYARROW, PYARROW));
    const toOther = ratiosOf(one, find(otherClient(one.client), one.server));
    const perWork = (cpu: (round: Round) => number | undefined) =>
      shareOf(one, cpu, (round) => workOf(one.scenario, round));
    return {
      part: one.scenario.part,
      scenario: one.scenario.name,
      client: one.client,
      server: one.server,
      unit: unitOf(one.scenario),
      speeds: one.rounds.map((round) =>
        round === undefined ? null : speed(one.scenario, round)
      ),
      speed: medianOf(one.rounds, (round) => speed(one.scenario, round)),
      ratios,
      toPyarrow: ratios.length === 0 ? undefined : median(ratios),
      toOtherClient: toOther.length === 0 ? undefined : median(toOther),
      latencyUs: latencyOf(one),
      clientCpu: perWork((round) => round.clientCpu),
      serverCpu: perWork((round) => round.serverCpu),
      clientPeakMib: medianOf(one.rounds, (round) => round.clientPeakMib),
      serverPeakMib: medianOf(one.rounds, (round) => round.serverPeakMib),
      failures: one.failures,
    };
  });
}

/**
 * Computes the quotient of two figures over all rounds: one round is only some
 * ticks of the clock of processor time. Undefined without any.
 */
export function shareOf(
  { rounds }: Measured,
  value: (round: Round) => number | undefined,
  total: (round: Round) => number,
): number | undefined {
  let [sum, all] = [0, 0];
  for (const round of rounds) {
    const one = round && value(round);
    if (one === undefined) continue;
    sum += one;
    all += total(round!);
  }
  return all === 0 ? undefined : sum / all;
}

function speed(scenario: Scenario, { result }: Round): number {
  return unitOf(scenario) === "MiB/s"
    ? result.mibPerSecond
    : result.batches / result.seconds;
}

/** Work of a run: GiB, or millions of messages or calls. */
function workOf(scenario: Scenario, { result }: Round): number {
  return unitOf(scenario) === "MiB/s"
    ? result.rows * bytesPerRow(scenario.data) / 2 ** 30
    : result.batches / 1e6;
}

function ratiosOf(one: Measured, other: Measured | undefined): number[] {
  if (other === undefined) return [];
  return one.rounds.flatMap((round, index) => {
    const beside = other.rounds[index];
    return round && beside
      ? [speed(one.scenario, round) / speed(one.scenario, beside)]
      : [];
  });
}

function latencyOf(one: Measured): Latency | undefined {
  if (!one.rounds.some((round) => round !== undefined)) return undefined;
  const of = (key: keyof Latency) =>
    medianOf(one.rounds, ({ result }) => result.latencyUs[key])!;
  return {
    mean: of("mean"),
    p50: of("p50"),
    p95: of("p95"),
    p99: of("p99"),
    max: of("max"),
  };
}
