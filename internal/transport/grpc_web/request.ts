/** The requests of gRPC-Web. */

import { timeUntil } from "../../base/timers/deadline.ts";
import { headerListBytes, toHeaderList } from "../../grpc/header_list.ts";
import { MAX_SENT_HEADERS_BYTES } from "../../grpc/metadata.ts";
import { sentTooLarge } from "../../grpc/status_list.ts";
import { encodeTimeout } from "../../grpc/timeout.ts";
import { WEB_CONTENT_TYPE } from "../../grpc/web/content_type.ts";
import type { Header } from "../../http2/hpack/header.ts";
import type { ClientRequest } from "../../seam/transport.ts";
import { USER_AGENT } from "../options.ts";
import { halfDuplexError } from "./errors.ts";
import type { WebSettings } from "./options.ts";
import { sendsStreams } from "./platform.ts";
import type { Upload } from "./upload.ts";
import { WINDOW_BYTES } from "./window.ts";

/** The RPCs whose two sides take turns. */
export const BOTH_WAYS: RegExp =
  /^\/arrow\.flight\.protocol\.FlightService\/(DoExchange|Handshake)$/;

/** The body of a request. */
type Body = Uint8Array | Blob | ReadableStream<Uint8Array>;

/** Makes the requests of one client, in the ways that its platform can. */
export class RequestMaker {
  readonly #url: string;
  readonly #settings: WebSettings;
  /** False once a request has shown that streams cannot be sent. */
  #streams: boolean;
  /** True if streams can be sent for certain. */
  readonly #isSure: boolean;

  /**
   * @param url The base URL, without a slash at its end.
   * @param settings The options.
   */
  constructor(url: string, settings: WebSettings) {
    const { uploads, isFullDuplex } = settings;
    this.#url = url;
    this.#settings = settings;
    this.#isSure = uploads === "streamed" || isFullDuplex;
    // Browsers stream by HTTP/2 only, which they speak with TLS only.
    this.#streams = uploads === "streamed" ||
      uploads === "auto" &&
        (isFullDuplex || url.startsWith("https:") && sendsStreams());
  }

  /** True if requests of several messages have to be gathered, without the caller's wish. */
  get gathers(): boolean {
    return this.#settings.uploads === "auto" && !this.#streams;
  }

  /**
   * Makes a call.
   *
   * @param call The call.
   * @param upload Its messages.
   * @param signal Ends the request.
   * @throws {FlightError} When the call cannot be sent; other errors come from `fetch`.
   */
  async make(
    call: ClientRequest,
    upload: Upload,
    signal: AbortSignal,
  ): Promise<Response> {
    const { maxGatheredUploadBytes, isFullDuplex } = this.#settings;
    const [, method] = BOTH_WAYS.exec(call.path) ?? [];
    if (method !== undefined && !isFullDuplex) throw halfDuplexError(method);
    const headers = requestHeaders(call);
    const send = (body: Body) => this.#fetch(call.path, headers, body, signal);
    const whole = await source(() =>
      upload.whole(this.#streams ? WINDOW_BYTES : Infinity)
    );
    if (whole !== undefined) return await send(whole);
    if (this.#streams) {
      const keep = !this.#isSure;
      try {
        return await send(upload.streamed(keep));
      } catch (error) {
        // Chromium refuses HTTP/1.1 before it has sent a byte.
        if (!keep || signal.aborted || !upload.rewind()) throw error;
        this.#streams = false;
      }
    }
    const parts = await source(() => upload.gathered(maxGatheredUploadBytes));
    return await send(new Blob(parts as BlobPart[]));
  }

  #fetch(
    path: string,
    headers: Headers,
    body: Body,
    signal: AbortSignal,
  ): Promise<Response> {
    const { fetch: own, credentials } = this.#settings;
    const init = {
      method: "POST",
      headers,
      body: body as BodyInit,
      signal,
      redirect: "manual",
      ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
      // Workers have no such option.
      ...(credentials === undefined ? {} : { credentials }),
    } as RequestInit;
    const url = `${this.#url}${path}`;
    return own === undefined ? fetch(url, init) : own(new Request(url, init));
  }
}

/** An error of the caller's own messages, which is reported as it is. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  /** The error of the source. */
  readonly reason: unknown;

  /** @param reason The error of the source. */
  constructor(reason: unknown) {
    super("the source of the messages has failed");
    this.reason = reason;
  }
}

async function source<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new SourceError(error);
  }
}

function requestHeaders(call: ClientRequest): Headers {
  const all = new Headers();
  for (
    const [name, value] of headersOf(call, [
      ["content-type", WEB_CONTENT_TYPE],
      ["accept", WEB_CONTENT_TYPE],
      ["x-grpc-web", "1"],
    ])
  ) all.append(name, value);
  return all;
}

/**
 * Makes the headers of a call.
 *
 * @param call The call.
 * @param more Headers of the way that it takes.
 * @throws {FlightError} RESOURCE_EXHAUSTED when they are too large to send.
 */
export function headersOf(
  { headers, deadline }: ClientRequest,
  more: readonly Header[] = [],
): Header[] {
  const own = toHeaderList(headers);
  const standard: Header[] = [...more, ["x-user-agent", USER_AGENT]];
  if (deadline !== undefined && deadline !== Infinity) {
    standard.push(["grpc-timeout", encodeTimeout(timeUntil(deadline))]);
  }
  const tooLarge = sentTooLarge(
    "headers",
    own,
    MAX_SENT_HEADERS_BYTES - headerListBytes(standard),
  );
  if (tooLarge) throw tooLarge;
  return [...own, ...standard];
}
