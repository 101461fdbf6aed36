/**
 * Frame sequences that are valid, mutated, reordered and split anywhere, into a
 * server and a client: whatever comes, both live on and hold nothing back. A
 * failure names its seed.
 */

import * as net from "node:net";
import process from "node:process";
import { test } from "node:test";

import { assertEquals } from "@std/assert";

import { concatBytes } from "../../../internal/base/bytes.ts";
import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import { CLIENT_PREFACE } from "../../../internal/transport/http2/frame.ts";
import { encodeHeaders } from "../../../internal/transport/http2/frame_writer.ts";
import { HpackEncoder } from "../../../internal/transport/http2/hpack/encoder.ts";
import {
  answer,
  block,
  echo,
  never,
  request,
  rest,
  tcp,
  TestSource,
  values,
} from "../fixture.ts";
import { HTTP2 } from "../http2_transport.ts";
import {
  encodeFrame,
  encodeWindowUpdate,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
  RESPONSE,
  settingsFrame,
  uint32,
} from "./raw_peer.ts";

const { pair } = HTTP2;

const SECONDS = Number(process.env.FLIGHT_FUZZ_SECONDS ?? 3);
const FIRST_SEED = Number(process.env.FLIGHT_FUZZ_SEED ?? 1);

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Fuzzer {
  readonly #random: () => number;
  readonly #encoder = new HpackEncoder();
  readonly #isClient: boolean;
  #streamId = 1;

  constructor(seed: number, isClient: boolean) {
    this.#random = randomOf(seed);
    this.#isClient = isClient;
  }

  int(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!;
  }

  /** Mostly the last streams, sometimes any. */
  #anyStream(): number {
    return this.int(8) === 0
      ? this.pick([0, 2, 99, 2 ** 31 - 1, this.#streamId + 2])
      : Math.max(1, this.#streamId - 2 * this.int(3));
  }

  #headers(): Uint8Array {
    const list: [string, string][] = (this.#isClient ? REQUEST : RESPONSE)
      .map(([name, value]) => [name, value]);
    const end = this.int(3) === 0;
    if (!this.#isClient && end) {
      list.push(["grpc-status", this.pick(["0", "5", "x", ""])]);
    }
    if (this.int(6) === 0) {
      list.splice(this.int(list.length), 1, [
        this.pick([":path", "x-a", "X-A", "te", "grpc-timeout", "x-b-bin", ""]),
        this.pick(["", "1", "\0", "100m", "gzip", "~".repeat(this.int(9000))]),
      ]);
    }
    if (this.int(2) === 0) this.#streamId += 2;
    return encodeHeaders(
      this.#streamId,
      this.#encoder.encode(list),
      end,
      this.pick([16_384, 16_384, 100]),
    );
  }

  #frame(): Uint8Array {
    const id = this.#anyStream();
    switch (this.int(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return this.#headers();
      case 4:
      case 5:
      case 6:
        return encodeFrame(
          FRAME.DATA,
          this.pick([0, 0, FLAG.END_STREAM, FLAG.PADDED]),
          id,
          this.pick([
            grpcMessage(this.int(300)),
            grpcMessage(this.int(20_000)).subarray(0, 16_384),
            new Uint8Array(this.int(50)),
            Uint8Array.of(0, 0x7f, 0xff, 0xff, 0xff),
          ]),
        );
      case 7:
        return encodeFrame(FRAME.RST_STREAM, 0, id, uint32(this.int(15)));
      case 8:
        return encodeWindowUpdate(
          id,
          this.pick([0, 1, 1000, 65_535, 2 ** 31 - 1]),
        );
      case 9:
        return settingsFrame([[
          this.int(8),
          this.pick([0, 1, 100, 16_384, 70_000, 2 ** 31 - 1, 2 ** 32 - 1]),
        ]]);
      case 10:
        return encodeFrame(
          FRAME.PING,
          this.int(2),
          this.pick([0, 0, 0, 1]),
          new Uint8Array(this.pick([8, 8, 8, 7])),
        );
      case 11:
        return this.int(4) > 0 ? new Uint8Array(0) : encodeFrame(
          FRAME.GOAWAY,
          0,
          0,
          new Uint8Array([...uint32(this.#streamId), ...uint32(this.int(3))]),
        );
      case 12:
        return encodeFrame(FRAME.PRIORITY, 0, id, new Uint8Array(5));
      default:
        return encodeFrame(
          this.int(256),
          this.int(256),
          id,
          new Uint8Array(this.int(30)),
        );
    }
  }

  /** A whole conversation, in the pieces in which it is to be sent. */
  pieces(): Uint8Array[] {
    const frames = [settingsFrame([])];
    const count = 1 + this.int(40);
    for (let i = 0; i < count; i++) frames.push(this.#frame());
    const kind = this.int(4);
    if (kind === 1) {
      const [a, b] = [this.int(frames.length), this.int(frames.length)];
      [frames[a], frames[b]] = [frames[b]!, frames[a]!];
    }
    if (this.#isClient) {
      frames.unshift(new TextEncoder().encode(CLIENT_PREFACE));
    }
    const bytes = concatBytes(frames);
    if (kind === 2) {
      for (let i = this.int(4); i >= 0; i--) {
        bytes[this.int(bytes.length)]! ^= 1 << this.int(8);
      }
    }
    const cut = kind === 3 ? this.int(bytes.length) : bytes.length;
    const pieces: Uint8Array[] = [];
    const step = this.pick([1 << 20, 5000, 200, 10]);
    for (let at = 0; at < cut;) {
      const end = Math.min(cut, at + 1 + this.int(step));
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    return pieces;
  }
}

/** Sends the pieces, each in a turn of its own, and then goes, one way or other. */
async function say(
  socket: net.Socket,
  fuzzer: Fuzzer,
): Promise<void> {
  const gone = new Promise<void>((resolve) =>
    socket.once("close", () => resolve())
  );
  let isGone = false;
  gone.then(() => isGone = true);
  for (const piece of fuzzer.pieces()) {
    if (isGone || socket.writableEnded) return;
    await Promise.race([
      new Promise<void>((resolve) => socket.write(piece, () => resolve())),
      gone,
    ]);
  }
  if (fuzzer.int(2)) socket.end();
  else socket.destroy();
}

async function seeds(run: (seed: number) => Promise<void>): Promise<void> {
  const end = Date.now() + SECONDS * 1000;
  for (let seed = FIRST_SEED; Date.now() < end; seed++) {
    try {
      await run(seed);
    } catch (cause) {
      throw new Error(`FLIGHT_FUZZ_SEED=${seed} fails`, { cause });
    }
  }
}

const OPTIONS = { timeout: 60_000 + SECONDS * 2000 };

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
  await seeds(async (seed) => {
    const fuzzer = new Fuzzer(seed, true);
    const socket = net.connect(t.server.port, "127.0.0.1");
    socket.on("error", () => {}).resume();
    await new Promise((resolve) => socket.once("connect", resolve));
    await say(socket, fuzzer);
    if (seed % 20 > 0) return;
    const response = t.client.call(
      request({ path: "/ok", messages: values(block(7)) }),
    );
    assertEquals((await rest(response.messages)).length, 1);
  });
  const end = Date.now() + 5000;
  while (open > 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals(open, 0);
});

test("a client lives through every sequence of frames", OPTIONS, async () => {
  let seed = FIRST_SEED;
  const server = net.createServer((socket) => {
    socket.on("error", () => {}).resume();
    say(socket, new Fuzzer(seed, false));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as net.AddressInfo;
  await seeds(async (next) => {
    seed = next;
    const client = http2ClientTransport(tcp(port), { connectTimeoutMs: 2000 });
    const deadline = Date.now() + 2000;
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
