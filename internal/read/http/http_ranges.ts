/** Ranges of a file (RFC 9110, section 14), for files that are too large to be held. */

import { ByteReader } from "../../base/byte_reader.ts";
import type { Source } from "../../base/source.ts";
import { FlightError } from "../../core/flight_error.ts";
import { type FileBytes, wholeFile } from "../../ipc/decode/file_bytes.ts";

/**
 * Smallest file that is read in ranges: a smaller one arrives before a further request would be
 * answered.
 */
const MIN_FILE_BYTES = 1024 * 1024;

/** Size of the first range, at the end of the file: most footers are in it. */
const END_BYTES = 64 * 1024;

/** File of which ranges can be requested. */
interface RangedFile {
  /** Number of bytes. */
  readonly byteLength: number;
  /** Validator: the same in two responses of the same file (RFC 9110, section 8.8). */
  readonly validator: string;
}

/** Request for a range. */
export interface RangeRequest {
  /** Its headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Returns the error of a response that cannot be used. */
  readonly check: (response: Response) => FlightError | undefined;
}

/** Body of a response to a {@linkcode RangeRequest}. */
export interface RangeBody {
  /** The bytes. */
  readonly source: Source<Uint8Array>;
  /** Returns the response, once something was read. */
  response(): Response | undefined;
}

/**
 * Determines whether ranges of a file can be requested, and are worthwhile.
 *
 * @param response The response to a request for all of it.
 * @returns The file; `undefined` if it must be read as a whole.
 */
export function rangedFile({ headers }: Response): RangedFile | undefined {
  const byteLength = Number(headers.get("content-length") ?? NaN);
  const validator = strongValidator(headers);
  // Ranges count the bytes on the wire, not the decompressed ones.
  return headers.get("accept-ranges")?.trim().toLowerCase() === "bytes" &&
      validator !== undefined && isPlain(headers) &&
      Number.isSafeInteger(byteLength) && byteLength >= MIN_FILE_BYTES
    ? { byteLength, validator }
    : undefined;
}

/**
 * Opens a file by the range at its end.
 *
 * @param file The file.
 * @param open Makes a request.
 * @param maxBytes Largest file that is held as a whole: some servers announce ranges and send
 * everything.
 */
export async function openRanges(
  file: RangedFile,
  open: (request: RangeRequest) => RangeBody,
  maxBytes: number,
): Promise<FileBytes> {
  const { byteLength } = file;
  const begin = byteLength - END_BYTES;
  const request = rangeRequest(file, begin, byteLength);
  const { source, response } = open({
    headers: request.headers,
    // The current file; it may have changed.
    check: (response) =>
      response.status === 200 ? undefined : request.check(response),
  });
  const reader = new ByteReader(source);
  const end = await reader.take(END_BYTES);
  if (response()!.status === 200) {
    return await wholeFile(end, reader, maxBytes);
  }
  if (end.byteLength < END_BYTES) throw cutShort();
  await finish(reader);
  return new HttpRanges(file, open, begin, end);
}

/** Response that is being read. */
interface Cursor {
  readonly reader: ByteReader;
  /** Position of the next byte. */
  at: number;
  /** Position after its last byte. */
  readonly end: number;
}

class HttpRanges implements FileBytes {
  readonly byteLength: number;
  readonly #file: RangedFile;
  readonly #open: (request: RangeRequest) => RangeBody;
  readonly #tailBegin: number;
  readonly #tail: Uint8Array;
  #cursor: Cursor | undefined;

  constructor(
    file: RangedFile,
    open: (request: RangeRequest) => RangeBody,
    tailBegin: number,
    tail: Uint8Array,
  ) {
    this.byteLength = file.byteLength;
    this.#file = file;
    this.#open = open;
    this.#tailBegin = tailBegin;
    this.#tail = tail;
  }

  async read(begin: number, end: number, ahead: number): Promise<Uint8Array> {
    if (begin >= this.#tailBegin) {
      return this.#tail.subarray(
        begin - this.#tailBegin,
        end - this.#tailBegin,
      );
    }
    let cursor = this.#cursor;
    if (cursor === undefined || begin < cursor.at || end > cursor.end) {
      cursor?.reader.cancel(undefined);
      cursor = this.#cursor = this.#request(begin, Math.max(end, ahead));
    }
    const { reader } = cursor;
    const skipped = await reader.take(begin - cursor.at);
    const bytes = await reader.take(end - begin);
    if (skipped.byteLength + bytes.byteLength < end - cursor.at) {
      throw cutShort();
    }
    cursor.at = end;
    if (end === cursor.end) {
      this.#cursor = undefined;
      await finish(reader);
    }
    return bytes;
  }

  cancel(reason: unknown): void {
    this.#cursor?.reader.cancel(reason);
  }

  #request(begin: number, end: number): Cursor {
    const { source } = this.#open(rangeRequest(this.#file, begin, end));
    return { reader: new ByteReader(source), at: begin, end };
  }
}

/** Makes a request for the bytes from `begin` to before `end`. */
function rangeRequest(
  { byteLength, validator }: RangedFile,
  begin: number,
  end: number,
): RangeRequest {
  const range = `${begin}-${end - 1}`;
  return {
    headers: {
      "range": `bytes=${range}`,
      "if-range": validator,
      // Not all runtimes let it be set; the others would request compressed bytes.
      "accept-encoding": "identity",
    },
    check: (response) => {
      const { status, headers } = response;
      if (status === 200 || changed(headers, validator)) return otherFile();
      const answer = headers.get("content-range")?.trim() ?? "no Content-Range";
      const [, sent, total] = /^bytes (\d+-\d+)\/(\d+|\*)$/.exec(answer) ?? [];
      if (sent === range && total !== "*" && Number(total) !== byteLength) {
        return otherFile();
      }
      if (status === 206 && sent === range && isPlain(headers)) {
        return undefined;
      }
      return new FlightError(
        "INTERNAL",
        `asked for bytes ${range} of the file, it answered with HTTP status ` +
          `${status} and ${JSON.stringify(answer.slice(0, 100))}`,
        { origin: "remote" },
      );
    },
  };
}

/** Reads the end of a body, so that its connection can be reused. */
async function finish(reader: ByteReader): Promise<void> {
  const more = await reader.chunk();
  if (more !== undefined) reader.cancel(undefined);
}

/**
 * Returns a validator that changes with every byte of the file (RFC 9110, sections 8.8.1 and
 * 13.1.5).
 */
function strongValidator(headers: Headers): string | undefined {
  const tag = headers.get("etag");
  if (tag !== null) return tag.startsWith('"') ? tag : undefined;
  const modified = headers.get("last-modified");
  // A file that was changed in the second of the answer may change again in it (section 8.8.2.2).
  const age = Date.parse(headers.get("date") ?? "") -
    Date.parse(modified ?? "");
  return modified !== null && age >= 1000 ? modified : undefined;
}

/** Reports whether a response belongs to another file. */
function changed(headers: Headers, validator: string): boolean {
  const name = validator.startsWith('"') ? "etag" : "last-modified";
  return (headers.get(name) ?? validator) !== validator;
}

function isPlain(headers: Headers): boolean {
  const encoding = headers.get("content-encoding") ?? "identity";
  return encoding.trim().toLowerCase() === "identity";
}

function otherFile(): FlightError {
  return new FlightError("ABORTED", "the file was changed while it was read", {
    origin: "remote",
  });
}

function cutShort(): FlightError {
  return new FlightError("UNAVAILABLE", "a range of the file was cut short", {
    origin: "remote",
  });
}
