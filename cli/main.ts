/** The program: its commands, and how it ends. */

import process from "node:process";
import { Command } from "commander";
import config from "../deno.json" with { type: "json" };
import { actionCommand, actionsCommand } from "./commands/action.ts";
import { getCommand } from "./commands/get.ts";
import { healthCommand } from "./commands/health.ts";
import { infoCommand } from "./commands/info.ts";
import { lsCommand } from "./commands/ls.ts";
import { putCommand } from "./commands/put.ts";
import { serveCommand } from "./commands/serve.ts";
import { schemaCommand } from "./commands/schema.ts";
import { sqlCommand } from "./commands/sql.ts";
import { exitOf } from "./exit_code.ts";
import { plainText } from "./output/plain_text.ts";

const DESCRIPTION = `Talks to Arrow Flight services, and is one.

A LOCATION is grpc+tcp://host:port, grpc+tls://host:port, grpc+unix:///path, or
just host:port.`;

const EXIT_CODES = `
Exit codes:
  0    done; also when the reader of the output has gone
  1    wrong arguments, or a file that cannot be used
  2    the call failed, for another reason than those that follow
  3    not found
  4    not allowed: log in with --user or --token
  5    the server cannot be reached, or does not serve
  6    timed out
  7    the server cannot do this
  8    the server refused the arguments, such as bad SQL
  130  ended by Ctrl-C (143 by SIGTERM)`;

/** Makes the program and its commands. */
function flight(): Command {
  const program = new Command("flight")
    .description(DESCRIPTION)
    .version(config.version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", EXIT_CODES)
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false });
  const commands = [
    lsCommand(),
    infoCommand(),
    schemaCommand(),
    getCommand(),
    putCommand(),
    actionCommand(),
    actionsCommand(),
    healthCommand(),
    sqlCommand(),
    serveCommand(),
  ];
  for (const command of commands) {
    command.copyInheritedSettings(program);
    command.helpOption("-h, --help", "show this help");
    program.addCommand(command);
  }
  return program;
}

/** Takes the wish for help from an unknown command, for which there is none but the right word. */
function checkedArgs(program: Command, args: readonly string[]): string[] {
  const [word] = args[0] === "help" ? args.slice(1) : args;
  const isKnown = word === undefined || word.startsWith("-") ||
    word === "help" || program.commands.some((known) => known.name() === word);
  return isKnown ? [...args] : [word];
}

/**
 * Runs the program.
 *
 * @param args Its arguments.
 * @returns Its exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const program = flight();
    const checked = checkedArgs(program, args);
    await program.parseAsync(checked, { from: "user" });
    return 0;
  } catch (error) {
    const { code, message } = exitOf(error);
    if (message !== undefined) {
      // Texts of a server may have several lines, and codes of a terminal.
      const lines = message.split("\n").map(plainText);
      process.stderr.write(`flight: ${lines.join("\n")}\n`);
    }
    return code;
  }
}
