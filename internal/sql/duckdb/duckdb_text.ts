/** The text of statements, as the scanner of DuckDB reads it. */

/** Space: the scanner knows some of Unicode's. */
const BLANK =
  "\\t\\n\\r\\f \\u00a0\\u2000-\\u200b\\u202f\\u205f\\u2060\\u3000\\ufeff";

/** Letters beyond ASCII: everything that is no space. */
const LETTERS =
  "\\u0080-\\u009f\\u00a1-\\u1fff\\u200c-\\u202e\\u2030-\\u205e\\u2061-\\u2fff\\u3001-\\ufefe\\uff00-\\uffff";

/** Everything but comments between slashes. */
const TOKEN = new RegExp(
  [
    `[${BLANK}]+`,
    String.raw`--[^\n\r]*`,
    String.raw`[eE]'[^'\\]*(?:(?:''|\\[\s\S])[^'\\]*)*'`,
    `'[^']*(?:''[^']*)*'`,
    `"[^"]*(?:""[^"]*)*"`,
    String.raw`(\$(?:[A-Za-z_${LETTERS}][\w${LETTERS}]*)?\$)[\s\S]*?\1`,
    String.raw`\?\d*`,
    String.raw`\$[\w${LETTERS}]+`,
    String.raw`\d+`,
    String.raw`[\w${LETTERS}][\w$${LETTERS}]*`,
    String.raw`[()[\]{}.,:=<>+*]+`,
    String.raw`;+`,
    String.raw`[\s\S]`,
  ].join("|"),
  "y",
);

const WORD = new RegExp(`^[A-Za-z_${LETTERS}][\\w$${LETTERS}]*$`);

/** Matches spaces, comments and semicolons. */
const NOTHING = new RegExp(`^(?:[${BLANK}]|;+$|--|/\\*)`);

/** Cuts a text into words, numbers, parameters, texts and names in quotes, comments, spaces, and signs. */
function* tokensOf(sql: string): Generator<string, void, undefined> {
  for (let at = 0; at < sql.length;) {
    const end = sql.startsWith("/*", at)
      ? commentEnd(sql, at)
      : tokenEnd(sql, at);
    yield sql.slice(at, end);
    at = end;
  }
}

/** Comments may have comments in them. */
function commentEnd(sql: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  do {
    const mark = marks.exec(sql);
    if (mark === null) return sql.length;
    depth += mark[0] === "/*" ? 1 : -1;
  } while (depth > 0);
  return marks.lastIndex;
}

function tokenEnd(sql: string, start: number): number {
  TOKEN.lastIndex = start;
  TOKEN.test(sql);
  return TOKEN.lastIndex;
}

/** Reports whether a text has no statement in it. */
export function hasNoStatement(sql: string): boolean {
  for (const token of tokensOf(sql)) {
    if (!NOTHING.test(token)) return false;
  }
  return true;
}

/** Tells whether a word stands in a statement, outside of texts, names in quotes and comments. */
export function hasWord(sql: string, word: string): boolean {
  for (const token of tokensOf(sql)) {
    if (token.toUpperCase() === word) return true;
  }
  return false;
}

/**
 * Tells whether a statement that begins with EXPLAIN runs what it explains. In doubt it does: the option has two
 * spellings, and may be a name in quotes, as may be a column.
 */
export function analyzes(sql: string): boolean {
  for (const token of tokensOf(sql)) {
    if (/^"?ANALY[ZS]E"?$/i.test(token)) return true;
  }
  return false;
}

/** First words of a statement, in upper case, without comments. */
export function firstWords(sql: string): string[] {
  const words: string[] = [];
  for (const token of tokensOf(sql)) {
    if (WORD.test(token)) words.push(token.toUpperCase());
    if (words.length === 4) break;
  }
  return words;
}

/**
 * Puts CAST around some parameters.
 *
 * @param names Their names: numbers, where they have none.
 */
export function castParameters(
  sql: string,
  names: ReadonlySet<string>,
): string {
  let last = 0;
  let text = "";
  for (const token of tokensOf(sql)) {
    if (!/^(?:\?|\$[^$]+$)/.test(token)) {
      text += token;
      continue;
    }
    const name = token === "?" ? String(++last) : token.slice(1);
    if (/^\d+$/.test(name)) last = Math.max(last, Number(name));
    text += names.has(name) ? `CAST(${token} AS VARCHAR)` : token;
  }
  return text;
}
