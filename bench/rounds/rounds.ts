/**
 * Runs scenarios in rounds. In each round every pair has its turn, so that
 * other load on the machine affects all of them, and their ratios are
 * meaningful.
 *
 * @module
 */
import type { Runtimes } from "../support/runtimes.ts";
import type { Progress } from "../support/progress.ts";
import { bytesPerRow } from "../transfer/perf_data.ts";
import { Cast } from "./cast.ts";
import { type Pair, pairsOf, type Scenario } from "./scenarios.ts";
import { type Measured, Turn } from "./turn.ts";

/** Options of {@linkcode measureRounds}. */
export interface RoundOptions {
  readonly rounds: number;
  /** Target duration of a run, in seconds. */
  readonly seconds: number;
}

/** Time of a turn beside that of its work, and of warming up, in seconds. */
const TURN_SECONDS = 0.05;
const WARM_UP_SECONDS = 0.4;

/** Speed that is expected of runs whose size is given. */
const BYTES_PER_SECOND = 2 ** 30;
/** Rounds that are always measured, even late. */
const MIN_ROUNDS = 2;

function pairs(scenario: Scenario, { typescript, python }: Runtimes): Pair[] {
  return pairsOf(scenario, [...typescript.keys()], python !== undefined);
}

/** Estimates the duration of {@linkcode measureRounds}, in seconds. */
export function secondsOf(
  scenarios: readonly Scenario[],
  runtimes: Runtimes,
  { rounds, seconds }: RoundOptions,
): number {
  return scenarios.reduce((sum, scenario) => {
    const turn = scenario.rows === undefined
      ? seconds
      : scenario.rows * bytesPerRow(scenario.data) / BYTES_PER_SECOND;
    const one = WARM_UP_SECONDS + turn / 2 + rounds * (turn + TURN_SECONDS);
    return sum + one * pairs(scenario, runtimes).length;
  }, 0);
}

/** Measures every scenario of a part between all of its pairs. */
export async function measureRounds(
  scenarios: readonly Scenario[],
  runtimes: Runtimes,
  { rounds, seconds }: RoundOptions,
  progress: Progress,
): Promise<Measured[]> {
  const cast = new Cast(runtimes);
  const turns = scenarios.map((scenario) =>
    pairs(scenario, runtimes)
      .map((pair) => new Turn(cast, scenario, pair, seconds))
  );
  const part = scenarios[0]?.part ?? "";
  try {
    // All of them before the first round: it would measure processes that are still being compiled.
    progress.step(part, 0, "warming up");
    for (const turn of turns.flat()) await turn.warmUp();
    const start = performance.now();
    for (let round = 0; round < rounds; round++) {
      const average = (performance.now() - start) / 1000 / round;
      if (round >= MIN_ROUNDS && progress.isLate(part, average)) {
        console.log(`${part}: stopped after ${round} rounds, for it is late`);
        break;
      }
      for (const [index, group] of turns.entries()) {
        const { name } = scenarios[index]!;
        const share = (round + index / turns.length) / rounds;
        progress.step(part, share, `round ${round + 1} of ${rounds}: ${name}`);
        // Each round begins with another pair: one that was just idle may have
        // an advantage.
        for (let i = 0; i < group.length; i++) {
          await group[(round + i) % group.length]!.take();
        }
      }
    }
  } finally {
    await cast.stop();
  }
  return turns.flatMap((group) => group.map(({ measured }) => measured));
}
