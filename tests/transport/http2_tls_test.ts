/**
 * What a connection does with the bytes of its socket, behind TLS. Deno reads such sockets into
 * memory of ours.
 */

import { Buffer } from "node:buffer";
import type * as net from "node:net";
import { test } from "node:test";
import * as tls from "node:tls";

import { assert, assertEquals, assertLess } from "@std/assert";

import { concatBytes } from "../../internal/base/bytes.ts";
import {
  pauseSocket,
  readSocket,
  readTlsIntoMemory,
  resumeSocket,
} from "../../internal/socket/socket_reader.ts";
import { pem } from "../support/certs.ts";
import { seededRandom } from "../support/seeded_random.ts";

for (const name of ["fairness", "placed_data"]) {
  await import(`./http2/${name}_test.ts?tls`);
}

const MIB = 1 << 20;

test("TLS: a socket that is paused is not read", async () => {
  const sockets: tls.TLSSocket[] = [];
  const received = [0, 0];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const server = tls.createServer({
    cert: pem("server_cert") as Buffer,
    key: pem("server_key") as Buffer,
  }, (socket) => {
    const index = sockets.push(socket) - 1;
    readTlsIntoMemory(socket);
    readSocket(socket, {
      onChunk: (chunk) => {
        // The first one stops after its first bytes; the other one answers.
        if (index === 1) socket.write("x");
        else if (received[0] === 0) pauseSocket(socket);
        received[index] = received[index]! + chunk.length;
        if (received[0] === 32 * MIB) resolve();
      },
      place: () => undefined,
      onPlaced: () => {},
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as net.AddressInfo;
  const connect = async () => {
    const socket = tls.connect({
      port,
      host: "127.0.0.1",
      ca: pem("ca_cert") as Buffer,
    });
    await new Promise<void>((done) => socket.once("secureConnect", done));
    return socket;
  };
  const first = await connect();
  const other = await connect();
  let isWritten = false;
  first.write(new Uint8Array(32 * MIB), () => isWritten = true);
  for (let i = 0; i < 500; i++) {
    const answer = new Promise((done) => other.once("data", done));
    other.write("x");
    await answer;
  }
  // Neither here nor in the runtime: they are more than the kernel takes.
  assertLess(received[0]!, 2 * MIB);
  assertEquals(isWritten, false);
  resumeSocket(sockets[0]!);
  await all;
  assertEquals(received, [32 * MIB, 500]);
  for (const socket of [first, other, ...sockets]) socket.destroy();
  await new Promise((done) => server.close(done));
});

/**
 * Sends bytes to a socket that reads them in chunks and in place.
 *
 * @param isLate True if the first ones come before the socket has a receiver. Otherwise they come
 * together with the end of the handshake.
 */
async function keepsOrder(isLate: boolean): Promise<void> {
  const random = seededRandom(7);
  const sent = Uint8Array.from({ length: 4 * MIB }, () => random() * 256);
  const received: Uint8Array[] = [];
  let remaining = sent.length;
  let reads = 0;
  let placed = 0;
  const receiver = Promise.withResolvers<void>();
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const take = (bytes: Uint8Array): void => {
    received.push(new Uint8Array(bytes));
    remaining -= bytes.length;
    if (remaining === 0) resolve();
  };
  const server = tls.createServer({
    cert: pem("server_cert") as Buffer,
    key: pem("server_key") as Buffer,
  }, async (socket) => {
    readTlsIntoMemory(socket);
    for (let i = 0; isLate && i < 100 && socket.readableLength === 0; i++) {
      await new Promise((done) => setImmediate(done));
    }
    readSocket(socket, {
      onChunk: take,
      place: () => reads++ % 3 > 0 ? new Uint8Array(100_000) : undefined,
      onPlaced: (memory, bytes) => {
        placed++;
        take(memory.subarray(0, bytes));
      },
    });
    receiver.resolve();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as net.AddressInfo;
  const ca = pem("ca_cert") as Buffer;
  const socket = tls.connect({ port, host: "127.0.0.1", ca });
  const first = 50_000;
  socket.write(sent.subarray(0, first));
  if (isLate) await receiver.promise;
  for (let at = first; at < sent.length;) {
    const bytes = 1 + Math.floor(random() * 200_000);
    socket.write(sent.subarray(at, at += bytes));
  }
  await all;
  assertEquals(Buffer.compare(concatBytes(received), sent), 0);
  // The other runtimes deliver chunks.
  if ("Deno" in globalThis) assert(placed > 10);
  socket.destroy();
  await new Promise((done) => server.close(done));
}

test("TLS: bytes keep their order, in chunks and in place", () =>
  keepsOrder(false));

test("TLS: bytes that come before there is a receiver are the first", () =>
  keepsOrder(true));
