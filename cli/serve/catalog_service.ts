/** Data sets over plain Flight. */

import {
  type FlightDescriptor,
  FlightError,
  type FlightInfoInit,
  type FlightService,
  pathDescriptor,
} from "@contrail/flight/server";
import type { DataSet, DataSource } from "./data_source.ts";

/** Start of the tickets of data sets. Those of Flight SQL are different. */
const TICKET = "path:";

/**
 * Makes the service of some sources, which also stands behind Flight SQL. A path names a data set, and the
 * criteria of ListFlights are the start of a name.
 *
 * @param sources The data sets; the first source that takes uploads gets them.
 */
export function catalogService(sources: readonly DataSource[]): FlightService {
  async function find(
    descriptor: FlightDescriptor,
    signal: AbortSignal,
  ): Promise<DataSet> {
    const name = nameOf(descriptor);
    for (const source of sources) {
      const found = await source.find(name, signal);
      if (found !== undefined) return found;
    }
    throw new FlightError(
      "NOT_FOUND",
      `there is no data set ${JSON.stringify(name)}`,
    );
  }

  return {
    async *listFlights(criteria, { signal }) {
      const start = criteria.text();
      for (const source of sources) {
        for await (const found of source.list(signal)) {
          if (found.name.startsWith(start)) yield infoOf(found);
        }
      }
    },
    async getFlightInfo(descriptor, { signal }) {
      return infoOf(await find(descriptor, signal));
    },
    async getSchema(descriptor, { signal }) {
      return (await find(descriptor, signal)).schema;
    },
    async doGet(ticket, { signal }) {
      const text = ticket.text();
      if (!text.startsWith(TICKET)) return undefined;
      const name = text.slice(TICKET.length);
      for (const source of sources) {
        const data = await source.read(name, signal);
        if (data !== undefined) return data;
      }
      return undefined;
    },
    async doPut(upload, { signal }) {
      const target = sources.find(({ put }) => put !== undefined);
      if (target === undefined) {
        throw new FlightError(
          "PERMISSION_DENIED",
          "this server takes no uploads: it needs a database, and --read-write",
        );
      }
      const descriptor = await upload.descriptor;
      if (descriptor === undefined) {
        throw new FlightError("INVALID_ARGUMENT", "the upload has no path");
      }
      await target.put!(nameOf(descriptor), upload, signal);
    },
  };
}

function nameOf(descriptor: FlightDescriptor): string {
  if (descriptor.type === "PATH" && descriptor.path.length > 0) {
    return descriptor.path.join("/");
  }
  throw new FlightError(
    "INVALID_ARGUMENT",
    "a data set is named by a path, and a query is a command of Flight SQL",
  );
}

function infoOf({ name, schema, totalBytes }: DataSet): FlightInfoInit {
  return {
    schema,
    descriptor: pathDescriptor(name),
    endpoints: [{ ticket: TICKET + name }],
    totalBytes,
    ordered: true,
  };
}
