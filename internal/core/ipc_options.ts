/** Options of the IPC format in which data streams travel. */

/** What the buffers of a data stream can be compressed with: see {@linkcode IpcWriteOptions}. */
export type Compression = "lz4" | "zstd";

/** Options of whatever reads data streams. */
export interface IpcReadOptions {
  /**
   * How many bytes the buffers of one message may take when decompressed, 1 or more; a message that
   * claims more fails the call with RESOURCE_EXHAUSTED. `maxReceiveMessageBytes` cannot bound it:
   * some KiB can stand for gigabytes. Buffers that overlap, and views that share what they refer to,
   * count each time, unless the message itself has as many bytes. 256 MiB by default; `Infinity` for
   * no bound.
   */
  readonly maxDecompressedMessageBytes?: number | undefined;
  /**
   * How many rows a batch may have, 1 or more; one with more fails the call with RESOURCE_EXHAUSTED.
   * Some types take no bytes for a row, so that a header of 300 bytes could claim 2³¹ − 1 of them.
   * Arrays inside of a batch, such as the values of its lists, may have as many rows, or one for each
   * byte of the message, whichever is more. So may the batch itself by default: 16,777,216 rows, or
   * one for each byte of its body after decompression. `Infinity` for no bound.
   */
  readonly maxBatchRows?: number | undefined;
  /**
   * How many bytes the dictionaries that a stream keeps may take, after decompression and together, 1
   * or more; beyond it the call fails with RESOURCE_EXHAUSTED. Each batch refers to the dictionaries
   * that held when it arrived, so that an application that keeps batches keeps those too. 256 MiB by
   * default; `Infinity` for no bound.
   */
  readonly maxDictionaryBytes?: number | undefined;
  /**
   * How many bytes of messages before the schema are kept while the `schema` of a stream is waited
   * for, 1 or more; beyond it the call fails with RESOURCE_EXHAUSTED. 16 MiB by default; `Infinity`
   * for no bound.
   */
  readonly maxBytesBeforeSchema?: number | undefined;
}

/** How dictionary-encoded columns are sent: see {@linkcode IpcWriteOptions.dictionaries}. */
export type DictionaryHandling = "replacement" | "delta" | "hydrate";

/** Options of whatever writes data streams. */
export interface IpcWriteOptions {
  /**
   * What the buffers of batches and dictionaries are compressed with: `lz4` (frames) or `zstd`. Small
   * buffers, and those that would not become smaller, are sent as they are. Default: `none`.
   */
  readonly compression?: Compression | "none" | undefined;
  /** The level of `zstd`, 1 (fast) to 22 (small). Default: 1, as in C++. */
  readonly compressionLevel?: number | undefined;
  /**
   * The target size of batches, in bytes before compression, 1 or more: a batch that takes more is
   * sent as several, split between rows. A row that takes more by itself is sent alone, and sizes are
   * estimates where rows of a dense union differ much. Application metadata go with the last part,
   * so that who has them has the batch. Default: 2 MiB, as in Rust; `Infinity` never splits.
   */
  readonly maxBatchBytes?: number | undefined;
  /**
   * The largest message to send, in bytes, 1 or more; a batch that would take more fails with
   * RESOURCE_EXHAUSTED, and no part of it is sent. Default: `Infinity`; Flight's own bound is
   * 2 GiB − 1.
   */
  readonly maxSendMessageBytes?: number | undefined;
  /**
   * How dictionaries are sent. Those that have not changed are never sent again; one that has is
   * sent as a whole (`replacement`, the default), or only what was appended to it where it starts
   * with the one before (`delta`), in parts of at most `maxBatchBytes`. `hydrate` sends no dictionaries: columns arrive as plain values,
   * and the schema says so.
   */
  readonly dictionaries?: DictionaryHandling | undefined;
}
