/** The head of a request: RFC 9112, sections 2.2 to 6, without any leniency that it permits. */

import type { Field } from "./field.ts";
import { HttpError } from "./http_error.ts";

/** Length of the body of a request (RFC 9112, section 6.3). */
export type BodyLength = number | "chunked";

/** Request without its body. */
export interface RequestHead {
  readonly method: string;
  /** Path with query; `*` for OPTIONS of the whole server. */
  readonly target: string;
  /** Host and port that the client means; empty if it does not say. */
  readonly host: string;
  /** True for HTTP/1.1, false for HTTP/1.0, which knows neither chunks nor interim answers. */
  readonly isModern: boolean;
  /** All fields with names in lower case. */
  readonly fields: readonly Field[];
  readonly bodyLength: BodyLength;
  /** True if the client sends another request on this connection. */
  readonly isPersistent: boolean;
  /** True if the client waits for 100 (Continue) before it sends the body. */
  readonly awaitsContinue: boolean;
  /** Protocols to which the client wants to change, in lower case. */
  readonly upgrades: readonly string[];
}

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;
const REQUEST_LINE =
  /^([!#$%&'*+\-.^_`|~\w]+) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const HOST = /^[\w\-.~!$&'()*+,;=:[\]%]*$/;

/**
 * Parses a head.
 *
 * @param text Its bytes as characters, without the empty line at the end.
 * @throws {HttpError} When it is malformed, ambiguous, or asks for more than this server does.
 */
export function parseHead(text: string): RequestHead {
  const [line, ...lines] = text.split("\r\n");
  const { method, target, isModern } = parseLine(line!);
  const fields = lines.map(parseField);
  const connection = listOf(fields, "connection");
  return {
    method,
    ...targetOf(method, target, hostOf(fields, isModern)),
    isModern,
    fields,
    bodyLength: bodyLengthOf(fields, isModern),
    isPersistent: isModern && !connection.includes("close"),
    awaitsContinue: isModern && awaitsContinue(fields),
    upgrades: isModern && connection.includes("upgrade")
      ? listOf(fields, "upgrade")
      : [],
  };
}

/**
 * Checks the first line of a head, so that bytes that are no request are noticed before all of the head
 * has come.
 *
 * @throws {HttpError} When it is no request line of HTTP/1.
 */
export function parseLine(
  line: string,
): Pick<RequestHead, "method" | "target" | "isModern"> {
  const match = REQUEST_LINE.exec(line);
  if (match === null) {
    throw new HttpError(400, "The request line is malformed");
  }
  const [, method, target, major, minor] = match;
  if (major !== "1") {
    throw new HttpError(
      505,
      "This connection speaks HTTP/1.1, and changes to no other version",
    );
  }
  return { method: method!, target: target!, isModern: minor !== "0" };
}

/** Parses a line of fields (RFC 9112, section 5). */
export function parseField(line: string): Field {
  // Section 5.2: a line that continues another one.
  if (line.startsWith(" ") || line.startsWith("\t")) {
    throw new HttpError(400, "A field is folded over several lines");
  }
  const colon = line.indexOf(":");
  // Section 5.1: no space before the colon, either.
  if (colon < 0 || !TOKEN.test(line.slice(0, colon))) {
    throw new HttpError(400, "The name of a field is malformed");
  }
  const value = trimmed(line.slice(colon + 1));
  if (!VALUE.test(value)) {
    throw new HttpError(400, "The value of a field has control characters");
  }
  return [line.slice(0, colon).toLowerCase(), value];
}

/** Removes the spaces and tabs around a value, and no other white space. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value, start)) start++;
  while (end > start && isBlank(value, end - 1)) end--;
  return value.slice(start, end);
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

function valuesOf(fields: readonly Field[], name: string): string[] {
  return fields.filter((field) => field[0] === name).map(([, value]) => value);
}

/** Returns the elements of a list (RFC 9110, section 5.6.1), in lower case. */
function listOf(fields: readonly Field[], name: string): string[] {
  return valuesOf(fields, name)
    .flatMap((value) => value.split(","))
    .map((element) => trimmed(element).toLowerCase())
    .filter((element) => element !== "");
}

/** Returns the host (RFC 9112, section 3.2). */
function hostOf(fields: readonly Field[], isModern: boolean): string {
  const hosts = valuesOf(fields, "host");
  if (hosts.length > 1 || (isModern && hosts.length === 0)) {
    throw new HttpError(
      400,
      `The request has ${hosts.length === 0 ? "no" : "several"} Host fields`,
    );
  }
  const [host = ""] = hosts;
  if (!HOST.test(host)) throw new HttpError(400, "The Host field is malformed");
  return host;
}

/** Reads the target (RFC 9112, section 3.2). */
function targetOf(
  method: string,
  target: string,
  host: string,
): Pick<RequestHead, "target" | "host"> {
  if (target.startsWith("/") || (target === "*" && method === "OPTIONS")) {
    return { target, host };
  }
  const absolute = /^https?:\/\/([^/?#]+)([/?].*)?$/i.exec(target);
  if (absolute === null) {
    throw new HttpError(400, "The target of the request is malformed");
  }
  // A proxy would go by the target, and another one by the field.
  const [, authority, path = "/"] = absolute;
  if (authority!.toLowerCase() !== host.toLowerCase()) {
    throw new HttpError(
      400,
      "The target of the request and its Host field differ",
    );
  }
  return { target: path.startsWith("/") ? path : `/${path}`, host };
}

/**
 * Returns the length of the body. Everything that two implementations may read in two ways is refused
 * (RFC 9112, sections 6.3 and 11.2), even if this one could.
 */
function bodyLengthOf(
  fields: readonly Field[],
  isModern: boolean,
): BodyLength {
  const lengths = valuesOf(fields, "content-length");
  const codings = valuesOf(fields, "transfer-encoding");
  if (codings.length > 0) {
    if (lengths.length > 0 || !isModern) {
      throw new HttpError(400, "The length of the request is ambiguous");
    }
    if (codings.length > 1 || codings[0]!.toLowerCase() !== "chunked") {
      throw new HttpError(501, "The only transfer coding here is chunked");
    }
    return "chunked";
  }
  if (lengths.length === 0) return 0;
  if (lengths.length > 1 || !/^\d{1,15}$/.test(lengths[0]!)) {
    throw new HttpError(400, "The Content-Length field is malformed");
  }
  return Number(lengths[0]);
}

/** Reads the expectation of the client (RFC 9110, section 10.1.1). */
function awaitsContinue(fields: readonly Field[]): boolean {
  const expected = listOf(fields, "expect");
  if (expected.some((expectation) => expectation !== "100-continue")) {
    throw new HttpError(417, "The only expectation here is 100-continue");
  }
  return expected.length > 0;
}
