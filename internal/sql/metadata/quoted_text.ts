/** Ends of quoted texts in SQL. No regular expression finds them: it would exhaust the stack at long ones. */

/**
 * Finds the end of what stands in quotation marks, which are doubled in it.
 *
 * @param sql The text.
 * @param start Place of the first mark.
 * @returns The place after the last mark; −1 if there is none.
 */
export function quoteEnd(sql: string, start: number): number {
  const mark = sql[start]!;
  let end = sql.indexOf(mark, start + 1);
  while (end >= 0 && sql[end + 1] === mark) end = sql.indexOf(mark, end + 2);
  return end < 0 ? -1 : end + 1;
}

/**
 * Finds the end of a literal in which a backslash escapes the next character.
 *
 * @param sql The text.
 * @param start Place of the first quotation mark.
 * @returns The place after the last mark; −1 if there is none.
 */
export function escapedEnd(sql: string, start: number): number {
  const sign = /['\\]/g;
  sign.lastIndex = start + 1;
  while (sign.test(sql)) {
    const isOver = sql[sign.lastIndex - 1] === "'" &&
      sql[sign.lastIndex] !== "'";
    if (isOver) return sign.lastIndex;
    sign.lastIndex++;
  }
  return -1;
}
