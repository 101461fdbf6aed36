/** Options of the transport on gRPC-Web: their defaults and checks. */

import {
  boundOption,
  choiceOption,
  functionOption,
} from "../../core/check_option.ts";
import type { FindBody } from "../../seam/transport.ts";
import {
  maxHeaderFieldsOf,
  maxHeaderListBytesOf,
  messageLimitOf,
  type TransportOptions,
} from "../options.ts";
import { isFullDuplex } from "./platform.ts";

/** Default of `maxGatheredUploadBytes`: 256 MiB. */
const DEFAULT_MAX_GATHERED_UPLOAD_BYTES: number = 256 * 1024 * 1024;

/** Limits that both ends of gRPC-Web have. */
export type WebLimitOptions = Pick<
  TransportOptions,
  "maxReceiveMessageBytes" | "maxHeaderListBytes" | "maxHeaderFields"
>;

/** Options of the client's end. */
export interface WebTransportOptions extends WebLimitOptions {
  /**
   * Makes the requests, as the standard `fetch` does. A service in the same process can be joined to it:
   * `fetch: flightHandler(service)`. Default: the `fetch` of the runtime.
   */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /**
   * Cookies and certificates of the browser: see `credentials` of the Fetch standard. With `include`
   * they also go to another origin, which has to permit it. Default: that of `fetch`, `same-origin`.
   */
  readonly credentials?: "omit" | "same-origin" | "include" | undefined;
  /**
   * Way in which several messages are sent, as in DoPut: `streamed` sends each when it is written;
   * `gathered` keeps all of them until the last one, and sends them together. Default: `auto`, which
   * streams where `fetch` can: everywhere but in Firefox, in Safari, and in Chromium without HTTP/2.
   */
  readonly uploads?: "auto" | "streamed" | "gathered" | undefined;
  /**
   * Most bytes of a gathered upload; a longer one fails with RESOURCE_EXHAUSTED. 1 or more, or
   * Infinity. Default: 256 MiB.
   */
  readonly maxGatheredUploadBytes?: number | undefined;
  /**
   * Ability of `fetch` to read an answer before the request has been sent. Where it is `half`, as in
   * every browser, DoExchange and Handshake fail with UNIMPLEMENTED, since most of them would wait
   * forever; `full` makes the calls in any case. They then work if all is written and closed before
   * anything is read, and the answer is small. Default: `auto`, by the runtime.
   */
  readonly duplex?: "auto" | "full" | "half" | undefined;
}

/** Checked limits. */
export interface WebLimits {
  /** See {@linkcode TransportOptions.maxReceiveMessageBytes}. */
  readonly maxReceiveMessageBytes: number;
  /** See {@linkcode TransportOptions.maxHeaderListBytes}. */
  readonly maxHeaderListBytes: number;
  /** See {@linkcode TransportOptions.maxHeaderFields}. */
  readonly maxHeaderFields: number;
  /** Finds the part of a received message to align in memory. */
  readonly findBody: FindBody;
}

/** Checked options of a client. */
export interface WebSettings extends WebLimits {
  readonly fetch: ((request: Request) => Promise<Response>) | undefined;
  readonly credentials: RequestCredentials | undefined;
  readonly uploads: "auto" | "streamed" | "gathered";
  readonly maxGatheredUploadBytes: number;
  readonly isFullDuplex: boolean;
}

/**
 * Returns the limits of `options`, with defaults.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function webLimitsOf(
  options: WebLimitOptions,
  findBody: FindBody,
): WebLimits {
  return {
    maxReceiveMessageBytes: messageLimitOf(options),
    maxHeaderListBytes: maxHeaderListBytesOf(options),
    maxHeaderFields: maxHeaderFieldsOf(options),
    findBody,
  };
}

/**
 * Returns the checked options of a client.
 *
 * @throws {TypeError} When one of them is of the wrong type.
 * @throws {RangeError} When one of them is out of range.
 */
export function webSettingsOf(
  options: WebTransportOptions,
  findBody: FindBody,
): WebSettings {
  const { credentials, uploads = "auto", duplex = "auto" } = options;
  if (credentials !== undefined) {
    choiceOption("credentials", credentials, [
      "omit",
      "same-origin",
      "include",
    ]);
  }
  choiceOption("duplex", duplex, ["auto", "full", "half"]);
  return {
    ...webLimitsOf(options, findBody),
    fetch: functionOption("fetch", options.fetch),
    credentials,
    uploads: choiceOption("uploads", uploads, ["auto", "streamed", "gathered"]),
    maxGatheredUploadBytes: boundOption(
      "maxGatheredUploadBytes",
      options.maxGatheredUploadBytes ?? DEFAULT_MAX_GATHERED_UPLOAD_BYTES,
    ),
    isFullDuplex: duplex === "full" || duplex === "auto" && isFullDuplex(),
  };
}
