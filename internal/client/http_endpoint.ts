/**
 * Endpoints that are fetched by HTTP (Flight specification, "Extended Location URIs"): a GET request
 * whose answer is Arrow IPC. The ticket is not used, and nothing of gRPC is sent.
 */

import type { IpcReadOptions } from "../core/ipc_options.ts";
import type { Schema } from "apache-arrow";
import { emptySource, toSource } from "../base/source.ts";
import { FlightError, type FlightErrorCode } from "../core/flight_error.ts";
import type { FlightMessage } from "../ipc/flight_message.ts";
import { IpcStreamDecoder } from "../ipc/ipc_stream_decoder.ts";
import type { EndpointStream } from "./endpoint_stream.ts";
import { locationName } from "./location_name.ts";

/** What an {@linkcode HttpEndpoint} needs. */
export interface HttpEndpointInit {
  /** Makes the request. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Largest IPC message that is accepted. */
  readonly maxMessageBytes: number;
  /** How record batches are read. */
  readonly reading: IpcReadOptions;
}

/** The formats that can be read; the last one says nothing, and means a stream. */
const ACCEPT = "application/vnd.apache.arrow.stream, " +
  "application/vnd.apache.arrow.file, application/octet-stream";

/** Media types that are Arrow IPC, or that say nothing and are taken for it, as object stores send them. */
const READABLE = new Set([
  "",
  "application/vnd.apache.arrow.stream",
  "application/vnd.apache.arrow.file",
  "application/x-apache-arrow-stream",
  "application/x-apache-arrow-file",
  "application/octet-stream",
  "binary/octet-stream",
]);

/** An endpoint at an `http://` or `https://` location. */
export class HttpEndpoint implements EndpointStream {
  readonly #uri: string;
  readonly #init: HttpEndpointInit;
  #decoder: Promise<IpcStreamDecoder> | undefined;

  /**
   * Does nothing before it is read.
   *
   * @param uri Where it is; may hold secrets.
   * @param init How to get it.
   */
  constructor(uri: string, init: HttpEndpointInit) {
    this.#uri = uri;
    this.#init = init;
  }

  schema(): Promise<Schema | undefined> {
    return this.#use((decoder) => decoder.schema());
  }

  read(): Promise<FlightMessage | undefined> {
    return this.#use((decoder) => decoder.read());
  }

  cancel(reason: unknown): void {
    this.#decoder?.then((decoder) => decoder.cancel(reason), () => {});
  }

  async #use<R>(run: (decoder: IpcStreamDecoder) => Promise<R>): Promise<R> {
    try {
      this.#decoder ??= this.#get();
      const decoder = await this.#decoder;
      return await run(decoder).catch((error) => {
        throw blamed(error);
      });
    } catch (error) {
      throw this.#reported(error);
    }
  }

  async #get(): Promise<IpcStreamDecoder> {
    const { fetch, signal, maxMessageBytes, reading } = this.#init;
    const response = await fetch(
      new Request(this.#uri, {
        headers: { accept: ACCEPT },
        credentials: "omit",
        signal,
      }),
    );
    const problem = problemOf(response, this.#uri);
    if (problem !== undefined) {
      response.body?.cancel().catch(() => {});
      throw problem;
    }
    const body = response.body
      ? toSource<Uint8Array>(response.body)
      : emptySource<Uint8Array>();
    return new IpcStreamDecoder(body, maxMessageBytes, reading);
  }

  /** Errors of the network name the whole URI, which may hold a signature: it must not get out. */
  #reported(error: unknown): unknown {
    const { signal } = this.#init;
    if (signal.aborted) return signal.reason;
    if (FlightError.is(error)) return error;
    return new FlightError(
      "UNAVAILABLE",
      `cannot fetch it: ${withoutSecrets(reasonOf(error))}`,
      { origin: "transport" },
    );
  }
}

/** What the decoder says of the bytes is the fault of who sent them. */
function blamed(error: unknown): unknown {
  if (!FlightError.is(error) || error.code === "RESOURCE_EXHAUSTED") {
    return error;
  }
  const code = error.code === "INVALID_ARGUMENT" ? "INTERNAL" : error.code;
  return new FlightError(code, error.details, {
    origin: "remote",
    cause: error,
  });
}

function withoutSecrets(text: string): string {
  return text.replace(
    /https?:\/\/[^\s"'<>()]+/gi,
    (uri) => locationName({ uri }),
  );
}

/** What is at the bottom of an error: the runtimes wrap what happened in "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

/** Why a response cannot be read. */
function problemOf(response: Response, uri: string): FlightError | undefined {
  const { status, headers, url } = response;
  if (/^https:/i.test(uri) && /^http:/i.test(url)) {
    return new FlightError(
      "UNIMPLEMENTED",
      "it redirects to a location without TLS, which is not followed",
    );
  }
  if (!response.ok) {
    const code = codeOf(status);
    return new FlightError(code, `it answered with HTTP status ${status}`, {
      // What is not acceptable to this client may be to another one.
      origin: code === "UNIMPLEMENTED" ? "local" : "remote",
    });
  }
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (READABLE.has(type.trim().toLowerCase())) return undefined;
  return new FlightError(
    "UNIMPLEMENTED",
    `its content-type is ${type.trim()}, and only Arrow IPC can be read`,
  );
}

/** What HTTP statuses mean for data; gRPC's own table is about calls. */
function codeOf(status: number): FlightErrorCode {
  switch (status) {
    case 400:
      return "INVALID_ARGUMENT";
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
    case 410:
      return "NOT_FOUND";
    case 406:
    case 415:
      return "UNIMPLEMENTED";
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return "UNAVAILABLE";
    default:
      return status < 500 ? "UNKNOWN" : "INTERNAL";
  }
}
