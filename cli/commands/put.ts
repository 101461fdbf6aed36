/** `flight put`: DoPut of an Arrow file. */

import process from "node:process";
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
import {
  fileError,
  nameOfFile,
  openArrowFile,
  STDIN,
} from "../files/arrow_file.ts";
import { bytesText } from "../output/descriptor_text.ts";
import { plainText } from "../output/plain_text.ts";
import { progressOf } from "../progress.ts";

/** Makes the command. */
export function putCommand(): Command {
  const command = new Command("put")
    .summary("upload an Arrow file")
    .description(
      "Uploads an Arrow IPC file or stream, compressed or not. Without a path the\ndata set gets the name of the file.",
    )
    .argument("<location>", "the server")
    .argument("<file>", "the file; - for standard input");
  descriptorArguments(command);
  connectionOptions(command);
  return command.action(put);
}

async function put(
  location: string,
  path: string,
  parts: readonly string[],
  options: DescriptorOptions & ConnectionOptions,
): Promise<void> {
  const isNamed = parts.length > 0 || options.command !== undefined;
  const descriptor = !isNamed && path !== STDIN
    ? [nameOfFile(path)]
    : descriptorOf(parts, options);
  await withClient(location, options, async (client, signal) => {
    await using file = await openArrowFile(path);
    const schema = await file.batches.schema.catch((error) => {
      throw fileError(path, error);
    });
    const progress = progressOf("put", {
      unit: "bytes",
      total: file.byteLength,
    });
    let rows = 0;
    async function* batches() {
      try {
        for await (const batch of file.batches) {
          yield batch;
          rows += batch.numRows;
          progress.to(file.bytesRead);
        }
      } catch (error) {
        throw fileError(path, error);
      }
    }
    try {
      const results = await client.doPut(descriptor, batches(), {
        schema,
        signal,
      });
      progress.stop();
      for (const { appMetadata } of results) {
        if (appMetadata !== undefined) {
          process.stdout.write(`${plainText(bytesText(appMetadata))}\n`);
        }
      }
      process.stderr.write(
        `${rows.toLocaleString("en-US")} ${
          rows === 1 ? "row" : "rows"
        } uploaded\n`,
      );
    } finally {
      progress.stop();
    }
  });
}
