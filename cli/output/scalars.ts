/** Numbers, times and bytes as text. */

/** Bytes as hexadecimal digits. */
export function hexText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * A decimal number.
 *
 * @param words Its integer in two's complement, the lowest 32 bits first.
 * @param scale How many digits are behind the point; fewer than 0 are zeros before it.
 */
export function decimalText(words: Uint32Array, scale: number): string {
  let value = 0n;
  for (let i = words.length - 1; i >= 0; i--) {
    value = (value << 32n) | BigInt(words[i]!);
  }
  value = BigInt.asIntN(words.length * 32, value);
  if (scale <= 0) return String(value * 10n ** BigInt(-scale));
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const sign = value < 0n ? "-" : "";
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A whole number of units as seconds, without zeros at the end of the fraction. */
export function fractionText(units: bigint, digits: number): string {
  if (digits === 0) return String(units);
  const perSecond = 10n ** BigInt(digits);
  const size = units < 0n ? -units : units;
  const fraction = String(size % perSecond).padStart(digits, "0")
    .replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${size / perSecond}${
    fraction && `.${fraction}`
  }`;
}

/** Days and years after which the Gregorian calendar repeats. */
const CYCLE_DAYS = 146_097n;
const CYCLE_YEARS = 400n;

/**
 * A date in the form of ISO 8601. Years beyond 0 to 9999 have a sign and at least six digits.
 *
 * @param days Days since 1970; more than a Date can hold are fine.
 */
export function dateText(days: bigint): string {
  const cycles = floorDivide(days, CYCLE_DAYS);
  const date = new Date(Number(days - cycles * CYCLE_DAYS) * 86_400_000);
  const year = BigInt(date.getUTCFullYear()) + cycles * CYCLE_YEARS;
  const size = year < 0n ? -year : year;
  const text = year >= 0n && year <= 9999n
    ? String(year).padStart(4, "0")
    : `${year < 0n ? "-" : "+"}${String(size).padStart(6, "0")}`;
  return `${text}${date.toISOString().slice(4, 10)}`;
}

/** The quotient, rounded down. */
export function floorDivide(a: bigint, b: bigint): bigint {
  return a % b < 0n ? a / b - 1n : a / b;
}
