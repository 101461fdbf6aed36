/** Parts of SQL, as a shell has to know them: where texts, names and comments end. */

/** Signs that databases read in different ways. */
export interface SqlDialect {
  /** True if `[` begins a name; else it begins a list or an index. */
  readonly hasBracketNames: boolean;
  /** True if a backslash escapes the next character of every text, not only of `E'…'`. */
  readonly hasBackslashes: boolean;
  /** True if `#` begins a comment, and `--` does so only before a space. */
  readonly hasHashComments: boolean;
  /** True if comments may have comments in them. */
  readonly hasNestedComments: boolean;
}

/** Standard SQL, and what PostgreSQL, DuckDB and DataFusion add to it. */
export const STANDARD: SqlDialect = {
  hasBracketNames: false,
  hasBackslashes: false,
  hasHashComments: false,
  hasNestedComments: true,
};

/** A part of a statement. */
export interface Token {
  /** Its kind; comments are spaces, and texts and names in quotes are `quoted`. */
  readonly kind: "space" | "word" | "quoted" | "sign";
  readonly text: string;
  /** Place of its first character. */
  readonly start: number;
  /** Place after its last character. */
  readonly end: number;
  /** True if its end is missing. */
  readonly isOpen: boolean;
}

const SPACE = /\s+/y;
const LINE = /[^\r\n]*/y;
const WORD = /[\w$\u0080-\uffff]+/y;
/** Letters come first: `$1` is a parameter. */
const DOLLARS = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/**
 * Cuts a text into parts.
 *
 * @param sql The text.
 * @param dialect Signs of the database.
 */
export function* tokensOf(
  sql: string,
  dialect: SqlDialect = STANDARD,
): Generator<Token, void, undefined> {
  for (let start = 0; start < sql.length;) {
    const [kind, found] = tokenAt(sql, start, dialect);
    const end = found < 0 ? sql.length : found;
    yield { kind, text: sql.slice(start, end), start, end, isOpen: found < 0 };
    start = end;
  }
}

/** Finds the kind of a part, and its end; −1 if that is missing. */
function tokenAt(
  sql: string,
  at: number,
  dialect: SqlDialect,
): [Token["kind"], number] {
  const mark = sql[at]!;
  switch (mark) {
    case "'":
    case '"':
      return ["quoted", textEnd(sql, at, dialect.hasBackslashes)];
    case "`":
      return ["quoted", textEnd(sql, at, false)];
    case "e":
    case "E":
      if (sql[at + 1] !== "'") break;
      return ["quoted", textEnd(sql, at + 1, true)];
    case "[":
      if (!dialect.hasBracketNames) break;
      return ["quoted", textEnd(sql, at, false, "]")];
    case "$": {
      const opening = endOf(DOLLARS, sql, at);
      if (opening === at) break;
      const dollars = sql.slice(at, opening);
      const closing = sql.indexOf(dollars, opening);
      return ["quoted", closing < 0 ? -1 : closing + dollars.length];
    }
    case "/":
      if (sql[at + 1] !== "*") break;
      return ["space", commentEnd(sql, at, dialect.hasNestedComments)];
    case "-":
    case "#":
      if (!isLineComment(sql, at, dialect)) break;
      return ["space", endOf(LINE, sql, at)];
  }
  // Spaces come first: some are beyond ASCII, as letters are.
  const space = endOf(SPACE, sql, at);
  if (space > at) return ["space", space];
  const word = endOf(WORD, sql, at);
  return word > at ? ["word", word] : ["sign", at + 1];
}

function endOf(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : at;
}

function isLineComment(sql: string, at: number, dialect: SqlDialect): boolean {
  if (!dialect.hasHashComments) return sql.startsWith("--", at);
  return sql[at] === "#" || /^--(?:\s|$)/.test(sql.slice(at, at + 3));
}

function commentEnd(sql: string, at: number, isNested: boolean): number {
  if (!isNested) {
    const end = sql.indexOf("*/", at + 2);
    return end < 0 ? -1 : end + 2;
  }
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at;
  for (let depth = 0;;) {
    const mark = marks.exec(sql);
    if (mark === null) return -1;
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
}

/** Finds the end of what stands in quotation marks. One that is doubled is a character of the text. */
function textEnd(
  sql: string,
  at: number,
  hasBackslashes: boolean,
  mark: string = sql[at]!,
): number {
  // No expression with a loop: it would exhaust the stack at long texts.
  const marks = hasBackslashes ? new RegExp(`[${mark}\\\\]`, "g") : undefined;
  for (let next = at + 1;;) {
    let end: number;
    if (marks === undefined) end = sql.indexOf(mark, next);
    else {
      marks.lastIndex = next;
      end = marks.test(sql) ? marks.lastIndex - 1 : -1;
    }
    if (end < 0) return -1;
    const isPair = sql[end] === "\\" || sql[end + 1] === mark;
    if (!isPair) return end + 1;
    next = end + 2;
  }
}

/** A name in quotation marks. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A statement whose comments have become spaces. */
export function withoutComments(
  sql: string,
  dialect: SqlDialect = STANDARD,
): string {
  let plain = "";
  for (const { kind, text } of tokensOf(sql, dialect)) {
    plain += kind === "space" ? " " : text;
  }
  return plain;
}

/** The words of a statement in upper case, outside of quotes and comments, and its signs. */
export function wordsOf(
  sql: string,
  dialect: SqlDialect = STANDARD,
): string[] {
  const words: string[] = [];
  for (const { kind, text } of tokensOf(sql, dialect)) {
    if (kind === "word" || kind === "sign") words.push(text.toUpperCase());
    // It is no word, but something between two.
    if (kind === "quoted") words.push("''");
  }
  return words;
}
