/** Iteration over all streams of a client where those of the platform have none, as in Safari. */

import { assertEquals } from "@std/assert";
import { tableFromArrays } from "apache-arrow";
import { test } from "node:test";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { flightSqlService } from "@contrail/flight/sql/server";
import type { Awaitable, FlightClient, FlightService } from "@contrail/flight";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
const body = new Uint8Array();
const info = { schema: table.schema, endpoints: [{ ticket: "x" }] };
const SERVICE: FlightService = {
  listFlights: () => [info],
  getFlightInfo: () => info,
  pollFlightInfo: () => ({ info, progress: 1 }),
  doGet: () => table,
  async *doPut(upload) {
    await upload.table();
    yield {};
  },
  doExchange: (input) => input,
  doAction: () => [{ body }],
  listActions: () => [{ type: "x", description: "" }],
  async *handshake(requests) {
    for await (const { payload } of requests) yield { payload };
  },
};

/** The streams by their methods; each has one value. */
const STREAMS: Readonly<
  Record<string, (client: FlightClient) => Awaitable<AsyncIterable<unknown>>>
> = {
  "listFlights()": (client) => client.listFlights(),
  "poll()": (client) => client.poll("x"),
  "doGet()": (client) => client.doGet("x"),
  "doGet().messages()": (client) => client.doGet("x").messages(),
  "read()": async (client) => client.read(await client.getFlightInfo("x")),
  "read().messages()": async (client) =>
    client.read(await client.getFlightInfo("x")).messages(),
  "read(poll())": (client) => client.read(client.poll("x")),
  "doPut().results": (client) => {
    const upload = client.doPut({ path: ["x"] });
    write(upload.writable, table.batches[0]);
    return upload.results;
  },
  "doPut()": (client) => {
    const upload = client.doPut({ path: ["x"] });
    write(upload.writable, table.batches[0]);
    return upload;
  },
  "doExchange()": (client) => client.doExchange({ path: ["x"] }, table),
  "doAction()": (client) => client.doAction("x"),
  "listActions()": (client) => client.listActions(),
  "handshake()": (client) => {
    const { writable, readable } = client.handshake();
    write(writable, { payload: body });
    return readable;
  },
};

for (const [name, open] of Object.entries(STREAMS)) {
  test(`${name} is iterated over where streams of the platform cannot be`, async () => {
    await using client = connectInMemory(SERVICE);
    assertEquals(
      await withoutIteration(async () => countOf(await open(client))),
      1,
    );
  });
}

test("a query is iterated over where streams of the platform cannot be", async () => {
  const service = flightSqlService({
    query: () => table,
  });
  const client = flightSql(connectInMemory(service));
  await withoutIteration(async () => {
    assertEquals(await countOf(client.query("x")), 3);
    assertEquals(await countOf(client.query("x").batches()), 1);
    assertEquals((await client.query("x")).length, 3);
    assertEquals((await client.query("x").table()).numRows, 3);
  });
  await client.close();
});

function write<T>(writable: WritableStream<T>, value: T): void {
  const writer = writable.getWriter();
  writer.write(value).catch(() => {});
  writer.close().catch(() => {});
}

async function countOf(values: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of values) count++;
  return count;
}

/** Takes iteration from streams for a while. */
async function withoutIteration<T>(run: () => Promise<T>): Promise<T> {
  const { prototype } = ReadableStream;
  const names = [Symbol.asyncIterator, "values"] as const;
  const kept = names.map((name) =>
    Object.getOwnPropertyDescriptor(prototype, name)!
  );
  for (const name of names) Reflect.deleteProperty(prototype, name);
  try {
    return await run();
  } finally {
    names.forEach((name, i) =>
      Object.defineProperty(prototype, name, kept[i]!)
    );
  }
}
