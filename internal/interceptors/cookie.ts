/** Cookies of user agents: RFC 6265, sections 5.1 to 5.4, without HttpOnly. */

import { parseCookieDate } from "./cookie_date.ts";

/** Origin of a cookie, or target of a request with cookies. */
export interface CookieOrigin {
  /** Host name or IP address, in any case. */
  readonly host: string;
  /** Path of the request. */
  readonly path: string;
  /** True if no one can listen: TLS, or no network at all. */
  readonly isSecure: boolean;
}

/** Cookie in a jar. */
export interface Cookie {
  /** Its name. */
  readonly name: string;
  /** Value, as it was sent. */
  readonly value: string;
  /** Host to which it belongs, in lower case. */
  readonly domain: string;
  /** True if the hosts below `domain` do not get it. */
  readonly isHostOnly: boolean;
  /** Path; those below it get the cookie. */
  readonly path: string;
  /** True if it is sent only over secure connections. */
  readonly isSecure: boolean;
  /** Time at which it expires, in milliseconds since the epoch; Infinity for a session cookie. */
  readonly expiresAt: number;
}

/** Longest name and value together, in characters, as in browsers. */
const MAX_LENGTH = 4096;

/** Longest value of an attribute, in characters, as in browsers; a longer one is ignored. */
const MAX_ATTRIBUTE_LENGTH = 1024;

/**
 * Longest header, in characters; a longer one is no cookie, because its name and value would keep
 * all of its text in memory.
 */
const MAX_HEADER_LENGTH = 8192;

/** Most attributes of a cookie that are read: only eight have a meaning. */
const MAX_ATTRIBUTES = 32;

/**
 * Reads the value of a `set-cookie` header.
 *
 * @param text The value.
 * @param origin The origin of the response.
 * @param now The time, in milliseconds since the epoch.
 * @returns The cookie, or `undefined` if it is malformed, or this origin may not set it.
 */
export function parseSetCookie(
  text: string,
  origin: CookieOrigin,
  now: number,
): Cookie | undefined {
  if (text.length > MAX_HEADER_LENGTH) return undefined;
  const [pair, ...attributes] = text.split(";", 1 + MAX_ATTRIBUTES);
  const separator = pair!.indexOf("=");
  const name = pair!.slice(0, separator).trim();
  const value = pair!.slice(separator + 1).trim();
  if (
    separator < 0 || name === "" || name.length + value.length > MAX_LENGTH ||
    !/^[\x20-\x7e]*$/.test(name + value)
  ) return undefined;

  const host = origin.host.toLowerCase();
  let domain = "";
  let path = defaultPath(origin.path);
  let isSecure = false;
  let maxAge: number | undefined;
  let expires: number | undefined;
  for (const attribute of attributes) {
    const [key, argument] = split(attribute);
    if (argument.length > MAX_ATTRIBUTE_LENGTH) continue;
    switch (key) {
      case "expires":
        expires = parseCookieDate(argument) ?? expires;
        break;
      case "max-age":
        if (/^-?\d+$/.test(argument)) maxAge = Number(argument);
        break;
      case "domain":
        domain = argument.replace(/^\./, "").toLowerCase() || domain;
        break;
      case "path":
        path = argument.startsWith("/") ? argument : defaultPath(origin.path);
        break;
      case "secure":
        isSecure = true;
        break;
    }
  }
  if (domain !== "" && !mayName(host, domain)) return undefined;
  return {
    name,
    value,
    domain: domain || host,
    isHostOnly: domain === "",
    path,
    isSecure,
    expiresAt: maxAge === undefined
      ? expires ?? Infinity
      : maxAge <= 0
      ? -Infinity
      : now + maxAge * 1000,
  };
}

/** Reports whether a request to `origin` gets the cookie. */
export function cookieMatches(cookie: Cookie, origin: CookieOrigin): boolean {
  const host = origin.host.toLowerCase();
  return (cookie.isHostOnly
    ? host === cookie.domain
    : domainMatches(host, cookie.domain)) &&
    pathMatches(origin.path, cookie.path) &&
    (!cookie.isSecure || origin.isSecure);
}

function split(attribute: string): [key: string, argument: string] {
  const separator = attribute.indexOf("=");
  return separator < 0 ? [attribute.trim().toLowerCase(), ""] : [
    attribute.slice(0, separator).trim().toLowerCase(),
    attribute.slice(separator + 1).trim(),
  ];
}

/** Reports whether a host may set cookies for a domain: one that it is in, but not all of `com`. */
function mayName(host: string, domain: string): boolean {
  return host === domain ||
    (domain.includes(".") && domainMatches(host, domain));
}

/** Matches a domain (section 5.1.3). An IP address is in no domain but its own. */
function domainMatches(host: string, domain: string): boolean {
  return host === domain ||
    (host.endsWith(`.${domain}`) && !/^[\d.]+$|:/.test(host));
}

/** Computes the default path (section 5.1.4). */
function defaultPath(path: string): string {
  const end = path.lastIndexOf("/");
  return path.startsWith("/") && end > 0 ? path.slice(0, end) : "/";
}

/** Matches a path (section 5.1.4). */
function pathMatches(path: string, cookiePath: string): boolean {
  return path === cookiePath ||
    (path.startsWith(cookiePath) &&
      (cookiePath.endsWith("/") || path[cookiePath.length] === "/"));
}
