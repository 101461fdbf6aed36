/** `flight get`: GetFlightInfo, and DoGet of every endpoint. */

import type { FlightClient } from "@contrail/flight/client";
import { Command } from "commander";
import {
  type ConnectionOptions,
  connectionOptions,
  withClient,
} from "../connection.ts";
import {
  descriptorArguments,
  descriptorOf,
  type DescriptorOptions,
} from "../descriptor.ts";
import { UsageError } from "../exit_code.ts";
import { type OutputOptions, outputOptions } from "../options.ts";
import { type Batches, printBatches } from "../output/printer.ts";
import { fileOption, formatFor, openTarget } from "../output/target.ts";
import { progressOf } from "../progress.ts";

/** The options of the command. */
interface GetOptions
  extends DescriptorOptions, OutputOptions, ConnectionOptions {
  readonly ticket?: string;
  readonly file?: string;
}

/** Makes the command. */
export function getCommand(): Command {
  const command = new Command("get")
    .summary("download a data set")
    .description(
      "Downloads a data set from all of its endpoints, and writes its rows while\nthey arrive.",
    )
    .argument("<location>", "the server");
  descriptorArguments(command)
    .option("-t, --ticket <text>", "read a ticket, in place of a data set")
    .addOption(fileOption());
  outputOptions(command);
  connectionOptions(command);
  return command.action(get);
}

async function get(
  location: string,
  path: readonly string[],
  options: GetOptions,
  command: Command,
): Promise<void> {
  const { file, limit } = options;
  const format = formatFor(command, options);
  await withClient(location, options, async (client, signal) => {
    const { batches, total } = await open(client, path, options, signal);
    // The schema first: a failed call leaves the file as it was.
    await batches.schema;
    const { output, printer } = await openTarget(format, file);
    const progress = progressOf("get", {
      unit: "rows",
      total: total === undefined ? undefined : Math.min(total, limit ?? total),
      isHidden: output.isTerminal,
    });
    try {
      await printBatches(printer, batches, {
        limit,
        onRows: (rows) => progress.to(rows),
      });
      await output.close();
    } finally {
      progress.stop();
    }
  });
}

/** The data, and the number of rows where the server knows it. */
async function open(
  client: FlightClient,
  path: readonly string[],
  options: GetOptions,
  signal: AbortSignal,
): Promise<{ batches: Batches; total: number | undefined }> {
  if (options.ticket !== undefined) {
    if (path.length > 0 || options.command !== undefined) {
      throw new UsageError("--ticket takes the place of a path or a --command");
    }
    const stream = client.doGet(options.ticket, { signal });
    return { batches: stream, total: undefined };
  }
  const descriptor = descriptorOf(path, options);
  const info = await client.getFlightInfo(descriptor, { signal });
  const stream = client.read(info, { signal });
  return {
    // A data set may have no endpoints, and so no rows, but columns.
    batches: info.endpoints.length > 0 || info.schema === undefined ? stream : {
      schema: Promise.resolve(info.schema),
      async *[Symbol.asyncIterator]() {},
    },
    total: info.totalRecords === undefined
      ? undefined
      : Number(info.totalRecords),
  };
}
