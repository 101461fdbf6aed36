/** Numbers as people read them. */

const COUNT = new Intl.NumberFormat("en-US");
const AXIS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 9 });
const SHORT = new Intl.NumberFormat("en-US", {
  notation: "compact",
  maximumSignificantDigits: 3,
});

/** A count with its thousands apart: `1,000,000`. */
export function countText(count: number | bigint): string {
  return COUNT.format(count);
}

/** A count and its noun, which is one or many: `1 row`, `2 rows`. */
export function countOf(count: number | bigint, noun: string): string {
  return `${countText(count)} ${noun}${Number(count) === 1 ? "" : "s"}`;
}

/** A number of an axis: `1,000,000`, and a power of ten where it would be very long, as `2.5e18`. */
export function axisNumber(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e15 || size < 1e-6)
    ? Number(value.toPrecision(12)).toExponential().replace("+", "")
    : AXIS.format(value);
}

/** A rate in three digits: `1.23M`. */
export function shortCount(count: number): string {
  return SHORT.format(count);
}

/** A size in bytes: `1.5 MiB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** A time: `8 ms`, `1.24 s`, `3 min 5 s`. */
export function durationText(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
