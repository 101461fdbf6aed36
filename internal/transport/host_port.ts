/** Host and port as text, for code that also runs without `node:`. */

/** Formats host and port for a URI: IPv6 addresses in brackets (RFC 3986). */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Returns the host of a peer, such as `192.0.2.7` of `192.0.2.7:41234`: each connection has another port. */
export function hostOfPeer(peer: string): string {
  return peer.replace(/:\d{1,5}$/, "");
}
