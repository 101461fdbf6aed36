/** The schema of `read`. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  encodeSchema,
  type FlightInfo,
  pathDescriptor,
} from "@contrail/flight";
import {
  Dictionary,
  Field,
  Int32,
  RecordBatch,
  Schema,
  Table,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { aborted, assertFlightError, event, NUMBERS, numbers } from "./data.ts";
import { infoOf, numbersOf, textOf } from "./endpoints.ts";
import { rpcTest } from "./transports.ts";

const SCHEMA = encodeSchema(NUMBERS);

rpcTest("read: the schema of the info costs no call", async (join) => {
  await using peer = await join({});
  const stream = peer.client.read(infoOf(["0"], { schema: SCHEMA }));
  assertEquals((await stream.schema).fields[0]!.name, "n");
  assertEquals(peer.errors, []);
  await assertFlightError(numbersOf(stream), "UNIMPLEMENTED");
});

rpcTest(
  "read: the schema of the first endpoint that has one, and nothing is lost",
  async (join) => {
    await using peer = await join({
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

rpcTest("read of no endpoints is empty", async (join) => {
  await using peer = await join({});
  const known = peer.client.read(infoOf([], { schema: SCHEMA }));
  assertEquals(await numbersOf(known), []);
  assertEquals((await known.schema).fields.length, 1);
  const table = await peer.client.read(infoOf([], { schema: SCHEMA })).table();
  assertEquals([table.numRows, table.numCols], [0, 1]);
  const unknown = peer.client.read(infoOf([]));
  await assertFlightError(unknown.schema, "FAILED_PRECONDITION");
  assertEquals(await numbersOf(unknown), []);
});

rpcTest("read: schemas that differ are an error", async (join) => {
  const cancelled = event();
  const other = (name: string, type: Int32 | Utf8) =>
    new Schema([new Field(name, type, false)]);
  await using peer = await join({
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
    read(["type"], { schema: SCHEMA }),
    "INTERNAL",
    /the schema of endpoints\[0\] is not that of the FlightInfo: field 0 is "n": Utf8, not "n": Int32/,
  );
  assertEquals([error.origin, error.method], ["remote", "DoGet"]);
  await assertFlightError(
    read(["name"], { schema: SCHEMA }),
    "INTERNAL",
    /field 0 is "m": Int32, not "n": Int32/,
  );
  await assertFlightError(
    read(["more"], { schema: SCHEMA }),
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
    read([], { schema: Uint8Array.of(1, 2, 3) }),
    "INTERNAL",
    /the schema of the FlightInfo cannot be used/,
  );
});

rpcTest(
  "read gives all batches one schema, whatever their dictionaries and metadata",
  async (join) => {
    const word = (id: number, nullable: boolean) =>
      new Schema([
        new Field(
          "word",
          new Dictionary(new Utf8(), new Int32(), id),
          nullable,
        ),
      ], new Map([["id", String(id)]]));
    await using peer = await join({
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
      schema: encodeSchema(word(7, false)),
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
    // What was read from many endpoints can be sent on.
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
