/** Encodes a schema once, for all streams that have it. */

import type { DataType, Field, Schema } from "apache-arrow";
import { layoutOf, type SchemaLayout } from "../../arrow/field_layout.ts";
import { anyType } from "../../arrow/types/same_type.ts";
import { DictionaryIdMap } from "./dictionary_ids.ts";
import { writeSchema } from "./schema_writer.ts";

/** Parts of a stream that depend on its schema alone. */
interface EncodedSchema {
  /** Header of the message. It is shared: copy it. */
  readonly header: Uint8Array;
  /** Layout of the batches. */
  readonly layout: SchemaLayout;
}

/** Encoded schema, and the parts of the Schema that a program might have changed since. */
interface Entry extends EncodedSchema {
  readonly parts: readonly unknown[];
}

/** By the object, for services send the same one with every answer. */
const ENTRIES = new WeakMap<Schema, Entry>();

/**
 * Encodes a schema, or returns its encoding from before.
 *
 * @param schema A schema, also of another copy of apache-arrow.
 * @throws {FlightError} UNIMPLEMENTED for types that apache-arrow does not know.
 */
export function encodedSchema(schema: Schema): EncodedSchema {
  const parts: unknown[] = [];
  addMetadata(parts, schema.metadata);
  addFields(parts, schema.fields);
  const known = ENTRIES.get(schema);
  if (known !== undefined && areSame(known.parts, parts)) return known;
  const ids = new DictionaryIdMap(schema.fields);
  const entry = {
    header: writeSchema(schema, (type) => ids.of(type)),
    layout: layoutOf(schema.fields, (type) => ids.of(type)),
    parts,
  };
  ENTRIES.set(schema, entry);
  return entry;
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

/** Types do not change, but lists of fields and maps of metadata may. */
function addFields(parts: unknown[], fields: readonly Field[]): void {
  parts.push(fields.length);
  for (const { name, nullable, type, metadata } of fields) {
    parts.push(name, nullable, type);
    addMetadata(parts, metadata);
    addType(parts, type);
  }
}

function addType(parts: unknown[], type: DataType): void {
  const { dictionary, children } = anyType(type);
  if (dictionary) parts.push(dictionary);
  // The children of a dictionary type are those of its values.
  if (children) addFields(parts, children);
}

function addMetadata(
  parts: unknown[],
  metadata: ReadonlyMap<string, string> | undefined,
): void {
  parts.push(metadata?.size);
  if (metadata?.size) {
    for (const [key, value] of metadata) parts.push(key, value);
  }
}
