/** Detects formats by their first bytes. */

/** First bytes of an Arrow IPC file. */
export const FILE_MAGIC = "ARROW1\0\0";

/** Number of bytes that identify a format. */
export const SIGNATURE_BYTES = 4;

/** A format that is not Arrow IPC. */
export interface OtherFormat {
  /** Name for error texts, such as `a Parquet file`. */
  readonly name: string;
  /** True for a format that humans can read. */
  readonly isText: boolean;
}

const TEXT_FORMATS = { "<": "HTML or XML", "{": "JSON", "[": "JSON" };

/** First bytes of formats that are often found in place of Arrow. */
const BINARY_FORMATS = {
  "PAR1": "a Parquet file",
  "PARE": "an encrypted Parquet file",
  "FEA1": "a Feather V1 file",
  "ORC": "an ORC file",
  "Obj\x01": "an Avro file",
  "SQLi": "a SQLite database",
  "\x1f\x8b\x08": "compressed with gzip",
  "\x28\xb5\x2f\xfd": "compressed with Zstandard",
  "\x04\x22\x4d\x18": "compressed with LZ4",
  "BZh": "compressed with bzip2",
  "\xfd7zX": "compressed with xz",
  "PK\x03\x04": "a ZIP archive",
};

/** Letters, digits, signs and white space; a byte order mark. */
const TEXT = /^(\xef\xbb\xbf|[\t\n\r -~]{4})/;

/**
 * Reports whether bytes begin an Arrow IPC file.
 *
 * @param bytes The first four or more.
 */
export function isFileStart(bytes: Uint8Array): boolean {
  return bytes.byteLength >= SIGNATURE_BYTES &&
    FILE_MAGIC.startsWith(latin1(bytes.subarray(0, FILE_MAGIC.length)));
}

/**
 * Names the format of bytes that are not Arrow IPC. A stream begins with FF FF FF FF or, before
 * format 0.15, with a length; any text would be a length of half a gigabyte or more.
 *
 * @param bytes The first four or more.
 * @returns The format; `undefined` if it may be a stream.
 */
export function otherFormat(bytes: Uint8Array): OtherFormat | undefined {
  const start = latin1(bytes.subarray(0, SIGNATURE_BYTES));
  if (start.length < SIGNATURE_BYTES) return undefined;
  const binary = nameOf(start, BINARY_FORMATS);
  if (binary !== undefined) return { name: binary, isText: false };
  if (!TEXT.test(start)) return undefined;
  const text = start.replace(/^(\xef\xbb\xbf|\s)*/, "");
  return { name: nameOf(text, TEXT_FORMATS) ?? "text", isText: true };
}

function nameOf(
  start: string,
  formats: Readonly<Record<string, string>>,
): string | undefined {
  return Object.entries(formats).find(([signature]) =>
    start.startsWith(signature)
  )?.[1];
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
