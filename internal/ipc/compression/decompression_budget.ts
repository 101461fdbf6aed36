/** Limits for the memory of restored buffers and of dictionaries. */

import { FlightError } from "../../core/flight_error.ts";

/** Limits for restored buffers. */
export interface DecompressionBudget {
  /** Value of the option `maxDecompressedMessageBytes`. */
  readonly limit: number;
  /** For a dictionary, the limit for all of them together. */
  readonly dictionaries?: DictionaryBudget | undefined;
  /** True to restore the buffers into `messageMemory`, which gets it back when the batch is done. */
  readonly lendsMemory?: boolean | undefined;
}

/** Limit for the dictionaries of a stream. */
export interface DictionaryBudget {
  /** Value of the option `maxDictionaryBytes`. */
  readonly limit: number;
  /** Bytes of it that are used: by others, and by the message itself as it arrived. */
  readonly taken: number;
}

/** Makes the error of dictionaries that take too much memory. */
export function tooManyDictionaryBytes(
  byteLength: number,
  { limit, taken }: DictionaryBudget,
): FlightError {
  return new FlightError(
    "RESOURCE_EXHAUSTED",
    `Cannot decode DictionaryBatch: the dictionaries of the stream would take ${
      taken + byteLength
    } bytes, and maxDictionaryBytes is ${limit}`,
  );
}
