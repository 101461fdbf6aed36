/** The statements of a script. */

import { UsageError } from "../exit_code.ts";
import type { SqlSession } from "./run_statement.ts";
import { StatementSplitter } from "./splitter.ts";

/** A readable stream of Node.js. */
interface Input extends AsyncIterable<Uint8Array> {
  destroy(): void;
}

/**
 * Gives the statements of a text, or of a stream while it arrives.
 *
 * @param input The text, or the stream.
 * @param session The server that they are for.
 * @param signal Ends the stream.
 * @throws {UsageError} When there is no statement.
 */
export async function* statementsOf(
  input: string | Input,
  session: SqlSession,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const splitter = new StatementSplitter();
  const texts = typeof input === "string" ? [input] : textsOf(input, signal);
  let isEmpty = true;
  for await (const part of texts) {
    splitter.dialect = await session.dialectFor(part, signal);
    for (const { text } of splitter.push(part)) {
      isEmpty = false;
      yield text;
    }
  }
  for (const { text } of splitter.end()) {
    isEmpty = false;
    yield text;
  }
  if (isEmpty) throw new UsageError("there is no statement to run");
}

async function* textsOf(
  input: Input,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const stop = (): void => input.destroy();
  signal.addEventListener("abort", stop);
  const decoder = new TextDecoder();
  try {
    for await (const chunk of input) {
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
