/**
 * Compares two sets of batches: schemas with all their metadata, values
 * exactly. The layout of values in memory does not matter, nor do the ids of
 * dictionaries, which every implementation chooses anew.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { RecordBatch, Schema } from "apache-arrow";
import { batchText } from "../pyarrow/value_text.ts";
import type { IntegrationData } from "./document_reader.ts";
import type { JsonField } from "./json_document.ts";
import { writeSchema } from "./schema_writer.ts";

/** Throws unless what was received is what was expected. */
export function checkData(
  received: IntegrationData,
  expected: IntegrationData,
): void {
  checkSchema(received.schema, expected.schema);
  assertEquals(
    received.batches.map(({ numRows }) => numRows),
    expected.batches.map(({ numRows }) => numRows),
    "batches have other numbers of rows",
  );
  for (const [index, batch] of received.batches.entries()) {
    checkBatch(batch, expected.batches[index]!, index);
  }
}

/** Throws unless the schemas are the same. */
export function checkSchema(received: Schema, expected: Schema): void {
  assertEquals(comparable(received), comparable(expected));
}

function checkBatch(
  received: RecordBatch,
  expected: RecordBatch,
  index: number,
): void {
  const [columns, wanted] = [batchText(received), batchText(expected)];
  for (const [position, column] of columns.entries()) {
    const { name } = expected.schema.fields[position]!;
    assertEquals(column, wanted[position], `batch ${index}, column "${name}"`);
  }
}

/** A schema without what may differ: ids, and the order of metadata. */
function comparable(schema: Schema): unknown {
  const { fields } = writeSchema(schema);
  return {
    fields: fields.map(withoutIds),
    metadata: sorted(schema.metadata),
  };
}

function withoutIds(field: JsonField): unknown {
  const { children, dictionary, metadata } = field;
  return {
    ...field,
    children: children.map(withoutIds),
    dictionary: dictionary && { ...dictionary, id: 0 },
    metadata: sorted(
      (metadata ?? []).map(({ key, value }) => [key, value] as const),
    ),
  };
}

function sorted(
  metadata: Iterable<readonly [string, string]>,
): readonly (readonly [string, string])[] {
  return [...metadata].sort(([a], [b]) => a < b ? -1 : 1);
}
