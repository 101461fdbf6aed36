/** Servers that end connections before they answer: what every transport over a network must do. */

import { assertEquals, assertGreaterOrEqual } from "@std/assert";

import { socketServer } from "../support/sockets.ts";
import { flightError, request } from "../support/transport/call_parts.ts";
import {
  tcp,
  type TestedTransport,
} from "../support/transport/tested_transport.ts";

/** SETTINGS without a setting, and GOAWAY, which leaves out all streams. */
const GOODBYE = Uint8Array.of(
  ...[0, 0, 0, 4, 0, 0, 0, 0, 0],
  ...[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
);

/** Registers the tests for one transport. */
export function testUselessServers(
  { clientTransport, test }: TestedTransport,
): void {
  for (const closes of [false, true]) {
    test(`a server that says GOAWAY at once${closes ? " and closes" : ""} is called less and less often`, async () => {
      await using server = await socketServer((socket) => {
        socket.resume();
        socket.write(GOODBYE);
        if (closes) socket.end();
      });
      const client = clientTransport(tcp(server.port));
      const start = performance.now();
      // As an application that tries again without a pause.
      while (server.accepted < 5) {
        const error = await flightError(client.call(request()).messages.read());
        assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
      }
      // 100, 160, 256 and 410 ms, less the jitter.
      assertGreaterOrEqual(performance.now() - start, 0.8 * 926 - 10);
      await client.close();
    });
  }
}
