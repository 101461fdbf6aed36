/** Two data sets are the same only if every value and all metadata are. */
import { assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import { checkData } from "./check_data.ts";
import { readDocument } from "./document_reader.ts";
import { CASE_NAMES, generateCase } from "./generate/cases.ts";
import type { JsonColumn, JsonDocument } from "./json_document.ts";

/** A copy in which `change` has changed something. */
function changed(
  document: JsonDocument,
  change: (copy: JsonDocument) => void,
): JsonDocument {
  const copy = structuredClone(document);
  change(copy);
  return copy;
}

function assertDiffers(a: JsonDocument, b: JsonDocument): void {
  assertThrows(() => checkData(readDocument(a), readDocument(b)));
  assertThrows(() => checkData(readDocument(b), readDocument(a)));
}

type Writable<T> = { -readonly [K in keyof T]: Writable<T[K]> };

/** The first column of the first batch that has rows. */
function columnOf(document: JsonDocument): Writable<JsonColumn> {
  const batch = document.batches.find(({ count }) => count > 0)!;
  return batch.columns[0] as Writable<JsonColumn>;
}

describe("checkData", () => {
  for (const name of CASE_NAMES) {
    it(`takes ${name} for what it is`, () => {
      const document = generateCase(name);
      checkData(readDocument(document), readDocument(document));
    });
  }

  const primitive = generateCase("primitive");

  it("finds a value that differs", () => {
    const copy = changed(primitive, (copy) => {
      const column = columnOf(copy);
      const row = column.VALIDITY!.indexOf(1);
      column.DATA![row] = !column.DATA![row];
    });
    assertDiffers(primitive, copy);
  });

  it("does not look below nulls", () => {
    const copy = changed(primitive, (copy) => {
      const column = columnOf(copy);
      const row = column.VALIDITY!.indexOf(0);
      column.DATA![row] = !column.DATA![row];
    });
    checkData(readDocument(primitive), readDocument(copy));
  });

  it("finds a null that differs", () => {
    const copy = changed(primitive, (copy) => {
      const column = columnOf(copy);
      column.VALIDITY![column.VALIDITY!.indexOf(1)] = 0;
    });
    assertDiffers(primitive, copy);
  });

  it("finds that a batch is missing", () => {
    assertDiffers(primitive, {
      ...primitive,
      batches: primitive.batches.slice(1),
    });
  });

  it("finds a difference of metadata of fields inside others", () => {
    const document = generateCase("custom_metadata");
    const copy = changed(document, (copy) => {
      const [item] = copy.schema.fields[3]!.children;
      (item!.metadata![0] as Writable<{ value: string }>).value = "[]";
    });
    assertDiffers(document, copy);
  });

  it("finds a difference of metadata of schemas", () => {
    const document = generateCase("custom_metadata");
    const { schema } = document;
    assertDiffers(document, {
      ...document,
      schema: { ...schema, metadata: schema.metadata!.slice(1) },
    });
  });

  it("finds a difference of nullability", () => {
    const copy = changed(primitive, (copy) => {
      (copy.schema.fields[0] as { nullable: boolean }).nullable = false;
    });
    assertDiffers(primitive, copy);
  });

  it("finds a difference in values of dictionaries", () => {
    const document = generateCase("dictionary");
    const copy = changed(document, (copy) => {
      const [column] = copy.dictionaries![2]!.data.columns;
      (column as Writable<JsonColumn>).DATA!.fill("7");
    });
    assertDiffers(document, copy);
  });

  it("does not look at ids of dictionaries", () => {
    const document = generateCase("extension");
    const copy = changed(document, (copy) => {
      const { fields } = copy.schema as Writable<JsonDocument["schema"]>;
      fields[1]!.dictionary!.id = 99;
      (copy.dictionaries![0] as { id: number }).id = 99;
    });
    checkData(readDocument(document), readDocument(copy));
  });
});
