/**
 * Clients that begin to read an endless stream, and vanish, on any runtime:
 *
 *     vanishing_client.ts raw|own PORT COUNT
 *
 * When all of them have read a part, a third says goodbye and a third drops its
 * connection. The last third is still there when this prints a line, and waits
 * to be killed.
 *
 * @module
 */
import process from "node:process";
import { connect } from "../../../mod.ts";
import { concatBytes } from "../../../internal/base/bytes.ts";
import { MAX_31_BITS } from "../../../internal/http2/frame/frame.ts";
import {
  encodeGoaway,
  encodeRstStream,
} from "../../../internal/http2/frame/frame_writer.ts";
import { INITIAL_SETTINGS } from "../../../internal/http2/frame/settings.ts";
import { ticketCodec } from "../../../internal/protocol/ticket.ts";
import {
  encodeFrame,
  encodeWindowUpdate,
  FLAG,
  FRAME,
  REQUEST,
  SETTING,
  uint32,
} from "../../support/http2/raw_frames.ts";
import { rawClient } from "../../support/http2/raw_peer.ts";

const ENDLESS = "Infinity";

/** Number of frames of 16 KiB that a client reads: less than Linux takes at first. */
const FRAMES = 2;

/**
 * A process on Deno 2.9.6 that connects more than 128 sockets in one turn may not learn, on a busy machine,
 * that the others are connected: until the server gives them up.
 */
const CONNECTS_AT_ONCE = 100;

/** Our own client keeps as much that is not read: many share this process. */
const OWN_WINDOW_BYTES = 2 ** 20;

const DO_GET = REQUEST.map(([name, value]): [string, string] => [
  name,
  name === ":path" ? "/arrow.flight.protocol.FlightService/DoGet" : value,
]);

/** A client that has read a part. */
interface VanishingClient {
  /** Goes in order. */
  close(): Promise<void>;
  /** Goes without a word. */
  drop(): Promise<void>;
}

/** HTTP/2 by hand, with the largest windows that there can be. */
async function raw(port: number): Promise<VanishingClient> {
  const peer = await rawClient(port, [[
    SETTING.initialWindowBytes,
    MAX_31_BITS,
  ]]);
  const { socket, closed } = peer;
  const ticket = ticketCodec.encode(ENDLESS);
  await peer.send(
    encodeWindowUpdate(0, MAX_31_BITS - INITIAL_SETTINGS.initialWindowBytes),
    peer.headers(1, DO_GET),
    encodeFrame(
      FRAME.DATA,
      FLAG.END_STREAM,
      1,
      concatBytes([Uint8Array.of(0), uint32(ticket.length), ticket]),
    ),
  );
  for (let frame = 0; frame < FRAMES; frame++) await peer.next("DATA");
  // The server goes on until the socket is full, and is stuck in a batch.
  socket.pause();
  return {
    // It does not read what is left. Linux says that a full socket has room
    // again only when asked, which it is ever more seldom.
    async close() {
      await peer.send(
        encodeRstStream(1, "CANCEL"),
        encodeGoaway(0, "NO_ERROR"),
      );
      await new Promise<void>((resolve) => socket.end(resolve));
    },
    async drop() {
      socket.resetAndDestroy();
      await closed;
    },
  };
}

/** The client of this package. */
async function own(port: number): Promise<VanishingClient> {
  const client = connect(`grpc://127.0.0.1:${port}`, {
    flowControlWindowBytes: OWN_WINDOW_BYTES,
  });
  const reader = client.doGet(ENDLESS).getReader();
  await reader.read();
  return {
    async close() {
      await reader.cancel();
      await client.close();
    },
    drop: () => client.close(),
  };
}

const [, , kind, port, count] = process.argv;
const clients: VanishingClient[] = [];
while (clients.length < Number(count)) {
  const length = Math.min(CONNECTS_AT_ONCE, Number(count) - clients.length);
  const connecting = Array.from(
    { length },
    () => (kind === "raw" ? raw : own)(Number(port)),
  );
  clients.push(...await Promise.all(connecting));
}
await Promise.all(clients.map((client, index) => {
  if (index % 3 === 0) return client.close();
  if (index % 3 === 1) return client.drop();
  return undefined;
}));
console.log("the rest waits to be killed");
// The parent process holds standard input open.
process.stdin.on("end", () => process.exit(0)).resume();
