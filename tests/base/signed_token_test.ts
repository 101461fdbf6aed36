/** Values that another party keeps and cannot forge. */

import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { hmacOf, webHmac } from "../../internal/base/crypto/hmac.ts";
import { SignedTokens } from "../../internal/base/crypto/signed_token.ts";

const KEY = new Uint8Array(32).fill(7);
const tokens = new SignedTokens({ keys: [KEY], purpose: "tests" });
const PAYLOAD = Uint8Array.of(1, 2, 3);

test("HMAC: that of the runtime and that of Web Crypto are the same", async () => {
  for (const length of [0, 1, 200, 70_000]) {
    const message = new Uint8Array(length).fill(length);
    assertEquals(await hmacOf(KEY)(message), await webHmac(KEY)(message));
  }
  // Test case 1 of RFC 4231, with its key of 20 bytes.
  assertEquals(
    await webHmac(new Uint8Array(20).fill(11))(
      new TextEncoder().encode("Hi There"),
    ),
    "sDRMYdjbOFNcqK_OrwvxK4gdwgDJgz2nJuk3bC4yz_c",
  );
});

test("SignedTokens: a text that differs in any place is refused", async () => {
  const text = await tokens.sign(PAYLOAD, Date.now() + 60_000);
  assertEquals(await tokens.open(text), PAYLOAD);
  for (let i = 0; i < text.length; i++) {
    const other = text[i] === "A" ? "B" : "A";
    const changed = text.slice(0, i) + other + text.slice(i + 1);
    assertEquals(await tokens.open(changed), undefined);
  }
  assertEquals(await tokens.open(`${text}A`), undefined);
  assertEquals(await tokens.open(text.slice(0, -1)), undefined);
  const others = new SignedTokens({ keys: [KEY], purpose: "others" });
  assertEquals(await others.open(text), undefined);
});

test("SignedTokens: a time before 1970 has passed", async () => {
  assertEquals(await tokens.open(await tokens.sign(PAYLOAD, -1)), undefined);
});
