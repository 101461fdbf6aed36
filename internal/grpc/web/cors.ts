/**
 * Calls from pages of another origin: the CORS protocol of the Fetch standard. Browsers ask first
 * (a preflight) before every call of gRPC-Web, because of its content type.
 */

import type { OptionNames } from "../../core/known_options.ts";
import {
  booleanOption,
  integerOption,
  objectOption,
  shown,
} from "../../core/check_option.ts";
import type { Header } from "../../http2/hpack/header.ts";

/** Default of `maxAgeSeconds`: two hours, the most that Chromium allows. */
const DEFAULT_MAX_AGE_SECONDS = 7200;

/** Longest list of headers that a preflight may ask for, in characters. */
const MAX_ASKED_CHARACTERS = 8192;

/** Headers of answers that pages may read, beside those of each answer. */
const EXPOSED = [
  "grpc-status",
  "grpc-message",
  "grpc-status-details-bin",
  "x-arrow-status",
  "x-arrow-status-message-bin",
  "authorization",
];

/** Permissions for pages of other origins. */
export interface CorsOptions {
  /**
   * Origins whose pages may call, such as `https://app.example`; `"*"` for all of them; or a function
   * that decides, for which it gets the origin.
   */
  readonly origins:
    | "*"
    | readonly string[]
    | ((origin: string) => boolean);
  /**
   * Lets these pages send the cookies and certificates that the browser has for this server. It needs
   * a list or a function for `origins`. Default: false.
   */
  readonly credentials?: boolean | undefined;
  /** Time for which browsers may keep a permission, in seconds, 0 or more. Default: 7200. */
  readonly maxAgeSeconds?: number | undefined;
}

/** The names of {@linkcode CorsOptions}. */
export const CORS_OPTIONS: OptionNames<CorsOptions> = {
  credentials: true,
  maxAgeSeconds: true,
  origins: true,
};

/** Checked permissions. */
export class Cors {
  readonly #allows: (origin: string) => boolean;
  readonly #credentials: boolean;
  readonly #maxAgeSeconds: number;

  /**
   * @param options The permissions; none by default.
   * @param name The option that has them.
   * @param names All names of that option.
   * @throws {TypeError} When one of them is of the wrong type, or is no origin.
   * @throws {RangeError} When a number is out of range.
   */
  constructor(
    options: CorsOptions = { origins: [] },
    name = "cors",
    names: Readonly<Record<string, true>> = CORS_OPTIONS,
  ) {
    objectOption(name, options, names);
    const { origins, credentials = false } = options;
    this.#allows = allowing(origins);
    this.#credentials = booleanOption("credentials", credentials);
    if (credentials && origins === "*") {
      throw new TypeError(
        'Cannot use option credentials: every page could call in the name of its user; list the origins instead of "*"',
      );
    }
    this.#maxAgeSeconds = integerOption(
      "maxAgeSeconds",
      options.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS,
      0,
    );
  }

  /** Reports whether pages of an origin may call. */
  permits(origin: string): boolean {
    return this.#allows(origin);
  }

  /** True if the pages may send what the browser has for this server. */
  get permitsCredentials(): boolean {
    return this.#credentials;
  }

  /**
   * Makes the headers that answer a preflight.
   *
   * @param origin The header `origin`.
   * @param asked The header `access-control-request-headers`.
   * @returns The headers; none if the origin has no permission.
   */
  preflight(origin: string | undefined, asked: string | undefined): Header[] {
    if (origin === undefined || !this.#allows(origin)) return [];
    const headers = asked !== undefined &&
      asked.length <= MAX_ASKED_CHARACTERS &&
      /^[\w!#$%&'*+.^`|~, -]*$/.test(asked);
    return [
      ...this.#permission(origin),
      ["access-control-allow-methods", "POST"],
      ...headers ? [["access-control-allow-headers", asked] as const] : [],
      ["access-control-max-age", String(this.#maxAgeSeconds)],
    ];
  }

  /**
   * Makes the headers of the answer to a call.
   *
   * @param origin The header `origin` of the call.
   * @param names The names of the other headers of the answer.
   * @returns The headers; none if the origin has no permission.
   */
  answer(origin: string | undefined, names: Iterable<string>): Header[] {
    if (origin === undefined || !this.#allows(origin)) return [];
    const exposed = new Set([...EXPOSED, ...names]);
    return [
      ...this.#permission(origin),
      ["access-control-expose-headers", [...exposed].join(", ")],
    ];
  }

  #permission(origin: string): Header[] {
    const headers: Header[] = [
      ["access-control-allow-origin", origin],
      ["vary", "origin"],
    ];
    if (this.#credentials) {
      headers.push(["access-control-allow-credentials", "true"]);
    }
    return headers;
  }
}

/**
 * Reports whether a request with the method OPTIONS is a preflight for gRPC-Web: it asks for the
 * content type, or for the header that clients send.
 *
 * @param header Returns a header of the request.
 */
export function isWebPreflight(
  header: (name: string) => string | null | undefined,
): boolean {
  return (header("origin") ?? undefined) !== undefined &&
    header("access-control-request-method") === "POST" &&
    /\b(?:content-type|x-grpc-web)\b/i.test(
      header("access-control-request-headers") ?? "",
    );
}

function allowing(
  origins: CorsOptions["origins"],
): (origin: string) => boolean {
  if (origins === "*") return () => true;
  if (typeof origins === "function") {
    return (origin) => origins(origin) === true;
  }
  if (!Array.isArray(origins)) {
    throw new TypeError(
      `Cannot use option origins: ${
        shown(origins)
      } is neither an array of origins, nor "*", nor a function`,
    );
  }
  for (const origin of origins as readonly unknown[]) checkOrigin(origin);
  const known = new Set<string>(origins);
  return (origin) => known.has(origin);
}

/** An origin with a path, in upper case, or with the default port of its scheme would never match. */
function checkOrigin(origin: unknown): void {
  const text = typeof origin === "string" ? origin : "";
  if (text.includes("*")) {
    throw new TypeError(
      `Cannot use option origins: ${
        shown(text)
      } is a pattern; a function can have one, and origins: "*" permits all`,
    );
  }
  if (
    /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s@A-Z]+$/.test(text) &&
    // Other schemes, such as that of an extension, have no origin for `URL`.
    (!/^https?:/.test(text) ||
      URL.canParse(text) && new URL(text).origin === text)
  ) return;
  throw new TypeError(
    `Cannot use option origins: ${
      shown(origin)
    } is no origin, such as "https://app.example"`,
  );
}
