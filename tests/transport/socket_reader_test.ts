/**
 * What comes from a socket, however it is read: Bun's chunks, what waits behind them, and on Deno
 * all of it are read to memory that its receiver chooses.
 */

import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import * as net from "node:net";
import process from "node:process";
import { test } from "node:test";

import { assert, assertEquals } from "@std/assert";

import {
  pauseSocket,
  readSocket,
  resumeSocket,
  withCommonBuffer,
} from "../../internal/socket/socket_reader.ts";
import { seededRandom } from "../support/seeded_random.ts";

const MIB = 1 << 20;

/** Bytes that tell their position. */
const SENT = Buffer.from(
  Uint32Array.from({ length: 4 * MIB }, (_, i) => Math.imul(i, 0x9e3779b1))
    .buffer,
);

/** Sends all of SENT to a socket whose bytes `read` takes, and waits for both to close. */
async function send(read: (socket: net.Socket) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = net.createServer((accepted) => {
    const socket = withCommonBuffer(accepted);
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    read(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as net.AddressInfo;
  const client = net.connect(port, "127.0.0.1");
  client.on("error", () => {});
  client.end(SENT);
  await promise;
  client.destroy();
  await new Promise((done) => server.close(done));
}

test("readSocket(): all bytes come once and in order, to any memory, around pauses", async () => {
  const random = seededRandom(7);
  let at = 0;
  let wrong = 0;
  let isPaused = false;
  await send((socket) => {
    const take = (bytes: Uint8Array): void => {
      if (!SENT.subarray(at, at + bytes.length).equals(bytes)) wrong++;
      at += bytes.length;
      if (at === SENT.length) socket.end();
      else if (!isPaused && random() < 0.1) {
        isPaused = true;
        pauseSocket(socket);
        setImmediate(() => {
          isPaused = false;
          resumeSocket(socket);
        });
      }
    };
    readSocket(socket, {
      onChunk: take,
      place: () =>
        random() < 0.5
          ? new Uint8Array(1 + Math.floor(random() * 300_000))
          : undefined,
      onPlaced: (memory, bytes) => take(memory.subarray(0, bytes)),
    });
  });
  assertEquals(at, SENT.length);
  assertEquals(wrong, 0);
});

test("readSocket(): nothing comes from a socket that its receiver has destroyed", async () => {
  let at = 0;
  let late = 0;
  const files: number[] = [];
  await send((socket) => {
    const take = (bytes: number): void => {
      if (socket.destroyed) late++;
      at += bytes;
      if (at === SENT.length) socket.end();
    };
    readSocket(socket, {
      onChunk: (chunk) => take(chunk.length),
      place: () => new Uint8Array(MIB / 16),
      onPlaced: (_, bytes) => {
        take(bytes);
        socket.destroy();
        // A reader that goes on by the descriptor of the socket would find this file.
        files.push(fs.openSync(process.execPath, "r"));
      },
    });
  });
  for (const file of files) fs.closeSync(file);
  assert(at > 0);
  assertEquals(late, 0);
});
