/**
 * The points of all charts.
 *
 * @module
 */
import { shareOf } from "../report/cell.ts";
import { measureRounds, type RoundOptions } from "../rounds/rounds.ts";
import type { Round } from "../rounds/turn.ts";
import type { Progress } from "../support/progress.ts";
import type { Runtimes } from "../support/runtimes.ts";
import { medianOf } from "../support/statistics.ts";
import { bytesPerRow } from "../transfer/perf_data.ts";
import { type ChartName, SCALE } from "./scale_scenarios.ts";

/** A point: medians of its rounds, undefined where all have failed. */
export interface ScalePoint {
  readonly chart: ChartName;
  readonly x: number;
  /** The implementation of both ends. */
  readonly peer: string;
  readonly line: string;
  readonly mibPerSecond: number | undefined;
  /** Time of a run, and of each of its batches. */
  readonly seconds: number | undefined;
  readonly batchUs: number | undefined;
  /** Calls in a second, of the charts of calls. */
  readonly callsPerSecond?: number | undefined;
  /** Processor time of all processes of a side, in seconds for each GiB. */
  readonly clientCpu: number | undefined;
  readonly serverCpu: number | undefined;
  readonly clientPeakMib: number | undefined;
  readonly serverPeakMib: number | undefined;
}

/** Measures all charts. */
export async function measureScale(
  runtimes: Runtimes,
  options: RoundOptions,
  progress: Progress,
): Promise<ScalePoint[]> {
  const scenarios = SCALE.map(({ scenario }) => scenario);
  const measured = await measureRounds(scenarios, runtimes, options, progress);
  return measured.map((one): ScalePoint => {
    const at = scenarios.indexOf(one.scenario);
    const { chart, x, line } = SCALE[at]!;
    const rowGib = bytesPerRow(one.scenario.data) / 2 ** 30;
    const perGib = (cpu: (round: Round) => number | undefined) =>
      shareOf(one, cpu, ({ result }) => result.rows * rowGib);
    return {
      chart,
      x,
      peer: one.client,
      line,
      mibPerSecond: medianOf(one.rounds, ({ result }) => result.mibPerSecond),
      seconds: medianOf(one.rounds, ({ result }) => result.seconds),
      batchUs: medianOf(
        one.rounds,
        ({ result }) => result.seconds / result.batches * 1e6,
      ),
      ...chart === "calls" && {
        callsPerSecond: medianOf(
          one.rounds,
          ({ result }) => result.batches / result.seconds,
        ),
      },
      clientCpu: perGib((round) => round.clientCpu),
      serverCpu: perGib((round) => round.serverCpu),
      clientPeakMib: medianOf(one.rounds, (round) => round.clientPeakMib),
      serverPeakMib: medianOf(one.rounds, (round) => round.serverPeakMib),
    };
  });
}
