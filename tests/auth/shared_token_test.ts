/** A token that several calls wait for together. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { test } from "node:test";
import { SharedToken } from "../../internal/auth/shared_token.ts";
import { event } from "../support/events.ts";
import { rejection } from "../support/rejections.ts";

const { signal } = new AbortController();

test("shared token: a token is fetched once for all who wait, and kept", async () => {
  const shared = new SharedToken<string>();
  const release = event();
  let fetched = 0;
  const fetch = async () => {
    fetched++;
    await release.promise;
    return `t${fetched}`;
  };
  const both = Promise.all([
    shared.get(fetch, signal),
    shared.get(fetch, signal),
  ]);
  release.resolve();
  assertEquals(await both, ["t1", "t1"]);
  assertEquals(await shared.get(fetch, signal), "t1");
  assertEquals(fetched, 1);
});

test("shared token: a token is dropped only by those who have it", async () => {
  const shared = new SharedToken<string>();
  let fetched = 0;
  const fetch = () => Promise.resolve(`t${++fetched}`);
  const first = await shared.get(fetch, signal);
  shared.drop(first);
  const second = await shared.get(fetch, signal);
  // Another call with the first token is refused only now.
  shared.drop(first);
  assertEquals(await shared.get(fetch, signal), second);
  shared.set("from a header");
  assertEquals(await shared.get(fetch, signal), "from a header");
  assertEquals(fetched, 2);
});

test("shared token: a failure is for those who waited", async () => {
  const shared = new SharedToken<string>();
  const mistake = new Error("no token");
  const failing = () => Promise.reject(mistake);
  assertStrictEquals(await rejection(shared.get(failing, signal)), mistake);
  assertEquals(await shared.get(() => Promise.resolve("t"), signal), "t");
});

test("shared token: once a call has ended, later ones do not wait for the fetch that it waits for", async () => {
  const shared = new SharedToken<string>();
  const controller = new AbortController();
  const late = event<string>();
  let fetched = 0;
  const fetch = () =>
    ++fetched === 1 ? late.promise : Promise.resolve(`t${fetched}`);
  const first = shared.get(fetch, signal);
  const second = shared.get(fetch, controller.signal);
  controller.abort();
  assertEquals(await shared.get(fetch, signal), "t2");
  late.resolve("t1");
  assertEquals(await Promise.all([first, second]), ["t1", "t1"]);
});
