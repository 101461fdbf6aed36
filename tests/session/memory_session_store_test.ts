/** Sessions in memory: how long they live, and how many there may be. */
import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { withClock } from "../support/still_clock.ts";
import {
  MemorySessionStore,
  type SessionClient,
} from "@contrail/flight/session";

test("MemorySessionStore: no session ends when the clock is set", () => {
  withClock((forward, setClock) => {
    const store = new MemorySessionStore({ idleTimeoutMs: 1000 });
    store.create("a", new Map());
    setClock(1_000_000);
    assertEquals(store.size, 1);
    setClock(-2_000_000);
    forward(1000);
    assertEquals(store.size, 0);
  });
});

test("MemorySessionStore: a session ends when no call has come for so long", () => {
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

test("MemorySessionStore: the session that has waited longest makes room", () => {
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

test("MemorySessionStore: a session changes by parts, and is nobody else's object", () => {
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

test("MemorySessionStore: a session that has ended is not begun again by a change", () => {
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

test("MemorySessionStore: options of the store are checked", () => {
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

/** A client that has not shown who it is. */
function at(host: string): SessionClient {
  return { peerIdentity: undefined, host };
}

/** Those of `ids` that are still there. */
function left(store: MemorySessionStore, ids: readonly string[]): string[] {
  return ids.filter((id) => store.load(id) !== undefined);
}

test("MemorySessionStore: a stranger who begins very many sessions pushes out their own", () => {
  const store = new MemorySessionStore({ maxSessions: 100 });
  const ada = { peerIdentity: "ada", host: "192.0.2.1" };
  // Begun and not used yet, by clients of the same host as the stranger, and of others.
  const honest = ["ada", "v4", "v6", "unix"];
  store.create("ada", new Map(), ada);
  store.create("v4", new Map(), at("192.0.2.2"));
  store.create("v6", new Map(), at("[2001:db8:0:1::1]"));
  store.create("unix", new Map(), at("unix"));
  for (let i = 0; i < 1000; i++) {
    store.create(`s${i}`, new Map(), at("192.0.2.1"));
  }
  assertEquals(left(store, honest), honest);
  assertEquals(left(store, ["s0", "s903", "s904", "s999"]), ["s904", "s999"]);
  assertEquals(store.size, 100);
});

test("MemorySessionStore: hosts of one IPv6 network are one client", () => {
  const store = new MemorySessionStore({ maxSessions: 10 });
  store.create("other", new Map(), at("[2001:db8::2:0:0:0:1]"));
  store.create("short", new Map(), at("[2001:db8::1]"));
  for (let i = 1; i < 100; i++) {
    const host = `[2001:db8:7:0:${i.toString(16)}:${i}::]`;
    store.create(`s${i}`, new Map(), at(host));
  }
  assertEquals(left(store, ["other", "short", "s1"]), ["other", "short"]);
});

test("MemorySessionStore: of one client, sessions that were never used make room first", () => {
  const store = new MemorySessionStore({ maxSessions: 4 });
  const proxy = at("192.0.2.9");
  store.create("used a", new Map(), proxy);
  store.load("used a");
  store.create("used b", new Map(), proxy);
  store.load("used b");
  for (let i = 0; i < 100; i++) store.create(`s${i}`, new Map(), proxy);
  assertEquals(left(store, ["used a", "used b"]), ["used a", "used b"]);
  assertEquals(left(store, ["s97", "s98", "s99"]), ["s98", "s99"]);
  // All are used by now: the one that has waited longest makes room.
  store.create("next", new Map(), proxy);
  assertEquals(left(store, ["used a", "used b", "next"]), ["used b", "next"]);
});

test("MemorySessionStore: sessions that end are counted no more", () => {
  withClock((forward) => {
    const store = new MemorySessionStore({
      maxSessions: 4,
      idleTimeoutMs: 1000,
    });
    for (const id of ["a", "b", "c"]) store.create(id, new Map(), at("x"));
    store.remove("a");
    forward(1000);
    assertEquals(store.size, 0);
    store.create("d", new Map(), at("y"));
    store.create("e", new Map(), at("y"));
    for (const id of ["f", "g"]) store.create(id, new Map(), at("x"));
    store.create("h", new Map(), at("z"));
    assertEquals(left(store, ["d", "e", "f", "g", "h"]), ["e", "f", "g", "h"]);
  });
});
