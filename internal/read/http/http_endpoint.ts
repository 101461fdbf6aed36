/** Endpoints that are fetched by HTTP: the answer is Arrow IPC, and the ticket is not used. */

import type { Schema } from "apache-arrow";
import type { FlightCallOptions } from "../../core/call_options.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { IpcReadOptions } from "../../core/ipc_options.ts";
import type { FileBytes } from "../../ipc/decode/file_bytes.ts";
import type { FlightMessage } from "../../stream/flight_message.ts";
import { IpcStreamDecoder } from "../../ipc/decode/ipc_stream_decoder.ts";
import type { IpcLimits } from "../../ipc/decode/ipc_stream_reader.ts";
import type { EndpointStream } from "../endpoint_stream.ts";
import { type Fetch, HttpBody } from "./http_body.ts";
import {
  openRanges,
  type RangeBody,
  rangedFile,
  type RangeRequest,
} from "./http_ranges.ts";
import { readInTime } from "../idle_timeouts.ts";

/** Parts of an {@linkcode HttpEndpoint}. */
interface HttpEndpointInit {
  /** Makes the requests. */
  readonly fetch: Fetch;
  /** Ends them. */
  readonly signal: AbortSignal;
  /** Time limits. */
  readonly call: Pick<FlightCallOptions, "readTimeoutMs">;
  /** Limits. */
  readonly limits: IpcLimits;
  /** Options for reading record batches. */
  readonly reading: IpcReadOptions;
}

/** Endpoint at an `http://` or `https://` location. */
export class HttpEndpoint implements EndpointStream {
  readonly #uri: string;
  readonly #init: HttpEndpointInit;
  readonly #decoder: IpcStreamDecoder;
  /** Body that is being read: the answer, then ranges of it. */
  #body: HttpBody;
  #cancelled: { readonly reason: unknown } | undefined;

  /**
   * Makes an endpoint that does nothing before it is read.
   *
   * @param uri Its URI; may hold secrets.
   * @param init The options.
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

  /**
   * Returns the file behind the answer, for reading in ranges; `undefined` if it must be read as a
   * whole.
   */
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

  /** Blames the peer for errors of the decoder: it has sent the bytes. */
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
          // Another location may have the same data in Arrow.
          origin: this.#decoder.isOther ? "local" : "remote",
          cause: error,
        },
      );
    }
  }
}

/**
 * Rejects a partial answer that was not requested. It would pass for the whole, because a stream
 * may end anywhere.
 */
function checkWhole({ status }: Response): FlightError | undefined {
  if (status !== 206) return undefined;
  return new FlightError(
    "INTERNAL",
    "it answered with a part (HTTP status 206), not with the whole file",
    { origin: "remote" },
  );
}
