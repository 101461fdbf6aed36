/** Checking user names and passwords. */

import { secretsEqual } from "../base/crypto/secrets_equal.ts";

/**
 * Says who somebody with this name and password is.
 *
 * @param username What the client claims to be.
 * @param password What it claims to know.
 * @returns Who it is, which becomes `context.peerIdentity`; `undefined` answers UNAUTHENTICATED.
 */
export type VerifyPassword = (
  username: string,
  password: string,
) => Promise<string | undefined> | string | undefined;

/**
 * Checks against a list of passwords. It takes as long for users that are not in the list, and
 * wherever two passwords differ.
 *
 * @param passwords Password by user name.
 * @returns Gives the user name where the password is right.
 * @throws {TypeError} When a password is empty.
 */
export function knownPasswords(
  passwords: Readonly<Record<string, string>>,
): VerifyPassword {
  const known = new Map(Object.entries(passwords));
  for (const [username, password] of known) {
    if (typeof password !== "string" || password === "") {
      throw new TypeError(`The password of ${username} is empty`);
    }
  }
  return async (username, password) => {
    const expected = known.get(username);
    const isEqual = await secretsEqual(password, expected ?? "");
    return isEqual && expected !== undefined ? username : undefined;
  };
}
