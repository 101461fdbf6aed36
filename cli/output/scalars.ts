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

/** First and last day of the years 0 to 9999. */
const FIRST_DAY = -719_528;
const LAST_DAY = 2_932_896;

/** Days and years after which the Gregorian calendar repeats. */
const CYCLE_DAYS = 146_097n;
const CYCLE_YEARS = 400n;

/**
 * A date in the form of ISO 8601. Years beyond 0 to 9999 have a sign and at least six digits.
 *
 * @param days Days since 1970; more than a Date can hold are fine.
 */
export function dateText(days: number | bigint): string {
  const day = Number(days);
  if (day >= FIRST_DAY && day <= LAST_DAY) {
    return civilText(day);
  }
  const all = BigInt(days);
  const cycles = floorDivide(all, CYCLE_DAYS);
  const date = new Date(Number(all - cycles * CYCLE_DAYS) * 86_400_000);
  const year = BigInt(date.getUTCFullYear()) + cycles * CYCLE_YEARS;
  const size = year < 0n ? -year : year;
  const sign = year < 0n ? "-" : "+";
  const text = String(size).padStart(6, "0");
  return `${sign}${text}${date.toISOString().slice(4, 10)}`;
}

/**
 * A date of the years 0 to 9999, by arithmetic alone: `toISOString` takes many times as long.
 *
 * @see https://howardhinnant.github.io/date_algorithms.html#civil_from_days
 */
function civilText(day: number): string {
  // Years begin in March, so that the day of a leap year is the last one.
  const fromMarch = day + 719_468;
  const cycle = Math.floor(fromMarch / 146_097);
  const ofCycle = fromMarch - cycle * 146_097;
  const yearOfCycle = Math.floor(
    (ofCycle - Math.floor(ofCycle / 1460) + Math.floor(ofCycle / 36_524) -
      Math.floor(ofCycle / 146_096)) / 365,
  );
  const ofYear = ofCycle - (365 * yearOfCycle + (yearOfCycle >> 2) -
    Math.floor(yearOfCycle / 100));
  const monthFromMarch = Math.floor((5 * ofYear + 2) / 153);
  const date = ofYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = (monthFromMarch + 2) % 12 + 1;
  const year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${twoDigits(month)}-${
    twoDigits(date)
  }`;
}

/** A number below 100 with a zero before it where it has one digit. */
export function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** The quotient, rounded down. */
export function floorDivide(a: bigint, b: bigint): bigint {
  return a % b < 0n ? a / b - 1n : a / b;
}
