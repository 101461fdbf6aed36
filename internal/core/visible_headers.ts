/** Which headers hold secrets, so that their values are never shown. */

/**
 * Names that tell: `authorization`, `cookie`, `set-cookie`, `auth-token-bin`, `x-api-key` and the like.
 * It rather hides too much.
 */
const SECRET_NAME =
  /auth|cookie|token|secret|passw|credential|session|signature|key|bearer|jwt/;

/** Stands for the value of a secret. */
const HIDDEN = "(hidden)";

/**
 * Headers as they may be shown: a list of values by name, those of secrets hidden, those of `-bin`
 * headers in hexadecimal.
 *
 * @param headers The headers.
 * @param secretNames Names that hold secrets too, in any case.
 * @returns A plain object.
 */
export function visibleHeaders(
  headers: Iterable<readonly [name: string, value: string | Uint8Array]>,
  secretNames: readonly string[] = [],
): Record<string, string[]> {
  // A name of a peer may be one that every object has, such as `constructor`.
  const visible = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const isSecret = SECRET_NAME.test(name) || secretNames.includes(name);
    const shown = isSecret
      ? HIDDEN
      : typeof value === "string"
      ? value
      : hexadecimal(value);
    const values = visible.get(name);
    if (values) values.push(shown);
    else visible.set(name, [shown]);
  }
  return Object.fromEntries(visible);
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
