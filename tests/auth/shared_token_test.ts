/** A token that several calls wait for together. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { test } from "node:test";
import { SharedToken } from "../../internal/auth/shared_token.ts";
import { event } from "../support/events.ts";
import { rejection } from "../support/rejections.ts";

test("shared token: a token is fetched once for all who wait, and kept", async () => {
  const shared = new SharedToken<string>();
  const release = event();
  let fetched = 0;
  const fetch = async () => {
    fetched++;
    await release.promise;
    return `t${fetched}`;
  };
  const both = Promise.all([shared.get(fetch), shared.get(fetch)]);
  release.resolve();
  assertEquals(await both, ["t1", "t1"]);
  assertEquals(await shared.get(fetch), "t1");
  assertEquals(fetched, 1);
});

test("shared token: a token is dropped only by those who have it", async () => {
  const shared = new SharedToken<string>();
  let fetched = 0;
  const fetch = () => Promise.resolve(`t${++fetched}`);
  const first = await shared.get(fetch);
  shared.drop(first);
  const second = await shared.get(fetch);
  // Another call with the first token is refused only now.
  shared.drop(first);
  assertEquals(await shared.get(fetch), second);
  shared.set("from a header");
  assertEquals(await shared.get(fetch), "from a header");
  assertEquals(fetched, 2);
});

test("shared token: a failure is for those who waited", async () => {
  const shared = new SharedToken<string>();
  const mistake = new Error("no token");
  const failing = () => Promise.reject(mistake);
  assertStrictEquals(await rejection(shared.get(failing)), mistake);
  assertEquals(await shared.get(() => Promise.resolve("t")), "t");
});
