/**
 * Batches of apache-arrow → a file of the integration JSON.
 *
 * @module
 */
import { type Data, DataType, type Dictionary } from "apache-arrow";
import { isDeepStrictEqual } from "node:util";
import { writeColumn } from "./column_writer.ts";
import type { IntegrationData } from "./document_reader.ts";
import type {
  JsonColumn,
  JsonDictionaryBatch,
  JsonDocument,
} from "./json_document.ts";
import { writeSchema } from "./schema_writer.ts";

/**
 * Writes a file. It has the dictionaries that batches refer to, by their ids.
 *
 * @throws {TypeError} When there is a type that the format does not have.
 * @throws {RangeError} When a dictionary changes from batch to batch or comes
 * in parts: the format has one for the whole file.
 */
export function writeDocument(
  { schema, batches }: IntegrationData,
): JsonDocument {
  const dictionaries = new Map<number, JsonColumn>();
  for (const batch of batches) {
    for (const column of batch.data.children) collect(column, dictionaries);
  }
  return {
    schema: writeSchema(schema),
    ...(dictionaries.size > 0
      ? { dictionaries: [...dictionaries].map(dictionaryBatch).sort(byId) }
      : {}),
    batches: batches.map(({ data, numRows }) => ({
      count: numRows,
      columns: schema.fields.map(({ name }, index) =>
        writeColumn(name, data.children[index]!)
      ),
    })),
  };
}

/** Finds the dictionaries of a column, those inside it and inside each other. */
function collect(data: Data, dictionaries: Map<number, JsonColumn>): void {
  for (const child of data.children) collect(child, dictionaries);
  if (!DataType.isDictionary(data.type)) return;
  const { id } = data.type as Dictionary;
  const [values, ...more] = data.dictionary!.data;
  if (more.length > 0) {
    throw new RangeError(`dictionary ${id} comes in parts`);
  }
  collect(values!, dictionaries);
  const column = writeColumn(`DICT${id}`, values!);
  const known = dictionaries.get(id);
  dictionaries.set(id, column);
  if (known !== undefined && !isDeepStrictEqual(known, column)) {
    throw new RangeError(`dictionary ${id} changes`);
  }
}

function dictionaryBatch(
  [id, column]: [number, JsonColumn],
): JsonDictionaryBatch {
  return { id, data: { count: column.count, columns: [column] } };
}

function byId(a: JsonDictionaryBatch, b: JsonDictionaryBatch): number {
  return a.id - b.id;
}
