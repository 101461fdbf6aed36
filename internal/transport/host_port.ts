/** Host and port as text, for code that also runs without `node:`. */

/** Formats host and port for a URI: IPv6 addresses in brackets (RFC 3986). */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
