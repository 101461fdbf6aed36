/**
 * A schema of the integration JSON → one of apache-arrow.
 *
 * @module
 */
import { type DataType, Dictionary, Field, Schema } from "apache-arrow";
import type { JsonField, JsonMetadata, JsonSchema } from "./json_document.ts";
import { readType } from "./type_reader.ts";

/** A schema, and the types of the values of its dictionaries, by id. */
export interface ReadSchema {
  readonly schema: Schema;
  readonly dictionaries: ReadonlyMap<number, DataType>;
}

/**
 * Reads a schema.
 */
export function readSchema({ fields, metadata }: JsonSchema): ReadSchema {
  const dictionaries = new Map<number, DataType>();
  return {
    schema: new Schema(fields.map(readField), readMetadata(metadata)),
    dictionaries,
  };

  function readField(
    { name, type, nullable, children, dictionary, metadata }: JsonField,
  ): Field {
    let read = readType(type, children.map(readField));
    if (dictionary) {
      const { id, indexType, isOrdered } = dictionary;
      // apache-arrow wants the very same object wherever it is used.
      const values = dictionaries.get(id) ?? read;
      dictionaries.set(id, values);
      const indices = readType(indexType, []) as Dictionary["indices"];
      read = new Dictionary(values, indices, id, isOrdered);
    }
    return new Field(name, read, nullable, readMetadata(metadata));
  }
}

function readMetadata(
  metadata: JsonMetadata | null | undefined,
): Map<string, string> {
  return new Map(metadata?.map(({ key, value }) => [key, value]));
}
