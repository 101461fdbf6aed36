/** The text of statements, as the scanner of DuckDB reads it. */

import { escapedEnd, quoteEnd } from "../metadata/quoted_text.ts";

/** Space: the scanner knows some of Unicode's. */
const BLANK =
  "\\t\\n\\r\\f \\u00a0\\u2000-\\u200b\\u202f\\u205f\\u2060\\u3000\\ufeff";

/** Letters beyond ASCII: everything that is no space. */
const LETTERS =
  "\\u0080-\\u009f\\u00a1-\\u1fff\\u200c-\\u202e\\u2030-\\u205e\\u2061-\\u2fff\\u3001-\\ufefe\\uff00-\\uffff";

/** Everything but comments between slashes, and what stands in quotation marks. */
const TOKEN = new RegExp(
  [
    `[${BLANK}]+`,
    String.raw`--[^\n\r]*`,
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
  const mark = sql[start]!;
  const isEscaped = /^[eE]'/.test(sql.slice(start, start + 2));
  if (isEscaped || mark === "'" || mark === '"') {
    const end = isEscaped ? escapedEnd(sql, start + 1) : quoteEnd(sql, start);
    // The engine refuses a text that has no end.
    return end < 0 ? sql.length : end;
  }
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
 * Replaces some parameters. The others get their numbers in place of `?`, so that they keep their names.
 *
 * @param texts What stands for a parameter, by its name: a number, where it has none.
 */
export function replaceParameters(
  sql: string,
  texts: ReadonlyMap<string, (parameter: string) => string>,
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
    const parameter = `$${name}`;
    text += texts.get(name)?.(parameter) ?? parameter;
  }
  return text;
}

/**
 * Functions that change the instance for all of its connections, or what is written: its log has the statements of
 * all clients, and a log or profile goes to a file. The engine has no setting that refuses them.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "arrow_scan",
  "arrow_scan_dumb",
  "checkpoint",
  "disable_logging",
  "disable_peg_parser",
  "disable_profiling",
  "enable_logging",
  "enable_peg_parser",
  "enable_profiling",
  "force_checkpoint",
  "json_execute_serialized_sql",
  "mysql_execute",
  "postgres_execute",
  "query",
  "start_ui",
  "truncate_duckdb_logs",
  "write_log",
]);

/** Any of the names above, wherever it stands: few texts have one. */
const SUSPECT = new RegExp(
  `${[...FORBIDDEN].join("|")}|nextval|read_|parquet_|sniff_|_scan`,
  "i",
);

/** Words before a name that is not called, though parentheses follow. */
const BEFORE_COLUMNS = /^(?:INTO|TABLE|EXISTS|VIEW|WITH|RECURSIVE|ON)$/;

/** Functions that a statement calls, as far as the server has a rule about them. */
interface CalledFunctions {
  /** One that statements must not call. */
  readonly forbidden: string | undefined;
  /** One that reads files. */
  readonly readsFiles: string | undefined;
  /** `true` if it takes numbers from a sequence. */
  readonly takesNumbers: boolean;
}

/**
 * Finds the functions in a statement that no plan tells. In doubt a name is a function.
 *
 * @param readers Names of the functions that read files.
 */
export function calledFunctions(
  sql: string,
  readers: ReadonlySet<string>,
): CalledFunctions {
  let forbidden: string | undefined;
  let readsFiles: string | undefined;
  let takesNumbers = false;
  if (!SUSPECT.test(sql)) return { forbidden, readsFiles, takesNumbers };
  const tokens = [...tokensOf(sql)].filter((token) => !IGNORED.test(token));
  for (const [at, token] of tokens.entries()) {
    if (!tokens[at + 1]?.startsWith("(")) continue;
    const name = nameOf(token);
    if (name === "nextval") takesNumbers = true;
    if (readers.has(name)) readsFiles ??= name;
    // It runs a text as a query. The name is a common one of tables, too.
    if (name === "query" && isTable(tokens, at)) continue;
    if (FORBIDDEN.has(name)) forbidden ??= name;
  }
  return { forbidden, readsFiles, takesNumbers };
}

/** Matches spaces, control characters and comments. */
const IGNORED = new RegExp(`^(?:[${BLANK}\\x00-\\x20]|--|/\\*)`);

function nameOf(token: string): string {
  const name = token.startsWith('"')
    ? token.slice(1, -1).replaceAll('""', '"')
    : token;
  return name.toLowerCase();
}

/** Tells whether a name has a list of columns behind it, and no arguments. */
function isTable(tokens: readonly string[], at: number): boolean {
  let start = at;
  while (tokens[start - 1] === ".") start -= 2;
  if (BEFORE_COLUMNS.test(tokens[start - 1]?.toUpperCase() ?? "")) return true;
  if (tokens[at + 1] !== "(") return false;
  for (let next = at + 2;; next += 2) {
    const [column, sign] = tokens.slice(next, next + 2);
    if (!column?.startsWith('"') && !WORD.test(column ?? "")) return false;
    if (sign !== ",") return sign?.startsWith(")") ?? false;
  }
}
