/** The text of statements, as the tokenizer of SQLite reads it. */

import { FlightError } from "../../core/flight_error.ts";

/**
 * Everything that may hide a `?`, and the parameters themselves. A text with doubled quotation marks is two texts side
 * by side, and nothing repeats more than one character: a loop in the expression would exhaust the stack.
 */
const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|\?\d*|[$@:#][\w$\u0080-\uffff]+(?:::[\w$\u0080-\uffff]*)*(?:\([^)\s]*\))?|[\w$\u0080-\uffff]+/g;

/** Space, comments and semicolons: what may stand behind a statement. */
const NOTHING = /[\s;\uFEFF]+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;

/** Empty statements, and the space around them. Comments stay: they are part of the next statement. */
const LEAD = /^[\s\uFEFF]*;[\s;\uFEFF]*/;

/**
 * Lists the parameters of a statement.
 *
 * @param sql One statement that compiles.
 * @returns The name of each slot in order, with its prefix; `undefined` for `?`, `?NNN` and for the gaps
 * that `?NNN` leaves.
 */
export function parameterNames(sql: string): (string | undefined)[] {
  const slots: (string | undefined)[] = [];
  for (const [token] of sql.matchAll(TOKENS)) {
    if (token[0] === "?") {
      const index = token.length > 1
        ? Number(token.slice(1))
        : slots.length + 1;
      while (slots.length < index) slots.push(undefined);
    } else if (/^[$@:#]/.test(token) && !slots.includes(token)) {
      slots.push(token);
    }
  }
  return slots;
}

/** Reports whether a text has no statement in it. */
export function hasNoStatement(sql: string): boolean {
  NOTHING.lastIndex = 0;
  let end = 0;
  while (NOTHING.test(sql)) end = NOTHING.lastIndex;
  return end === sql.length;
}

/** A statement without what stands before it: empty statements, which some programs send. */
export function withoutEmptyStatements(sql: string): string {
  return sql.replace(LEAD, "");
}

/** A statement, to stand before other text. SQLite takes the end of the text for that of a comment, too. */
export function closedText(sql: string): string {
  if (!sql.includes("/*")) return sql;
  let last = "";
  for (const [token] of sql.matchAll(TOKENS)) last = token;
  const isOpen = last.startsWith("/*") && !/^\/\*[^]*\*\/$/.test(last);
  return isOpen ? `${sql}*/` : sql;
}

/** First words of a statement, in upper case, without comments. */
export function firstWords(sql: string): string[] {
  const words: string[] = [];
  for (const [token] of sql.matchAll(TOKENS)) {
    if (token.startsWith("--") || token.startsWith("/*")) continue;
    if (!/^\w/.test(token) || words.length === 4) break;
    words.push(token.toUpperCase());
  }
  return words;
}

/**
 * An SQL identifier in quotation marks.
 *
 * @throws {FlightError} INVALID_ARGUMENT when it has U+0000 in it, at which engines end the text.
 */
export function quoteName(name: string): string {
  if (name.includes("\0")) {
    throw new FlightError(
      "INVALID_ARGUMENT",
      `Cannot use the name ${JSON.stringify(name)}: it has U+0000 in it`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
