/** Asks for a password on the terminal. */

import process from "node:process";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/**
 * Asks for a password, and shows nothing of what is typed.
 *
 * @param question What to show.
 * @returns The password; `undefined` where there is no terminal.
 */
export async function askPassword(
  question: string,
): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({
    input: process.stdin,
    output: silent,
    terminal: true,
  });
  process.stderr.write(question);
  try {
    return await reader.question("");
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}
