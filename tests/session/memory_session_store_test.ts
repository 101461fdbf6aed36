/** Sessions in memory: how long they live, and how many there may be. */
import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { MemorySessionStore } from "@contrail/flight/middleware";

/** Runs with a clock that can be put forward. */
function withClock(run: (forward: (ms: number) => void) => void): void {
  const { now } = Date;
  let time = Date.UTC(2026, 0, 1);
  Date.now = () => time;
  try {
    run((ms) => void (time += ms));
  } finally {
    Date.now = now;
  }
}

test("a session ends when no call has come for so long", () => {
  withClock((forward) => {
    const store = new MemorySessionStore({ idleTimeoutMs: 1000 });
    store.create("a", new Map([["x", 1n]]));
    store.create("b", new Map());
    forward(999);
    assertEquals(store.load("a"), new Map([["x", 1n]]));
    forward(1);
    assertEquals(store.load("b"), undefined);
    assertEquals(store.size, 1);
    forward(998);
    assertEquals(store.size, 1);
    forward(1);
    store.update("a", new Map([["x", 2n]]));
    assertEquals(store.load("a"), undefined);
    assertEquals(store.size, 0);
  });
});

test("the session that has waited longest makes room", () => {
  const store = new MemorySessionStore({ maxSessions: 2 });
  store.create("a", new Map());
  store.create("b", new Map());
  store.load("a");
  store.create("c", new Map());
  assertEquals(
    ["a", "b", "c"].map((id) => store.load(id) !== undefined),
    [true, false, true],
  );
});

test("a session changes by parts, and is nobody else's object", () => {
  const store = new MemorySessionStore();
  const options = new Map([["x", "1"], ["y", "2"]]);
  store.create("a", options);
  options.set("x", "changed");
  const loaded = store.load("a")!;
  store.update("a", new Map([["y", undefined], ["z", ["3"]]]));
  assertEquals(loaded, new Map([["x", "1"], ["y", "2"]]));
  assertEquals(
    store.load("a"),
    new Map<string, unknown>([["x", "1"], ["z", ["3"]]]) as never,
  );
});

test("a session that has ended is not begun again by a change", () => {
  const store = new MemorySessionStore();
  store.create("a", new Map());
  store.remove("a");
  store.remove("a");
  store.update("a", new Map([["x", true]]));
  assertEquals(store.load("a"), undefined);
  for (const id of ["", "__proto__", "toString"]) {
    assertEquals(store.load(id), undefined);
  }
});

test("options of the store are checked", () => {
  for (const idleTimeoutMs of [0, -1, NaN]) {
    assertThrows(
      () => new MemorySessionStore({ idleTimeoutMs }),
      RangeError,
      `Cannot use option idleTimeoutMs: ${idleTimeoutMs} `,
    );
  }
  for (const maxSessions of [0, 1.5, NaN]) {
    assertThrows(
      () => new MemorySessionStore({ maxSessions }),
      RangeError,
      `Cannot use option maxSessions: ${maxSessions} `,
    );
  }
});
