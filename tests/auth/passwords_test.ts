/** Comparing secrets. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { knownPasswords, secretsEqual } from "@contrail/flight/auth";

test("secretsEqual compares text and bytes of any lengths", async () => {
  const bytes = new TextEncoder();
  for (
    const [a, b, expected] of [
      ["", "", true],
      ["a", "a", true],
      ["a", "b", false],
      ["a", "", false],
      ["", "a", false],
      ["secret", "secret ", false],
      ["secret", "secre", false],
      ["secret", "Secret", false],
      ["x".repeat(1000), "x".repeat(1000), true],
      ["x".repeat(1000), "x".repeat(999), false],
      ["ü", "ü", true],
      ["a\0", "a", false],
    ] as const
  ) {
    const message = JSON.stringify([a, b]);
    assertEquals(await secretsEqual(a, b), expected, message);
    assertEquals(
      await secretsEqual(bytes.encode(a), b),
      expected,
      message,
    );
    assertEquals(await secretsEqual(a, bytes.encode(b)), expected, message);
  }
});

test("secretsEqual goes by digests of both, whatever they are", async () => {
  // The work of a comparison must not depend on the position of the first wrong character.
  const { subtle } = crypto;
  const sign = subtle.sign.bind(subtle);
  const lengths: number[] = [];
  Object.defineProperty(subtle, "sign", {
    configurable: true,
    value: (
      algorithm: string,
      key: CryptoKey,
      data: Uint8Array<ArrayBuffer>,
    ) => {
      lengths.push(data.byteLength);
      return sign(algorithm, key, data);
    },
  });
  try {
    for (const guess of ["secret", "sXXXXX", "XXXXXX", "x", ""]) {
      await secretsEqual(guess, "secret");
    }
  } finally {
    delete (subtle as Partial<SubtleCrypto>).sign;
  }
  assertEquals(lengths, [6, 6, 6, 6, 6, 6, 1, 6, 0, 6]);
});

test("knownPasswords knows users by their passwords", async () => {
  const verify = knownPasswords({ ada: "1815", constructor: "x" });
  assertEquals(await verify("ada", "1815"), "ada");
  assertEquals(await verify("constructor", "x"), "constructor");
  for (
    const [username, password] of [
      ["ada", ""],
      ["ada", "1816"],
      ["eve", "1815"],
      ["eve", ""],
      ["", ""],
      ["toString", ""],
      ["__proto__", ""],
    ] as const
  ) {
    assertEquals(
      await verify(username, password),
      undefined,
      `${username} ${password}`,
    );
  }
});

test("knownPasswords refuses an empty password, and shows none", () => {
  const error = assertThrows(
    () => knownPasswords({ ada: "1815", eve: "" }),
    TypeError,
    "the password of eve is empty",
  );
  assert(!error.message.includes("1815"));
});
