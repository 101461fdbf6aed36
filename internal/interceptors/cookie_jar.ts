/** Keeps the cookies of one client, or of several that share them. */

import type { OptionNames } from "../core/known_options.ts";
import { integerOption, objectOption } from "../core/check_option.ts";
import {
  type Cookie,
  cookieMatches,
  type CookieOrigin,
  parseSetCookie,
} from "./cookie.ts";

/** Options of a {@linkcode CookieJar}. */
export interface CookieJarOptions {
  /** Most cookies in the jar, 1 or more. Default: 3,000, the minimum that RFC 6265 suggests. */
  readonly maxCookies?: number | undefined;
  /** Most cookies for one domain, 1 or more. Default: 50, as in RFC 6265. */
  readonly maxCookiesPerDomain?: number | undefined;
  /**
   * Most bytes of the `cookie` header of a request, 1 or more. If more cookies match, those that
   * were set first are left out. Default: 6,144, because gRPC's C++ core and Java accept 8 KiB of
   * headers, and a call has others.
   */
  readonly maxHeaderBytes?: number | undefined;
}

/** The names of {@linkcode CookieJarOptions}. */
const COOKIE_JAR_OPTIONS: OptionNames<CookieJarOptions> = {
  maxCookies: true,
  maxCookiesPerDomain: true,
  maxHeaderBytes: true,
};

/**
 * Cookies that servers have set, in memory, as RFC 6265 describes.
 *
 * Their number is limited, for each domain and in total. Expired ones make room first, then those
 * that were sent or set least recently. A cookie has at most 4,096 characters of name and value.
 *
 * A server sees the cookies that it has set itself, and those of a domain that it is in. There is
 * no list of public suffixes, so do not share a jar between servers of one domain that do not trust
 * each other.
 */
export class CookieJar {
  /** Cookies by name, domain and path, in the order in which they were first set. */
  readonly #cookies = new Map<string, Cookie>();
  /** Keys of cookies by domain; those used last are at the end. */
  readonly #domains = new Map<string, Set<string>>();
  readonly #options: {
    readonly [Name in keyof CookieJarOptions]-?: number;
  };

  /**
   * Makes an empty jar.
   *
   * @param options The limits for cookies, and for their bytes in a request.
   * @throws {RangeError} When an option is out of range.
   */
  constructor(options: CookieJarOptions = {}) {
    const {
      maxCookies = 3000,
      maxCookiesPerDomain = 50,
      maxHeaderBytes = 6144,
    } = objectOption("options", options, COOKIE_JAR_OPTIONS);
    this.#options = {
      maxCookies: integerOption("maxCookies", maxCookies, 1),
      maxCookiesPerDomain: integerOption(
        "maxCookiesPerDomain",
        maxCookiesPerDomain,
        1,
      ),
      maxHeaderBytes: integerOption("maxHeaderBytes", maxHeaderBytes, 1),
    };
  }

  /** Number of cookies, without expired ones. */
  get size(): number {
    this.#removeExpired();
    return this.#cookies.size;
  }

  /**
   * Stores a cookie, or removes one that has expired.
   *
   * @param setCookie The value of one `set-cookie` header.
   * @param origin The origin of the response.
   * @returns True if it was a cookie, and the origin may set it.
   */
  store(setCookie: string, origin: CookieOrigin): boolean {
    const now = Date.now();
    const cookie = parseSetCookie(setCookie, origin, now);
    if (cookie === undefined) return false;
    const key = JSON.stringify([cookie.name, cookie.domain, cookie.path]);
    if (cookie.expiresAt <= now) this.#delete(key);
    else {
      this.#cookies.set(key, cookie);
      this.#touch(key, cookie);
      this.#makeRoom(cookie.domain);
    }
    return true;
  }

  /**
   * Returns the cookies for a request.
   *
   * @param origin The target of the request.
   * @returns The value of a `cookie` header, such as `a=1; b=2`; `undefined` if there are none.
   */
  header(origin: CookieOrigin): string | undefined {
    this.#removeExpired();
    const cookies = this.#withinBytes(
      [...this.#cookies].filter(([, cookie]) => cookieMatches(cookie, origin)),
    );
    if (cookies.length === 0) return undefined;
    for (const [key, cookie] of cookies) this.#touch(key, cookie);
    return cookies.map(([, cookie]) => cookie)
      // The sort is stable: among equals the older comes first.
      .sort((a, b) => b.path.length - a.path.length)
      .map(pairOf).join("; ");
  }

  /** Removes every cookie, as at the end of a session. */
  clear(): void {
    this.#cookies.clear();
    this.#domains.clear();
  }

  /**
   * Copies the jar with its cookies.
   *
   * @returns The copy; changes to one do not affect the other.
   */
  clone(): CookieJar {
    const copy = new CookieJar(this.#options);
    for (const [key, cookie] of this.#cookies) copy.#cookies.set(key, cookie);
    for (const [domain, keys] of this.#domains) {
      copy.#domains.set(domain, new Set(keys));
    }
    return copy;
  }

  /** Returns the last ones that fit together. */
  #withinBytes(cookies: [string, Cookie][]): [string, Cookie][] {
    let left = this.#options.maxHeaderBytes;
    return cookies.reverse().filter(([, cookie]) => {
      const bytes = pairOf(cookie).length + "; ".length;
      if (bytes > left) return false;
      left -= bytes;
      return true;
    }).reverse();
  }

  /** Marks a cookie and its domain as used last. */
  #touch(key: string, { domain }: Cookie): void {
    const keys = this.#domains.get(domain) ?? new Set();
    keys.delete(key);
    keys.add(key);
    this.#domains.delete(domain);
    this.#domains.set(domain, keys);
  }

  #delete(key: string): void {
    const cookie = this.#cookies.get(key);
    if (cookie === undefined) return;
    this.#cookies.delete(key);
    const keys = this.#domains.get(cookie.domain)!;
    keys.delete(key);
    if (keys.size === 0) this.#domains.delete(cookie.domain);
  }

  /**
   * Makes room (section 5.3): expired cookies go first, then those of a domain with too many, then
   * any.
   */
  #makeRoom(domain: string): void {
    const { maxCookies, maxCookiesPerDomain } = this.#options;
    const ofDomain = (): number => this.#domains.get(domain)?.size ?? 0;
    if (ofDomain() > maxCookiesPerDomain || this.#cookies.size > maxCookies) {
      this.#removeExpired();
    }
    while (ofDomain() > maxCookiesPerDomain) this.#deleteFirst(domain);
    while (this.#cookies.size > maxCookies) {
      this.#deleteFirst(this.#domains.keys().next().value!);
    }
  }

  #deleteFirst(domain: string): void {
    this.#delete(this.#domains.get(domain)!.values().next().value!);
  }

  #removeExpired(): void {
    const now = Date.now();
    for (const [key, { expiresAt }] of this.#cookies) {
      if (expiresAt <= now) this.#delete(key);
    }
  }
}

function pairOf({ name, value }: Cookie): string {
  return `${name}=${value}`;
}
