/**
 * Valid conversations that were changed in a few places, over real sockets
 * which end in any way: server and client survive, and hold nothing back. Tests
 * without sockets are in `tests/fuzz`. A failure names its seed.
 */

import * as net from "node:net";
import { test } from "node:test";

import { assertEquals } from "@std/assert";

import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import { chunksOf, Conversation } from "../../fuzz/inputs/http2_frames.ts";
import { Random } from "../../fuzz/random.ts";
import { answer, echo, request } from "../../support/transport/call_parts.ts";
import { block } from "../../support/transport/messages.ts";
import {
  never,
  rest,
  TestSource,
  values,
} from "../../support/transport/test_source.ts";
import { tcp } from "../../support/transport/tested_transport.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";

const { pair } = HTTP2;

const SEEDS = 300;

/** Sends the pieces, each in a turn of its own, and then goes, one way or other. */
async function say(
  socket: net.Socket,
  random: Random,
  isClient: boolean,
): Promise<void> {
  const gone = new Promise<void>((resolve) =>
    socket.once("close", () => resolve())
  );
  let isGone = false;
  gone.then(() => isGone = true);
  const frames = new Conversation(random, isClient).frames();
  for (const piece of chunksOf(frames, isClient, random).parts) {
    if (isGone || socket.writableEnded) return;
    await Promise.race([
      new Promise<void>((resolve) => socket.write(piece, () => resolve())),
      gone,
    ]);
  }
  if (random.oneIn(2)) socket.end();
  else socket.destroy();
}

async function seeds(run: (seed: number) => Promise<void>): Promise<void> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      await run(seed);
    } catch (cause) {
      throw new Error(`seed ${seed} fails`, { cause });
    }
  }
}

const OPTIONS = { timeout: 120_000 };

test("a server lives through every sequence of frames", OPTIONS, async () => {
  let open = 0;
  await using t = await pair((request) => {
    if (request.path === "/ok") return echo(request);
    open++;
    request.signal.addEventListener("abort", () => open--);
    switch (open % 4) {
      case 0:
        return answer(never());
      case 1:
        return echo(request);
      case 2:
        return answer(new TestSource((i) => i < 5 ? block(50_000) : undefined));
      default:
        request.messages.cancel(undefined);
        return answer(values(block(1)));
    }
  });
  const sockets: net.Socket[] = [];
  await seeds(async (seed) => {
    const socket = net.connect(t.server.port, "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => {}).resume();
    await new Promise((resolve) => socket.once("connect", resolve));
    await say(socket, new Random(seed), true);
    if (seed % 20 > 0) return;
    const response = t.client.call(
      request({ path: "/ok", messages: values(block(7)) }),
    );
    assertEquals((await rest(response.messages)).length, 1);
  });
  // Those that have only closed their half still wait for answers.
  for (const socket of sockets) socket.destroy();
  const end = Date.now() + 60_000;
  while (open > 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals(open, 0);
});

test("a client lives through every sequence of frames", OPTIONS, async () => {
  let seed = 0;
  const server = net.createServer((socket) => {
    socket.on("error", () => {}).resume();
    say(socket, new Random(seed), false);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as net.AddressInfo;
  await seeds(async (next) => {
    seed = next;
    const client = http2ClientTransport(tcp(port), { connectTimeoutMs: 2000 });
    const deadline = performance.now() + 2000;
    const calls = [0, 1, 2].map((i) => {
      const source = values(block(10), block(i * 40_000));
      return client.call(request({ messages: source, deadline }));
    });
    // Every call settles, in one way or another.
    await Promise.all(calls.map(async ({ headers, messages }) => {
      await headers.catch(() => {});
      await rest(messages).catch(() => {});
    }));
    await client.close();
  });
  await new Promise((done) => server.close(done));
});
