/** The store in Redis, with clients that only look like some: `deno task interop` has real ones. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { test } from "node:test";
import { FlightError } from "@contrail/flight";
import { type RedisClient, redisStore } from "@contrail/flight/redis";

/** The few commands that the store sends. */
function fakeRedis(): {
  readonly commands: string[][];
  run(...command: string[]): Promise<unknown>;
} {
  const values = new Map<string, string>();
  const commands: string[][] = [];
  const answer = (name: string, args: readonly string[]): unknown => {
    const [key = "", value = ""] = args;
    const before = values.get(key) ?? null;
    switch (name) {
      case "GET":
        return before;
      case "GETDEL":
        values.delete(key);
        return before;
      case "SET":
        values.set(key, value);
        return "OK";
      case "DEL":
        return values.delete(key) ? 1 : 0;
      case "EVAL": {
        const [, count, name = "", expected, after = ""] = args;
        assertEquals(count, "1");
        if (values.get(name) !== expected) return 0;
        values.set(name, after);
        return 1;
      }
    }
    throw new Error(`unknown command ${name}`);
  };
  return {
    commands,
    run(...command) {
      commands.push(command);
      const [name = "", ...args] = command;
      return Promise.resolve().then(() => answer(name, args));
    },
  };
}

/** The forms of clients, as their packages have them. */
const FORMS: Readonly<
  Record<string, (run: (...command: string[]) => Promise<unknown>) => object>
> = {
  redis: (run) => ({ sendCommand: (args: string[]) => run(...args) }),
  ioredis: (run) => ({
    call: (command: string, ...args: string[]) => run(command, ...args),
    sendCommand: () => Promise.reject(new Error("it takes other arguments")),
  }),
  Bun: (run) => ({
    send: (command: string, args: string[]) => run(command, ...args),
  }),
};

for (const [name, form] of Object.entries(FORMS)) {
  test(`redisStore(): values are set, replaced, taken and deleted (${name})`, async () => {
    const { commands, run } = fakeRedis();
    const store = redisStore(form(run) as RedisClient, { prefix: "p:" });
    const [a, b] = [Uint8Array.of(0, 255), Uint8Array.of(1)];
    assertEquals(await store.get("k"), undefined);
    await store.set("k", a, 12.5);
    assertEquals(commands.at(-1)!.slice(0, 2), ["SET", "p:k"]);
    assertEquals(commands.at(-1)!.slice(-2), ["PX", "13"]);
    assertEquals(await store.get("k"), a);
    assertEquals(await store.replace("k", b, b, 10), false);
    assertEquals(await store.replace("k", a, b, 10), true);
    assertEquals(await store.take("k"), b);
    assertEquals(await store.take("k"), undefined);
    await store.set("k", a, 10);
    await store.delete("k");
    assertEquals(await store.get("k"), undefined);
    assert(commands.every((command) => command.includes("p:k")));
  });
}

test("redisStore(): a client that gives bytes is understood", async () => {
  const store = redisStore({
    sendCommand: () => Promise.resolve(new TextEncoder().encode("AQI=")),
  });
  assertEquals(await store.get("k"), Uint8Array.of(1, 2));
});

test("redisStore(): a client that fails is UNAVAILABLE", async () => {
  const cause = new Error("no connection");
  const store = redisStore({ sendCommand: () => Promise.reject(cause) });
  const error = await assertRejects(
    async () => await store.get("k"),
    FlightError,
  );
  assertEquals(error.code, "UNAVAILABLE");
  assertEquals(error.details, "Redis has failed: no connection");
  assertEquals(error.cause, cause);
});

test("redisStore(): a client that does not answer is UNAVAILABLE", async () => {
  const late = Promise.withResolvers<never>();
  for (const form of Object.values(FORMS)) {
    const client = form(() => late.promise) as RedisClient;
    const store = redisStore(client, { timeoutMs: 5 });
    for (
      const use of [
        () => store.get("k"),
        () => store.take("k"),
        () => store.set("k", Uint8Array.of(1), 10),
        () => store.replace("k", Uint8Array.of(1), Uint8Array.of(2), 10),
        () => store.delete("k"),
      ]
    ) {
      const error = await assertRejects(async () => await use(), FlightError);
      assertEquals(error.code, "UNAVAILABLE");
      assertEquals(
        error.details,
        "Redis has failed: no answer for 5 ms (option timeoutMs of redisStore)",
      );
    }
  }
  // What it says later concerns no one.
  late.reject(new Error("too late"));
});

test("redisStore(): a failure without a message has its code", async () => {
  const cause = Object.assign(new AggregateError([], ""), {
    code: "ECONNREFUSED",
  });
  for (
    const [error, reason] of [
      [cause, "ECONNREFUSED"],
      [new AggregateError([], ""), "AggregateError"],
      ["gone", "gone"],
    ] as const
  ) {
    const store = redisStore({ sendCommand: () => Promise.reject(error) });
    const { details } = await assertRejects(
      async () => await store.get("k"),
      FlightError,
    );
    assertEquals(details, `Redis has failed: ${reason}`);
  }
});

test("redisStore(): what is no client is refused at once", () => {
  for (const client of [{}, null, undefined, 1, { call: 1 }] as never[]) {
    assertThrows(() => redisStore(client), TypeError, "Cannot use Redis");
  }
  const client = { sendCommand: () => Promise.resolve(null) };
  assertThrows(
    () => redisStore(client, { prefix: 1 as never }),
    TypeError,
    "prefix",
  );
  assertThrows(
    () => redisStore(client, { timeoutMs: 0 }),
    RangeError,
    "timeoutMs",
  );
});
