/**
 * Tells when a count has come to rest: how much a sender has sent to a reader
 * that does not read is known only when it sends no more.
 *
 * @module
 */

/** Interval between counts, and time for which the count must stay the same. */
const INTERVAL_MS = 50;
const REST_MS = 1_000;

/** The count, once it no longer changes. */
export async function settled(count: () => Promise<number>): Promise<number> {
  let value = await count();
  let since = performance.now();
  while (performance.now() - since < REST_MS) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    const next = await count();
    if (next === value) continue;
    value = next;
    since = performance.now();
  }
  return value;
}
