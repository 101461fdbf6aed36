/** Checked options of the IPC format. */

import {
  boundOption,
  choiceOption,
  integerOption,
} from "../../core/check_option.ts";
import { FlightError } from "../../core/flight_error.ts";
import type {
  Compression,
  DictionaryHandling,
  IpcReadOptions,
  IpcWriteOptions,
} from "../../core/ipc_options.ts";
import { hasZstd } from "../compression/zstd/library.ts";

/** Default of `maxBatchBytes`, as in arrow-rs: 2 MiB. */
const DEFAULT_MAX_BATCH_BYTES: number = 2 * 1024 * 1024;

/** Options for reading: all of them are limits. */
const READ_OPTIONS: readonly (keyof IpcReadOptions)[] = [
  "maxDecompressedMessageBytes",
  "maxBatchRows",
  "maxDictionaryBytes",
  "maxBytesBeforeSchema",
];

/** Checked options for writing. */
export interface WriteSettings {
  /** Compression codec; `undefined` for none. */
  readonly compression: Compression | undefined;
  /** Level of the codec. */
  readonly compressionLevel: number;
  /** See {@linkcode IpcWriteOptions.maxBatchBytes}. */
  readonly maxBatchBytes: number;
  /** See {@linkcode IpcWriteOptions.maxSendMessageBytes}. */
  readonly maxSendMessageBytes: number;
  /** See {@linkcode IpcWriteOptions.dictionaries}. */
  readonly dictionaries: DictionaryHandling;
}

/** Settings without options. */
export const DEFAULT_WRITE_SETTINGS: WriteSettings = {
  compression: undefined,
  compressionLevel: 1,
  maxBatchBytes: DEFAULT_MAX_BATCH_BYTES,
  maxSendMessageBytes: Infinity,
  dictionaries: "replacement",
};

/**
 * Checks options.
 *
 * @param defaults Values of absent options.
 * @throws {RangeError} When a number is out of its range.
 * @throws {TypeError} When a text is not one of the known values.
 * @throws {FlightError} UNIMPLEMENTED when the runtime has no codec for `compression`.
 */
export function writeSettings(
  options: IpcWriteOptions,
  defaults: WriteSettings = DEFAULT_WRITE_SETTINGS,
): WriteSettings {
  const { compression, compressionLevel, maxBatchBytes } = options;
  const { maxSendMessageBytes, dictionaries } = options;
  return {
    compression: compression === undefined
      ? defaults.compression
      : checkedCompression(compression),
    compressionLevel: compressionLevel === undefined
      ? defaults.compressionLevel
      : integerOption("compressionLevel", compressionLevel, 1, 22),
    maxBatchBytes: maxBatchBytes === undefined
      ? defaults.maxBatchBytes
      : boundOption("maxBatchBytes", maxBatchBytes),
    maxSendMessageBytes: maxSendMessageBytes === undefined
      ? defaults.maxSendMessageBytes
      : boundOption("maxSendMessageBytes", maxSendMessageBytes),
    dictionaries: dictionaries === undefined
      ? defaults.dictionaries
      : choiceOption("dictionaries", dictionaries, [
        "replacement",
        "delta",
        "hydrate",
      ]),
  };
}

/**
 * Checks options.
 *
 * @returns The options.
 * @throws {RangeError} When a number is out of its range.
 */
export function checkReadOptions(options: IpcReadOptions): IpcReadOptions {
  const checked: Record<string, number | undefined> = {};
  for (const name of READ_OPTIONS) {
    const value = options[name];
    if (value !== undefined) checked[name] = boundOption(name, value);
  }
  return checked;
}

function checkedCompression(
  compression: Compression | "none",
): Compression | undefined {
  choiceOption("compression", compression, ["none", "lz4", "zstd"]);
  if (compression === "none") return undefined;
  if (compression !== "zstd" || hasZstd()) return compression;
  throw new FlightError(
    "UNIMPLEMENTED",
    `Cannot use option compression: this runtime has no codec for "${compression}"`,
  );
}
