/**
 * Schemas that were decoded before. A query that is run again brings the same one twice each time, in its FlightInfo
 * and before its rows, and to decode its names and metadata is a tenth of the client's time for one row.
 */

import { Field, Schema } from "apache-arrow";
import { TYPE_ID } from "../../arrow/arrow_format.ts";
import { equalBytes } from "../../base/bytes.ts";

/** Most schemas that are kept. */
const MAX_SCHEMAS = 8;

/** Longest header whose schema is kept, in bytes. */
const MAX_HEADER_BYTES = 4096;

interface KnownSchema {
  readonly header: Uint8Array;
  readonly schema: Schema;
}

/** The kept schemas, the one that was used last first. */
const known: KnownSchema[] = [];

/**
 * Reads the schema of a message, unless the same bytes were read before.
 *
 * @param header The message, on whose bytes alone the schema depends.
 * @param read Reads it.
 * @returns A schema of its own: to change it changes no other.
 */
export function knownSchema(header: Uint8Array, read: () => Schema): Schema {
  if (header.byteLength > MAX_HEADER_BYTES) return read();
  const at = known.findIndex((one) => equalBytes(one.header, header));
  const [found] = at < 0 ? [] : known.splice(at, 1);
  if (found !== undefined) {
    known.unshift(found);
    return copyOf(found.schema);
  }
  const schema = read();
  if (schema.fields.every(isFlat)) {
    // The memory of the message may be used again.
    known.unshift({ header: new Uint8Array(header), schema: copyOf(schema) });
    known.length = Math.min(known.length, MAX_SCHEMAS);
  }
  return schema;
}

/** Types do not change. Those with fields or dictionaries have parts that may. */
function isFlat({ type }: Field): boolean {
  return !type.children?.length && type.typeId !== TYPE_ID.dictionary;
}

function copyOf({ fields, metadata, metadataVersion }: Schema): Schema {
  return new Schema(
    fields.map(({ name, type, nullable, metadata }) =>
      new Field(name, type, nullable, new Map(metadata))
    ),
    new Map(metadata),
    new Map(),
    metadataVersion,
  );
}
