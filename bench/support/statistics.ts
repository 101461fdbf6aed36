/**
 * Means, medians and the like.
 *
 * @module
 */

/** Computes the mean; NaN for an empty list. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Computes the value that a share of all values does not exceed; NaN for an
 * empty list.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.max(0, Math.ceil(share * sorted.length) - 1);
  return sorted[at] ?? NaN;
}

/** Computes the median; NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[half]!
    : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * Computes the median of a figure of all rounds; undefined without any.
 *
 * @param rounds The rounds; undefined where one failed.
 * @param value The figure of a round.
 */
export function medianOf<T extends object>(
  rounds: readonly (T | undefined)[],
  value: (round: T) => number | undefined,
): number | undefined {
  const values = rounds.flatMap((round) => {
    const one = round && value(round);
    return one === undefined ? [] : [one];
  });
  return values.length === 0 ? undefined : median(values);
}

/**
 * Computes the median of how many times faster one is than another, round by
 * round; undefined without a round that both have.
 */
export function timesFaster(
  one: readonly (Timed | undefined)[],
  other: readonly (Timed | undefined)[],
): number | undefined {
  const ratios = one.flatMap((round, i) => {
    const beside = other[i];
    return round && beside ? [beside.seconds / round.seconds] : [];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

/** A round with its duration. */
interface Timed {
  readonly seconds: number;
}

/** Summary of durations, all in the same unit. */
export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Summarizes durations. */
export function latencyOf(durations: readonly number[]): Latency {
  return {
    mean: mean(durations),
    p50: quantile(durations, 0.5),
    p95: quantile(durations, 0.95),
    p99: quantile(durations, 0.99),
    max: quantile(durations, 1),
  };
}
