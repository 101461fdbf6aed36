/** Options that several commands have, and their values. */

import { type Command, InvalidArgumentError, Option } from "commander";
import { type Format, FORMATS } from "./output/printer.ts";

/** Options of every command that writes rows. */
export interface OutputOptions {
  readonly output: Format;
  readonly limit?: number | undefined;
}

/** Adds `--output` and `--limit`. */
export function outputOptions(command: Command): Command {
  return outputOption(command)
    .option("--limit <rows>", "write at most so many rows", wholeNumber);
}

/** Adds `--output` alone. */
export function outputOption(command: Command): Command {
  const output = new Option(
    "-o, --output <format>",
    "table for people, csv, json (a line for each row), arrow (an IPC stream)",
  ).choices(FORMATS).default("table");
  // The name that other programs give this option, and that people try first.
  const format = new Option("--format <format>").choices(FORMATS).hideHelp();
  format.attributeName = () => output.attributeName();
  return command.addOption(output).addOption(format);
}

/** A whole number, 0 or more. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  }
  return Number(text);
}

/** Seconds, as milliseconds. */
export function seconds(text: string): number {
  const ms = Math.ceil(Number(text) * 1000);
  if (!/^[\d.]+$/.test(text) || !(ms > 0) || ms > 2 ** 31 - 1) {
    throw new InvalidArgumentError(
      "It must be a number of seconds, more than 0.",
    );
  }
  return ms;
}

/** A TCP port, 0 included. */
export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError("It must be a port, 0 to 65535.");
  }
  return Number(text);
}

/** Adds a value to those of an option that may be given several times. */
export function collect(
  text: string,
  before: readonly string[] = [],
): string[] {
  return [...before, text];
}
