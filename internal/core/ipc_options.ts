/** Options of the IPC format of data streams. */

/** Options for reading data streams. */
export interface IpcReadOptions {
  /**
   * Most bytes that the buffers of one message may take when decompressed, 1 or more. A message
   * that claims more fails the call with RESOURCE_EXHAUSTED. `maxReceiveMessageBytes` cannot bound
   * it: some KiB can stand for gigabytes. Buffers that overlap, and views that share their data,
   * count each time, unless the message itself has as many bytes. Rows of run-end encoded columns,
   * and of list views that overlap, have a limit of the same size. Default: 256 MiB; `Infinity` for
   * no limit.
   */
  readonly maxDecompressedMessageBytes?: number | undefined;
  /**
   * Most rows that a batch may have, 1 or more. A larger batch fails the call with
   * RESOURCE_EXHAUSTED. Some types take no bytes for a row, so a header of 300 bytes could claim
   * 2³¹ − 1 rows, and so could one run. Arrays inside a batch, such as the values of its lists, may
   * have as many rows, or one for each byte of the message if that is more. So may the batch itself
   * by default: 16,777,216 rows, or one for each byte of its body after decompression. `Infinity` for
   * no limit.
   */
  readonly maxBatchRows?: number | undefined;
  /**
   * Most bytes that all dictionaries kept for a stream may take together, after decompression, 1 or
   * more. Beyond it the call fails with RESOURCE_EXHAUSTED. Each batch refers to the dictionaries
   * that were valid when it arrived, so an application that keeps batches keeps those too. Default:
   * 256 MiB; `Infinity` for no limit.
   */
  readonly maxDictionaryBytes?: number | undefined;
  /**
   * Most bytes of messages before the schema that are kept while `schema` of a stream is awaited, 1
   * or more. Beyond it the call fails with RESOURCE_EXHAUSTED. Default: 16 MiB; `Infinity` for no
   * limit.
   */
  readonly maxBytesBeforeSchema?: number | undefined;
}

/** Options for writing data streams. */
export interface IpcWriteOptions {
  /**
   * Compression of batches and dictionaries: `lz4` (frames) or `zstd`. Small buffers, and those
   * that would not become smaller, are sent uncompressed. Default: `none`.
   */
  readonly compression?: "lz4" | "zstd" | "none" | undefined;
  /** The level of `zstd`, 1 (fast) to 22 (small). Default: 1, as in C++. */
  readonly compressionLevel?: number | undefined;
  /**
   * Target size of batches, in bytes before compression, 1 or more. A larger batch is sent as
   * several, split between rows. A single row that is larger is sent alone. Sizes are estimates if
   * the rows of a dense union differ much. Application metadata go with the last part, so its
   * receiver has the whole batch. Default: 2 MiB, as in Rust; `Infinity` never splits.
   */
  readonly maxBatchBytes?: number | undefined;
  /**
   * Largest message to send, in bytes, 1 or more. A batch that would take more fails with
   * RESOURCE_EXHAUSTED, and no part of it is sent. Default: `Infinity`; Flight's own limit is 2 GiB
   * − 1.
   */
  readonly maxSendMessageBytes?: number | undefined;
  /**
   * Way to send dictionaries. An unchanged dictionary is never sent again. A changed one is sent as
   * a whole (`replacement`, the default), or, if it starts with the one before, only the values
   * appended to it (`delta`), in parts of at most `maxBatchBytes`. `hydrate` sends no dictionaries:
   * columns arrive as plain values, and the schema says so.
   */
  readonly dictionaries?: "replacement" | "delta" | "hydrate" | undefined;
}

/** A compression of buffers. */
export type Compression = Exclude<
  NonNullable<IpcWriteOptions["compression"]>,
  "none"
>;

/** A way to send dictionary-encoded columns. */
export type DictionaryHandling = NonNullable<IpcWriteOptions["dictionaries"]>;
