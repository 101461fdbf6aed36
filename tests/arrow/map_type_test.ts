import { assertEquals } from "@std/assert";
import {
  Dictionary,
  Field,
  Int32,
  Map_,
  Schema,
  Struct,
  Utf8,
} from "apache-arrow";
import { test } from "node:test";
import { hydratedSchema } from "../../internal/arrow/hydrate.ts";
import { mapType } from "../../internal/arrow/types/map_type.ts";
import { decodeSchema } from "../../internal/ipc/decode_schema.ts";
import { encodeSchema } from "../../internal/ipc/encode_schema.ts";

/** A map with names of its own. */
function entriesOf(value: Utf8 | Dictionary): Field {
  return new Field(
    "pairs",
    new Struct([
      new Field("k", new Utf8(), false),
      new Field("v", value, true),
    ]),
    false,
  );
}

/** The names of the fields inside the first field. */
function namesIn(schema: Schema): string[] {
  const [entries]: Field[] = schema.fields[0]!.type.children;
  const names = entries!.type.children.map(({ name }: Field) => name);
  return [entries!.name, ...names];
}

const NAMES = ["pairs", "k", "v"];

test("mapType: fields keep their names", () => {
  const entries = entriesOf(new Utf8());
  const type = mapType(entries, true);
  assertEquals(type instanceof Map_ && type.keysSorted, true);
  assertEquals(namesIn(new Schema([new Field("map", type, true)])), NAMES);
});

test("mapType: the names of a map survive the wire", () => {
  const type = mapType(entriesOf(new Utf8()), false);
  const schema = new Schema([new Field("map", type, true)]);
  assertEquals(namesIn(decodeSchema(encodeSchema(schema))), NAMES);
});

test("mapType: a map without its dictionaries has the same names", () => {
  const dictionary = new Dictionary(new Utf8(), new Int32(), 0);
  const type = mapType(entriesOf(dictionary), false);
  const schema = new Schema([new Field("map", type, true)]);
  assertEquals(namesIn(hydratedSchema(schema)), NAMES);
  // The one that was given shares a field with it.
  assertEquals(namesIn(schema), NAMES);
});
