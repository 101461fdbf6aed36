/** Defaults of the limits that both sides share. */

/**
 * Largest message that is accepted unless `maxReceiveMessageBytes` says otherwise: 256 MiB. C++ and
 * Java do not split batches, so their services send whole tables in one message.
 */
export const DEFAULT_MAX_RECEIVE_MESSAGE_BYTES: number = 256 * 1024 * 1024;

/** Flight's own bound of a message (2 GiB − 1): lengths in the field's implementations are int32. */
export const MAX_MESSAGE_BYTES: number = 2 ** 31 - 1;

/**
 * What the buffers of one message may take when decompressed unless `maxDecompressedMessageBytes` says
 * otherwise: as much as a message that is not compressed, 256 MiB.
 */
export const DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES: number =
  DEFAULT_MAX_RECEIVE_MESSAGE_BYTES;

/**
 * How many rows a batch may have unless `maxBatchRows` says otherwise, where its bytes do not account
 * for more: 2²⁴, far beyond what any peer puts into a batch that takes no bytes.
 */
export const DEFAULT_MAX_BATCH_ROWS: number = 2 ** 24;

/** What is kept before a schema unless `maxBytesBeforeSchema` says otherwise: 16 MiB. */
export const DEFAULT_MAX_BYTES_BEFORE_SCHEMA: number = 16 * 1024 * 1024;

/** What the dictionaries of a stream may take unless `maxDictionaryBytes` says otherwise: 256 MiB. */
export const DEFAULT_MAX_DICTIONARY_BYTES: number =
  DEFAULT_MAX_RECEIVE_MESSAGE_BYTES;

/** What is held of a file at an `http(s)` location unless `maxFileBytes` says otherwise: 256 MiB. */
export const DEFAULT_MAX_FILE_BYTES: number = 256 * 1024 * 1024;
