import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  Binary,
  Dictionary,
  Field,
  Int32,
  Schema,
  Struct,
  Utf8,
} from "apache-arrow";
import { Message } from "apache-arrow/ipc/metadata/message";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { decodeSchema } from "../../internal/ipc/decode_schema.ts";
import { encodeSchema } from "../../internal/ipc/encode_schema.ts";
import { everything } from "../support/ipc/samples.ts";

/** Lists the parts of a schema that go over the wire. */
function facts(fields: readonly Field[]): unknown[] {
  return fields.map((field) => ({
    name: field.name,
    type: String(field.type),
    id: field.type instanceof Dictionary ? field.type.id : undefined,
    nullable: field.nullable,
    metadata: [...field.metadata],
    children: facts(field.type.children ?? []),
  }));
}

function readByArrow(bytes: Uint8Array): Schema {
  return Message.decode(bytes.subarray(8)).header() as unknown as Schema;
}

test("IPC schema: a schema of every type survives a round trip", () => {
  const { schema } = everything();
  const decoded = decodeSchema(encodeSchema(schema));
  assertEquals(facts(decoded.fields), facts(schema.fields));
  assertEquals(
    [...decoded.dictionaries.keys()].sort(),
    [...schema.dictionaries.keys()].sort(),
  );
});

test("IPC schema: a schema of every type is read by apache-arrow", () => {
  const { schema } = everything();
  const bytes = encodeSchema(schema);
  assertEquals(facts(readByArrow(bytes).fields), facts(schema.fields));
});

test("IPC schema: a schema of every type is read as apache-arrow writes it", () => {
  const { schema } = everything();
  const header = Message.encode(Message.from(schema as never));
  for (const start of [8, 9, 10, 12]) {
    // Typed arrays over the header would throw at most of these offsets.
    const bytes = new Uint8Array(start + 4 + header.length);
    new DataView(bytes.buffer).setInt32(start, header.length, true);
    bytes.set(header, start + 4);
    const decoded = decodeSchema(bytes.subarray(start));
    assertEquals(facts(decoded.fields), facts(schema.fields));
  }
});

test("IPC schema: an encoded schema is an encapsulated message", () => {
  const bytes = encodeSchema(new Schema([new Field("a", new Int32())]));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  assertEquals(bytes.length % 8, 0);
  assertEquals(view.getInt32(0, true), -1);
  assertEquals(view.getInt32(4, true), bytes.length - 8);
});

test("IPC schema: the continuation marker may be missing", () => {
  const bytes = encodeSchema(new Schema([new Field("a", new Int32())]));
  assertEquals(decodeSchema(bytes.subarray(4)).fields[0]!.name, "a");
});

test("IPC schema: a whole IPC stream is a schema too", () => {
  const bytes = encodeSchema(new Schema([new Field("a", new Int32())]));
  const stream = Uint8Array.of(...bytes, 255, 255, 255, 255, 0, 0, 0, 0);
  assertEquals(decodeSchema(stream).fields[0]!.name, "a");
});

test("IPC schema: a schema without fields survives a round trip", () => {
  const decoded = decodeSchema(encodeSchema(new Schema([])));
  assertEquals(decoded.fields, []);
  assertEquals([...decoded.metadata], []);
});

test("IPC schema: metadata of schemas and fields survives a round trip", () => {
  const schema = new Schema(
    [
      new Field(
        "a",
        new Int32(),
        true,
        new Map([["", ""], ["key", "ä\u{1f980}"]]),
      ),
      new Field(
        "s",
        new Struct([new Field("b", new Utf8(), false, new Map([["k", "v"]]))]),
      ),
    ],
    new Map([["origin", "here"], ["empty", ""]]),
  );
  const decoded = decodeSchema(encodeSchema(schema));
  assertEquals(facts(decoded.fields), facts(schema.fields));
  assertEquals([...decoded.metadata], [...schema.metadata]);
  assertEquals(
    [...readByArrow(encodeSchema(schema)).metadata],
    [...schema.metadata],
  );
});

test("IPC schema: extension types pass through as metadata", () => {
  const metadata = new Map([
    ["ARROW:extension:name", "arrow.uuid"],
    ["ARROW:extension:metadata", ""],
  ]);
  const schema = new Schema([new Field("id", new Binary(), true, metadata)]);
  const [field] = decodeSchema(encodeSchema(schema)).fields;
  assertEquals([...field!.metadata], [...metadata]);
});

test("IPC schema: names may be empty, equal or unusual", () => {
  const names = ["", "a", "a", "\ufeffb", "c\u0000d", "\u{1f980}"];
  const schema = new Schema(names.map((name) => new Field(name, new Int32())));
  const decoded = decodeSchema(encodeSchema(schema));
  assertEquals(decoded.fields.map(({ name }) => name), names);
});

test("IPC schema: a field without a name has an empty one", () => {
  // apache-arrow leaves out empty names.
  const schema = new Schema([new Field("", new Int32())]);
  const header = Message.encode(Message.from(schema as never));
  const prefix = new Uint8Array(Int32Array.of(header.length).buffer);
  const decoded = decodeSchema(Uint8Array.of(...prefix, ...header));
  assertEquals(decoded.fields[0]!.name, "");
});

test("IPC schema: fields that share a dictionary go on sharing it", () => {
  const type = new Dictionary(new Utf8(), new Int32(), 4);
  const schema = new Schema([new Field("a", type), new Field("b", type)]);
  const [a, b] = decodeSchema(encodeSchema(schema)).fields;
  assertEquals([a!.type.id, b!.type.id], [4, 4]);
  assert(a!.type.dictionary === b!.type.dictionary);
});

test("IPC schema: an id that two dictionaries use by accident is given to one", () => {
  const fields = [
    new Field("a", new Dictionary(new Utf8(), new Int32(), 1)),
    new Field("b", new Dictionary(new Int32(), new Int32(), 1)),
    new Field("c", new Dictionary(new Utf8(), new Int32(), 0)),
  ];
  const schema = new Schema(fields, null, new Map());
  const decoded = decodeSchema(encodeSchema(schema));
  assertEquals(decoded.fields.map(({ type }) => type.id), [1, 2, 0]);
});

test("IPC schema: types that apache-arrow does not know are refused by name", () => {
  const type = { typeId: 22, children: [] } as never;
  const schema = new Schema([
    new Field("s", new Struct([new Field("runs", type)])),
  ]);
  const error = assertThrows(() => encodeSchema(schema), FlightError);
  assertEquals(error.code, "UNIMPLEMENTED");
  assertEquals(
    error.details,
    'Cannot encode Schema: field "s.runs" is of type RunEndEncoded, which apache-arrow does not support',
  );
});

test("IPC schema: one whose metadata has changed is encoded anew", () => {
  const field = new Field("n", new Int32(), true, new Map([["unit", "m"]]));
  const schema = new Schema([field], new Map([["origin", "here"]]));
  const before = encodeSchema(schema);
  assertEquals(encodeSchema(schema), before);
  // Its memory is not shared.
  before.fill(0);

  field.metadata.set("unit", "km");
  assertEquals(
    decodeSchema(encodeSchema(schema)).fields[0]!.metadata,
    new Map([["unit", "km"]]),
  );
  schema.metadata.set("origin", "there");
  assertEquals(
    decodeSchema(encodeSchema(schema)).metadata,
    new Map([["origin", "there"]]),
  );
  schema.fields.push(new Field("m", new Int32()));
  assertEquals(decodeSchema(encodeSchema(schema)).fields.length, 2);
});
