/** The schema of `read`. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  encodeSchema,
  type EndpointsStream,
  type FlightInfo,
  type FlightService,
  hydratedSchema,
  pathDescriptor,
} from "@contrail/flight";
import {
  Dictionary,
  Field,
  Int16,
  Int32,
  Int8,
  List,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { hydratedBatch } from "../../internal/arrow/hydrate.ts";
import { aborted, event } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { NUMBERS, numbers } from "../support/numbers.ts";
import { infoOf, numbersOf, textOf } from "../support/endpoints.ts";
import { rpcTest } from "../support/transports.ts";

const SCHEMA = encodeSchema(NUMBERS);

rpcTest("read: the schema of the info costs no call", async (connectTo) => {
  await using peer = await connectTo({});
  const stream = peer.client.read(infoOf(["0"], { schemaBytes: SCHEMA }));
  assertEquals((await stream.schema).fields[0]!.name, "n");
  assertEquals(peer.errors, []);
  await assertFlightError(numbersOf(stream), "UNIMPLEMENTED");
});

rpcTest(
  "read: the schema of the first endpoint that has one, and nothing is lost",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: (ticket) =>
        ({
          none: [],
          metadata: [{ appMetadata: Uint8Array.of(1) }],
          schema: [{ schema: NUMBERS }],
          data: [{ appMetadata: Uint8Array.of(2) }, numbers(1)],
        })[textOf(ticket)],
    });
    for (const ordered of [true, false]) {
      const stream = peer.client.read(
        infoOf(["none", "schema", "none", "data"], { ordered }),
        { maxParallelEndpoints: 1 },
      );
      const both = await Promise.all([stream.schema, stream.schema]);
      assertEquals(both.map(({ fields }) => fields.length), [1, 1]);
      assertEquals(await numbersOf(stream), [1]);

      for (const tickets of [["none", "none"], ["metadata", "none"]]) {
        const without = peer.client.read(infoOf(tickets, { ordered }), {
          maxParallelEndpoints: 1,
        });
        await assertFlightError(
          without.schema,
          "FAILED_PRECONDITION",
          /has a schema/,
        );
        assertEquals(await numbersOf(without), []);
      }
    }
    await assertFlightError(
      peer.client.read(infoOf(["no such"])).schema,
      "NOT_FOUND",
    );
  },
);

rpcTest("read of no endpoints is empty", async (connectTo) => {
  await using peer = await connectTo({});
  const known = peer.client.read(infoOf([], { schemaBytes: SCHEMA }));
  assertEquals(await numbersOf(known), []);
  assertEquals((await known.schema).fields.length, 1);
  const table = await peer.client.read(infoOf([], { schemaBytes: SCHEMA }))
    .table();
  assertEquals([table.numRows, table.numCols], [0, 1]);
  const unknown = peer.client.read(infoOf([]));
  await assertFlightError(unknown.schema, "FAILED_PRECONDITION");
  assertEquals(await numbersOf(unknown), []);
});

rpcTest("read: schemas that differ are an error", async (connectTo) => {
  const cancelled = event();
  const other = (name: string, type: Int32 | Utf8) =>
    new Schema([new Field(name, type, false)]);
  await using peer = await connectTo({
    async *doGet(ticket, { signal }) {
      switch (textOf(ticket)) {
        case "n":
          yield numbers(1);
          await aborted(signal);
          cancelled.resolve();
          break;
        case "name":
          yield { schema: other("m", new Int32()) };
          break;
        case "type":
          yield { schema: other("n", new Utf8()) };
          break;
        case "more":
          yield tableFromArrays({ n: Int32Array.of(1), m: Int32Array.of(1) });
          break;
      }
    },
  });
  const read = (tickets: string[], more?: Partial<FlightInfo>) =>
    numbersOf(peer.client.read(infoOf(tickets, more)));
  const error = await assertFlightError(
    read(["type"], { schemaBytes: SCHEMA }),
    "INTERNAL",
    /the schema of endpoints\[0\] is not that of the FlightInfo: field 0 is "n": Utf8, not "n": Int32/,
  );
  assertEquals([error.origin, error.method], ["remote", "DoGet"]);
  await assertFlightError(
    read(["name"], { schemaBytes: SCHEMA }),
    "INTERNAL",
    /field 0 is "m": Int32, not "n": Int32/,
  );
  await assertFlightError(
    read(["more"], { schemaBytes: SCHEMA }),
    "INTERNAL",
    /it has 2 fields, not 1/,
  );
  const pair = peer.client.read(infoOf(["n", "type"], { ordered: false }), {
    maxParallelEndpoints: 2,
  });
  await assertFlightError(
    numbersOf(pair),
    "INTERNAL",
    /the schema of endpoints\[\d\] is not that of endpoints\[\d\]/,
  );
  await cancelled.promise;
  await assertFlightError(
    read([], { schemaBytes: Uint8Array.of(1, 2, 3) }),
    "INTERNAL",
    /the schema of the FlightInfo cannot be used/,
  );
});

rpcTest(
  "read gives all batches one schema, whatever their dictionaries and metadata",
  async (connectTo) => {
    const word = (id: number, nullable: boolean) =>
      new Schema([
        new Field(
          "word",
          new Dictionary(new Utf8(), new Int32(), id),
          nullable,
        ),
      ], new Map([["id", String(id)]]));
    await using peer = await connectTo({
      doGet(ticket) {
        const id = Number(textOf(ticket));
        const { batches } = new Table({
          word: vectorFromArray(
            [`only in ${id}`, "same"],
            new Dictionary(new Utf8(), new Int32(), id),
          ),
        });
        const [{ data }] = batches as [RecordBatch];
        return new RecordBatch(word(id, id > 1), data);
      },
      doPut: async function* (upload) {
        for await (const { numRows, schema } of upload) {
          yield { appMetadata: Uint8Array.of(numRows, schema.fields.length) };
        }
      },
    });
    const info = infoOf(["1", "2", "3"], {
      ordered: true,
      schemaBytes: encodeSchema(word(7, false)),
    });
    const words = [
      "only in 1",
      "same",
      "only in 2",
      "same",
      "only in 3",
      "same",
    ];
    const table = await peer.client.read(info).table();
    assertEquals([...table.getChild("word")!], words);
    const stream = peer.client.read(info);
    const batches = await Array.fromAsync(stream);
    const schema = await stream.schema;
    assertEquals(schema.metadata, new Map([["id", "7"]]));
    for (const batch of batches) assertStrictEquals(batch.schema, schema);
    assertEquals([...new Table(schema, batches).getChild("word")!], words);
    // Data that was read from many endpoints can be sent on.
    const upload = peer.client.doPut(pathDescriptor("copy"));
    await peer.client.read(info).pipeTo(upload.writable);
    assertEquals(
      (await Array.fromAsync(upload.results)).map(({ appMetadata }) => [
        ...appMetadata!,
      ]),
      [[2, 1], [2, 1], [2, 1]],
    );
  },
);

/** Words in a dictionary, at the top and inside of a struct and of lists. */
function encodedWords(...words: (string | null)[]): RecordBatch {
  const word = (index: Int8 | Int16 | Int32) =>
    new Dictionary<Utf8, Int8 | Int16 | Int32>(new Utf8(), index);
  const struct = new Struct([new Field("s", word(new Int8()), true)]);
  const list = new List(new Field("item", word(new Int16()), true));
  return new RecordBatch({
    w: vectorFromArray(words, word(new Int32())).data[0]!,
    s: vectorFromArray(words.map((s) => ({ s })), struct).data[0]!,
    l: vectorFromArray(words.map((w) => [w, w]), list).data[0]!,
  });
}

/** A service whose endpoints send words in a dictionary, or plain where the ticket says so. */
const WORDS: FlightService = {
  doGet: (ticket) => {
    const batch = encodedWords("a", null, textOf(ticket));
    return textOf(ticket).startsWith("plain") ? plainCopy(batch) : batch;
  },
};

function plainCopy(batch: RecordBatch): RecordBatch {
  return hydratedBatch(
    batch,
    hydratedSchema(batch.schema),
    [0, 1, 2],
    Infinity,
  );
}

function wordsInfo(tickets: string[], isPlain = false): FlightInfo {
  const { schema } = encodedWords("a");
  const announced = new Schema(schema.fields, new Map([["from", "info"]]));
  return infoOf(tickets, {
    ordered: true,
    schemaBytes: encodeSchema(isPlain ? hydratedSchema(announced) : announced),
  });
}

/** Lists the columns of a schema that have dictionaries. */
const dictionaries = ({ fields }: Schema) =>
  fields.map(({ type }) => String(type).includes("Dictionary"));

async function words(stream: EndpointsStream): Promise<unknown[]> {
  const table = await stream.table();
  return table.toArray().map((row) => JSON.parse(JSON.stringify(row)));
}

const rowsOf = (...values: string[]) =>
  values.flatMap((value) => ["a", null, value]).map((w) => ({
    w,
    s: { s: w },
    l: [w, w],
  }));

rpcTest(
  "read takes plain values where the info announces dictionaries",
  async (connectTo) => {
    await using peer = await connectTo(WORDS);
    const { client } = peer;
    const info = wordsInfo(["plain 1", "plain 2"]);
    const stream = client.read(info);
    // No endpoint has been asked before, and the schema is the one that comes.
    const schema = await stream.schema;
    assertEquals(dictionaries(schema), [false, false, false]);
    assertEquals(schema.metadata, new Map([["from", "info"]]));
    assertEquals(await words(stream), rowsOf("plain 1", "plain 2"));
    // Those that come as they are announced stay so.
    const encoded = client.read(wordsInfo(["1", "2"]));
    assertEquals(dictionaries(await encoded.schema), [true, true, true]);
    assertEquals(await words(encoded), rowsOf("1", "2"));
    // Without an endpoint that says otherwise they are as announced.
    for (const tickets of [[], ["none"]]) {
      await using empty = await connectTo({ doGet: () => [] });
      const none = empty.client.read(wordsInfo(tickets));
      assertEquals(dictionaries(await none.schema), [true, true, true]);
      assertEquals(await words(none), []);
    }
  },
);

rpcTest(
  "read makes plain values of dictionaries where the info announces those, or another endpoint sends them",
  async (connectTo) => {
    await using peer = await connectTo(WORDS);
    const { client } = peer;
    const announced = client.read(wordsInfo(["1", "plain 2"], true));
    assertEquals(dictionaries(await announced.schema), [false, false, false]);
    assertEquals(await words(announced), rowsOf("1", "plain 2"));
    for (const schemaBytes of [wordsInfo([]).schemaBytes, undefined]) {
      const info = { ...wordsInfo(["plain 1", "2", "3"]), schemaBytes };
      const mixed = client.read(info, { maxParallelEndpoints: 1 });
      assertEquals(await words(mixed), rowsOf("plain 1", "2", "3"));
      assertEquals(dictionaries(await mixed.schema), [false, false, false]);
    }
    // Plain values are not encoded.
    const info = wordsInfo(["1", "plain 2"]);
    await assertFlightError(
      words(client.read(info, { maxParallelEndpoints: 1 })),
      "INTERNAL",
      /the schema of endpoints\[1\] is not that of the FlightInfo: field 0 is "w": Utf8, not "w": Dictionary<Int32, Utf8>; option dictionaries: "hydrate" reads both forms/,
    );
    for (const schemaBytes of [info.schemaBytes, undefined]) {
      const plain = client.read({ ...info, schemaBytes }, {
        dictionaries: "hydrate",
      });
      assertEquals(dictionaries(await plain.schema), [false, false, false]);
      assertEquals(await words(plain), rowsOf("1", "plain 2"));
    }
  },
);

rpcTest(
  "read takes only what was announced where it is told so",
  async (connectTo) => {
    await using peer = await connectTo(WORDS);
    const read = (...tickets: string[]) =>
      peer.client.read(wordsInfo(tickets), { dictionaries: "exact" });
    assertEquals(dictionaries(await read("plain").schema), [true, true, true]);
    assertEquals(await words(read("1", "2")), rowsOf("1", "2"));
    await assertFlightError(
      words(read("plain 1")),
      "INTERNAL",
      /field 0 is "w": Utf8, not "w": Dictionary<Int32, Utf8>; option dictionaries: "adapt" reads both forms/,
    );
    assertThrows(
      () =>
        peer.client.read(wordsInfo([]), { dictionaries: "delta" as "exact" }),
      TypeError,
      'Cannot use option dictionaries: "delta" is not one of "adapt", "hydrate", "exact"',
    );
  },
);

rpcTest(
  "read takes dictionaries with other indices than the info announces, and no other values",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: (ticket) =>
        textOf(ticket) === "numbers"
          ? new RecordBatch({ w: vectorFromArray([1], new Int32()).data[0]! })
          : new RecordBatch({
            w: vectorFromArray(
              ["a"],
              new Dictionary(new Utf8(), new Int8()),
            )
              .data[0]!,
          }),
    });
    const schema = encodeSchema(
      new Schema([new Field("w", new Dictionary(new Utf8(), new Int32()))]),
    );
    const table = await peer.client.read(infoOf(["w"], { schemaBytes: schema }))
      .table();
    assertEquals([...table.getChild("w")!], ["a"]);
    await assertFlightError(
      peer.client.read(infoOf(["numbers"], { schemaBytes: schema })).table(),
      "INTERNAL",
      /field 0 is "w": Int32, not "w": Dictionary<Int32, Utf8> \(/,
    );
  },
);

rpcTest(
  "read bounds what dictionaries become as plain values",
  async (connectTo) => {
    const type = new Dictionary(new Utf8(), new Int32());
    const value = "x".repeat(10_000);
    const vector = vectorFromArray(Array(1000).fill(value), type);
    await using peer = await connectTo(
      { doGet: () => new RecordBatch({ w: vector.data[0]! }) },
      { maxDecompressedMessageBytes: 1_000_000 },
    );
    const info = infoOf(["w"]);
    const stream = peer.client.read(info);
    assertEquals((await stream.table()).numRows, 1000);
    await assertFlightError(
      peer.client.read(info, { dictionaries: "hydrate" }).table(),
      "RESOURCE_EXHAUSTED",
      /field "w" takes too many bytes as plain values \(option maxDecompressedMessageBytes\)/,
    );
  },
);
