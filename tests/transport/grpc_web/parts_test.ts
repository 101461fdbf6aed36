import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import {
  type DataType,
  Dictionary,
  Field,
  Int32,
  List,
  RecordBatch,
  Schema,
  type Table,
  tableFromArrays,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { test as runtimeTest } from "node:test";
import {
  type FlightClient,
  FlightError,
  type FlightErrorCode,
  type FlightService,
  listView,
  runEndEncoded,
} from "../../../mod.ts";
import { tableService } from "../../../memory.ts";
import { flightHandler } from "../../../handler.ts";
import { rejection } from "../../support/rejections.ts";
import { serveFetch } from "../../support/serve_fetch.ts";
import {
  type BundledWeb,
  bundledWeb,
  type BundleOptions,
  hasBundler,
} from "./bundled_web.ts";

/** A bundler takes seconds on a busy machine. */
const test = (name: string, run: () => Promise<void>): void =>
  void runtimeTest(name, { skip: !hasBundler, timeout: 120_000 }, run);

const NUMBERS = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

/** A fresh copy of the client, which has loaded nothing yet, of a service. */
async function withPage(
  service: FlightService,
  run: (client: FlightClient, page: BundledWeb) => Promise<void>,
  { compression, dictionaries, ...form }: BundleOptions & {
    readonly compression?: "lz4";
    readonly dictionaries?: "delta";
  } = {},
): Promise<void> {
  await using page = await bundledWeb(form);
  await using client = page.connectWeb("https://flight.example", {
    fetch: flightHandler(service, { compression, dictionaries }),
  });
  await run(client as FlightClient, page);
}

function service(): FlightService {
  const tables = tableService({ numbers: NUMBERS }, { put: true });
  return {
    ...tables,
    pollFlightInfo: async (descriptor, context) => ({
      info: await tables.getFlightInfo!(descriptor, context),
    }),
    listActions: () => [],
    doExchange: (stream) => stream,
    cancelFlightInfo: () => "CANCELLED",
  };
}

/** Errors of the page are of its own class. */
async function assertError(
  promise: Promise<unknown>,
  code: FlightErrorCode,
  text: RegExp,
): Promise<FlightError> {
  const error = await rejection(promise);
  assert(FlightError.is(error), `got ${error}`);
  assertEquals(error.code, code);
  assertMatch(error.message, text);
  return error;
}

function column(table: Table): unknown[] {
  return [...table.getChild("n")!.toArray()];
}

for (const splits of [true, false]) {
  const form = splits ? "in pieces" : "in one file";
  test(`a page with the client ${form}: every first call works, and the second one`, async () => {
    await withPage(service(), async (client, { files, tableFromArrays }) => {
      assertEquals(files.length > 1, splits);
      const more = tableFromArrays({ n: Int32Array.of(4, 5) });
      for (const round of ["first", "second"]) {
        const info = await client.getFlightInfo("numbers");
        assertEquals(info.schema?.fields.length, 1);
        const { ticket } = info.endpoints[0]!;
        assertEquals(column(await client.doGet(ticket).table()), [1, 2, 3]);
        assertEquals(column(await client.read(info).table()), [1, 2, 3]);
        const { schema } = client.read(info);
        assertEquals((await schema).fields.length, 1);

        await client.putTable(round, more);
        assertEquals(column(await client.getTable(round)), [4, 5]);

        const upload = client.doPut(`${round} by hand`);
        const writer = upload.writer();
        await writer.write(more.batches[0]!);
        await writer.close();
        await Array.fromAsync(upload.results);
        assertEquals(column(await client.getTable(`${round} by hand`)), [4, 5]);

        const { status } = await client.cancelFlightInfo(info);
        assertEquals(status, "CANCELLED");
        assertEquals(
          (await Array.fromAsync(client.doGet(ticket).flightData())).length,
          2,
        );
        const described = client.doGet(ticket);
        assertEquals(await described.descriptor, undefined);
        assertEquals((await described.schema).fields.length, 1);
        await described.cancel();

        const answer = client.doExchange("echo", more);
        assertEquals(column(await answer.table()), [4, 5]);
      }
    }, { splits });
  });
}

test("a page with the client in pieces: compressed data, in the middle of a stream too", async () => {
  const numbers = { n: new Int32Array(10_000).fill(7) };
  await withPage(
    { doGet: () => tableFromArrays(numbers) },
    async (client) => {
      const stream = client.doGet("t");
      assertEquals((await stream.schema).fields.length, 1);
      const table = await stream.table();
      assertEquals(table.numRows, 10_000);
      assertEquals(table.getChild("n")?.get(9_999), 7);
    },
    { compression: "lz4" },
  );
});

test("a page with the client in pieces: what it sends may be compressed", async () => {
  await withPage(service(), async (client, { tableFromArrays }) => {
    const table = tableFromArrays({ n: new Int32Array(10_000).fill(7) });
    await client.putTable("seven", table, { compression: "lz4" });
    const copy = await client.getTable("seven");
    assertEquals(copy.numRows, 10_000);
    assertEquals(copy.getChild("n")?.get(9_999), 7);
  });
});

/** Messages with one column `x`. */
function* batchesOf(
  type: DataType,
  ...columns: readonly Vector[]
): Generator<{ schema: Schema; batch: RecordBatch }> {
  const schema = new Schema([new Field("x", type, true)]);
  for (const column of columns) {
    const batch = new RecordBatch({ x: column.data[0]! });
    yield { schema, batch };
  }
}

const item = new Field("item", new Int32(), true);
const words = new Dictionary(new Utf8(), new Int32(), 1);

/** Columns that do not stay as they came, and their values. */
const REBUILT: readonly (readonly [
  name: string,
  values: string,
  data: () => ReturnType<typeof batchesOf>,
])[] = [
  [
    "a run-end encoded column",
    "[7,7,null,8]",
    () =>
      batchesOf(
        runEndEncoded(new Int32()),
        vectorFromArray([7, 7, null], new Int32()),
        vectorFromArray([8], new Int32()),
      ),
  ],
  [
    "a column of list views",
    "[[1,2],null,[3]]",
    () =>
      batchesOf(
        listView(new List(item)),
        vectorFromArray([[1, 2], null, [3]], new List(item)),
      ),
  ],
  [
    "a dictionary that grows",
    '["a","b","a","b","c"]',
    () =>
      batchesOf(
        words,
        vectorFromArray(["a", "b"], words),
        vectorFromArray(["a", "b", "c"], words),
      ),
  ],
];

for (const [name, values, data] of REBUILT) {
  test(`a page with the client in pieces: ${name}`, () =>
    withPage({ doGet: data }, async (client) => {
      for (let call = 0; call < 2; call++) {
        const table = await client.doGet("t").table();
        assertEquals(JSON.stringify(table.getChild("x")), values);
      }
    }, { dictionaries: "delta" }));

  test(`a page without the file for ${name}: one clear error, and others go on`, () => {
    let calls = 0;
    const doGet = () => calls++ === 0 ? data() : NUMBERS;
    return withPage({ doGet }, async (client) => {
      await assertError(
        client.doGet("t").table(),
        "UNAVAILABLE",
        /part of this package for run-end encoded columns, list views and deltas of dictionaries could/,
      );
      assertEquals(column(await client.doGet("t").table()), [1, 2, 3]);
    }, { dictionaries: "delta", without: "rebuilt" });
  });
}

test("a page with the client in pieces: calls over a WebSocket", async () => {
  await using page = await bundledWeb();
  await using server = await serveFetch(flightHandler(service()));
  await using client = page.connectWeb(server.url, { webSocket: true });
  assertEquals(column(await client.doGet("numbers").table()), [1, 2, 3]);
});

/** A call that needs a file, the file, and its purpose as the error names it. */
const MISSING: readonly (readonly [
  name: string,
  file: string,
  purpose: string,
  call: (client: FlightClient, page: BundledWeb) => Promise<unknown>,
])[] = [
  [
    "doGet as a table",
    "decoder",
    "received data",
    (client) => client.doGet("numbers").table(),
  ],
  [
    "doGet by a reader",
    "decoder",
    "received data",
    (client) => client.doGet("numbers").getReader().read(),
  ],
  [
    "putTable",
    "encoder",
    "sent data",
    (client, { tableFromArrays }) =>
      client.putTable("t", tableFromArrays({ n: [1] })),
  ],
  [
    "doPut by a writer",
    "encoder",
    "sent data",
    (client, { tableFromArrays }) => {
      const writer = client.doPut("t").writer();
      const [batch] = tableFromArrays({ n: [1] }).batches;
      return writer.write(batch!);
    },
  ],
  [
    "doExchange",
    "encoder",
    "sent data",
    (client) => client.doExchange("t").readable.getReader().read(),
  ],
  [
    "cancelFlightInfo",
    "actions",
    "predefined actions",
    async (client) =>
      client.cancelFlightInfo(await client.getFlightInfo("numbers")),
  ],
  [
    "doGet without decoding",
    "decoder",
    "received data",
    (client) => client.doGet("numbers").flightData().getReader().read(),
  ],
  [
    "the schema of doGet",
    "decoder",
    "received data",
    (client) => client.doGet("numbers").schema,
  ],
  [
    "the trailers of doGet",
    "decoder",
    "received data",
    (client) => client.doGet("numbers").trailers,
  ],
  [
    "getTable",
    "reading",
    "reading endpoints",
    (client) => client.getTable("numbers"),
  ],
  [
    "the schema of getStream",
    "reading",
    "reading endpoints",
    (client) => client.getStream("numbers").schema,
  ],
];

for (const [name, file, purpose, call] of MISSING) {
  test(`a page without the file for ${purpose}: one clear error of ${name}`, async () => {
    await withPage(service(), async (client, page) => {
      const error = await assertError(
        call(client, page),
        "UNAVAILABLE",
        new RegExp(`part of this package for ${purpose} could not be loaded: `),
      );
      assertEquals(error.origin, "local");
      assert(error.cause instanceof Error);
      // Other calls go on.
      const info = await client.getFlightInfo("numbers");
      assertEquals(info.endpoints.length, 1);
    }, { without: file });
  });
}

/** Calls that receive a schema, each of which may be the first one, and the number of its fields. */
const SCHEMAS: Readonly<
  Record<string, (client: FlightClient) => Promise<number | undefined>>
> = {
  getFlightInfo: async (client) =>
    (await client.getFlightInfo("numbers")).schema?.fields.length,
  pollFlightInfo: async (client) =>
    (await client.pollFlightInfo("numbers")).info?.schema?.fields.length,
  listFlights: async (client) => {
    const infos = await Array.fromAsync(client.listFlights());
    return infos[0]?.schema?.fields.length;
  },
  getSchema: async (client) =>
    (await client.getSchema("numbers")).fields.length,
};

for (const [name, call] of Object.entries(SCHEMAS)) {
  test(`a page with the client in pieces: the schema of ${name} comes first`, () =>
    withPage(service(), async (client) => {
      assertEquals(await call(client), 1);
      assertEquals(await call(client), 1);
    }));

  test(`a page without the file for schemas: one clear error of ${name}`, () =>
    withPage(service(), async (client) => {
      const error = await assertError(
        call(client),
        "UNAVAILABLE",
        /part of this package for schemas could not be loaded: /,
      );
      assertEquals(error.origin, "local");
      // Other calls go on.
      assertEquals(await Array.fromAsync(client.listActions()), []);
    }, { without: "schemas" }));
}

test("flights that are listed and canceled while a part is loaded end at once", () =>
  withPage(service(), async (client) => {
    const reader = client.listFlights().getReader();
    const first = reader.read();
    await reader.cancel();
    assertEquals((await first).done, true);
    assertEquals((await Array.fromAsync(client.listFlights())).length, 1);
  }));

test("a page without the file for compressed data: one clear error, and others go on", async () => {
  await withPage(
    {
      ...service(),
      doGet: () => tableFromArrays({ n: new Int32Array(10_000) }),
    },
    async (client, page) => {
      await assertError(
        client.doGet("t").table(),
        "UNAVAILABLE",
        /part of this package for compressed data could not be loaded/,
      );
      await assertError(
        client.putTable("t", page.tableFromArrays({ n: [1] }), {
          compression: "lz4",
        }),
        "UNAVAILABLE",
        /part of this package for compressed data could not be loaded/,
      );
    },
    { compression: "lz4", without: "codecs" },
  );
});

test("a page without the file for WebSockets: one clear error", async () => {
  await using page = await bundledWeb({ without: "sockets" });
  await using server = await serveFetch(flightHandler(service()));
  await using client = page.connectWeb(server.url, { webSocket: true });
  await assertError(
    client.getFlightInfo("numbers"),
    "UNAVAILABLE",
    /part of this package for WebSockets could not be loaded/,
  );
});

test("a stream that is canceled while its decoder is loaded ends at once", async () => {
  await withPage(service(), async (client) => {
    const reader = client.doGet("numbers").getReader();
    const first = reader.read();
    await reader.cancel();
    assertEquals((await first).done, true);

    const stream = client.doGet("numbers");
    const { trailers } = stream;
    await stream[Symbol.asyncDispose]();
    await assertError(trailers, "CANCELLED", /was disposed of/);

    const data = client.doGet("numbers");
    const schema = data.schema;
    assertThrows(() => data.flightData(), TypeError, "has been read");
    assertEquals((await schema).fields.length, 1);
    assertEquals(column(await data.table()), [1, 2, 3]);
  });
});

test("a read that is canceled while its code is loaded makes no call", async () => {
  let calls = 0;
  const counted: FlightService = {
    ...service(),
    doGet: () => (calls++, NUMBERS),
  };
  await withPage(counted, async (client) => {
    const info = await client.getFlightInfo("numbers");
    const reader = client.read(info).getReader();
    const first = reader.read();
    await reader.cancel();
    assertEquals((await first).done, true);

    const aborting = new AbortController();
    const aborted = client.read(info, { signal: aborting.signal });
    const outcome = assertRejects(() => aborted.table(), Error, "enough");
    aborting.abort(new Error("enough"));
    await outcome;

    const disposed = client.read(info);
    const pending = disposed.getReader().read();
    await disposed[Symbol.asyncDispose]();
    await assertError(pending, "CANCELLED", /was disposed of/);
    assertEquals(calls, 0);
    await client.read(info).table();
    assertEquals(calls, 1);
  });
});

test("an upload that is canceled while its code is loaded fails every write", async () => {
  await withPage(service(), async (client, { tableFromArrays }) => {
    const [batch] = tableFromArrays({ n: [1] }).batches;
    const upload = client.doPut("t");
    const writer = upload.writable.getWriter();
    const written = writer.write(batch!);
    const failed = assertRejects(() => written);
    await upload[Symbol.asyncDispose]();
    await failed;
    await assertRejects(() => writer.write(batch!));
    await assertRejects(() => Array.fromAsync(upload.results));
  });
});
