/** Place and format of a result. */

import { type Command, Option } from "commander";
import { UsageError } from "../exit_code.ts";
import { Output } from "./output.ts";
import { type Format, type Printer, printerOf } from "./printer.ts";

/** The values of {@linkcode fileOption}, and of `--output`. */
interface TargetOptions {
  readonly output: Format;
  readonly file?: string;
}

/** `--file`. */
export function fileOption(): Option {
  return new Option(
    "-f, --file <file>",
    "write to a file: .arrow and .feather get Arrow IPC files,\n.arrows a stream, .csv and .json what they say",
  );
}

/**
 * Finds the format of a result: that of `--output` where it is given, else that of the file.
 *
 * @throws {UsageError} When the name of the file tells none.
 */
export function formatFor(
  command: Command,
  { output, file }: TargetOptions,
): Format | "arrow-file" {
  const isGiven = command.getOptionValueSource("output") === "cli";
  return file === undefined || isGiven ? output : formatOfFile(file);
}

/** Opens the file, or else standard output. */
export async function openTarget(
  format: Format | "arrow-file",
  file: string | undefined,
): Promise<{ output: Output; printer: Printer }> {
  const output = file === undefined
    ? Output.standard()
    : await Output.file(file);
  return { output, printer: printerOf(format, output) };
}

function formatOfFile(path: string): Format | "arrow-file" {
  switch (/\.[^./\\]+$/.exec(path)?.[0].toLowerCase()) {
    case ".arrow":
    case ".feather":
      return "arrow-file";
    case ".arrows":
      return "arrow";
    case ".csv":
      return "csv";
    case ".json":
    case ".jsonl":
    case ".ndjson":
      return "json";
    case ".txt":
      return "table";
    default:
      throw new UsageError(
        `the name of ${path} tells no format: end it with .arrow, .arrows, .csv or .json, or give --output`,
      );
  }
}
