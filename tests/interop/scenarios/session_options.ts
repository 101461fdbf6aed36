/**
 * `session_options`: options of every type that a server keeps for a client, by
 * a cookie.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { SessionOptionValue } from "../../../mod.ts";
import { clientCookies } from "../../../middleware.ts";
import { serverSessions, sessionMethods } from "../../../session.ts";
import type { Scenario } from "./scenario.ts";

const INVALID = "lol_invalid";
const LIST = ["a", "b", "sea", "dee", " ", "  ", "geee", "(づ｡◕‿‿◕｡)づ"];

function map(
  options: Record<string, SessionOptionValue>,
): Map<string, SessionOptionValue> {
  return new Map(Object.entries(options));
}

/** The scenario, with the steps of the clients in C++, Java and Go. */
export const SESSION_OPTIONS: Scenario = {
  service: () => ({
    ...sessionMethods({
      check(name, value) {
        if (name === INVALID) return "INVALID_NAME";
        return value === INVALID ? "INVALID_VALUE" : undefined;
      },
    }),
  }),
  serveOptions: { interceptors: [serverSessions()] },
  async run({ connect }) {
    await using client = connect({ interceptors: [clientCookies()] });
    const { errors } = await client.setSessionOptions({
      foolong: 123n,
      bardouble: 456.0,
      [INVALID]: "this won't get set",
      key_with_invalid_value: INVALID,
      big_ol_string_list: LIST,
    });
    assertEquals(
      [...errors].sort(),
      [["key_with_invalid_value", "INVALID_VALUE"], [INVALID, "INVALID_NAME"]],
    );
    assertEquals(
      (await client.getSessionOptions()).sessionOptions,
      map({ foolong: 123n, bardouble: 456.0, big_ol_string_list: LIST }),
    );

    const later = await client.setSessionOptions({
      foolong: undefined,
      big_ol_string_list: LIST.join(","),
    });
    assertEquals(later.errors, new Map());
    assertEquals(
      (await client.getSessionOptions()).sessionOptions,
      map({ bardouble: 456.0, big_ol_string_list: LIST.join(",") }),
    );
  },
};
