/** The header grpc-timeout: gRPC over HTTP/2, "Timeout". */

const UNITS: readonly (readonly [unit: string, milliseconds: number])[] = [
  ["m", 1],
  ["S", 1000],
  ["M", 60_000],
  ["H", 3_600_000],
];

const MILLISECONDS: Readonly<Record<string, number>> = {
  n: 1e-6,
  u: 1e-3,
  ...Object.fromEntries(UNITS),
};

/** The value has at most 8 digits. */
const MAX_VALUE = 99_999_999;

/**
 * Encodes a remaining time as the header.
 *
 * @param milliseconds More than 0.
 * @returns A value of at least that time, as exact as 8 digits allow.
 */
export function encodeTimeout(milliseconds: number): string {
  for (const [unit, length] of UNITS) {
    const value = Math.ceil(milliseconds / length);
    if (value <= MAX_VALUE) return `${Math.max(1, value)}${unit}`;
  }
  return `${MAX_VALUE}H`;
}

/** Decodes the header to milliseconds; undefined if `text` is not valid. */
export function decodeTimeout(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(digits) * MILLISECONDS[unit]!;
}
