/** Tokens that a server gives out. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { withClock } from "../support/still_clock.ts";
import { signedTokens } from "@contrail/flight/auth";
import { SignedTokens } from "../../internal/base/crypto/signed_token.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const OTHER = new Uint8Array(32).fill(7);

test("signedTokens(): a token says who it was given to, until it ends", async () => {
  await withClock(async (forward) => {
    const tokens = signedTokens({ lifetimeMs: 1000 });
    for (const identity of ["ada", "", "Ünï:cö.dé", "x".repeat(10_000)]) {
      const token = await tokens.issue(identity);
      assert(/^[\w-]+\.[\w-]+$/.test(token), token);
      assertEquals(await tokens.verify(token), identity);
    }
    const token = await tokens.issue("ada");
    forward(999);
    assertEquals(await tokens.verify(token), "ada");
    forward(1);
    assertEquals(await tokens.verify(token), undefined);
  });
});

test("signedTokens(): a token of another key, purpose or text is not valid", async () => {
  const tokens = signedTokens({ keys: [KEY] });
  const token = await tokens.issue("ada");
  assertEquals(await signedTokens({ keys: [KEY] }).verify(token), "ada");
  assertEquals(await signedTokens({ keys: [OTHER] }).verify(token), undefined);
  assertEquals(await signedTokens().verify(token), undefined);
  const values = new SignedTokens({ keys: [KEY], purpose: "something else" });
  assertEquals(await values.open(token), undefined);

  const [value, mac] = token.split(".") as [string, string];
  for (
    const forged of [
      "",
      ".",
      value,
      `${value}.`,
      `.${mac}`,
      `${value}.${mac}.`,
      `${mac}.${value}`,
      `${value}=.${mac}`,
      ` ${token}`,
      `A.${mac}`,
      "AAAAAAAAAAAA.AAAA",
      `${value}.${mac.slice(0, -2)}`,
    ]
  ) assertEquals(await tokens.verify(forged), undefined, forged);
  // Every bit counts, up to those that the last letter has left over.
  for (let i = 0; i < value.length - 1; i++) {
    const letter = value[i] === "A" ? "B" : "A";
    const forged = value.slice(0, i) + letter + value.slice(i + 1);
    assertEquals(await tokens.verify(`${forged}.${mac}`), undefined);
  }
});

test("signedTokens(): a key in place of a list stays out of the error", () => {
  assertThrows(
    () => signedTokens({ keys: "hush" as never }),
    TypeError,
    "Cannot use option keys: a text is not an array",
  );
});

test("signedTokens(): keys can be replaced", async () => {
  const before = signedTokens({ keys: [KEY] });
  const during = signedTokens({ keys: [OTHER, KEY] });
  const after = signedTokens({ keys: [OTHER] });
  const old = await before.issue("ada");
  const young = await during.issue("ada");
  assertEquals(await during.verify(old), "ada");
  assertEquals(await after.verify(old), undefined);
  assertEquals(await after.verify(young), "ada");
  assertEquals(await before.verify(young), undefined);
});

test("options of signedTokens are checked, and keys not shown", () => {
  for (const lifetimeMs of [0, -1, NaN, Infinity]) {
    assertThrows(
      () => signedTokens({ lifetimeMs }),
      RangeError,
      `Cannot use option lifetimeMs: ${lifetimeMs} `,
    );
  }
  assertThrows(
    () => signedTokens({ keys: [] }),
    RangeError,
    "Cannot use option keys: the list is empty",
  );
  const error = assertThrows(
    () => signedTokens({ keys: [KEY, "short secret"] }),
    RangeError,
    "Cannot use option keys: a key of 12 bytes is shorter than 32",
  );
  assert(!error.message.includes("short secret"));
});
