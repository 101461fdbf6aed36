/** Schema and RecordBatch → IPC messages. */

import type { Data, RecordBatch, Schema } from "apache-arrow";
import { BatchAssembler, type DictionaryBases } from "./batch_assembler.ts";
import { fieldsOf } from "../../arrow/batch_schema.ts";
import { splitRows } from "./batch_splitter.ts";
import { writeBatch } from "./batch_writer.ts";
import { cannotEncode } from "../../arrow/encodings/cannot_encode.ts";
import type { BufferCompressor } from "../compression/compressed_buffer.ts";
import { compressionPart } from "../compression/compression_part.ts";
import { encodedSchema } from "./encoded_schema.ts";
import {
  DictionaryTracker,
  type DictionaryUpdate,
} from "./dictionary_tracker.ts";
import { type FieldLayout, layoutOf } from "../../arrow/field_layout.ts";
import { hydratedSchema } from "../../arrow/hydrate.ts";
import type { IpcMessage } from "./ipc_message.ts";
import { DEFAULT_WRITE_SETTINGS, type WriteSettings } from "./ipc_settings.ts";
import { sameType } from "../../arrow/types/same_type.ts";
import { typeText } from "../../arrow/types/type_text.ts";

/** State of a stream once it has a schema. */
interface Stream {
  /** The fields that batches must have. */
  readonly fields: readonly FieldLayout[];
  /** Fields that are sent, which differ if dictionaries become plain values. */
  readonly sentFields: readonly FieldLayout[];
  readonly dictionaries: DictionaryTracker;
}

/** Encoded batch. */
export interface EncodedBatch {
  /**
   * Dictionary batches that must precede it, then the record batch, or several if it was split.
   * Those of a split batch are encoded as they are taken, once. Bodies are views of the memory of
   * the batch.
   */
  readonly messages: Iterable<IpcMessage>;
  /** Number of messages. */
  readonly count: number;
  /** True if the batch was split. */
  readonly isSplit: boolean;
  /** Call it before they are sent: from then on dictionaries count as sent. */
  commit(): void;
}

/**
 * Encodes one stream: its schema, then its batches. Schema and batches may come from any copy of
 * apache-arrow.
 */
export class IpcEncoder {
  readonly #settings: WriteSettings;
  readonly #compressor: BufferCompressor | undefined;
  readonly #hydrates: boolean;
  #stream: Stream | undefined;

  /**
   * Makes an encoder that waits for a schema.
   *
   * @param settings The options of encoding.
   * @throws {MissingPart} When it is to compress, until that part was loaded.
   */
  constructor(settings: WriteSettings = DEFAULT_WRITE_SETTINGS) {
    const { compression, compressionLevel, dictionaries } = settings;
    this.#settings = settings;
    this.#compressor = compression && {
      codec: compressionPart.needed().BODY_CODECS[compression],
      compressionLevel,
    };
    this.#hydrates = dictionaries === "hydrate";
  }

  /**
   * Encodes the schema, which starts the stream, or starts it again: dictionaries count as not yet
   * sent.
   *
   * @param schema The schema of all batches that follow.
   * @returns Its message, which has no body.
   * @throws {FlightError} UNIMPLEMENTED for types that apache-arrow does not know.
   */
  schema(schema: Schema): IpcMessage {
    const sent = this.#hydrates ? hydratedSchema(schema) : schema;
    const { header, layout } = encodedSchema(sent);
    this.#stream = {
      fields: sent === schema ? layout.fields : layoutOf(schema.fields).fields,
      sentFields: layout.fields,
      dictionaries: new DictionaryTracker(
        layout,
        this.#settings.dictionaries === "delta",
        this.#settings.maxBatchBytes,
      ),
    };
    return { header, body: [], bodyLength: 0 };
  }

  /**
   * Encodes a batch.
   *
   * @param batch A batch with the fields of the schema: same names, same types.
   * @returns Its messages.
   * @throws {FlightError} INVALID_ARGUMENT when the batch has other fields. The stream remains
   * valid, and the next batch may be encoded.
   * @throws {TypeError} When `schema` was not called before.
   */
  encode(batch: RecordBatch): EncodedBatch {
    const stream = this.#stream;
    if (stream === undefined) {
      throw new TypeError("Cannot encode RecordBatch: there is no schema yet");
    }
    const { data } = batch;
    checkFields(data, stream.fields);
    const { updates, bases, commit } = stream.dictionaries.plan(data.children);
    const dictionaries = updates.map((update) =>
      this.#dictionary(update, bases)
    );
    const parts = splitRows(
      stream.sentFields,
      data.children,
      data.length,
      this.#settings.maxBatchBytes,
    );
    return {
      messages: parts === undefined
        ? [...dictionaries, this.#batch(batch, bases, 0, data.length)]
        : this.#parts(batch, bases, dictionaries, parts),
      count: dictionaries.length + (parts?.length ?? 1),
      isSplit: parts !== undefined,
      commit,
    };
  }

  *#parts(
    batch: RecordBatch,
    bases: DictionaryBases,
    dictionaries: readonly IpcMessage[],
    parts: readonly number[],
  ): Generator<IpcMessage> {
    yield* dictionaries;
    let begin = 0;
    for (const length of parts) {
      yield this.#batch(batch, bases, begin, length);
      begin += length;
    }
  }

  #dictionary(
    { id, value, chunk, begin, length, isDelta }: DictionaryUpdate,
    bases: DictionaryBases,
  ): IpcMessage {
    const assembler = new BatchAssembler({
      what: "DictionaryBatch",
      bases,
      compressor: this.#compressor,
    });
    assembler.add(value, chunk, begin, length);
    return writeBatch(length, assembler, {
      dictionary: { id, isDelta },
      codec: this.#compressor?.codec,
    });
  }

  /** Encodes `length` rows from `begin` on. */
  #batch(
    { data, metadata }: RecordBatch,
    bases: DictionaryBases,
    begin: number,
    length: number,
  ): IpcMessage {
    const assembler = new BatchAssembler({
      what: "RecordBatch",
      bases,
      compressor: this.#compressor,
      hydrates: this.#hydrates,
    });
    const fields = this.#stream!.sentFields;
    for (let i = 0; i < fields.length; i++) {
      assembler.add(fields[i]!, data.children[i], begin, length);
    }
    return writeBatch(length, assembler, {
      metadata,
      codec: this.#compressor?.codec,
    });
  }
}

/** Throws for the first field in which a batch differs from the schema of its stream. */
function checkFields(data: Data, layouts: readonly FieldLayout[]): void {
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
        : `field ${i} of the batch is "${field.name}: ${typeText(field.type)}"`;
      const wanted = layout === undefined
        ? "the schema of the stream ends before it"
        : `the schema of the stream has "${layout.name}: ${
          typeText(layout.type)
        }"`;
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
