/** Turns for other tasks, on runtimes and in browsers. */

import { once } from "node:events";
import * as net from "node:net";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Turns } from "../../internal/base/turn.ts";
import { ReadingTurns } from "../../internal/socket/reading_turns.ts";

/** So much work that it is time for others, if it took long enough. */
const WORK = 1_000_000;

/** Works for longer than others should wait. */
function work(): void {
  const end = performance.now() + 15;
  while (performance.now() < end);
}

/** Makes turns for work that begins now. */
function begun(...init: ConstructorParameters<typeof Turns>): Turns {
  const turns = new Turns(...init);
  assertEquals(turns.after(WORK), undefined);
  return turns;
}

/** A platform whose turns are the test's. */
class Platform {
  readonly #waiting: (() => void)[] = [];
  readonly later = (run: () => void): void => void this.#waiting.push(run);

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets all have their turn. */
  turn(): void {
    for (const run of this.#waiting.splice(0)) run();
  }
}

test("Turns: other tasks run meanwhile", async () => {
  let hasRun = false;
  setTimeout(() => hasRun = true, 0);
  const turns = new Turns();
  while (!hasRun) {
    work();
    await turns.after(WORK);
  }
});

test("Turns: little work gives none", () => {
  const turns = new Turns();
  work();
  assertEquals(turns.after(1), undefined);
});

test("Turns: work for less than the given time gives none", () => {
  const turns = begun(Infinity);
  work();
  assertEquals(turns.after(WORK), undefined);
});

test("Turns: a browser gives one turn after long work", async () => {
  const platform = new Platform();
  const turns = begun(undefined, false, platform.later);
  for (let i = 0; i < 3; i++) {
    work();
    const turn = turns.after(WORK);
    assert(turn !== undefined);
    platform.turn();
    await turn;
    assertEquals(platform.waiting, 1);
  }
});

test("Turns: a browser gives none to a loop that has waited for others", async () => {
  const platform = new Platform();
  const turns = begun(undefined, false, platform.later);
  work();
  const first = turns.after(WORK);
  platform.turn();
  await first;
  for (let i = 0; i < 3; i++) {
    // A task runs, such as that of a chunk from the network.
    platform.turn();
    work();
    assertEquals(turns.after(WORK), undefined);
  }
  work();
  assert(turns.after(WORK) !== undefined);
});

test("Turns: a loop that the data of a socket continues gives none", async () => {
  const chunks = 4;
  const server = net.createServer((socket) => {
    // It sends a chunk, and the next one on request.
    socket.write("data");
    socket.on("data", () => socket.write("data"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const socket = net.connect(port, "127.0.0.1");
  try {
    // Turns that never come.
    const turns = new Turns(undefined, true, () => {});
    const given: unknown[] = [];
    await new Promise<void>((resolve) => {
      const reader = { work: 0, place: () => undefined };
      new ReadingTurns(socket, reader, {
        read(chunk) {
          given.push(turns.afterMessage(WORK));
          work();
          if (given.length < chunks) socket.write("more");
          else resolve();
          return chunk.length;
        },
        readPlaced: (_, bytes) => bytes,
      });
    });
    assertEquals(given, new Array(chunks).fill(undefined));
    // The loop goes on by itself.
    turns.afterMessage(WORK);
    work();
    assert(turns.afterMessage(WORK) !== undefined);
  } finally {
    socket.destroy();
    server.close();
  }
});

test("Turns: where setImmediate is missing, no timer is needed", async () => {
  const scope = globalThis as { setImmediate?: unknown; setTimeout: unknown };
  const { setImmediate, setTimeout } = scope;
  Object.assign(scope, { setImmediate: undefined, setTimeout: undefined });
  try {
    const turns = begun();
    work();
    const turn = turns.after(WORK);
    assert(turn !== undefined);
    await turn;
  } finally {
    Object.assign(scope, { setImmediate, setTimeout });
  }
});
