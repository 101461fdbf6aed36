/** Schemas that were decoded before. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Field, Int32, List, Schema, Utf8 } from "apache-arrow";
import { decodeSchema } from "../../internal/ipc/decode_schema.ts";
import { encodeSchema } from "../../internal/ipc/encode_schema.ts";

function schemaOf(name: string): Schema {
  return new Schema(
    [
      new Field(name, new Int32(), false, new Map([["key", `of ${name}`]])),
      new Field("text", new Utf8(), true),
    ],
    new Map([["table", name]]),
  );
}

/** All that a schema says. */
function contents({ fields, metadata, metadataVersion }: Schema): unknown {
  return {
    fields: fields.map(({ name, type, nullable, metadata }) => [
      name,
      String(type),
      nullable,
      [...metadata],
    ]),
    metadata: [...metadata],
    metadataVersion,
  };
}

test("decodeSchema(): a schema that the program changes is its own", () => {
  const bytes = encodeSchema(schemaOf("changed"));
  const expected = contents(decodeSchema(bytes));
  for (let i = 0; i < 3; i++) {
    const schema = decodeSchema(bytes);
    assertEquals(contents(schema), expected);
    schema.metadata.set("table", "another");
    schema.fields[0]!.metadata.clear();
    schema.dictionaries.set(1, new Int32());
    schema.fields.pop();
  }
});

test("decodeSchema(): a list's fields are its own too", () => {
  const item = new Field("item", new Int32(), true, new Map([["a", "b"]]));
  const bytes = encodeSchema(new Schema([new Field("list", new List(item))]));
  const [first, second] = [decodeSchema(bytes), decodeSchema(bytes)];
  assert(first.fields[0]!.type !== second.fields[0]!.type);
});

test("decodeSchema(): every byte of a schema counts", () => {
  const bytes = encodeSchema(schemaOf("column"));
  const expected = contents(decodeSchema(bytes));
  const at = bytes.findIndex((_, i) =>
    new TextDecoder().decode(bytes.subarray(i, i + 6)) === "column"
  );
  // In place, as in memory that is used again.
  bytes[at] = "C".charCodeAt(0);
  const names = JSON.stringify(contents(decodeSchema(bytes)));
  assert(names.includes("Column"), names);
  bytes[at] = "c".charCodeAt(0);
  assertEquals(contents(decodeSchema(bytes)), expected);
});

test("decodeSchema(): many schemas in turn stay apart", () => {
  const names = Array.from({ length: 20 }, (_, i) => `column ${i}`);
  const encoded = names.map((name) => encodeSchema(schemaOf(name)));
  for (const order of [encoded, encoded.toReversed(), encoded]) {
    for (const bytes of order) {
      const schema = decodeSchema(bytes);
      const name = names[encoded.indexOf(bytes)]!;
      assertEquals(schema.fields[0]!.name, name);
      assertEquals(schema.metadata.get("table"), name);
    }
  }
});
