/** What functions of the application answer: a wrong type never lets a caller in, nor leaves as a token. */

import { FlightError, type FlightService } from "@contrail/flight";
import {
  type AuthTokens,
  clientBasicAuth,
  clientBasicHandshake,
  clientBearerAuth,
  clientHandshakeAuth,
  serverBasicHandshake,
  serverHandshakeAuth,
  serverHeaderAuth,
  signedTokens,
} from "@contrail/flight/auth";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { test } from "node:test";
import { interceptorTest } from "../support/transports.ts";

/** As JavaScript may answer for a caller that is not known, or is. */
const ANSWERS: readonly unknown[] = [false, null, 0, true, {}];

const CREDENTIALS = { username: "ada", password: "1815" };

interface Way {
  readonly client: FlightInterceptor;
  readonly server: FlightInterceptor;
  readonly text: string;
}

/** Each way to be authenticated, by a function that gives a wrong answer. */
function waysOf(answer: unknown): Way[] {
  const identity = () => Promise.resolve(answer as string);
  const text = "must be the identity of the caller as text, or undefined, not ";
  return [
    {
      client: clientBasicAuth(CREDENTIALS),
      server: serverHeaderAuth({ verifyPassword: identity }),
      text: `verifyPassword: it ${text}`,
    },
    {
      client: clientBearerAuth("token"),
      server: serverHeaderAuth({ tokens: { verify: identity } }),
      text: `tokens.verify: it ${text}`,
    },
    {
      client: clientHandshakeAuth(clientBasicHandshake(CREDENTIALS)),
      server: serverHandshakeAuth(
        serverBasicHandshake({ verifyPassword: identity }),
      ),
      text: `verifyPassword: it ${text}`,
    },
    {
      client: clientHandshakeAuth(clientBasicHandshake(CREDENTIALS)),
      server: serverHandshakeAuth(serverBasicHandshake({
        verifyPassword: (name) => name,
        tokens: { ...signedTokens(), verify: identity },
      })),
      text: `validate: it ${text}`,
    },
  ];
}

interceptorTest(
  "a caller with an identity that is no text is refused",
  async (connectTo) => {
    let calls = 0;
    const service: FlightService = {
      listActions() {
        calls++;
        return [];
      },
    };
    for (const answer of ANSWERS) {
      for (const { client, server, text } of waysOf(answer)) {
        await using peer = await connectTo(service, {
          clientInterceptors: [client],
          serverInterceptors: [server],
        });
        await assertRejects(
          () => Array.fromAsync(peer.client.listActions()),
          FlightError,
          "the service failed to handle the call",
        );
        assert(String(peer.errors[0]).includes(text), String(peer.errors[0]));
      }
    }
    assertEquals(calls, 0);
  },
);

interceptorTest(
  "a token that was issued in a wrong type is not sent",
  async (connectTo) => {
    const tokens: AuthTokens = {
      issue: () => undefined as unknown as string,
      verify: () => undefined,
    };
    await using peer = await connectTo({ listActions: () => [] }, {
      clientInterceptors: [clientBasicAuth(CREDENTIALS)],
      serverInterceptors: [
        serverHeaderAuth({ verifyPassword: (name) => name, tokens }),
      ],
    });
    await assertRejects(
      () => Array.fromAsync(peer.client.listActions()),
      FlightError,
    );
    const text = "the answer of tokens.issue: it must be text, not undefined";
    assert(String(peer.errors[0]).includes(text), String(peer.errors[0]));
  },
);

/** Tokens that would be sent as something else than they are, and what is said of them. */
const TOKENS: readonly (readonly [token: unknown, text: string])[] = [
  [undefined, "it must be text, not undefined"],
  [null, "it must be text, not null"],
  [{ token: "a" }, "it must be text, not Object"],
  ["", "it is empty"],
  ["Bearer abc", 'after the word "Bearer"'],
  ["bearer abc", 'after the word "Bearer"'],
];

test("clientBearerAuth() refuses what is no token", () => {
  for (const [token, text] of TOKENS) {
    const make = () => clientBearerAuth(token as string);
    const error = assertThrows(make, TypeError, text);
    assert(!String(error).includes("abc"), "the token is a secret");
  }
});

interceptorTest(
  "clientBearerAuth() fails calls for which it gets no token",
  async (connectTo) => {
    let calls = 0;
    for (const [token, text] of TOKENS) {
      await using peer = await connectTo({
        listActions() {
          calls++;
          return [];
        },
      }, { clientInterceptors: [clientBearerAuth(() => token as string)] });
      await assertRejects(
        () => Array.fromAsync(peer.client.listActions()),
        TypeError,
        text,
      );
    }
    assertEquals(calls, 0);
  },
);
