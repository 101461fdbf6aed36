/** Schema and RecordBatch → IPC messages. */

import type { Data, RecordBatch, Schema } from "apache-arrow";
import { BatchAssembler } from "./batch_assembler.ts";
import { writeBatch } from "./batch_writer.ts";
import { cannotEncode } from "./codec_error.ts";
import { fieldsOf } from "./batch_schema.ts";
import { DictionaryIdMap } from "./dictionary_ids.ts";
import { DictionaryTracker } from "./dictionary_tracker.ts";
import { type FieldLayout, layoutOf } from "./field_layout.ts";
import type { IpcMessage } from "./ipc_message.ts";
import { sameType } from "./same_type.ts";
import { writeSchema } from "./schema_writer.ts";

/**
 * Encodes one stream: its schema, then its batches. Schema and batches may come from any copy of
 * apache-arrow.
 */
export class IpcEncoder {
  #fields: readonly FieldLayout[] | undefined;
  #dictionaries: DictionaryTracker | undefined;

  /**
   * Encodes the schema, which starts the stream (again: dictionaries count as not yet sent).
   *
   * @param schema The schema of all batches that follow.
   * @returns Its message, which has no body.
   * @throws {FlightError} UNIMPLEMENTED for types that apache-arrow does not know.
   */
  schema(schema: Schema): IpcMessage {
    const ids = new DictionaryIdMap(schema.fields);
    const header = writeSchema(schema, (type) => ids.of(type));
    const layout = layoutOf(schema.fields, (type) => ids.of(type));
    this.#fields = layout.fields;
    this.#dictionaries = new DictionaryTracker(layout);
    return { header, body: [], bodyLength: 0 };
  }

  /**
   * Encodes a batch.
   *
   * @param batch A batch with the fields of the schema: same names, same types.
   * @returns The dictionary batches that must precede it, then the record batch. Bodies are views of
   * the memory of `batch`.
   * @throws {FlightError} INVALID_ARGUMENT when the batch has other fields; what was sent remains
   * valid, and the next batch may be encoded.
   * @throws {TypeError} When `schema` was not called before.
   */
  encode(batch: RecordBatch): IpcMessage[] {
    const [fields, dictionaries] = [this.#fields, this.#dictionaries];
    if (fields === undefined || dictionaries === undefined) {
      throw new TypeError("Cannot encode RecordBatch: there is no schema yet");
    }
    checkFields(batch, fields);
    const { data } = batch;
    const plan = dictionaries.plan(data.children);
    const messages: IpcMessage[] = [];
    for (const { id, value, chunk, isDelta } of plan.updates) {
      const assembler = new BatchAssembler("DictionaryBatch", plan.bases);
      assembler.add(value, chunk, 0, chunk.length);
      messages.push(
        writeBatch(chunk.length, assembler, undefined, { id, isDelta }),
      );
    }
    const assembler = new BatchAssembler("RecordBatch", plan.bases);
    for (let i = 0; i < fields.length; i++) {
      assembler.add(fields[i]!, data.children[i], 0, data.length);
    }
    messages.push(writeBatch(data.length, assembler, batch.metadata));
    plan.commit();
    return messages;
  }
}

/** Names the first field in which a batch differs from the schema of its stream. */
function checkFields(
  { data }: RecordBatch,
  layouts: readonly FieldLayout[],
): void {
  const fields = fieldsOf(data);
  const count = Math.max(fields.length, layouts.length);
  for (let i = 0; i < count; i++) {
    const [field, layout] = [fields[i], layouts[i]];
    if (
      field === undefined || layout === undefined ||
      field.name !== layout.name ||
      !(field.type === layout.type || sameType(field.type, layout.type))
    ) {
      const has = field === undefined
        ? `the batch ends before field ${i}`
        : `field ${i} of the batch is "${field.name}: ${field.type}"`;
      const wanted = layout === undefined
        ? "the schema of the stream ends before it"
        : `the schema of the stream has "${layout.name}: ${layout.type}"`;
      throw cannotEncode("RecordBatch", `${has}, but ${wanted}`);
    }
  }
  const columns: readonly Data[] = data.children;
  if (columns.length !== fields.length) {
    throw cannotEncode(
      "RecordBatch",
      `it has ${columns.length} columns for ${fields.length} fields`,
    );
  }
}
