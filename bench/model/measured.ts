/**
 * Speeds that the model is checked with.
 *
 * @module
 */

/** Measurements of docs/results/performance.md: 2 cores, DoGet of 4096 rows a batch. */
export const MEASURED = [
  ["Deno", 1, 1, 0.64, 0.43, 1359],
  ["Deno", 2, 1, 1.19, 0.37, 1197],
  ["Deno", 1, 2, 0.73, 0.61, 1234],
  ["Deno", 2, 2, 0.93, 0.49, 1322],
  ["Bun", 1, 1, 0.75, 0.48, 1284],
  ["Bun", 2, 1, 1.15, 0.47, 1096],
  ["Bun", 1, 2, 0.87, 0.62, 964],
  ["Bun", 2, 2, 1.06, 0.54, 1184],
] as const;
