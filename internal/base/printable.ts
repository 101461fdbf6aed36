/** Text that may come from a peer, in a line of a log. */

import { escapeUnprintable } from "./quoted.ts";

/** Longest text that is shown in full, in UTF-16 units. */
const MAX_LENGTH = 1024;

/** Longest error that is shown in full, in UTF-16 units, before each of its lines is cut. */
const MAX_ERROR_LENGTH = 16 * MAX_LENGTH;

/** Makes a text safe for a log: one line, no control characters, cut if too long. */
export function printable(text: string): string {
  const shown = text.slice(0, MAX_LENGTH).toWellFormed();
  const dots = text.length > MAX_LENGTH ? "…" : "";
  return `${escapeUnprintable(shown)}${dots}`;
}

/**
 * Formats a thrown value for a log: its stack and its causes. Every line but the first is indented,
 * so that no text in it looks like an entry of its own.
 */
export function printableError(error: unknown): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  let one = error;
  do {
    seen.add(one);
    parts.push(linesOf(textOf(one)));
    one = one instanceof Error ? one.cause : undefined;
  } while (one !== undefined && !seen.has(one));
  return parts.join("\n    caused by ");
}

function linesOf(text: string): string {
  return text.slice(0, MAX_ERROR_LENGTH).split("\n")
    .map((line) => printable(line))
    .join("\n    ");
}

function textOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    const { stack } = error;
    if (stack === undefined) return String(error);
    // Some runtimes leave the message out of the stack.
    return stack.includes(error.message) ? stack : `${error}\n${stack}`;
  } catch {
    return "an error that cannot be shown";
  }
}
