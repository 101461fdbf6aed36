/** The store in memory that workers share by default. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { withClock } from "../support/still_clock.ts";
import { SharedSessionStore } from "@contrail/flight/session";
import { flightSqlService } from "@contrail/flight/sql/server";
import { MemoryStore, workerStore } from "@contrail/flight/workers";

const A = Uint8Array.of(1);
const B = Uint8Array.of(2, 3);

test("MemoryStore: values are set, replaced, taken and deleted", () => {
  const store = new MemoryStore();
  assertEquals(store.get("a"), undefined);
  store.set("a", A, 1000);
  assertEquals(store.get("a"), A);
  assertEquals(store.replace("a", B, B, 1000), false);
  assertEquals(store.replace("a", A, B, 1000), true);
  assertEquals(store.replace("none", A, B, 1000), false);
  assertEquals(store.take("a"), B);
  assertEquals(store.take("a"), undefined);
  store.set("a", A, 1000);
  store.delete("a");
  store.delete("a");
  assertEquals(store.get("a"), undefined);
});

test("MemoryStore: values are forgotten after their time", async () => {
  const store = new MemoryStore();
  store.set("short", A, 1);
  store.set("long", A, 100_000);
  const end = performance.now() + 5;
  while (performance.now() < end) {
    await new Promise((done) => setTimeout(done, 1));
  }
  assertEquals(store.get("short"), undefined);
  assertEquals(store.replace("short", A, B, 1000), false);
  assertEquals(store.get("long"), A);
});

test("MemoryStore: beyond maxBytes, the oldest values are forgotten", () => {
  const store = new MemoryStore({ maxBytes: 100_000 });
  for (let i = 0; i < 1000; i++) {
    store.set(`key ${i}`, new Uint8Array(1000), 100_000);
  }
  const kept = Array.from({ length: 1000 }, (_, i) => i)
    .filter((i) => store.get(`key ${i}`));
  assert(kept.length > 50 && kept.length <= 100, `${kept.length}`);
  assertEquals(kept.at(-1), 999);
  assertEquals(kept[0], 1000 - kept.length);
  // One value that is too large leaves nothing, and does no harm.
  store.set("large", new Uint8Array(200_000), 100_000);
  assertEquals(store.get("large"), undefined);
  store.set("small", A, 100_000);
  assertEquals(store.get("small"), A);
});

test("MemoryStore: its option is checked", () => {
  assertThrows(() => new MemoryStore({ maxBytes: 0 }), RangeError, "maxBytes");
  assertThrows(
    () => new MemoryStore({ maxBytes: "1" as never }),
    TypeError,
    "maxBytes",
  );
});

test("workerStore(): a process that is no worker has one of its own", () => {
  const store = workerStore();
  store.set("a", A, 1000);
  assertEquals(workerStore().get("a"), A);
});

test("stores: what is no store is refused at once", () => {
  for (const store of [{}, { get() {} }, 1, null, "memory"] as never[]) {
    assertThrows(() => new SharedSessionStore(store), TypeError, "store");
    assertThrows(() => flightSqlService({}, { store }), TypeError, "store");
  }
  assertThrows(
    () => new SharedSessionStore(undefined as never),
    TypeError,
    "store",
  );
  assertThrows(
    () => new SharedSessionStore(new MemoryStore(), { idleTimeoutMs: 0 }),
    RangeError,
    "idleTimeoutMs",
  );
});

test("MemoryStore: a change of the clock of the day forgets nothing", () => {
  withClock((forward, setClock) => {
    const store = new MemoryStore();
    store.set("a", A, 1000);
    setClock(3_600_000);
    assertEquals(store.get("a"), A);
    setClock(-7_200_000);
    forward(1000);
    assertEquals(store.get("a"), undefined);
  });
});
