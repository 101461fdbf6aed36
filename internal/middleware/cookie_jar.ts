/** Keeps the cookies of one client, or of several that share them. */

import { integerOption } from "../core/check_option.ts";
import {
  type Cookie,
  cookieMatches,
  type CookieOrigin,
  parseSetCookie,
} from "./cookie.ts";

/**
 * Cookies that servers have set, in memory, as RFC 6265 has it.
 *
 * A server sees those that it has set itself, and those of a domain that it is in. There is no list of
 * public suffixes: a jar that is shared by clients of servers that do not trust each other should not
 * be shared by servers of one domain.
 */
export class CookieJar {
  /** By name, domain and path; in the order in which they were first set. */
  readonly #cookies: Map<string, Cookie>;
  readonly #maxCookies: number;

  /**
   * Makes an empty jar.
   *
   * @param options `maxCookies`: how many it keeps, 1 or more; the oldest make room. Default: 1,000.
   * @throws {RangeError} When `maxCookies` is out of range.
   */
  constructor(options: { readonly maxCookies?: number | undefined } = {}) {
    const { maxCookies = 1000 } = options;
    integerOption("maxCookies", maxCookies, 1);
    this.#cookies = new Map();
    this.#maxCookies = maxCookies;
  }

  /** How many cookies there are, without those that have ended. */
  get size(): number {
    this.#removeExpired();
    return this.#cookies.size;
  }

  /**
   * Keeps a cookie, or removes one that has ended.
   *
   * @param setCookie The value of one `set-cookie` header.
   * @param origin Where it came from.
   * @returns Whether it was a cookie, and one that the origin may set.
   */
  store(setCookie: string, origin: CookieOrigin): boolean {
    const now = Date.now();
    const cookie = parseSetCookie(setCookie, origin, now);
    if (cookie === undefined) return false;
    const key = JSON.stringify([cookie.name, cookie.domain, cookie.path]);
    if (cookie.expiresAt <= now) this.#cookies.delete(key);
    else this.#cookies.set(key, cookie);
    this.#makeRoom();
    return true;
  }

  /**
   * The cookies for a request.
   *
   * @param origin Where the request goes.
   * @returns The value of a `cookie` header, such as `a=1; b=2`; `undefined` where there are none.
   */
  header(origin: CookieOrigin): string | undefined {
    this.#removeExpired();
    const cookies = [...this.#cookies.values()]
      .filter((cookie) => cookieMatches(cookie, origin))
      // The sort is stable: among equals the older comes first.
      .sort((a, b) => b.path.length - a.path.length);
    return cookies.length === 0
      ? undefined
      : cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  /** Removes every cookie, as at the end of a session. */
  clear(): void {
    this.#cookies.clear();
  }

  /**
   * A jar of its own with the same cookies.
   *
   * @returns The copy; what happens to one of the two does not happen to the other.
   */
  clone(): CookieJar {
    const copy = new CookieJar({ maxCookies: this.#maxCookies });
    for (const [key, cookie] of this.#cookies) copy.#cookies.set(key, cookie);
    return copy;
  }

  #makeRoom(): void {
    if (this.#cookies.size > this.#maxCookies) this.#removeExpired();
    for (const key of this.#cookies.keys()) {
      if (this.#cookies.size <= this.#maxCookies) return;
      this.#cookies.delete(key);
    }
  }

  #removeExpired(): void {
    const now = Date.now();
    for (const [key, { expiresAt }] of this.#cookies) {
      if (expiresAt <= now) this.#cookies.delete(key);
    }
  }
}
