/**
 * The ways to encode a data set that are tested, by the names that
 * encoded_data.py has for them.
 *
 * @module
 */
import type { IpcWriteOptions } from "../../../mod.ts";

/** The data set that would be cut into thousands of messages by small parts. */
export const LARGE = "batch of 16 MiB";

/** Options of writing, by name. */
export const ENCODINGS: Readonly<Record<string, IpcWriteOptions>> = {
  lz4: { compression: "lz4" },
  zstd: { compression: "zstd" },
  // Defaults.
  default: { maxBatchBytes: 2 * 2 ** 20 },
  split: { maxBatchBytes: 50 },
  "split zstd": { maxBatchBytes: 1000, compression: "zstd" },
  delta: { dictionaries: "delta" },
  hydrate: { dictionaries: "hydrate" },
};
