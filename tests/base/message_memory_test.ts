import { test } from "node:test";

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";

import { MessageMemory } from "../../internal/base/message_memory.ts";
import { seededRandom } from "../support/seeded_random.ts";

const KIB = 1024;

test("MessageMemory: what was given back is lent again, once", () => {
  const memory = new MessageMemory(1024 * KIB);
  const first = memory.take(100 * KIB);
  assertEquals(first.byteLength, 100 * KIB);
  memory.giveBack(first.subarray(5, 7));
  memory.giveBack(first);
  const second = memory.take(100 * KIB);
  assert(second.buffer === first.buffer);
  assert(memory.take(100 * KIB).buffer !== first.buffer);
  assertEquals(memory.keptBytes, 0);
});

test("MessageMemory: memory from elsewhere is not taken", () => {
  const memory = new MessageMemory(1024 * KIB);
  memory.giveBack(new Uint8Array(100 * KIB));
  memory.giveBack(new MessageMemory(1024 * KIB).take(100 * KIB));
  assertEquals(memory.keptBytes, 0);
  assertEquals(memory.takeKept(100 * KIB), undefined);
});

test("MessageMemory: a message fits memory of one that was a little larger", () => {
  const memory = new MessageMemory(1024 * KIB);
  const large = memory.take(100 * KIB);
  memory.giveBack(large);
  assertEquals(memory.takeKept(80 * KIB), undefined);
  const fits = memory.takeKept(97 * KIB)!;
  assert(fits.buffer === large.buffer);
  assertEquals(fits.byteLength, 97 * KIB);
});

test("MessageMemory: small messages have memory of their own", () => {
  const memory = new MessageMemory(1024 * KIB);
  const small = memory.take(KIB);
  assertEquals(small.buffer.byteLength, KIB);
  memory.giveBack(small);
  assertEquals(memory.keptBytes, 0);
});

test("MessageMemory: revoked memory is empty, and is not kept", () => {
  const memory = new MessageMemory(1024 * KIB);
  const lent = memory.take(100 * KIB);
  const view = lent.subarray(10, 20);
  memory.revoke(view);
  assertEquals([lent.byteLength, view.byteLength], [0, 0]);
  memory.giveBack(lent);
  assertEquals(memory.keptBytes, 0);
  const other = new Uint8Array(100 * KIB);
  memory.revoke(other);
  assertEquals(other.byteLength, 100 * KIB);
});

test("MessageMemory: keeps no more than its limit, and never lends twice", () => {
  const random = seededRandom(7);
  const memory = new MessageMemory(512 * KIB);
  const lent = new Map<ArrayBufferLike, Uint8Array>();
  for (let i = 0; i < 20_000; i++) {
    if (random() < 0.5) {
      const size = Math.ceil(random() * 200 * KIB);
      const taken = memory.take(size);
      assertEquals([taken.byteOffset, taken.byteLength], [0, size]);
      assert(!lent.has(taken.buffer));
      lent.set(taken.buffer, taken);
    } else {
      for (const [buffer, taken] of lent) {
        lent.delete(buffer);
        memory.giveBack(taken);
        if (random() < 0.2) memory.giveBack(taken);
        break;
      }
    }
    assertLessOrEqual(memory.keptBytes, 512 * KIB);
  }
});

test("MessageMemory: memory of other sizes makes room", () => {
  const memory = new MessageMemory(200 * KIB);
  const old = [memory.take(100 * KIB), memory.take(100 * KIB)];
  for (const lent of old) memory.giveBack(lent);
  const small = memory.take(64 * KIB);
  memory.giveBack(small);
  assertEquals(memory.keptBytes, 164 * KIB);
  assert(memory.takeKept(64 * KIB)?.buffer === small.buffer);
  assert(memory.takeKept(100 * KIB)?.buffer === old[1]!.buffer);
  assertEquals(memory.takeKept(100 * KIB), undefined);
  // Nothing else is there that could make room.
  const many = Array.from({ length: 3 }, () => memory.take(100 * KIB));
  for (const lent of many) memory.giveBack(lent);
  assertEquals(memory.keptBytes, 200 * KIB);
});

test("MessageMemory: memory that is not needed is let go, the rest stays", async () => {
  const memory = new MessageMemory(4096 * KIB, 20);
  const taken = Array.from({ length: 8 }, () => memory.take(100 * KIB));
  for (const part of taken) memory.giveBack(part);
  assertEquals(memory.keptBytes, 800 * KIB);
  const until = Date.now() + 60_000;
  while (memory.keptBytes > 0 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(memory.keptBytes, 0);
});

test("MessageMemory: memory that has moved to another ArrayBuffer is taken back", () => {
  const memory = new MessageMemory(1 << 20);
  const view = memory.take(65_536);
  const moved = structuredClone(view.buffer as ArrayBuffer, {
    transfer: [view.buffer as ArrayBuffer],
  });
  memory.moved(view, moved);
  memory.giveBack(view);
  assertEquals(memory.keptBytes, 0);
  memory.giveBack(new Uint8Array(moved));
  assertEquals(memory.keptBytes, moved.byteLength);
  // Memory from elsewhere stays so.
  const other = new ArrayBuffer(65_536);
  memory.moved(new Uint8Array(65_536), other);
  memory.giveBack(new Uint8Array(other));
  assertEquals(memory.keptBytes, moved.byteLength);
});
