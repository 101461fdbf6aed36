/**
 * The body of an `http(s)://` location (Flight specification, "Extended Location URIs"): it is
 * fetched with a plain GET request, without gRPC.
 */

import { discard } from "../../base/handled.ts";
import { emptySource, type Source, toSource } from "../../base/source.ts";
import { FlightError } from "../../core/flight_error.ts";
import { problemOf } from "./http_problem.ts";
import { locationName } from "../location_name.ts";

/** Makes a request, as the standard `fetch` does. */
export type Fetch = (request: Request) => Promise<Response>;

/** Accepted formats; the last one is generic, and means a stream. */
const ACCEPT = "application/vnd.apache.arrow.stream, " +
  "application/vnd.apache.arrow.file, application/octet-stream";

/** Request for a body. */
interface HttpBodyInit {
  /** URI of the body; may hold secrets. */
  readonly uri: string;
  /** Makes the request. */
  readonly fetch: Fetch;
  /** Ends the request. */
  readonly signal: AbortSignal;
  /** Further headers of the request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Returns the error of a successful response that cannot be read. */
  readonly check?:
    | ((response: Response) => FlightError | undefined)
    | undefined;
}

/**
 * Chunks of a body, which is fetched with the first read. It rejects with a FlightError, or with
 * the reason for which it was canceled or `signal` aborted.
 */
export class HttpBody implements Source<Uint8Array> {
  readonly #init: HttpBodyInit;
  readonly #aborting = new AbortController();
  readonly #onAbort = () => this.cancel(this.#init.signal.reason);
  #response: Response | undefined;
  #chunks: Source<Uint8Array> | undefined;
  #cancelled: { readonly reason: unknown } | undefined;
  #failure: unknown;

  /** @param init The request. */
  constructor(init: HttpBodyInit) {
    this.#init = init;
  }

  /** Error with which `read` has failed. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Response, once something was read. */
  get response(): Response | undefined {
    return this.#response;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#chunks ??= await this.#open();
      const chunk = await this.#chunks.read();
      // A body that was canceled ends as if it were complete.
      if (this.#cancelled) throw this.#cancelled.reason;
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
    // A response that was not fetched does not know of the signal.
    this.#chunks?.cancel(reason);
  }

  async #open(): Promise<Source<Uint8Array>> {
    const { uri, fetch, signal, headers, check } = this.#init;
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener("abort", this.#onAbort);
    const response = await fetch(
      new Request(uri, {
        headers: { accept: ACCEPT, ...headers },
        credentials: "omit",
        signal: this.#aborting.signal,
      }),
    );
    this.#response = response;
    const problem = problemOf(response, uri) ?? check?.(response);
    if (problem !== undefined) {
      discard(response.body, problem);
      throw problem;
    }
    return response.body ? toSource(response.body) : emptySource();
  }

  #end(): void {
    this.#init.signal.removeEventListener("abort", this.#onAbort);
  }
}

/**
 * Makes an error to report. Errors of the network name the whole URI, which may hold a signature
 * that must not be shown.
 */
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

/** Returns the innermost message of an error: the runtimes wrap the reason in "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
