/**
 * Custom metadata: a list of keys and values in the format, a map of texts in apache-arrow.
 *
 * A key may occur again in the list. In the map, all of its occurrences except the last end with a
 * mark: lone surrogates from U+DC00 to U+DC7F, which no text of a peer can contain ({@linkcode
 * metadataText} uses those above). So all of them survive when maps are copied and merged, as
 * apache-arrow does for every RecordBatch.
 */

import type { FlatbufferReader } from "./decode/flatbuffer_reader.ts";

// table KeyValue { 0 key: string; 1 value: string; }

/** First of the surrogates that are the digits of a mark. */
const FIRST_DIGIT = 0xdc00;
const DIGITS = 0x80;
/** A mark at the end of a key. */
export const MARK = /[\udc00-\udc7f]+$/u;

/**
 * Approximate memory of an entry, in bytes. References may share entries, which would otherwise
 * cost a peer four bytes each.
 */
const ENTRY_BYTES = 256;

/**
 * Reads the custom metadata in a slot of a table.
 *
 * @param reader Reads the flatbuffer.
 * @param table The position of the table.
 * @param slot The number of the slot.
 * @returns All entries in their order. Keys that occur again later have a mark.
 */
export function readMetadata(
  reader: FlatbufferReader,
  table: number,
  slot: number,
): Map<string, string> {
  const first = reader.vectorIn(table, slot, 4);
  const entries: [key: string, value: string][] = [];
  for (let i = 0; i < reader.length(first); i++) {
    const entry = reader.table(first + 4 * i);
    reader.charge(ENTRY_BYTES);
    // Both are optional in the format.
    const key = reader.stringIn(entry, 0) ?? "";
    entries.push([key, reader.stringIn(entry, 1) ?? ""]);
  }
  const metadata = new Map(entries);
  return metadata.size < entries.length ? new Map(marked(entries)) : metadata;
}

/** Gives every occurrence of a key except its last a mark of its own. */
function* marked(
  entries: readonly [key: string, value: string][],
): Generator<[key: string, value: string]> {
  const total = new Map<string, number>();
  for (const [key] of entries) total.set(key, (total.get(key) ?? 0) + 1);
  const seen = new Map<string, number>();
  for (const [key, value] of entries) {
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    if (count + 1 === total.get(key)) yield [key, value];
    else yield [key + markOf(count), value];
  }
}

function markOf(count: number): string {
  let mark = "";
  do {
    mark += String.fromCharCode(FIRST_DIGIT + count % DIGITS);
    count = Math.floor(count / DIGITS);
  } while (count > 0);
  return mark;
}
