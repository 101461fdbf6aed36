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

/**
 * A date, or date and time, in the form of ISO 8601.
 *
 * @param ms Milliseconds since 1970.
 * @param precision What to write.
 * @returns The text; the number of milliseconds beyond the years that a Date can hold.
 */
export function dateText(ms: number, precision: "day" | "second"): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return `${ms} ms`;
  const iso = date.toISOString();
  return iso.slice(0, iso.indexOf("T") + (precision === "day" ? 0 : 9));
}
