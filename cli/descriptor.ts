/** Arguments that name a data set. */

import type { DescriptorInit } from "@contrail/flight/client";
import type { Command } from "commander";
import { UsageError } from "./exit_code.ts";

/** The values of {@linkcode descriptorArguments}. */
export interface DescriptorOptions {
  readonly command?: string;
}

/** Adds the parts of a path, and `--command` in their place. */
export function descriptorArguments(command: Command): Command {
  return command
    .argument("[path...]", "path of the data set, each part an argument")
    .option(
      "-c, --command <text>",
      "name the data set by a command, such as a query of the server's own",
    );
}

/**
 * Makes the descriptor that the user has given.
 *
 * @throws {UsageError} Where there is none, or there are two.
 */
export function descriptorOf(
  path: readonly string[],
  { command }: DescriptorOptions,
): DescriptorInit {
  if (command !== undefined) {
    if (path.length === 0) return { cmd: command };
    throw new UsageError("a data set has either a path or a --command");
  }
  if (path.length === 0) {
    throw new UsageError("name the data set by its path, or by --command");
  }
  return path;
}
