/**
 * Figures and names as text.
 *
 * @module
 */

/** Formats large figures as integers, small ones with three digits. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** Formats a ratio. */
export function times(value: number | undefined): string {
  return value === undefined || Number.isNaN(value)
    ? "–"
    : `${figure(value)} ×`;
}

/** Names an end of a pair. */
export function peerName(peer: string): string {
  return /^(Deno|Bun)\b/.test(peer) ? `this package on ${peer}` : peer;
}
