import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  decodeSchema,
  encodeSchema,
  type FlightData,
  FlightError,
  metadataBytes,
  metadataText,
  pathDescriptor,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { RecordBatch, Schema } from "apache-arrow";
import { test } from "node:test";
import { concatBytes } from "../../internal/base/bytes.ts";
import { openMessage } from "../../internal/ipc/decode/message_reader.ts";
import {
  batchHeader,
  type Entries,
  int,
  type Part,
  rawString,
  schemaHeader,
} from "../support/ipc/handmade_messages.ts";
import { fileOf } from "../support/ipc/ipc_files.ts";
import { infoAt } from "../support/endpoints.ts";
import { rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");

const text = (value: string): Part => (writer) => writer.string(value);

/** Keys and values that a map of texts cannot have as they are. */
const ODD: Entries = [
  [text("k"), text("first")],
  [text("pickle"), rawString(0x80, 0x04, 0xff, 0x00, 0xc3, 0xa9)],
  [text("k"), rawString(0xfe)],
  [rawString(0xff), text("\ufffd")],
  [text("k"), text("last")],
  [text(""), text("")],
];

/** Contents of {@linkcode ODD}, in hexadecimal digits. */
const ENTRIES: readonly (readonly [string, string])[] = [
  ["6b", "6669727374"],
  ["7069636b6c65", "8004ff00c3a9"],
  ["6b", "fe"],
  ["ff", "efbfbd"],
  ["6b", "6c617374"],
  ["", ""],
];

/** A stream with such metadata wherever the format has some, and with such names. */
function oddStream(): FlightData[] {
  const child = {
    name: rawString(0xe9),
    typeId: 2,
    type: int(),
    metadata: ODD,
  };
  const header = schemaHeader([
    {
      name: rawString(0xff, 0x61),
      typeId: 13,
      children: [child],
      metadata: ODD,
    },
    { name: rawString(0xfe, 0x61), typeId: 2, type: int() },
  ], { metadata: ODD });
  const batch = batchHeader({
    rows: 1,
    nodes: [[1, 0], [1, 0], [1, 0]],
    buffers: [[0, 0], [0, 0], [0, 4], [0, 0], [8, 4]],
    bodyLength: 16,
    metadata: ODD,
  });
  const dataBody = new Uint8Array(Int32Array.of(7, 0, 8, 0).buffer);
  return [
    { dataHeader: header, dataBody: new Uint8Array() },
    { dataHeader: batch, dataBody },
  ];
}

interface MetadataOf {
  name: string;
  metadata: (readonly [string, string])[];
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Every name and all metadata of a message, read here without the package's own reader of texts. */
function metadataOf({ dataHeader }: FlightData): MetadataOf[] {
  const { reader, table, header, headerType } = openMessage(dataHeader);
  const bytesIn = (at: number, slot: number) => {
    const first = reader.vectorIn(at, slot, 1);
    const { byteOffset } = dataHeader;
    return hex(
      new Uint8Array(
        dataHeader.buffer,
        byteOffset + first,
        reader.length(first),
      ),
    );
  };
  const entriesIn = (at: number, slot: number) => {
    const first = reader.vectorIn(at, slot, 4);
    return Array.from({ length: reader.length(first) }, (_, i) => {
      const entry = reader.table(first + 4 * i);
      return [bytesIn(entry, 0), bytesIn(entry, 1)] as const;
    });
  };
  const fieldsIn = (at: number, slot: number): MetadataOf[] => {
    const first = reader.vectorIn(at, slot, 4);
    return Array.from({ length: reader.length(first) }, (_, i) => {
      const field = reader.table(first + 4 * i);
      return [
        { name: bytesIn(field, 0), metadata: entriesIn(field, 6) },
        ...fieldsIn(field, 5),
      ];
    }).flat();
  };
  return headerType === 1
    ? [
      { name: "schema", metadata: entriesIn(header, 2) },
      ...fieldsIn(header, 1),
    ]
    : [{ name: "batch", metadata: entriesIn(table, 4) }];
}

const WANTED: MetadataOf[][] = [
  [
    { name: "schema", metadata: [...ENTRIES] },
    { name: "ff61", metadata: [...ENTRIES] },
    { name: "e9", metadata: [...ENTRIES] },
    { name: "fe61", metadata: [] },
  ],
  [{ name: "batch", metadata: [...ENTRIES] }],
];

rpcTest(
  "doGet() and doExchange() of a service that decodes give names and metadata back as they came",
  async (connectTo) => {
    await using origin = await connectTo({ doGet: () => oddStream() });
    await using relay = await connectTo({
      doGet: (ticket) => origin.client.doGet(ticket),
      async *doExchange(batches) {
        for await (const batch of batches) yield batch;
      },
    });
    const got = await Array.fromAsync(relay.client.doGet("t").flightData());
    assertEquals(got.map(metadataOf), WANTED);
    const exchange = relay.client.doExchange(HERE);
    const [answers] = await Promise.all([
      Array.fromAsync(exchange.readable.flightData()),
      origin.client.doGet("t").pipeTo(exchange.writable),
    ]);
    assertEquals(answers.map(metadataOf), WANTED);
  },
);

rpcTest(
  "doPut().writeAll() of batches that were read sends names and metadata as they came",
  async (connectTo) => {
    const stored: FlightData[] = [];
    await using peer = await connectTo({
      doGet: () => oddStream(),
      async doPut(upload) {
        for await (const data of upload.flightData()) stored.push(data);
      },
    });
    await peer.client.doPut(HERE).writeAll(peer.client.doGet("t"));
    assertEquals(stored.map(metadataOf), WANTED);
    // As a table, too: of the batches' own metadata it keeps those of each.
    stored.length = 0;
    const table = await peer.client.doGet("t").table();
    await peer.client.doPut(HERE).writeAll(table);
    assertEquals(stored.map(metadataOf)[0], WANTED[0]);
  },
);

rpcTest(
  "doGet() of a service that reads a file gives names and metadata of its footer as they came",
  async (connectTo) => {
    const messages = oddStream().map(({ dataHeader, dataBody }) => ({
      header: dataHeader,
      body: [dataBody],
      bodyLength: dataBody.byteLength,
    }));
    const file = fileOf(messages, { schemaInFront: false });
    await using reader = connectInMemory({}, {
      fetchLocation: () => Promise.resolve(new Response(new Uint8Array(file))),
    });
    await using relay = await connectTo({
      doGet: () => reader.read(infoAt("https://data.example/file.arrow")),
    });
    const got = await Array.fromAsync(relay.client.doGet("t").flightData());
    assertEquals(got.map(metadataOf), WANTED);
  },
);

rpcTest(
  "getSchema() gives names and metadata as they came",
  async (connectTo) => {
    const [{ dataHeader } = { dataHeader: new Uint8Array() }] = oddStream();
    const length = Uint8Array.from([255, 255, 255, 255, 0, 0, 0, 0]);
    new DataView(length.buffer).setInt32(4, dataHeader.byteLength, true);
    const schema = decodeSchema(Uint8Array.of(...length, ...dataHeader));
    await using peer = await connectTo({ getSchema: () => schema });
    const encoded = encodeSchema(await peer.client.getSchema(HERE));
    const data = {
      dataHeader: encoded.subarray(8),
      dataBody: new Uint8Array(),
    };
    assertEquals(metadataOf(data), WANTED[0]);
  },
);

rpcTest(
  "doGet() shows of metadata what a map of texts can",
  async (connectTo) => {
    await using peer = await connectTo({ doGet: () => oddStream() });
    const [batch] = await Array.fromAsync(peer.client.doGet("t"));
    const { metadata } = batch!.schema;
    // Each key is there once as it is, with its last value.
    assertEquals([...metadata.keys()], [
      "k\udc00",
      "pickle",
      "k\udc01",
      "\udcff",
      "k",
      "",
    ]);
    assertEquals(metadata.get("k"), "last");
    assertEquals(metadata.get("pickle"), "\udc80\x04\udcff\0é");
    assertEquals(
      hex(metadataBytes(metadata.get("pickle")!)),
      "8004ff00c3a9",
    );
    assertEquals(metadata.get("\udcff"), "\ufffd");
    assertEquals(batch!.schema.names, ["\udcffa", "\udcfea"]);
    assertEquals(batch!.getChild("\udcfea")?.get(0), 8);
  },
);

rpcTest(
  "doGet() of a schema that was made anew keeps what was not changed",
  async (connectTo) => {
    await using origin = await connectTo({ doGet: () => oddStream() });
    await using relay = await connectTo({
      async *doGet() {
        for await (const { schema, data } of origin.client.doGet("t")) {
          const [first, second] = schema.fields;
          first!.metadata.set("k", "x");
          first!.metadata.delete("pickle");
          first!.metadata.set("new", "y");
          const copy = second!.clone({ metadata: new Map(schema.metadata) });
          yield new RecordBatch(
            new Schema([first!, copy], schema.metadata),
            data.clone(data.type, 0, 1, 0),
          );
        }
      },
    });
    const [data] = await Array.fromAsync(relay.client.doGet("t").flightData());
    const [schema, first, child, second] = metadataOf(data!);
    assertEquals(schema!.metadata, [...ENTRIES]);
    assertEquals(child!.metadata, [...ENTRIES]);
    // The deleted entry is gone, the changed one is changed, and the rest is as it was.
    assertEquals(first!.metadata, [
      ...ENTRIES.filter(([key]) => key !== "7069636b6c65").map(([key, value]) =>
        [key, value === "6c617374" ? "78" : value] as const
      ),
      ["6e6577", "79"],
    ]);
    assertEquals(second!.metadata, [...ENTRIES]);
  },
);

rpcTest(
  "metadata: an error that names a field whose name is no UTF-8 gets through",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: () => {
        throw new FlightError(
          "NOT_FOUND",
          `no field ${metadataText(Uint8Array.of(0xff))}`,
        );
      },
    });
    const error = await peer.client.doGet("t").table().catch((error) => error);
    assert(FlightError.is(error), `${error}`);
    assertEquals(error.code, "NOT_FOUND");
    assertEquals(error.details, "no field \ufffd");
  },
);

test("decodeSchema() refuses entries of metadata that cost next to nothing", () => {
  const count = 100_000;
  const shared: Entries = Array.from({ length: count }, () => ODD[5]!);
  const header = schemaHeader([], { metadata: shared });
  const { reader, header: schema } = openMessage(header);
  const first = reader.vectorIn(schema, 2, 4);
  const entry = reader.table(first);
  const view = new DataView(header.buffer, header.byteOffset);
  // All references lead to the first entry; the others are left out.
  for (let i = 0; i < count; i++) {
    const at = first + 4 * i;
    view.setUint32(at, entry - at, true);
  }
  const end = (first + 4 * count + 64 + 7) & ~7;
  const prefix = new Uint8Array(8).fill(255, 0, 4);
  new DataView(prefix.buffer).setInt32(4, end, true);
  const encoded = concatBytes([prefix, header.subarray(0, end)]);
  const error = assertThrows(() => decodeSchema(encoded), FlightError);
  assertStringIncludes(error.message, "more than the header could hold");
});

test("metadataText() and metadataBytes() give any bytes back", () => {
  // Every pair of bytes, and sequences that are malformed UTF-8 for more than one reason.
  const samples: number[][] = [];
  for (let i = 0; i < 0x10000; i++) samples.push([i >> 8, i & 0xff]);
  for (const first of [0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5]) {
    for (const second of [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
      for (const third of [0x41, 0x80, 0xbf, 0xff]) {
        samples.push([first, second, third], [first, second, third, 0x80]);
        samples.push([first, second, third, 0x80, 0x61]);
      }
    }
  }
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (const sample of samples) {
    const bytes = Uint8Array.from(sample);
    const decoded = metadataText(bytes);
    assertEquals([...metadataBytes(decoded)], sample);
    let expected: string | undefined;
    try {
      expected = strict.decode(bytes);
    } catch {
      assert(!decoded.isWellFormed(), `${sample}`);
    }
    if (expected !== undefined) assertEquals(decoded, expected);
  }
  const long = new Uint8Array(100_000).map((_, i) => i * 7);
  assertEquals(metadataBytes(metadataText(long)), long);
  assertEquals([...metadataBytes("\ud800x\udfff")].length, 7);
});
