/** Programs that the compiler must accept, and those that it must refuse: the check is `deno check`. */

import { test } from "node:test";
import {
  type FlightClient,
  type FlightExchange,
  type FlightStream,
  type FlightUpload,
  pathDescriptor,
  type PutResult,
} from "@contrail/flight";
import type {
  Int32,
  RecordBatch,
  RecordBatchReader,
  Schema,
  Table,
  Utf8,
} from "apache-arrow";

type Numbers = { n: Int32 };
type Names = { name: Utf8 };

const HERE = pathDescriptor("here");

/** Is never called. */
export function accepted(
  client: FlightClient,
  table: Table<Numbers>,
  batch: RecordBatch<Numbers>,
  reader: RecordBatchReader<Numbers>,
  stream: FlightStream<Numbers>,
  schema: Schema<Numbers>,
): void {
  const results: Promise<PutResult[]>[] = [
    client.doPut(HERE, table),
    client.doPut<Numbers>(HERE, table),
    client.doPut<Numbers>(HERE, batch),
    client.doPut<Numbers>(HERE, [batch, table]),
    client.doPut<Numbers>(HERE, [{ batch, appMetadata: Uint8Array.of(1) }]),
    client.doPut<Numbers>(HERE, reader),
    client.doPut<Numbers>(HERE, stream),
    client.doPut(HERE, stream.flightData()),
    client.doPut(HERE, [], { schema }),
    client.doPut(HERE, table, { allowPartial: true, timeoutMs: 1 }),
    client.doPut<Numbers>(HERE).writeAll(table),
  ];
  const uploads: FlightUpload<Numbers>[] = [
    client.doPut(HERE, { schema }),
    client.doPut<Numbers>(HERE, { timeoutMs: 1 }),
    client.doPut<Numbers>(HERE),
  ];
  const streams: FlightStream<Names>[] = [
    client.doExchange<Numbers, Names>(HERE, table),
    client.doExchange<Numbers, Names>(HERE, stream, { timeoutMs: 1 }),
  ];
  const exchange: FlightExchange<Numbers, Names> = client.doExchange(HERE, {
    schema,
  });
  void [results, uploads, streams, exchange];
}

/** Is never called. */
export function refused(
  client: FlightClient,
  names: Table<Names>,
  batch: RecordBatch<Names>,
  reader: RecordBatchReader<Names>,
  stream: FlightStream<Names>,
  maybe: Table<Numbers> | undefined,
  promised: Promise<Table<Numbers>>,
  schema: Schema<Numbers>,
  message: { schema: Schema<Numbers>; batch: RecordBatch<Numbers> },
): void {
  // @ts-expect-error -- other columns
  client.doPut<Numbers>(HERE, names);
  // @ts-expect-error -- other columns
  client.doPut<Numbers>(HERE, batch);
  // @ts-expect-error -- other columns
  client.doPut<Numbers>(HERE, [names]);
  // @ts-expect-error -- other columns
  client.doPut<Numbers>(HERE, reader);
  // @ts-expect-error -- other columns
  client.doPut<Numbers>(HERE, stream);
  // @ts-expect-error -- other columns
  client.doPut<Numbers>(HERE).writeAll(names);
  // @ts-expect-error -- other columns
  client.doExchange<Numbers>(HERE, names);
  // @ts-expect-error -- other columns
  client.doPut(HERE, names, { schema });
  // @ts-expect-error -- perhaps no data
  client.doPut(HERE, maybe);
  // @ts-expect-error -- perhaps no data
  client.doExchange(HERE, maybe, {});
  // @ts-expect-error -- the await is missing
  client.doPut(HERE, promised);
  // @ts-expect-error -- the await is missing
  client.doExchange(HERE, promised);
  // @ts-expect-error -- options are { schema }
  client.doPut(HERE, schema);
  // @ts-expect-error -- data is [message]
  client.doPut(HERE, message);
  // @ts-expect-error -- data is [message]
  client.doExchange(HERE, message);
  // @ts-expect-error -- options follow the data
  client.doPut(HERE, { timeoutMs: 1 }, names);
  // @ts-expect-error -- an exchange has no results to collect
  client.doExchange(HERE, names, { allowPartial: true });
}

test("doPut() and doExchange(): data and options are told apart by the compiler", () => {});
