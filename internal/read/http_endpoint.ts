/** Endpoints that are fetched by HTTP: the answer is Arrow IPC, and the ticket is not used. */

import type { Schema } from "apache-arrow";
import type { FlightCallOptions } from "../core/call_options.ts";
import { FlightError } from "../core/flight_error.ts";
import type { IpcReadOptions } from "../core/ipc_options.ts";
import type { FileBytes } from "../ipc/decode/file_bytes.ts";
import type { FlightMessage } from "../stream/flight_message.ts";
import { IpcStreamDecoder } from "../ipc/decode/ipc_stream_decoder.ts";
import type { IpcLimits } from "../ipc/decode/ipc_stream_reader.ts";
import type { EndpointStream } from "./endpoint_stream.ts";
import { type Fetch, HttpBody } from "./http_body.ts";
import {
  openRanges,
  type RangeBody,
  rangedFile,
  type RangeRequest,
} from "./http_ranges.ts";
import { readInTime } from "./idle_timeouts.ts";

/** Parts of an {@linkcode HttpEndpoint}. */
export interface HttpEndpointInit {
  /** Makes the requests. */
  readonly fetch: Fetch;
  /** Ends them. */
  readonly signal: AbortSignal;
  /** Time limits. */
  readonly call: Pick<FlightCallOptions, "readTimeoutMs">;
  /** Bounds. */
  readonly limits: IpcLimits;
  /** Options of reading record batches. */
  readonly reading: IpcReadOptions;
}

/** An endpoint at an `http://` or `https://` location. */
export class HttpEndpoint implements EndpointStream {
  readonly #uri: string;
  readonly #init: HttpEndpointInit;
  readonly #decoder: IpcStreamDecoder;
  /** Body that is being read: the answer, then ranges of it. */
  #body: HttpBody;
  #cancelled: { readonly reason: unknown } | undefined;

  /**
   * Does nothing before it is read.
   *
   * @param uri Where it is; may hold secrets.
   * @param init Ways and bounds.
   * @throws {RangeError} When `readTimeoutMs` is out of its range.
   */
  constructor(uri: string, init: HttpEndpointInit) {
    this.#uri = uri;
    this.#init = init;
    const { fetch, signal, call, limits, reading } = init;
    this.#body = new HttpBody({ uri, fetch, signal, check: checkWhole });
    this.#decoder = new IpcStreamDecoder(
      readInTime(this.#body, "DoGet", call),
      { ...reading, limits, file: () => this.#file() },
    );
  }

  schema(): Promise<Schema | undefined> {
    return this.#blaming(() => this.#decoder.schema());
  }

  read(): Promise<FlightMessage | undefined> {
    return this.#blaming(() => this.#decoder.read());
  }

  cancel(reason: unknown): void {
    this.#cancelled ??= { reason };
    this.#decoder.cancel(reason);
    this.#body.cancel(reason);
  }

  /** The file that the answer is, in ranges; `undefined` where it has to be read as a whole. */
  #file(): Promise<FileBytes> | undefined {
    const file = rangedFile(this.#body.response!);
    if (file === undefined) return undefined;
    const { maxFileBytes } = this.#init.limits;
    return openRanges(file, (request) => this.#range(request), maxFileBytes);
  }

  #range(request: RangeRequest): RangeBody {
    const { fetch, signal, call } = this.#init;
    const body = new HttpBody({ uri: this.#uri, fetch, signal, ...request });
    this.#body = body;
    if (this.#cancelled) body.cancel(this.#cancelled.reason);
    return {
      source: readInTime(body, "DoGet", call),
      response: () => body.response,
    };
  }

  /** Blames the peer for the errors of the decoder: the peer has sent the bytes. */
  async #blaming<R>(read: () => Promise<R>): Promise<R> {
    try {
      return await read();
    } catch (error) {
      if (!FlightError.is(error) || error === this.#body.failure) throw error;
      const { code, details } = error;
      if (code !== "INVALID_ARGUMENT" && code !== "UNIMPLEMENTED") throw error;
      throw new FlightError(
        code === "INVALID_ARGUMENT" ? "INTERNAL" : code,
        details,
        {
          // Another location may have the same in Arrow.
          origin: this.#decoder.isOther ? "local" : "remote",
          cause: error,
        },
      );
    }
  }
}

/** A part that was not asked for would pass for the whole, as a stream may end anywhere. */
function checkWhole({ status }: Response): FlightError | undefined {
  if (status !== 206) return undefined;
  return new FlightError(
    "INTERNAL",
    "it answered with a part (HTTP status 206), and not with the whole",
    { origin: "remote" },
  );
}
