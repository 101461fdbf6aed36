/** Writes custom metadata. */

import { MARK } from "../metadata.ts";
import { type FlatbufferWriter, tableLayout } from "./flatbuffer_writer.ts";

/** KeyValue: key, value. */
const KEY_VALUE = /* @__PURE__ */ tableLayout(4, 4);

/**
 * Writes custom metadata into a table.
 *
 * @param writer Writes the flatbuffer.
 * @param position The reference to it.
 * @param metadata The metadata; the marks of its keys are removed.
 */
export function writeMetadata(
  writer: FlatbufferWriter,
  position: number,
  metadata: ReadonlyMap<string, string>,
): void {
  const first = writer.vector(metadata.size, 4);
  writer.refer(position, first - 4);
  let element = first;
  for (const [key, value] of metadata) {
    const entry = writer.table(KEY_VALUE);
    writer.refer(element, entry);
    const text = String(key).replace(MARK, "");
    writer.refer(entry + KEY_VALUE.at[0]!, writer.string(text));
    writer.refer(entry + KEY_VALUE.at[1]!, writer.string(String(value)));
    element += 4;
  }
}
