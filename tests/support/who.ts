/** A service that tells its clients who they are. */

import type { FlightService } from "@contrail/flight";
import type { Connected } from "./transports.ts";

/** Tells the identity of the peer; without one, the header `authorization`, or "nobody". */
export const WHO: FlightService = {
  *doAction(_action, { peerIdentity, headers }) {
    yield { body: peerIdentity ?? headers.get("authorization") ?? "nobody" };
  },
  async *doPut(upload, { peerIdentity }) {
    for await (const _ of upload);
    yield { appMetadata: new TextEncoder().encode(peerIdentity ?? "nobody") };
  },
};

/** Asks by an action. */
export async function who(
  { client }: Pick<Connected, "client">,
  headers: Record<string, string> = {},
): Promise<string> {
  const [result] = await Array.fromAsync(client.doAction("who", { headers }));
  return result!.text();
}

/** Asks by an upload. */
export async function whoUploads(
  { client }: Pick<Connected, "client">,
): Promise<string> {
  const upload = client.doPut("x");
  await upload.writable.close();
  const [result] = await Array.fromAsync(upload.results);
  return result!.text();
}
