/** `flight action` and `flight actions`: DoAction and ListActions. */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { Command } from "commander";
import {
  type ConnectionOptions,
  connectionOptions,
  connectTo,
  withClient,
} from "../connection.ts";
import { interruptible } from "../command_line.ts";
import { UsageError } from "../exit_code.ts";
import { STDIN, unreadable } from "../files/arrow_file.ts";
import { type OutputOptions, outputOptions } from "../options.ts";
import { bytesText } from "../output/descriptor_text.ts";
import { Output } from "../output/output.ts";
import { printRows } from "../output/rows.ts";

/** The options of `flight action`. */
interface ActionOptions extends OutputOptions, ConnectionOptions {
  readonly bodyFile?: string;
  readonly raw?: boolean;
}

/** Makes `flight action`. */
export function actionCommand(): Command {
  const command = new Command("action")
    .summary("carry out an action")
    .description(
      "Carries out an action that a server defines. Results are written as text where\nthey are text, else as hexadecimal digits after 0x.",
    )
    .argument("<location>", "the server")
    .argument("<type>", "the type of the action; `flight actions` lists them")
    .argument("[body]", "its body, as text")
    .option("--body-file <file>", "its body, from a file; - for standard input")
    .option("--raw", "write the bytes of the results, and nothing else");
  outputOptions(command);
  connectionOptions(command);
  return command.action(action);
}

/** Makes `flight actions`. */
export function actionsCommand(): Command {
  const command = new Command("actions")
    .summary("list the actions")
    .description("Lists the actions that a server offers.")
    .argument("<location>", "the server");
  outputOptions(command);
  connectionOptions(command);
  return command.action(actions);
}

async function action(
  location: string,
  type: string,
  body: string | undefined,
  options: ActionOptions,
): Promise<void> {
  await interruptible(async (signal) => {
    const bytes = await bodyOf(body, options.bodyFile);
    await using client = await connectTo(location, options);
    const results = client.doAction({ type, body: bytes }, { signal });
    if (options.raw) {
      const output = Output.standard();
      for await (const { body } of results) await output.bytes(body);
      return;
    }
    await printRows(
      options,
      { result: "text" },
      async function* () {
        for await (const { body } of results) yield { result: bytesText(body) };
      }(),
    );
  });
}

async function bodyOf(
  text: string | undefined,
  path: string | undefined,
): Promise<string | Uint8Array | undefined> {
  if (path === undefined) return text;
  if (text !== undefined) {
    throw new UsageError("an action has either a body or a --body-file");
  }
  if (path === STDIN) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  }
  return await readFile(path).catch((error) => {
    throw unreadable(path, error);
  });
}

async function actions(
  location: string,
  options: OutputOptions & ConnectionOptions,
): Promise<void> {
  await withClient(location, options, async (client, signal) => {
    await printRows(
      options,
      { type: "text", description: "text" },
      client.listActions({ signal }),
    );
  });
}
