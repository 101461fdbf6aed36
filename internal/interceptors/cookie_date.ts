/** Dates of cookies, read as leniently as RFC 6265, section 5.1.1, demands. */

const MONTHS = [
  "jan",
  "feb",
  "mar",
  "apr",
  "may",
  "jun",
  "jul",
  "aug",
  "sep",
  "oct",
  "nov",
  "dec",
];

/** Longest text of a date, with any spelling of its weekday. */
const MAX_LENGTH = 128;

/** Separators of the parts of a date. */
const DELIMITERS = /[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/;

/**
 * Parses a cookie-date.
 *
 * @returns Milliseconds since the epoch, or `undefined` if `text` is no date.
 */
export function parseCookieDate(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  let time: readonly number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(DELIMITERS)) {
    const [, h, m, s] = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(token) ??
      [];
    const monthIndex = MONTHS.indexOf(token.slice(0, 3).toLowerCase());
    if (time === undefined && h !== undefined) {
      time = [Number(h), Number(m), Number(s)];
    } else if (day === undefined && /^\d{1,2}(?:\D|$)/.test(token)) {
      day = parseInt(token);
    } else if (month === undefined && monthIndex >= 0) {
      month = monthIndex;
    } else if (year === undefined && /^\d{2,4}(?:\D|$)/.test(token)) {
      year = parseInt(token);
    }
  }
  if (
    time === undefined || day === undefined || month === undefined ||
    year === undefined
  ) return undefined;
  if (year < 100) year += year < 70 ? 2000 : 1900;
  const [hours, minutes, seconds] = time as [number, number, number];
  if (year < 1601 || hours > 23 || minutes > 59 || seconds > 59) {
    return undefined;
  }
  const date = new Date(Date.UTC(year, month, day, hours, minutes, seconds));
  // The month does not have that day.
  return date.getUTCDate() === day ? date.getTime() : undefined;
}
