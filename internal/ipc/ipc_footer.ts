/** The footer of Arrow's IPC file format. */

import { toText } from "../base/bytes.ts";
import { cannotDecode, decoding } from "./codec_error.ts";
import { DictionaryIdMap } from "./dictionary_ids.ts";
import { FlatbufferReader } from "./flatbuffer_reader.ts";
import { readSchema } from "./schema_reader.ts";
import { writeSchema } from "./schema_writer.ts";

// table Footer { 0 version: int16; 1 schema: Schema; 2 dictionaries: [Block]; … }

/** What follows the flatbuffer: its length, and "ARROW1". */
const TAIL_BYTES = 10;

/**
 * The schema of a file, as the header of the message that a stream would begin with.
 *
 * @param bytes The end of the file, with all of the footer.
 * @throws {FlightError} INVALID_ARGUMENT when it is malformed, UNIMPLEMENTED for types that
 * apache-arrow does not know.
 */
export function footerSchema(bytes: Uint8Array): Uint8Array {
  return decoding("Footer", () => {
    const { buffer, byteOffset, byteLength } = bytes;
    const start = byteLength - TAIL_BYTES;
    if (start < 0 || toText(bytes.subarray(start + 4)) !== "ARROW1") {
      throw cannotDecode("Footer", "the file does not end with one");
    }
    const length = new DataView(buffer, byteOffset).getInt32(start, true);
    if (length < 0 || length > start) {
      throw cannotDecode(
        "Footer",
        `it is said to take ${length} bytes, but there are ${start}`,
      );
    }
    const reader = new FlatbufferReader(bytes.subarray(start - length, start));
    reader.what = "Footer";
    const root = reader.root();
    const table = reader.tableIn(root, 1);
    if (table === 0) reader.fail("it has no schema");
    const schema = readSchema(reader, table, reader.int16In(root, 0));
    const ids = new DictionaryIdMap(schema.fields);
    return writeSchema(schema, (type) => ids.of(type));
  });
}
