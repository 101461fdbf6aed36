/** Defaults of the limits that both sides share. */

/**
 * Default of `maxReceiveMessageBytes`: 256 MiB. C++ and Java do not split batches, so their
 * services send whole tables in one message.
 */
export const DEFAULT_MAX_RECEIVE_MESSAGE_BYTES: number = 256 * 1024 * 1024;

/** Flight's own limit for a message (2 GiB − 1): other implementations use int32 for lengths. */
export const MAX_MESSAGE_BYTES: number = 2 ** 31 - 1;

/** Default of `maxDecompressedMessageBytes`: 256 MiB, as for an uncompressed message. */
export const DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES: number =
  DEFAULT_MAX_RECEIVE_MESSAGE_BYTES;

/**
 * Default of `maxBatchRows` for batches whose bytes do not account for more: 2²⁴, far more than any
 * peer puts into a batch that takes no bytes.
 */
export const DEFAULT_MAX_BATCH_ROWS: number = 2 ** 24;

/** Default of `maxBytesBeforeSchema`: 16 MiB. */
export const DEFAULT_MAX_BYTES_BEFORE_SCHEMA: number = 16 * 1024 * 1024;

/** Default of `maxDictionaryBytes`: 256 MiB. */
export const DEFAULT_MAX_DICTIONARY_BYTES: number =
  DEFAULT_MAX_RECEIVE_MESSAGE_BYTES;

/** Default of `maxFileBytes`, the most bytes held of a file at an `http(s)` location: 256 MiB. */
export const DEFAULT_MAX_FILE_BYTES: number = 256 * 1024 * 1024;
