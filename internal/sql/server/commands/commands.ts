/** The table of all commands, by the names of their messages. */

import type { AnyCommand } from "./command.ts";
import { METADATA_COMMANDS } from "./metadata_commands.ts";
import { sqlInfoCommand } from "./sql_info_command.ts";
import { STATEMENT_COMMANDS } from "./statement_commands.ts";

/** All commands. */
export const COMMANDS: ReadonlyMap<string, AnyCommand> = new Map(
  [...METADATA_COMMANDS, sqlInfoCommand, ...STATEMENT_COMMANDS].map((entry) => [
    entry.codec.name,
    entry,
  ]),
);
