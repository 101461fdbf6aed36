/**
 * Ports for programs that are told where to listen.
 *
 * @module
 */
import { type AddressInfo, createServer } from "node:net";

/**
 * Finds ports of the loopback address that were free a moment ago: all are
 * taken before any is freed, so no two are the same.
 *
 * @param count The number of ports.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map((server) =>
      new Promise<number>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", () => {
          resolve((server.address() as AddressInfo).port);
        });
      })
    ),
  );
  await Promise.all(
    servers.map((server) =>
      new Promise<void>((resolve) => server.close(() => resolve()))
    ),
  );
  return ports;
}
