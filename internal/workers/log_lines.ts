/** The output of workers, line by line. */

import type { Readable, Writable } from "node:stream";

/** Longest line that is not split, in characters. */
const MAX_LINE = 64 * 1024;

/**
 * Copies a text, with something before each of its lines. Lines of several sources are never mixed.
 *
 * @param from The text.
 * @param to The target.
 * @param prefix The text before each line.
 */
export function copyLines(from: Readable, to: Writable, prefix: string): void {
  let rest = "";
  from.setEncoding("utf8");
  from.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) {
      lines.push(rest);
      rest = "";
    }
    if (lines.length > 0) {
      to.write(lines.map((line) => `${prefix}${line}\n`).join(""));
    }
  });
  from.on("end", () => {
    if (rest !== "") to.write(`${prefix}${rest}\n`);
  });
  from.on("error", () => {});
}
