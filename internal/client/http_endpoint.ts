/** Endpoints that are fetched by HTTP: the answer is Arrow IPC, and the ticket is not used. */

import type { Schema } from "apache-arrow";
import type { FlightCallOptions } from "../core/call_options.ts";
import { FlightError } from "../core/flight_error.ts";
import type { IpcReadOptions } from "../core/ipc_options.ts";
import type { FlightMessage } from "../ipc/flight_message.ts";
import { IpcStreamDecoder } from "../ipc/ipc_stream_decoder.ts";
import type { EndpointStream } from "./endpoint_stream.ts";
import { type Fetch, HttpBody } from "./http_body.ts";
import { readInTime } from "./idle_timeouts.ts";

/** What an {@linkcode HttpEndpoint} needs. */
export interface HttpEndpointInit {
  /** Makes the request. */
  readonly fetch: Fetch;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How long it may take until something arrives. */
  readonly call: Pick<FlightCallOptions, "readTimeoutMs">;
  /** Largest IPC message that is accepted. */
  readonly maxMessageBytes: number;
  /** How record batches are read. */
  readonly reading: IpcReadOptions;
}

/** An endpoint at an `http://` or `https://` location. */
export class HttpEndpoint implements EndpointStream {
  readonly #body: HttpBody;
  readonly #decoder: IpcStreamDecoder;

  /**
   * Does nothing before it is read.
   *
   * @param uri Where it is; may hold secrets.
   * @param init How to get it.
   * @throws {RangeError} When `readTimeoutMs` is out of its range.
   */
  constructor(uri: string, init: HttpEndpointInit) {
    this.#body = new HttpBody(uri, init.fetch, init.signal);
    this.#decoder = new IpcStreamDecoder(
      readInTime(this.#body, "DoGet", init.call),
      init.maxMessageBytes,
      init.reading,
    );
  }

  schema(): Promise<Schema | undefined> {
    return this.#blaming(() => this.#decoder.schema());
  }

  read(): Promise<FlightMessage | undefined> {
    return this.#blaming(() => this.#decoder.read());
  }

  cancel(reason: unknown): void {
    this.#decoder.cancel(reason);
  }

  /** What the decoder says of the bytes is the fault of who sent them. */
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
        { origin: "remote", cause: error },
      );
    }
  }
}
