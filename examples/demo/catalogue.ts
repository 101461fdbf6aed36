/** A Flight service that keeps tables in memory. */

import {
  type FlightDataInit,
  type FlightDataItem,
  type FlightDescriptor,
  FlightError,
  type FlightInfoInit,
  type FlightService,
  type FlightStream,
  pathDescriptor,
  type Received,
  type Ticket,
} from "@contrail/flight";
import type { Schema, Table } from "apache-arrow";
import { byteLengthOf, inBatches } from "./batches.ts";
import { filterOf, rowFilter } from "./filter.ts";

/** Tables by name. An upload adds one, an exchange filters rows. */
export class Catalogue implements FlightService {
  readonly #tables = new Map<string, Table>();

  /** Offers `table` under `name`. */
  add(name: string, table: Table): void {
    this.#tables.set(name, table);
  }

  *listFlights(): Generator<FlightInfoInit> {
    for (const [name, table] of this.#tables) yield infoOf(name, table);
  }

  // If a handler returns undefined, the client gets NOT_FOUND.

  getFlightInfo(
    descriptor: FlightDescriptor,
  ): FlightInfoInit | undefined {
    const name = nameOf(descriptor);
    const table = this.#tables.get(name);
    return table && infoOf(name, table);
  }

  getSchema(descriptor: FlightDescriptor): Schema | undefined {
    return this.#tables.get(nameOf(descriptor))?.schema;
  }

  doGet(ticket: Ticket & Received): FlightDataInit | undefined {
    const table = this.#tables.get(ticket.text());
    return table && messagesOf(table);
  }

  async doPut(upload: FlightStream): Promise<void> {
    const name = nameOf(await upload.descriptor);
    this.add(name, await upload.table());
  }

  async *doExchange(input: FlightStream): AsyncGenerator<FlightDataItem> {
    const descriptor = await input.descriptor;
    if (descriptor === undefined) {
      throw new FlightError("INVALID_ARGUMENT", "an exchange needs a command");
    }
    const filter = rowFilter(filterOf(descriptor));
    for await (const batch of input) yield filter(batch);
  }
}

/** A table without rows has no batch, but its schema is sent. */
function* messagesOf(table: Table): Generator<FlightDataItem> {
  yield { schema: table.schema };
  yield* inBatches(table);
}

function infoOf(name: string, table: Table): FlightInfoInit {
  return {
    schema: table.schema,
    descriptor: pathDescriptor(...name.split("/")),
    // A ticket is any text or bytes by which the service finds the data again.
    endpoints: [{ ticket: name }],
    totalRecords: table.numRows,
    totalBytes: byteLengthOf(table),
  };
}

function nameOf(descriptor: FlightDescriptor | undefined): string {
  if (descriptor?.type !== "PATH") {
    throw new FlightError("INVALID_ARGUMENT", "a table is named by a path");
  }
  return descriptor.path.join("/");
}
