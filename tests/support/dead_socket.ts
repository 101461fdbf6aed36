/** The file of a Unix socket whose server is gone. */

import { linkSync } from "node:fs";
import { createServer } from "node:net";

/**
 * Leaves a socket on which no process listens.
 *
 * @param path Where.
 */
export async function leaveDeadSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) =>
    server.listen({ path: `${path}.live` }, resolve)
  );
  linkSync(`${path}.live`, path);
  await new Promise((resolve) => server.close(resolve));
}
