/** User name and password in a header: the scheme Basic of HTTP (RFC 7617). */

import { valueName } from "../base/value_name.ts";
import { objectOption } from "../core/check_option.ts";
import { decodeBase64, encodeBase64 } from "../base/base64.ts";
import { toBytes, toText } from "../base/bytes.ts";
import type { BasicAuth } from "../protocol/handshake.ts";

/**
 * Makes the value of an `authorization` header.
 *
 * @throws {TypeError} When the user name has a colon, or one of the two is not text.
 */
export function encodeBasicCredentials(credentials: BasicAuth): string {
  const { username, password } = objectOption("credentials", credentials ?? {});
  for (const [name, value] of Object.entries({ username, password })) {
    if (typeof value === "string") continue;
    // The value may be a secret, so the message does not show it.
    throw new TypeError(
      `Cannot use option credentials.${name}: ${valueName(value)} is not text`,
    );
  }
  if (username.includes(":")) {
    throw new TypeError(
      "Cannot use option username: the scheme Basic allows no colon in it",
    );
  }
  return `Basic ${encodeBase64(toBytes(`${username}:${password}`), true)}`;
}

/**
 * Decodes the text after `Basic `. Go leaves out the padding.
 *
 * @returns The credentials; `undefined` if the text is malformed.
 */
export function decodeBasicCredentials(text: string): BasicAuth | undefined {
  let pair: string;
  try {
    pair = toText(decodeBase64(text));
  } catch {
    return undefined;
  }
  const separator = pair.indexOf(":");
  return separator < 0 ? undefined : {
    username: pair.slice(0, separator),
    password: pair.slice(separator + 1),
  };
}

/** Splits the value of an `authorization` header; the scheme in lower case (RFC 9110, section 11.1). */
export function parseAuthorization(
  value: string,
): { scheme: string; credentials: string } {
  const text = value.trim();
  const space = text.indexOf(" ");
  return space < 0 ? { scheme: "", credentials: "" } : {
    scheme: text.slice(0, space).toLowerCase(),
    credentials: text.slice(space).trimStart(),
  };
}
