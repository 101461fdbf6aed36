/**
 * Connections that a server drops before it has sent a byte, as one that ends does with those in its queue: calls are made
 * on another one.
 */

import * as net from "node:net";
import { test } from "node:test";
import { assertEquals, assertMatch } from "@std/assert";
import { connect, type FlightServer, serve } from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";
import { certified, pem } from "../../support/certs.ts";
import { rawServer } from "../../support/http2/raw_peer.ts";
import { assertFlightError } from "../../support/rejections.ts";
import { type Listener, socketServer } from "../../support/sockets.ts";

const ROWS = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

/** Ways in which a connection ends. */
const ENDS: Readonly<Record<string, (socket: net.Socket) => void>> = {
  "is reset": (socket) =>
    socket.once(
      "data",
      () =>
        socket.resetAndDestroy ? socket.resetAndDestroy() : socket.destroy(),
    ),
  "is closed": (socket) => socket.end(),
  "is destroyed at once": (socket) => socket.destroy(),
};

/** Ends the first connections, and passes the others on. */
function dropping(
  count: number,
  end: (socket: net.Socket) => void,
  { port }: FlightServer,
): Promise<Listener> {
  let left = count;
  return socketServer((socket) => {
    if (left-- > 0) return end(socket);
    const other = net.connect(port, "127.0.0.1");
    other.on("error", () => socket.destroy());
    other.on("close", () => socket.destroy());
    socket.on("close", () => other.destroy());
    socket.pipe(other).pipe(socket);
  });
}

for (const secure of [false, true]) {
  const by = secure ? "over TLS " : "";
  const tls = secure ? certified("server") : undefined;
  const clientTls = { rootCertificates: pem("ca_cert") };
  const locationOf = ({ port }: Listener) =>
    secure ? `grpc+tls://localhost:${port}` : `grpc://127.0.0.1:${port}`;

  for (const [what, end] of Object.entries(ENDS)) {
    test(`a connection ${by}that ${what}: its calls are made on another one`, {
      timeout: 60_000,
    }, async () => {
      const uploads: number[] = [];
      let gets = 0;
      await using server = await serve({
        doGet() {
          gets++;
          return ROWS;
        },
        async *doPut(upload) {
          uploads.push((await upload.table()).numRows);
          yield { appMetadata: Uint8Array.of(uploads.length) };
        },
      }, { hostname: "127.0.0.1", tls });
      await using front = await dropping(1, end, server);
      await using client = connect(
        locationOf(front),
        secure ? { tls: clientTls } : {},
      );
      // All of them wait for the connection: two that have all of their data, and one that has none yet.
      const later = client.doPut({ path: ["later"] });
      const [got, put] = await Promise.all([
        client.doGet("all").table(),
        client.doPut({ path: ["now"] }, ROWS),
      ]);
      assertEquals([got.numRows, put.length, gets], [3, 1, 1]);
      const writer = later.writable.getWriter();
      for (const batch of ROWS.batches) await writer.write(batch);
      await writer.close();
      assertEquals((await Array.fromAsync(later.results)).length, 1);
      assertEquals(uploads, [3, 3]);
      assertEquals(front.accepted, 2);
    });
  }

  test(
    `a server that drops every connection ${by}fails a call with the second`,
    {
      timeout: 60_000,
    },
    async () => {
      await using server = await serve({}, { hostname: "127.0.0.1", tls });
      await using front = await dropping(Infinity, (s) => s.destroy(), server);
      await using client = connect(
        locationOf(front),
        secure ? { tls: clientTls } : {},
      );
      const error = await assertFlightError(
        client.doGet("all").table(),
        "UNAVAILABLE",
        /: cannot connect to /,
      );
      assertEquals([error.origin, front.accepted], ["transport", 2]);
    },
  );
}

test(
  "a connection that is lost after the first byte of a server: its calls fail",
  {
    timeout: 60_000,
  },
  async () => {
    await using front = await rawServer([], async (peer) => {
      await peer.next("HEADERS");
      peer.socket.destroy();
    });
    await using client = connect(`grpc://127.0.0.1:${front.port}`);
    const error = await assertFlightError(
      client.doGet("all").table(),
      "UNAVAILABLE",
    );
    assertMatch(error.details, /was lost/);
    assertEquals(front.peers.length, 1);
  },
);
