/** Arrow files as data sets. */

import { basename } from "node:path";
import { type FlightDataItem, FlightError } from "@contrail/flight/server";
import { fileError, openArrowFile } from "../files/arrow_file.ts";
import type { DataSet, DataSource } from "./data_source.ts";

/**
 * Offers Arrow IPC files. Each call reads the file anew, in parts, so that its size does not matter and a
 * file that was replaced is served as it is.
 *
 * @param files The files by name.
 */
export function arrowSource(files: ReadonlyMap<string, string>): DataSource {
  async function find(name: string): Promise<DataSet | undefined> {
    const path = files.get(name);
    if (path === undefined) return undefined;
    try {
      await using file = await openArrowFile(path);
      const schema = await file.batches.schema;
      return { name, schema, totalBytes: file.byteLength };
    } catch (error) {
      throw blamed(path, error);
    }
  }
  return {
    async *list() {
      for (const name of files.keys()) {
        // A file that is damaged by now does not hide the others.
        const found = await find(name).catch(() => undefined);
        yield found ?? { name, schema: undefined };
      }
    },
    find,
    read(name) {
      const path = files.get(name);
      return Promise.resolve(path === undefined ? undefined : readFile(path));
    },
  };
}

/** Opens the file with the first read: a call that ends before it leaves nothing open. */
async function* readFile(path: string): AsyncGenerator<FlightDataItem> {
  try {
    await using file = await openArrowFile(path);
    yield { schema: await file.batches.schema };
    yield* file.batches;
  } catch (error) {
    throw blamed(path, error);
  }
}

/** Gives an error of a file to the client, by the name of the file without its folders. */
function blamed(path: string, error: unknown): FlightError {
  const { message } = fileError(path, error) as Error;
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return new FlightError(
    code === "ENOENT" ? "NOT_FOUND" : "DATA_LOSS",
    message.replaceAll(path, basename(path)),
    {
      cause: error,
    },
  );
}
