/**
 * Turns a program into a worker of `run.ts`. It ends with its standard input,
 * so that it cannot outlive the run.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";

/** Answer of a worker to a request. */
export type Answer<T> = { result: T } | { error: string };

/** Ends this process with its standard input. */
export function endWithStdin(): void {
  process.stdin.on("end", () => process.exit());
  process.stdin.resume();
}

/**
 * Answers each line of standard input, a JSON array of arguments, by a line of
 * JSON; ends with the input.
 *
 * @param run Executes one request.
 */
export function answerStdin<T>(
  run: (args: readonly string[]) => Promise<T>,
): void {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    let answer: Answer<T>;
    try {
      answer = { result: await run(JSON.parse(line)) };
    } catch (error) {
      answer = { error: String(error) };
    }
    console.log(JSON.stringify(answer));
  });
  lines.on("close", () => process.exit());
}
