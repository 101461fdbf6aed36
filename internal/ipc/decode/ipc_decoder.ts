/** IPC messages → Schema and RecordBatch. */

import { type RecordBatch, type Schema, Struct } from "apache-arrow";
import type { IpcReadOptions } from "../../core/ipc_options.ts";
import {
  DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES,
  DEFAULT_MAX_DICTIONARY_BYTES,
} from "../../core/limits.ts";
import { MESSAGE_HEADER } from "../../arrow/arrow_format.ts";
import { BatchLoader, type FindDictionary } from "./batch_loader.ts";
import {
  cannotDecode,
  cannotDecodeYet,
  decoding,
} from "../../arrow/codec_error.ts";
import type { CompressedBody } from "../compression/compressed_body.ts";
import {
  type DictionaryBudget,
  tooManyDictionaryBytes,
} from "../compression/decompression_budget.ts";
import { sameEncodings } from "../../arrow/encodings/encoding.ts";
import { DictionaryStore } from "./dictionary_store.ts";
import { layoutOf, type SchemaLayout } from "../../arrow/field_layout.ts";
import { knownSchema } from "./known_schemas.ts";
import type { LoadLimits } from "./load_budget.ts";
import { type OpenMessage, openMessage } from "./message_reader.ts";
import { readMetadata } from "../metadata.ts";
import { rebuiltPart } from "./rebuilt_part.ts";
import { newRecordBatch } from "../../arrow/arrow_objects.ts";
import { sameType } from "../../arrow/types/same_type.ts";
import { readSchema } from "./schema_reader.ts";

// table DictionaryBatch { 0 id: int64; 1 data: RecordBatch; 2 isDelta: bool; }

/** Approximate memory of a dictionary message in addition to its body, in bytes. */
const DICTIONARY_OVERHEAD = 512;

/** Decoded message. */
type DecodedMessage =
  | {
    /** The message carries the schema. */
    readonly kind: "schema";
    /** The schema. */
    readonly schema: Schema;
  }
  | {
    /** The message carries a dictionary, which later batches use. */
    readonly kind: "dictionary";
    /** The id of the dictionary. */
    readonly id: number;
    /** True if its values continue those that came before. */
    readonly isDelta: boolean;
    /** The body, if it was compressed; otherwise the dictionary refers to its memory. */
    readonly compressed: CompressedBody | undefined;
  }
  | {
    /** The message carries a batch. */
    readonly kind: "batch";
    /** The batch; its columns are views of the body. */
    readonly batch: RecordBatch;
    /** The body, if it was compressed; otherwise the batch refers to its memory. */
    readonly compressed: CompressedBody | undefined;
  }
  | {
    /** The message carries nothing. */
    readonly kind: "none";
  };

/** State of a stream once the schema has arrived. */
interface Stream {
  readonly schema: Schema;
  readonly layout: SchemaLayout;
  readonly struct: Struct;
  readonly dictionaries: DictionaryStore;
  readonly findDictionary: FindDictionary;
}

/**
 * Decodes one stream. For any input, it throws only FlightErrors and allocates no more than a small
 * multiple of the bytes, or than `maxDecompressedMessageBytes` allows.
 */
export class IpcDecoder {
  readonly #limits: LoadLimits;
  readonly #maxDictionaryBytes: number;
  #stream: Stream | undefined;
  /**
   * True to restore the compressed buffers of batches into `messageMemory`, which gets the memory of
   * each back when the batch is done. Default: false.
   */
  lendsMemory = false;

  /**
   * Makes a decoder that waits for a schema.
   *
   * @param options The limits.
   */
  constructor(options: IpcReadOptions = {}) {
    this.#limits = {
      limit: options.maxDecompressedMessageBytes ??
        DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES,
      maxBatchRows: options.maxBatchRows,
    };
    this.#maxDictionaryBytes = options.maxDictionaryBytes ??
      DEFAULT_MAX_DICTIONARY_BYTES;
  }

  /** Schema, once it has arrived. */
  get schema(): Schema | undefined {
    return this.#stream?.schema;
  }

  /**
   * Decodes a message.
   *
   * @param header The flatbuffer Message, without continuation marker and length; empty for none.
   * @param body The body. Columns are views of it, or of one copy if its offset in its ArrayBuffer
   * is not a multiple of 8.
   * @throws {FlightError} INVALID_ARGUMENT when the message is malformed, does not fit the schema, or
   * comes too early; UNIMPLEMENTED for what apache-arrow cannot represent. The message then has had
   * no effect.
   * @throws {MissingPart} For a message that needs a part, until that was loaded; it has had no effect.
   */
  decode(header: Uint8Array, body: Uint8Array): DecodedMessage {
    if (header.byteLength === 0) return { kind: "none" };
    return decoding("FlightData", () => {
      const message = openMessage(header);
      switch (message.headerType) {
        case MESSAGE_HEADER.none:
          return { kind: "none" };
        case MESSAGE_HEADER.schema:
          return this.#schema(message, header);
        case MESSAGE_HEADER.dictionaryBatch:
          return this.#dictionary(message, body);
        case MESSAGE_HEADER.recordBatch:
          return this.#batch(message, body);
        case MESSAGE_HEADER.tensor:
        case MESSAGE_HEADER.sparseTensor:
          throw cannotDecodeYet("FlightData", "tensors are not supported");
        default:
          return message.reader.fail(
            `it carries something unknown (${message.headerType})`,
          );
      }
    });
  }

  /** Starts with a schema that did not come in a message: that of a file is in its footer. */
  begin(schema: Schema): void {
    this.#begin(schema, schema);
  }

  #schema(message: OpenMessage, header: Uint8Array): DecodedMessage {
    checkHeader(message);
    const read = knownSchema(
      header,
      () => readSchema(message.reader, message.header, message.version),
    );
    // Batches of different schemas could not be joined. A repeated schema starts anew.
    const schema = this.#stream?.schema ?? read;
    if (!sameFields(schema, read)) {
      throw cannotDecode("Schema", "the stream has another one already");
    }
    this.#begin(schema, read);
    return { kind: "schema", schema };
  }

  /** Starts with the schema for batches, and the schema as it came last, whose ids may differ. */
  #begin(schema: Schema, { fields }: Schema): void {
    const dictionaries = new DictionaryStore(this.#limits.maxBatchRows);
    this.#stream = {
      schema,
      layout: layoutOf(fields),
      struct: new Struct(schema.fields),
      dictionaries,
      findDictionary: ({ id }, indexWidth) =>
        dictionaries.vector(id, indexWidth),
    };
  }

  #dictionary(message: OpenMessage, body: Uint8Array): DecodedMessage {
    const stream = this.#open(message, "DictionaryBatch");
    const { reader, header } = message;
    const id = reader.int64In(header, 0);
    const isDelta = reader.boolIn(header, 2);
    const dictionary = stream.layout.dictionaries.get(id);
    if (dictionary === undefined) {
      return reader.fail(`the schema has no dictionary ${id}`);
    }
    if (isDelta) {
      if (!stream.dictionaries.has(id)) {
        reader.fail(`a delta arrived before dictionary ${id}`);
      }
      // The next batch joins it to the rest.
      rebuiltPart.needed();
    }
    const table = reader.tableIn(header, 1);
    if (table === 0) reader.fail("it has no values");
    const { dictionaries } = stream;
    const budget: DictionaryBudget = {
      limit: this.#maxDictionaryBytes,
      taken: dictionaries.byteLength(isDelta ? undefined : id) +
        body.byteLength + DICTIONARY_OVERHEAD,
    };
    if (budget.taken > budget.limit) throw tooManyDictionaryBytes(0, budget);
    const loader = this.#loader(message, table, body, stream, budget);
    const [chunk] = loader.load([dictionary.value]);
    const { compressed } = loader;
    const restored = (compressed?.byteLength ?? 0) + loader.plainBytes;
    if (budget.taken + restored > budget.limit) {
      throw tooManyDictionaryBytes(restored, budget);
    }
    const byteLength = DICTIONARY_OVERHEAD + body.byteLength + restored;
    if (isDelta) dictionaries.append(dictionary, chunk!, byteLength);
    else dictionaries.set(dictionary, chunk!, byteLength);
    return { kind: "dictionary", id, isDelta, compressed };
  }

  #batch(message: OpenMessage, body: Uint8Array): DecodedMessage {
    const stream = this.#open(message, "RecordBatch");
    const { reader, table, header } = message;
    const loader = this.#loader(message, header, body, stream);
    const columns = loader.load(stream.layout.fields);
    const batch = newRecordBatch(
      stream.schema,
      stream.struct,
      loader.rows,
      columns,
      readMetadata(reader, table, 4),
    );
    return { kind: "batch", batch, compressed: loader.compressed };
  }

  /** Makes sure that the schema has arrived and that the message carries something. */
  #open(message: OpenMessage, what: string): Stream {
    if (this.#stream === undefined) {
      throw cannotDecode("FlightData", `${what} arrived before Schema`);
    }
    message.reader.what = what;
    checkHeader(message);
    return this.#stream;
  }

  #loader(
    message: OpenMessage,
    table: number,
    body: Uint8Array,
    { findDictionary }: Stream,
    dictionaries?: DictionaryBudget,
  ): BatchLoader {
    const { lendsMemory } = this;
    const limits = dictionaries !== undefined
      ? { ...this.#limits, dictionaries }
      : lendsMemory
      ? { ...this.#limits, lendsMemory }
      : this.#limits;
    return new BatchLoader(message, table, body, findDictionary, limits);
  }
}

function checkHeader({ reader, header }: OpenMessage): void {
  if (header === 0) reader.fail("the message carries nothing");
}

function sameFields(a: Schema, b: Schema): boolean {
  return a === b || a.fields.length === b.fields.length &&
      a.fields.every(({ name, nullable, type }, i) => {
        const other = b.fields[i]!;
        return name === other.name && nullable === other.nullable &&
          sameType(type, other.type) && sameEncodings(type, other.type);
      });
}
