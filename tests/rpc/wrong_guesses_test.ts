/** Calls as one might guess them: each works, or fails at once and says what to write instead. */

import {
  connect,
  FlightError,
  FlightHeaders,
  type FlightInfo,
  type FlightService,
  type FlightStream,
  serve,
  tableService,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import {
  clientCookies,
  clientRetry,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Table, tableFromArrays } from "apache-arrow";
import { test } from "node:test";
import { callTest as rpcTest } from "../support/transports.ts";

/** Methods as JavaScript calls them, with any arguments. */
// deno-lint-ignore no-explicit-any
type Guesses = Record<string, (...args: any[]) => any>;

const table: Table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
const tables: FlightService = tableService({ t: table }, { put: true });

/** Runs a guess; what it returns may be a promise or a stream. */
async function outcome(guess: () => unknown): Promise<unknown> {
  const result = await guess();
  return result instanceof ReadableStream
    ? await Array.fromAsync(result)
    : result;
}

/** Tries guesses, each of which must fail with a TypeError that has a text. */
async function refused(
  guesses: readonly (readonly [guess: () => unknown, text: string])[],
): Promise<void> {
  for (const [guess, text] of guesses) {
    await assertRejects(() => outcome(guess), TypeError, text, String(guess));
  }
}

rpcTest("reading calls answer wrong guesses", async (connectTo) => {
  await using peer = await connectTo(tables);
  const info: FlightInfo = await peer.client.getFlightInfo("t");
  const [endpoint] = info.endpoints;
  const client = peer.client as unknown as Guesses;
  await refused([
    [() => client.read!(Promise.resolve(info)), "is an await missing?"],
    [() => client.read!("t"), "getStream reads a descriptor"],
    [() => client.read!(endpoint), "it is { ...info, endpoints }"],
    [() => client.read!(info.endpoints), "it is { ...info, endpoints }"],
    [() => client.doGet!(info), "read() reads a FlightInfo"],
    [() => client.doGet!(endpoint), "of an endpoint it is endpoint.ticket"],
    [() => client.doGet!({ path: ["t"] }), "getTable() read a descriptor"],
    [() => client.doGet!(Promise.resolve("t")), "is an await missing?"],
    [() => client.getTable!(info), "read() reads it"],
    [() => client.poll!(info), "its descriptor is info.descriptor"],
    [() => client.getTable!(Promise.resolve("t")), "is an await missing?"],
    [() => client.getTable!("a", "b"), "a path of several parts is a list"],
    [() => client.getStream!("a", "b"), "a path of several parts is a list"],
    [() => client.poll!("a", "b"), "a path of several parts is a list"],
    [() => client.getFlightInfo!("a", "b"), "a path of several parts"],
    [() => client.getSchema!("a", "b"), "a path of several parts is a list"],
    [() => client.getTable!(Uint8Array.of(1)), "a command is { cmd }"],
  ]);
});

rpcTest("writing calls answer wrong guesses", async (connectTo) => {
  await using peer = await connectTo(tables);
  const client = peer.client as unknown as Guesses;
  await refused([
    [() => client.putTable!(table), "A descriptor must be text"],
    [() => client.putTable!(table, "x"), "A descriptor must be text"],
    [() => client.putTable!("x", [{ n: 1 }]), "make a Table of plain values"],
    [() => client.putTable!("x", { n: [1] }), "make a Table of plain values"],
    [() => client.putTable!("x", Uint8Array.of(1)), "bytes of the IPC format"],
    [
      () => client.putTable!("x", new Response("data").body),
      "Uint8Array (RecordBatchReader.from",
    ],
    [() => client.doPut!("x", Uint8Array.of(1)), "bytes of the IPC format"],
    [
      () => client.putTable!("x", Promise.resolve(table)),
      "is an await missing",
    ],
    [() => client.putTable!("x", () => table), "not function"],
    // Its results would wait for data, and the data for them.
    [
      () => client.doPut!("x", peer.client.doPut("y")),
      "FlightUpload is neither",
    ],
    [() => client.putTable!("x", peer.client.doPut("y")), "not FlightUpload"],
    [
      () => client.doExchange!("x", peer.client.doPut("y")),
      "FlightUpload is neither",
    ],
  ]);
  const known = await peer.client.getTable("t");
  assertEquals(known.numRows, 3, "nothing was written");
});

rpcTest("actions and lists answer wrong guesses", async (connectTo) => {
  await using peer = await connectTo({
    ...tables,
    *doAction({ body }) {
      yield { body: body ?? new Uint8Array() };
    },
  });
  const client = peer.client as unknown as Guesses;
  const bytes = Uint8Array.of(1);
  await refused([
    [() => client.doAction!("x", "body"), "with a body is { type, body }"],
    [() => client.doAction!("x", bytes), "with a body is { type, body }"],
    [
      () => client.doAction!({ type: "x", body: { a: 1 } }),
      "a string, not Object (JSON.stringify makes text of it)",
    ],
    [() => client.listFlights!({ timeoutMs: 5 }), "options are the second"],
    [() => client.listFlights!(bytes), "bytes are { expression: bytes }"],
    [() => client.listActions!("x"), "a text is not an object"],
    [() => client.cancelFlightInfo!("t"), "Only a FlightInfo can be canceled"],
    [
      () => client.cancelFlightInfo!(Promise.resolve({})),
      "is an await missing?",
    ],
    [() => client.setSessionOptions!([["a", "b"]]), "not an array"],
    [() => client.call!("a.B/C", bytes), "a single request is [bytes]"],
    [() => client.call!("a.B/C"), "a single request is [bytes]"],
  ]);
});

rpcTest("an upload and an exchange may be awaited", async (connectTo) => {
  await using peer = await connectTo({
    ...tables,
    doExchange: (input) => input,
  });
  const upload = await peer.client.doPut("new");
  assertEquals(await upload.writeAll(table), []);
  assertEquals((await peer.client.getTable("new")).numRows, 3);
  const exchange = await peer.client.doExchange("echo");
  const writer = exchange.writer();
  const [copy] = await Promise.all([
    exchange.readable.table(),
    writer.write(table.batches[0]!).then(() => writer.close()),
  ]);
  assertEquals(copy.numRows, 3);
});

rpcTest("an exchange is iterated over by its batches", async (connectTo) => {
  await using peer = await connectTo({ doExchange: () => [table, table] });
  let rows = 0;
  for await (const batch of peer.client.doExchange("x")) rows += batch.numRows;
  assertEquals(rows, 6);
});

rpcTest("an upload is iterated over by its results", async (connectTo) => {
  await using peer = await connectTo({
    async *doPut(upload) {
      for await (const { numRows } of upload) {
        yield { appMetadata: Uint8Array.of(numRows) };
      }
    },
  });
  const upload = peer.client.doPut("x");
  const writer = upload.writer();
  const written = writer.write(table.batches[0]!).then(() => writer.close());
  const sizes: (Uint8Array | undefined)[] = [];
  for await (const { appMetadata } of upload) sizes.push(appMetadata);
  await written;
  assertEquals(sizes, [Uint8Array.of(3)]);
});

rpcTest("an upload is written once, by one writer", async (connectTo) => {
  await using peer = await connectTo(tables);
  const upload = peer.client.doPut("x");
  assertEquals(await upload.writeAll(table), []);
  await refused([[() => upload.writeAll(table), "doPut() starts another one"]]);

  await using other = peer.client.doPut("x");
  other.writer();
  await refused([
    [() => other.writer(), "Cannot take a writer: writable is locked already"],
    [() => other.writeAll(table), "doPut() starts another one"],
  ]);
});

rpcTest("a stream that is over is no empty table", async (connectTo) => {
  await using peer = await connectTo(tables);
  const { client } = peer;
  for (
    const open of [() => client.doGet("t"), () => client.getStream("t")]
  ) {
    const text = "has been read to its end, or was canceled";
    const read = open();
    assertEquals((await read.table()).numRows, 3);
    await refused([
      [() => read.table(), text],
      [() => read.messages(), text],
    ]);
    const left = open();
    for await (const _ of left) break;
    await refused([[() => left.table(), text]]);

    const partly = open();
    const reader = partly.getReader();
    await reader.read();
    reader.releaseLock();
    assertEquals((await partly.table()).numRows, 0, "all that was left");
  }
});

rpcTest("handlers that return a table are told so", async (connectTo) => {
  await using peer = await connectTo(
    {
      getFlightInfo: () => table,
      pollFlightInfo: () => table,
      doPut: (upload: FlightStream) => upload.table(),
    } as unknown as FlightService,
  );
  const { client, errors } = peer;
  await assertRejects(() => client.getFlightInfo("x"), "cannot be sent");
  await assertRejects(() => client.pollFlightInfo("x"), "cannot be sent");
  await assertRejects(() => client.doPut("x", table), "cannot be sent");
  const texts = errors.map(String);
  assertEquals(texts.length, 3);
  assert(
    texts[0]!.includes(
      "FlightInfo must be an object with endpoints, not Table",
    ),
  );
  assert(
    texts[1]!.includes("PollInfo must be an object with endpoints, not Table"),
  );
  assert(texts[2]!.includes("it must return PutResults"));
});

rpcTest(
  "an error that only has the name of a FlightError is none",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet() {
        const error = new Error("a secret");
        throw Object.assign(error, { name: "FlightError", code: "NOT_FOUND" });
      },
    });
    await assertRejects(
      () => peer.client.doGet("t").table(),
      FlightError,
      "[unknown] DoGet: the service failed to handle the call",
    );
    assertEquals(peer.errors.map(String), ["FlightError: a secret"]);
  },
);

test("serve() refuses what has no handlers", async () => {
  const start = serve as (service: unknown) => Promise<unknown>;
  await refused([
    [() => start(undefined), "is an object of handlers, not undefined"],
    [() => start(8815), "is an object of handlers, not number"],
    [() => start(class {}), "of a class it is new Service()"],
    [() => start(table), "tableService({ name: table }) serves tables"],
    [() => start({ table }), "tableService({ name: table }) serves tables"],
    [() => start(new Map()), "is an object of handlers, not Map"],
    [() => start(Promise.resolve({})), "is an await missing?"],
    [() => start({ DoGet() {} }), "DoGet is not a handler, its name is doGet"],
    [
      () => start({ do_put() {} }),
      "do_put is not a handler, its name is doPut",
    ],
    [
      () =>
        start(
          new (class {
            list_flights() {}
          })(),
        ),
      "list_flights is not a handler, its name is listFlights",
    ],
    [
      () => start({ CloseSession() {} }),
      "CloseSession is not a handler, its name is closeSession",
    ],
    [
      () => start({ get: () => table, put() {} }),
      "none of its functions is a handler, such as doGet; it has get, put",
    ],
    [
      () => start({ connect() {}, close() {} }),
      "it has connect, close (flightSqlService(database(adapter)) serves a",
    ],
    [
      () => start({ query: () => table }),
      "(flightSqlService(handlers) serves handlers of Flight SQL)",
    ],
  ]);
});

test("serve() refuses a hostname that is more than a host", async () => {
  const start = (hostname: string) => () => serve({}, { hostname });
  const text = "it has no scheme, no brackets and no port (option port)";
  await refused([
    [start("[::1]"), text],
    [start("127.0.0.1:8815"), text],
    [start("localhost:"), text],
    [start("grpc://localhost"), text],
    [start("local host"), text],
  ]);
  await using server = await serve({}, { hostname: "localhost" });
  assert(server.port > 0);
});

test("serve() leaves other members of a service alone", async () => {
  const service = new (class {
    table = 5;
    doGet() {
      return this.do_get();
    }
    do_get() {
      return table;
    }
  })();
  await using server = await serve(service);
  await using client = connect(server.location);
  assertEquals((await client.doGet("t").table()).numRows, 3);
});

test("connect() refuses what is no location, and names the part that is", async () => {
  const open = connect as (location: unknown) => unknown;
  const starting = serve({});
  await using server = await starting;
  await refused([
    [() => open(server), "of a server it is server.location"],
    [() => open(starting), "is an await missing?"],
    [
      () => open({ locations: [] }),
      "of an endpoint it is one of its locations",
    ],
    [() => open(new URL("grpc://h:1")), "of a URL it is url.href"],
    [() => open(8815), "Cannot use location number"],
    [() => open("localhost:8815"), "expected grpc://host:port"],
  ]);
});

test("tableService() refuses a list of tables", () => {
  assertThrows(
    () => tableService([table] as never),
    TypeError,
    "Tables must be a Map or an object { name: table }, not an array",
  );
});

test("an interceptor that was not made is named as such", async () => {
  for (
    const [wrong, text] of [
      [clientCookies, "call a function that makes one"],
      [clientRetry, "an interceptor is what the function returns"],
    ] as const
  ) {
    await using client = connectInMemory(tables, {
      interceptors: [wrong as unknown as FlightInterceptor],
    });
    await refused([[() => client.getTable("t"), text]]);
  }
});

test("options are no data, bytes, maps or promises", async () => {
  await using client = connectInMemory(tables);
  const { doGet } = client as unknown as Guesses;
  const get = doGet!.bind(client);
  await refused([
    [() => get("t", Uint8Array.of(1)), "option options: Uint8Array is not"],
    [() => get("t", new Map()), "option options: Map is not an object"],
    [() => get("t", table), "option options: Table is not an object"],
    [() => get("t", Promise.resolve({})), "is an await missing?"],
  ]);
});

test("options are no objects of the platform", async () => {
  await using client = connectInMemory(tables);
  const { doGet, doPut, listFlights } = client as unknown as Guesses;
  const { signal } = new AbortController();
  const withSignal = "as an option it is { signal }";
  const neither = "is neither an object of options nor data";
  await refused([
    [() => doGet!.call(client, "t", signal), withSignal],
    [() => serve(tables, signal as never), withSignal],
    [() => listFlights!.call(client, signal), "not AbortSignal"],
    [() => doGet!.call(client, "t", new Date()), "Date is not an object of"],
    [() => doPut!.call(client, "t", new Response("data")), neither],
    [() => doPut!.call(client, "t", new Blob(["data"])), neither],
  ]);
  class Config {
    timeoutMs = 60_000;
  }
  const copy = await client.doGet("t", new Config()).table();
  assertEquals(copy.numRows, 3);
});

rpcTest("handlers that return other objects are told so", async (connectTo) => {
  const ticket = { ticket: "t" };
  await using peer = await connectTo(
    {
      getFlightInfo: ({ path }: { path: string[] }) =>
        path[0] === "schema" ? table.schema : ticket,
      doPut: async (upload: FlightStream) => {
        await upload.table();
        return [Uint8Array.of(1)];
      },
    } as unknown as FlightService,
  );
  const { client, errors } = peer;
  await assertRejects(() => client.getFlightInfo("ticket"), "cannot be sent");
  await assertRejects(() => client.getFlightInfo("schema"), "cannot be sent");
  await assertRejects(() => client.doPut("x", table), "cannot be sent");
  const texts = errors.map(String);
  assertEquals(texts.length, 3);
  assert(texts[0]!.includes('it only has others, such as "ticket"'));
  assert(texts[1]!.includes("FlightInfo must be an object, not Schema"));
  assert(texts[2]!.includes("PutResult must be an object, not Uint8Array"));
});

test("FlightHeaders are used as web headers are", () => {
  const headers = new FlightHeaders([
    ["B", "2"],
    ["a", "1"],
    ["b", "3"],
    ["c-bin", Uint8Array.of(4)],
  ]);
  const entries: [string, string | Uint8Array][] = [
    ["b", "2"],
    ["a", "1"],
    ["b", "3"],
    ["c-bin", Uint8Array.of(4)],
  ];
  assertEquals([...headers.entries()], entries);
  assertEquals([...headers], entries);
  assertEquals([...headers.keys()], ["b", "a", "b", "c-bin"]);
  assertEquals([...headers.values()], ["2", "1", "3", Uint8Array.of(4)]);
  const seen: unknown[] = [];
  headers.forEach((value, name, all) =>
    seen.push([name, value, all === headers])
  );
  assertEquals(seen, entries.map((entry) => [...entry, true]));
  assertEquals(headers.get("b"), "2");
  assertEquals(headers.getAll("b"), ["2", "3"]);
  assertThrows(() => headers.get("c-bin"), TypeError, "use getBinary()");
  assertThrows(() => headers.getBinary("b"), TypeError, "use get()");
});
