/** Decimals as text: a number has 53 bits, a decimal up to 256. */

/** Most digits that a text may ask for by an exponent. */
const MAX_EXPONENT = 1000;

/**
 * The text of a decimal, without an exponent.
 *
 * @param unscaled The digits.
 * @param scale How many of them follow the point; negative for zeros that are left out.
 */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  const digits = String(unscaled < 0n ? -unscaled : unscaled)
    .padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * The digits of a text.
 *
 * @param text Such as `-12.50` or `1e3`.
 * @param scale How many digits follow the point.
 * @returns `undefined` where it is no number, or has more digits after the point than the scale.
 */
export function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?\s*$/i
    .exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  if (Math.abs(Number(exponent)) > MAX_EXPONENT) return undefined;
  const digits = BigInt(whole + fraction);
  const shift = scale - fraction.length + Number(exponent);
  let unscaled: bigint;
  if (shift >= 0) unscaled = digits * 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    if (digits % divisor !== 0n) return undefined;
    unscaled = digits / divisor;
  }
  return sign === "-" ? -unscaled : unscaled;
}

/** The integer in `words` 32-bit words, the least significant first, in two's complement. */
export function bigintOfWords(
  values: Uint32Array | Int32Array,
  start: number,
  words: number,
): bigint {
  let value = BigInt(values[start + words - 1]! | 0);
  for (let i = words - 2; i >= 0; i--) {
    value = (value << 32n) | BigInt(values[start + i]! >>> 0);
  }
  return value;
}

/** Writes an integer as {@linkcode bigintOfWords} reads it. */
export function writeWords(
  values: Uint32Array | Int32Array,
  start: number,
  words: number,
  value: bigint,
): void {
  for (let i = 0; i < words; i++) {
    values[start + i] = Number(BigInt.asUintN(32, value));
    value >>= 32n;
  }
}
