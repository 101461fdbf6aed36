/** Texts of statements, as far as a gateway looks at them. */

/** Matches a comment, a quoted name, a literal, or a word. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)|[bBeEnNxX]?'(?:[^']|'')*(?:'|$)|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|\b\d[\w.]*(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\s+|[\s\S]/g;

/** Words that begin a statement which may read only. */
const READING = /^(?:select|with|values|table|show|describe|desc|explain)$/i;

/** Words of statements that change something. */
const WRITING =
  /^(?:insert|update|delete|merge|replace|create|drop|alter|truncate|copy|call|execute|set|into|grant|revoke|nextval|analyze|vacuum|load|attach|install|pragma)$/i;

/**
 * Reports whether a statement only reads, as far as its words say so. In doubt it does not: a quoted word, a literal or a
 * comment never counts as reading.
 */
export function isReading(sql: string): boolean {
  const words = (sql.match(TOKEN) ?? []).filter((token) =>
    /^[A-Za-z_]\w*$/.test(token)
  );
  return READING.test(words[0] ?? "") &&
    !words.some((word) => WRITING.test(word));
}

/**
 * Replaces the literals of a statement by `?` and drops its comments, so that a log has no data.
 *
 * @param sql The text.
 * @returns The text on one line, cut after 4,096 characters.
 */
export function withoutLiterals(sql: string): string {
  const tokens = sql.match(TOKEN) ?? [];
  return tokens.map((token) => {
    if (/^(?:--|\/\*|\s)/.test(token)) return " ";
    return /^(?:[bBeEnNxX]?'|\d|\$\w*\$)/.test(token) ? "?" : token;
  }).join("").replaceAll(/\s+/g, " ").trim().slice(0, 4096);
}
