/** A file that is read and written again is the same, buffer by buffer. */
import { assertEquals, assertThrows } from "@std/assert";
import {
  Dictionary,
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { describe, it, test } from "node:test";
import { checkData } from "./check_data.ts";
import { readDocument } from "./document_reader.ts";
import { writeDocument } from "./document_writer.ts";
import { CASE_NAMES, generateCase } from "./generate/cases.ts";
import { documentText, parseDocument } from "./json_document.ts";

/** Types whose rows are in another order or number when they are written again. */
const ENCODED = ["run_end_encoded", "list_view"];

describe("writeDocument", () => {
  for (const name of CASE_NAMES) {
    if (ENCODED.includes(name)) {
      it(`writes what ${name} holds`, () => {
        const read = readDocument(generateCase(name));
        const document = parseDocument(documentText(writeDocument(read)));
        checkData(readDocument(document), read);
      });
    } else {
      it(`writes ${name} as it was read`, () => {
        const document = parseDocument(documentText(generateCase(name)));
        assertEquals(writeDocument(readDocument(document)), document);
      });
    }
  }
});

const TYPE = new Dictionary(new Utf8(), new Int32(), 7);
const SCHEMA = new Schema([new Field("word", TYPE, true)]);

function batchOf(dictionary: Vector<Utf8>): RecordBatch {
  const data = Int32Array.of(0);
  return new RecordBatch(
    SCHEMA,
    makeData({
      type: new Struct(SCHEMA.fields),
      length: 1,
      children: [makeData({ type: TYPE, data, dictionary })],
    }),
  );
}

function words(...words: string[]): Vector<Utf8> {
  return vectorFromArray(words, new Utf8());
}

test("writeDocument: equal dictionaries are one", () => {
  const { dictionaries } = writeDocument({
    schema: SCHEMA,
    batches: [batchOf(words("a", "b")), batchOf(words("a", "b"))],
  });
  assertEquals(dictionaries, [{
    id: 7,
    data: {
      count: 2,
      columns: [{
        name: "DICT7",
        count: 2,
        VALIDITY: [1, 1],
        OFFSET: [0, 1, 2],
        DATA: ["a", "b"],
      }],
    },
  }]);
});

test("writeDocument: a dictionary that changes cannot be written", () => {
  const batches = [batchOf(words("a")), batchOf(words("b"))];
  assertThrows(
    () => writeDocument({ schema: SCHEMA, batches }),
    RangeError,
    "dictionary 7 changes",
  );
});

test("writeDocument: a dictionary in parts cannot be written", () => {
  const batches = [batchOf(words("a").concat(words("b")))];
  assertThrows(
    () => writeDocument({ schema: SCHEMA, batches }),
    RangeError,
    "dictionary 7 comes in parts",
  );
});

describe("writeDocument writes the rows of a slice only", () => {
  const kinds = ["primitive", "large_binary", "binary_view", "nested", "union"];
  for (const name of kinds) {
    it(name, () => {
      const { schema, batches } = readDocument(generateCase(name));
      const slices = [batches.at(-1)!.slice(3, 9)];
      const written = writeDocument({ schema, batches: slices });
      checkData(readDocument(written), { schema, batches: slices });
    });
  }
});
