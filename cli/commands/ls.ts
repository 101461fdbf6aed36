/** `flight ls`: ListFlights. */

import { Command } from "commander";
import {
  type ConnectionOptions,
  connectionOptions,
  withClient,
} from "../connection.ts";
import { descriptorText } from "../output/descriptor_text.ts";
import { type OutputOptions, outputOptions } from "../options.ts";
import { printRows } from "../output/rows.ts";

/** Makes the command. */
export function lsCommand(): Command {
  const command = new Command("ls")
    .summary("list the data sets")
    .description("Lists the data sets that a server offers.")
    .argument("<location>", "the server")
    .argument(
      "[criteria]",
      "which of them: text that the server understands, often the start of a name",
    );
  outputOptions(command);
  connectionOptions(command);
  return command.action(ls);
}

async function ls(
  location: string,
  criteria: string | undefined,
  options: OutputOptions & ConnectionOptions,
): Promise<void> {
  await withClient(location, options, async (client, signal) => {
    const infos = client.listFlights(criteria, { signal });
    await printRows(
      options,
      {
        name: "text",
        rows: "integer",
        bytes: "integer",
        endpoints: "integer",
      },
      async function* () {
        for await (const info of infos) {
          const { descriptor, totalRecords, totalBytes, endpoints } = info;
          yield {
            name: descriptor && descriptorText(descriptor),
            rows: totalRecords,
            bytes: totalBytes,
            endpoints: BigInt(endpoints.length),
          };
        }
      }(),
    );
  });
}
