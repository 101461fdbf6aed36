/** Redaction of headers that hold secrets. */

/**
 * Names that suggest a secret: `authorization`, `cookie`, `set-cookie`, `auth-token-bin`,
 * `x-api-key` and the like. In doubt it hides the value.
 */
const SECRET_NAME =
  /auth|cookie|token|secret|passw|credential|session|signature|key|bearer|jwt/;

/** Text shown for a secret. */
const HIDDEN = "(hidden)";

/**
 * Formats headers for display: a list of values by name, with secrets hidden, and `-bin` headers in
 * hexadecimal.
 *
 * @param headers The headers.
 * @param secretNames Further names that hold secrets, in any case.
 * @returns A plain object.
 */
export function visibleHeaders(
  headers: Iterable<readonly [name: string, value: string | Uint8Array]>,
  secretNames: readonly string[] = [],
): Record<string, string[]> {
  // A peer may use a name that every object has, such as `constructor`.
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
