/** Users that a server knows. */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { knownPasswords, serverHeaderAuth } from "@contrail/flight/auth";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { UsageError } from "../exit_code.ts";
import { unreadable } from "../files/arrow_file.ts";

/**
 * Makes the interceptor that asks for user and password.
 *
 * @param user `NAME:PASSWORD`, or a name whose password is in FLIGHT_PASSWORD.
 * @param file A file of lines `NAME:PASSWORD`; lines with `#` before all else are comments.
 * @returns The interceptor; `undefined` where anyone may call.
 */
export async function usersOf(
  user: string | undefined,
  file: string | undefined,
): Promise<FlightInterceptor | undefined> {
  const lines: string[] = [];
  if (file !== undefined) {
    const text = await readFile(file, "utf8").catch((error) => {
      throw unreadable(file, error);
    });
    lines.push(
      ...text.split(/\r?\n/).filter((line) => !/^\s*(?:#|$)/.test(line)),
    );
    if (lines.length === 0) throw new UsageError(`${file} has no users`);
  }
  if (user !== undefined) {
    const password = process.env.FLIGHT_PASSWORD;
    lines.push(
      user.includes(":") || password === undefined
        ? user
        : `${user}:${password}`,
    );
  }
  if (lines.length === 0) return undefined;
  const passwords: Record<string, string> = {};
  for (const line of lines) {
    const [, name, password] = /^([^:]+):(.+)$/.exec(line) ?? [];
    if (name === undefined || password === undefined) {
      // The line may be a password that was meant for another place.
      throw new UsageError(
        "a user must be NAME:PASSWORD, in --user as in the lines of --password-file",
      );
    }
    passwords[name] = password;
  }
  return serverHeaderAuth({ verifyPassword: knownPasswords(passwords) });
}
