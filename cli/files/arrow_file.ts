/** Arrow IPC files and streams on disk. */

import { type FileHandle, open } from "node:fs/promises";
import { parse } from "node:path";
import process from "node:process";
import { type EndpointsStream, FlightError } from "@contrail/flight/client";
import { connectInMemory } from "@contrail/flight/memory";
import { UsageError } from "../exit_code.ts";

/** Size of one read from a file. */
const CHUNK_BYTES = 256 * 1024;

/** Name of standard input as a file. */
export const STDIN = "-";

/** The data of a file, read while it is used. */
interface ArrowFile extends AsyncDisposable {
  /** The record batches. */
  readonly batches: EndpointsStream;
  /** Size in bytes; `undefined` for standard input. */
  readonly byteLength: number | undefined;
  /** Number of bytes that were read so far. */
  readonly bytesRead: number;
}

/**
 * Opens an Arrow IPC file or stream, compressed or not. It is read as a location of an endpoint would
 * be, in parts and with every check, so that its size does not matter.
 *
 * @param path The file; `-` for standard input.
 * @returns Its data. Reading it fails with a FlightError; see {@linkcode fileError}.
 * @throws {UsageError} When there is no such file.
 */
export async function openArrowFile(path: string): Promise<ArrowFile> {
  let bytesRead = 0;
  const onBytes = (count: number): void => void (bytesRead += count);
  const file = path === STDIN ? undefined : await fileOf(path);
  const client = connectInMemory({}, {
    fetchLocation: (request) =>
      file === undefined
        ? Promise.resolve(new Response(standardInput(onBytes)))
        : answer(file, request, onBytes),
  });
  const locations = [{ uri: "http://file.invalid/" }];
  const batches = client.read({
    endpoints: [{ ticket: { ticket: new Uint8Array() }, locations }],
    ordered: true,
  });
  return {
    batches,
    byteLength: file?.byteLength,
    get bytesRead() {
      return bytesRead;
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await file?.handle.close();
    },
  };
}

/** The name of a file without its folder and its extension, which may be two, as in `.csv.gz`. */
export function nameOfFile(path: string): string {
  const { name, ext } = parse(path);
  return ext.toLowerCase() === ".gz" ? parse(name).name : name;
}

/**
 * Makes the error of reading a file the user's: no server was asked.
 *
 * @returns A UsageError for what the file is to blame for, else the error itself.
 */
export function fileError(path: string, error: unknown): unknown {
  if (!FlightError.is(error)) return error;
  // Around the error of the file is one that names the endpoint, which the user does not know of.
  const { details, code } = FlightError.is(error.cause) ? error.cause : error;
  const name = path === STDIN ? "standard input" : path;
  const problem = code === "FAILED_PRECONDITION"
    ? "it has no data, not even a schema"
    : details.replace(/ \(endpoints\[0\], [^)]*\)$/, "");
  return new UsageError(`cannot read ${name}: ${problem}`, { cause: error });
}

/** A file, and what tells whether it is still the same. */
interface FileState {
  readonly handle: FileHandle;
  readonly byteLength: number;
  readonly validator: string;
}

/** One handle for all requests: the file stays the same, also when another takes its name. */
async function fileOf(path: string): Promise<FileState> {
  const handle = await open(path).catch((error) => {
    throw unreadable(path, error);
  });
  const info = await handle.stat();
  if (info.isDirectory()) {
    await handle.close();
    throw new UsageError(`cannot read ${path}: it is a directory`);
  }
  const { size, mtimeMs } = info;
  return { handle, byteLength: size, validator: `"${size}-${mtimeMs}"` };
}

/** Makes the error of a file that cannot be opened. */
export function unreadable(path: string, error: unknown): UsageError {
  const { code, message } = error as NodeJS.ErrnoException;
  const problem = code === "ENOENT"
    ? "there is no such file"
    : code === "EACCES" || code === "EPERM"
    ? "permission denied"
    : message;
  return new UsageError(`cannot read ${path}: ${problem}`, { cause: error });
}

/** Answers a request as a server of files does (RFC 9110, section 14). */
function answer(
  { handle, byteLength, validator }: FileState,
  { headers }: Request,
  onBytes: (count: number) => void,
): Promise<Response> {
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "");
  const from = Number(range?.[1] ?? 0);
  const to = Math.min(Number(range?.[2] ?? Infinity) + 1, byteLength);
  const response = new Response(partOf(handle, from, to, onBytes), {
    status: range === null ? 200 : 206,
    headers: {
      "accept-ranges": "bytes",
      "content-length": String(to - from),
      "etag": validator,
      ...(range === null
        ? {}
        : { "content-range": `bytes ${from}-${to - 1}/${byteLength}` }),
    },
  });
  return Promise.resolve(response);
}

function partOf(
  handle: FileHandle,
  from: number,
  to: number,
  onBytes: (count: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = from;
  return new ReadableStream({
    async pull(controller) {
      const length = Math.min(CHUNK_BYTES, to - at);
      const bytes = new Uint8Array(length);
      const { bytesRead } = length > 0
        ? await handle.read(bytes, 0, length, at)
        : { bytesRead: 0 };
      if (bytesRead === 0) return controller.close();
      at += bytesRead;
      onBytes(bytesRead);
      controller.enqueue(bytes.subarray(0, bytesRead));
    },
  }, { highWaterMark: 0 });
}

function standardInput(
  onBytes: (count: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = process.stdin[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done) return controller.close();
      onBytes(value.byteLength);
      // Chunks of a pool, and of others than Uint8Array, are not what a Response takes.
      controller.enqueue(new Uint8Array(value));
    },
    async cancel() {
      await chunks.return?.();
    },
  }, { highWaterMark: 0 });
}
