/** Texts of statements, as far as a gateway looks at them. */

import { escapedEnd, quoteEnd } from "../sql/metadata/quoted_text.ts";

/** Words that begin a statement which may read only. */
const READING = /^(?:select|with|values|table|show|describe|desc|explain)$/i;

/** Words of statements that change something. */
const WRITING =
  /^(?:insert|update|delete|merge|replace|create|drop|alter|truncate|copy|call|execute|set|into|grant|revoke|nextval|analyze|vacuum|load|attach|install|pragma)$/i;

/** Most characters of a statement in a log. */
const MAX_LOGGED = 4096;

/** A short token: a placeholder or parameter, a number, a word, spaces, or a sign. */
const SHORT =
  /\$\d+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?[\p{L}\p{N}_.]*|[\p{L}_][\p{L}\p{N}_$]*|\s+|[\s\S]/uy;

/** Begins a text in dollar signs. */
const DOLLARS = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

/** A part of a statement. */
interface Token {
  readonly kind: "literal" | "comment" | "name" | "other";
  readonly text: string;
  /** True where engines do not agree on its end. */
  readonly isDoubtful: boolean;
}

/** Cuts a statement into parts. Long ones are found by their ends: a regular expression could exhaust the stack. */
function* tokensOf(sql: string): Generator<Token, void, undefined> {
  let at = 0;
  while (at < sql.length) {
    const token = tokenAt(sql, at);
    yield token;
    at += token.text.length;
  }
}

function tokenAt(sql: string, at: number): Token {
  const token = (
    kind: Token["kind"],
    end: number,
    isDoubtful = false,
  ): Token => ({
    kind,
    text: sql.slice(at, end === -1 ? sql.length : end),
    isDoubtful,
  });
  const mark = sql[at]!;
  if (sql.startsWith("--", at)) return token("comment", sql.indexOf("\n", at));
  if (sql.startsWith("/*", at)) {
    const end = sql.indexOf("*/", at + 2);
    // MySQL runs what is in such a comment.
    return token("comment", end < 0 ? -1 : end + 2, sql[at + 2] === "!");
  }
  if (mark === '"' || mark === "`") return token("name", quoteEnd(sql, at));
  if (mark === "'" || /^[bBeEnNxX]'/.test(sql.slice(at, at + 2))) {
    const start = mark === "'" ? at : at + 1;
    if (mark === "e" || mark === "E") {
      return token("literal", escapedEnd(sql, start));
    }
    const end = quoteEnd(sql, start);
    // A backslash escapes the quotation mark in some engines, and nothing in others.
    const isDoubtful = end >= 0 && sql.slice(at, end).includes("\\'");
    return token("literal", isDoubtful ? -1 : end, isDoubtful);
  }
  DOLLARS.lastIndex = at;
  const dollars = DOLLARS.exec(sql)?.[0];
  if (dollars !== undefined) {
    const end = sql.indexOf(dollars, at + dollars.length);
    return token("literal", end < 0 ? -1 : end + dollars.length);
  }
  SHORT.lastIndex = at;
  SHORT.test(sql);
  return token(/\d/.test(mark) ? "literal" : "other", SHORT.lastIndex);
}

/**
 * Reports whether a statement only reads, as far as its words say so. In doubt it does not: a quoted word, a literal or a
 * comment never counts as reading.
 */
export function isReading(sql: string): boolean {
  let first: string | undefined;
  for (const { kind, text, isDoubtful } of tokensOf(sql)) {
    if (isDoubtful) return false;
    if (kind !== "other" || !/^[A-Za-z_]/.test(text)) continue;
    first ??= text;
    if (WRITING.test(text)) return false;
  }
  return READING.test(first ?? "");
}

/**
 * Replaces the literals of a statement by `?` and drops its comments, so that a log has no data. Behind a literal whose
 * end is in doubt, nothing more is written.
 *
 * @param sql The text.
 * @returns The text on one line, cut after 4,096 characters.
 */
export function withoutLiterals(sql: string): string {
  let line = "";
  for (const { kind, text } of tokensOf(sql)) {
    const isSpace = kind === "comment" || /^\s/.test(text);
    if (isSpace && (line === "" || line.endsWith(" "))) continue;
    if (isSpace) line += " ";
    else line += kind === "literal" ? "?" : text.replaceAll(/\s+/g, " ");
    if (line.length > MAX_LOGGED) break;
  }
  return line.trim().slice(0, MAX_LOGGED);
}
