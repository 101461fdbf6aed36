import { assertEquals } from "@std/assert";
import { Field, Int32, List, Struct, Timestamp, Utf8 } from "apache-arrow";
import { test } from "node:test";
import { sameType } from "../../internal/arrow/types/same_type.ts";
import { SAMPLES } from "../support/ipc/samples.ts";

test("sameType(): every type is the same as itself, made again, and as no other", () => {
  const makes = Object.entries(SAMPLES);
  for (const [name, make] of makes) {
    for (const [other, makeOther] of makes) {
      assertEquals(
        sameType(make().type, makeOther().type),
        name === other,
        `${name}, ${other}`,
      );
    }
  }
});

test("sameType(): the name of a list's child means nothing, those of a struct's do", () => {
  const [a, b] = ["a", "b"].map((name) => [new Field(name, new Int32())]);
  assertEquals(sameType(new List(a![0]!), new List(b![0]!)), true);
  assertEquals(sameType(new Struct(a!), new Struct(b!)), false);
});

test("sameType(): nullability and metadata mean nothing", () => {
  const plain = new Field("a", new Utf8());
  const other = new Field("a", new Utf8(), true, new Map([["k", "v"]]));
  assertEquals(sameType(new Struct([plain]), new Struct([other])), true);
});

test("sameType(): no time zone is the same as an empty one", () => {
  assertEquals(sameType(new Timestamp(1, null), new Timestamp(1, "")), true);
  assertEquals(
    sameType(new Timestamp(1, null), new Timestamp(1, "UTC")),
    false,
  );
});
