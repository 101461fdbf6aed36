/** Checking user names and passwords. */

import { valueName } from "../base/value_name.ts";
import { objectOption } from "../core/check_option.ts";
import { secretsEqual } from "../base/crypto/secrets_equal.ts";

/**
 * Determines the identity behind a user name and a password.
 *
 * @param username The user name from the client.
 * @param password The password from the client.
 * @returns The identity, which becomes `context.peerIdentity`; `undefined` answers UNAUTHENTICATED.
 */
export type VerifyPassword = (
  username: string,
  password: string,
) => Promise<string | undefined> | string | undefined;

/**
 * Checks against a list of passwords. The time it takes reveals neither unknown users nor the
 * position of a wrong character.
 *
 * @param passwords Password by user name.
 * @returns A function that returns the user name if the password is right.
 * @throws {TypeError} When a password is empty.
 */
export function knownPasswords(
  passwords: Readonly<Record<string, string>>,
): VerifyPassword {
  const known = new Map(Object.entries(objectOption("passwords", passwords)));
  for (const [username, password] of known) {
    if (typeof password !== "string" || password === "") {
      throw new TypeError(
        `Cannot use passwords: the password of ${username} is ${
          password === "" ? "empty" : `${valueName(password)}, not text`
        }`,
      );
    }
  }
  return async (username, password) => {
    const expected = known.get(username);
    const isEqual = await secretsEqual(password, expected ?? "");
    return isEqual && expected !== undefined ? username : undefined;
  };
}
