/** `flight schema`: GetSchema. */

import { typeText } from "@contrail/flight/client";
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
import { type OutputOptions, outputOptions } from "../options.ts";
import { printRows } from "../output/rows.ts";

/** Makes the command. */
export function schemaCommand(): Command {
  const command = new Command("schema")
    .summary("show the columns of a data set")
    .description(
      "Shows the columns of a data set: name, type, whether null is possible, metadata.",
    )
    .argument("<location>", "the server");
  descriptorArguments(command);
  outputOptions(command);
  connectionOptions(command);
  return command.action(schema);
}

async function schema(
  location: string,
  path: readonly string[],
  options: DescriptorOptions & OutputOptions & ConnectionOptions,
): Promise<void> {
  await withClient(location, options, async (client, signal) => {
    const descriptor = descriptorOf(path, options);
    const { fields } = await client.getSchema(descriptor, { signal });
    await printRows(
      options,
      { column: "text", type: "text", nullable: "flag", metadata: "text" },
      fields.map(({ name, type, nullable, metadata }) => ({
        column: name,
        type: typeText(type),
        nullable,
        metadata: metadata.size > 0
          ? JSON.stringify(Object.fromEntries(metadata))
          : undefined,
      })),
    );
  });
}
