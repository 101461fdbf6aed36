/** Dictionaries within dictionaries. */

import { assertEquals } from "@std/assert";
import {
  type Data,
  Dictionary,
  Field,
  Int16,
  type List,
  makeData,
  Struct,
  Uint8,
  Utf8,
  Vector,
} from "apache-arrow";
import { test } from "node:test";
import { batchOf, dictionaryData, SAMPLES } from "../support/ipc/samples.ts";
import {
  decode,
  encode,
  receive,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";
import { check, checkBoth, DELTA, words } from "./dictionary_checks.ts";

/** A struct column with a dictionary-encoded child, itself dictionary-encoded. */
function nested(
  inner: Dictionary,
  outer: Dictionary,
  colours: Vector,
  pairs: number[],
  indices: number[],
): Data {
  const chunk = makeData({
    type: outer.dictionary as Struct,
    length: pairs.length,
    nullCount: 0,
    children: [dictionaryData(inner, colours, pairs)],
  });
  return dictionaryData(outer, new Vector([chunk]), indices);
}

function nestedTypes(): [inner: Dictionary, outer: Dictionary] {
  const inner = new Dictionary(new Utf8(), new Int16(), 9);
  const struct = new Struct([new Field("colour", inner, true)]);
  return [inner, new Dictionary(struct, new Uint8(), 2)];
}

test("nested dictionaries: inner dictionaries come before outer ones", () => {
  const [inner, outer] = nestedTypes();
  const data = nested(inner, outer, words("a", "b"), [1, 0, 1], [0, 1, 2, 1]);
  const batch = batchOf({ c: data });
  checkBoth([batch, batch], [
    "dictionary 9",
    "dictionary 2",
    "batch",
    "batch",
  ]);
});

test("nested dictionaries: outer dictionaries are sent again when inner ones are replaced", () => {
  const [inner, outer] = nestedTypes();
  const batches = [words("a", "b"), words("c", "d")].map((colours) =>
    batchOf({ c: nested(inner, outer, colours, [1, 0], [0, 1]) })
  );
  checkBoth(batches, [
    "dictionary 9",
    "dictionary 2",
    "batch",
    "dictionary 9",
    "dictionary 2",
    "batch",
  ]);
});

test("nested dictionaries: outer dictionaries are sent again when a neighbour replaces inner ones", () => {
  const [inner, outer] = nestedTypes();
  const data = nested(inner, outer, words("a", "b"), [1, 0], [0, 1]);
  const batches = [words("x"), words("y")].map((values) =>
    batchOf({ plain: dictionaryData(inner, values, [0, 0]), c: data })
  );
  check(batches, [
    "dictionary 9",
    "delta 9",
    "dictionary 2",
    "batch",
    "dictionary 9",
    "delta 9",
    "dictionary 2",
    "batch",
  ], DELTA);
});

test("nested dictionaries: inner dictionaries may grow", () => {
  const [inner, outer] = nestedTypes();
  const colours = words("a", "b");
  const first = nested(inner, outer, colours, [1, 0], [0, 1]);
  const more = nested(inner, outer, colours.concat(words("c")), [2], []);
  const second = dictionaryData(
    outer,
    first.dictionary!.concat(more.dictionary!),
    [2, 1],
  );
  checkBoth([batchOf({ c: first }), batchOf({ c: second })], [
    "dictionary 9",
    "dictionary 2",
    "batch",
    "delta 9",
    "delta 2",
    "batch",
  ], DELTA);
});

test("nested dictionaries: lists of dictionaries in slices", () => {
  const batch = batchOf({ c: SAMPLES.listOfDictionary!() });
  const { id } = (batch.schema.fields[0]!.type as List).children[0]!
    .type as Dictionary;
  checkBoth([batch.slice(4, 11), batch, batch.slice(0, 0)], [
    `dictionary ${id}`,
    "batch",
    "batch",
    "batch",
  ]);
});

test("nested dictionaries: a batch of nulls may come without a nested dictionary", () => {
  const [inner, outer] = nestedTypes();
  const data = nested(inner, outer, words("a"), [0], [0]);
  const batch = batchOf({ c: data }).slice(0, 0);
  const messages = receive(encode([batch]));
  const [decoded] = decode([messages[0]!, messages.at(-1)!]);
  assertEquals(valuesOf(decoded!), [[]]);
});
