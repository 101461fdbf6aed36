/** A service over tables in memory. */

import type { OptionNames } from "../core/known_options.ts";
import type { Table } from "apache-arrow";
import { valueName } from "../base/value_name.ts";
import { booleanOption, objectOption } from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import {
  type FlightDescriptor,
  pathDescriptor,
} from "../protocol/flight_descriptor.ts";
import type { FlightInfoInit } from "../protocol/flight_info.ts";
import { isTable } from "../stream/record_batch_source.ts";
import type { FlightService } from "./flight_service.ts";

/** Options of {@linkcode tableService}. */
export interface TableServiceOptions {
  /**
   * Lets clients upload tables; one replaces the table of the same name. Uploads stay in memory,
   * without a limit on their number, so allow them only to clients that you trust. Default: false,
   * which answers DoPut with UNIMPLEMENTED.
   */
  readonly put?: boolean | undefined;
}

/** The names of {@linkcode TableServiceOptions}. */
const TABLE_SERVICE_OPTIONS: OptionNames<TableServiceOptions> = {
  put: true,
};

/**
 * Makes a service that offers tables in memory: ListFlights, GetFlightInfo, GetSchema, DoGet and, where
 * it is allowed, DoPut.
 *
 * A table is found by a path whose parts, joined by `/`, are its name. The criteria of ListFlights are
 * the start of a name, as text.
 *
 * ```ts
 * import { connect, serve, tableService } from "@contrail/flight";
 * import { assertEquals } from "@std/assert";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const numbers = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
 * await using server = await serve(tableService({ numbers }, { put: true }));
 * await using client = connect(server.location);
 *
 * assertEquals((await client.getTable("numbers")).numRows, 3);
 * await client.putTable(["copies", "numbers"], numbers);
 * assertEquals((await client.getTable("copies/numbers")).numRows, 3);
 * ```
 *
 * @param tables The tables by name. Each call looks into a Map anew, and uploads are put there; an
 * object is copied.
 * @param options Whether clients may upload.
 * @returns The service, for `serve` or `connectInMemory`; `{ ...tableService(tables), doAction }` adds to
 * it.
 * @throws {TypeError} When one of `tables` is no Table, or an option is of the wrong type.
 */
export function tableService(
  tables: Map<string, Table> | Readonly<Record<string, Table>>,
  options: TableServiceOptions = {},
): FlightService {
  const { put = false } = objectOption(
    "options",
    options,
    TABLE_SERVICE_OPTIONS,
  );
  booleanOption("put", put);
  const known = tablesByName(tables);
  const find = (descriptor: FlightDescriptor): Table | undefined => {
    const name = nameOf(descriptor);
    return name === undefined ? undefined : known.get(name);
  };
  const service: FlightService = {
    *listFlights(criteria) {
      const start = criteria.text();
      for (const [name, table] of known) {
        if (name.startsWith(start)) yield infoOf(name, table);
      }
    },
    getFlightInfo(descriptor) {
      const table = find(descriptor);
      return table && infoOf(nameOf(descriptor)!, table, descriptor);
    },
    getSchema: (descriptor) => find(descriptor)?.schema,
    doGet: (ticket) => known.get(ticket.text()),
  };
  if (!put) return service;
  return {
    ...service,
    async doPut(upload) {
      const descriptor = await upload.descriptor;
      const name = descriptor && nameOf(descriptor);
      if (name === undefined) {
        throw new FlightError(
          "INVALID_ARGUMENT",
          "a table is uploaded to a path, which is its name",
        );
      }
      known.set(name, await upload.table());
    },
  };
}

function tablesByName(
  tables: Map<string, Table> | Readonly<Record<string, Table>>,
): Map<string, Table> {
  if (
    typeof tables !== "object" || tables === null || isTable(tables) ||
    Array.isArray(tables)
  ) {
    throw new TypeError(
      "Tables must be a Map or an object { name: table }, not " +
        valueName(tables),
    );
  }
  const byName = tables instanceof Map
    ? tables
    : new Map(Object.entries(tables));
  for (const [name, table] of byName) {
    if (!isTable(table)) {
      throw new TypeError(
        `Cannot offer ${JSON.stringify(name)}: it must be a Table, not ${
          valueName(table)
        } (new Table(batches) makes one of record batches)`,
      );
    }
  }
  return byName;
}

function nameOf(descriptor: FlightDescriptor): string | undefined {
  return descriptor.type === "PATH" && descriptor.path.length > 0
    ? descriptor.path.join("/")
    : undefined;
}

function infoOf(
  name: string,
  { schema, numRows }: Table,
  descriptor: FlightDescriptor = pathDescriptor(...name.split("/")),
): FlightInfoInit {
  return {
    schema,
    descriptor,
    endpoints: [{ ticket: name }],
    totalRecords: numRows,
    ordered: true,
  };
}
