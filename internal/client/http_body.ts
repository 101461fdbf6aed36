/**
 * The body of an `http(s)://` location (Flight specification, "Extended Location URIs"): it is fetched
 * with a GET request, without anything of gRPC.
 */

import { emptySource, type Source, toSource } from "../base/source.ts";
import { FlightError, type FlightErrorCode } from "../core/flight_error.ts";
import { locationName } from "./location_name.ts";

/** Makes a request, as the standard `fetch` does. */
export type Fetch = (request: Request) => Promise<Response>;

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

/**
 * The chunks of a body, which is fetched when the first one is read. It rejects with a FlightError, or
 * with the reason for which it was cancelled or `signal` aborted.
 */
export class HttpBody implements Source<Uint8Array> {
  readonly #uri: string;
  readonly #fetch: Fetch;
  readonly #signal: AbortSignal;
  readonly #aborting = new AbortController();
  readonly #onAbort = () => this.cancel(this.#signal.reason);
  #chunks: Source<Uint8Array> | undefined;
  #cancelled: { readonly reason: unknown } | undefined;
  #failure: unknown;

  /**
   * @param uri Where it is; may hold secrets.
   * @param fetch Makes the request.
   * @param signal Ends it.
   */
  constructor(uri: string, fetch: Fetch, signal: AbortSignal) {
    this.#uri = uri;
    this.#fetch = fetch;
    this.#signal = signal;
  }

  /** What `read` has failed with. */
  get failure(): unknown {
    return this.#failure;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#chunks ??= await this.#open();
      const chunk = await this.#chunks.read();
      if (chunk === undefined) this.#end();
      return chunk;
    } catch (error) {
      this.#end();
      this.#failure = this.#cancelled?.reason ?? reported(error);
      throw this.#failure;
    }
  }

  cancel(reason: unknown): void {
    this.#cancelled ??= { reason };
    this.#end();
    this.#aborting.abort(reason);
  }

  async #open(): Promise<Source<Uint8Array>> {
    if (this.#signal.aborted) this.#onAbort();
    else this.#signal.addEventListener("abort", this.#onAbort);
    const response = await this.#fetch(
      new Request(this.#uri, {
        headers: { accept: ACCEPT },
        credentials: "omit",
        signal: this.#aborting.signal,
      }),
    );
    const problem = problemOf(response, this.#uri);
    if (problem !== undefined) {
      response.body?.cancel().catch(() => {});
      throw problem;
    }
    return response.body ? toSource(response.body) : emptySource();
  }

  #end(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** Errors of the network name the whole URI, which may hold a signature: it must not get out. */
function reported(error: unknown): FlightError {
  return FlightError.is(error) ? error : new FlightError(
    "UNAVAILABLE",
    `cannot fetch it: ${withoutSecrets(reasonOf(error))}`,
    { origin: "transport" },
  );
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
