import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { keepText, keptText } from "../../explorer/model/kept_text.ts";

/** Runs something with a `localStorage` that is got by a function. */
function withStorage(get: () => unknown, run: () => void): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get,
  });
  try {
    run();
  } finally {
    if (before === undefined) {
      Reflect.deleteProperty(globalThis, "localStorage");
    } else Object.defineProperty(globalThis, "localStorage", before);
  }
}

test("keepText: a storage keeps what another visit reads", () => {
  const items = new Map([["theme", "dark"]]);
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, text: string) => void items.set(key, text),
  };
  withStorage(() => storage, () => {
    assertEquals(keptText("theme"), "dark");
    assertEquals(keptText("none"), undefined);
    keepText("sql", "SELECT 1");
    assertEquals(items.get("sql"), "SELECT 1");
    keepText("sql", "SELECT 2");
    assertEquals(keptText("sql"), "SELECT 2");
  });
});

test("keepText: the page keeps a text where the browser forbids storage", () => {
  const forbid = (): never => {
    throw new DOMException("The operation is insecure.", "SecurityError");
  };
  withStorage(forbid, () => {
    assertEquals(keptText("width"), undefined);
    keepText("width", "300");
    assertEquals(keptText("width"), "300");
  });
});

test("keepText: the page keeps a text for which there is no room", () => {
  const full = {
    getItem: () => null,
    setItem() {
      throw new DOMException("No room.", "QuotaExceededError");
    },
  };
  withStorage(() => full, () => {
    keepText("long", "text");
    assertEquals(keptText("long"), "text");
  });
});
