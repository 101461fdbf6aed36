/** Authentication by Handshake, both sides, on every transport. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { test } from "node:test";
import { FlightError } from "@contrail/flight";
import {
  type AuthTokens,
  clientBasicHandshake,
  clientHandshakeAuth,
  knownPasswords,
  type ServerAuthHandler,
  serverBasicHandshake,
  serverHandshakeAuth,
} from "@contrail/flight/auth";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { aborted, event } from "../support/events.ts";
import { WHO, who, whoUploads } from "../support/who.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import {
  type Connected,
  type ConnectTo,
  interceptorTest,
} from "../support/transports.ts";

const text = (value: string) => new TextEncoder().encode(value);
const read = (bytes?: Uint8Array) => new TextDecoder().decode(bytes);

const PASSWORDS = knownPasswords({ ada: "1815", grace: "1906" });

interceptorTest(
  "handshake authentication: BasicAuth: a token for a password",
  async (connectTo) => {
    let handshakes = 0;
    const counting: FlightInterceptor = (call, next) => {
      if (call.method === "Handshake") handshakes++;
      return next(call);
    };
    const server = serverHandshakeAuth(
      serverBasicHandshake({ verifyPassword: PASSWORDS }),
    );
    const connect = (username: string, password: string) =>
      connectTo(WHO, {
        serverInterceptors: [counting, server],
        clientInterceptors: [
          clientHandshakeAuth(clientBasicHandshake({ username, password })),
        ],
      });
    await using ada = await connect("ada", "1815");
    await using grace = await connect("grace", "1906");
    assertEquals(await Promise.all([who(ada), who(ada), who(ada)]), [
      "ada",
      "ada",
      "ada",
    ]);
    assertEquals(handshakes, 1);
    assertEquals(await whoUploads(ada), "ada");
    assertEquals(await who(grace), "grace");
    assertEquals(handshakes, 2);

    for (
      const [username, password] of [["ada", "1906"], ["eve", "1815"], ["", ""]]
    ) {
      await using eve = await connect(username!, password!);
      const error = await assertFlightError(
        who(eve),
        "UNAUTHENTICATED",
        "[unauthenticated] Handshake: wrong user name or password",
      );
      assertEquals(error.origin, "remote");
      await assertFlightError(whoUploads(eve), "UNAUTHENTICATED");
    }
  },
);

interceptorTest(
  "handshake authentication: a call without a token, or with a wrong one",
  async (connectTo) => {
    let calls = 0;
    const server = serverHandshakeAuth(
      serverBasicHandshake({ verifyPassword: PASSWORDS }),
    );
    await using peer = await connectTo({
      ...WHO,
      doAction() {
        calls++;
      },
    }, { serverInterceptors: [server] });
    await assertFlightError(
      who(peer),
      "UNAUTHENTICATED",
      "[unauthenticated] DoAction: the call has no token (header auth-token-bin)",
    );
    for (const token of ["", "ada", "a.b", "\0", "x".repeat(5000)]) {
      await assertFlightError(
        Array.fromAsync(
          peer.client.doAction("who", {
            headers: { "auth-token-bin": text(token) },
          }),
        ),
        "UNAUTHENTICATED",
      );
    }
    await assertFlightError(whoUploads(peer), "UNAUTHENTICATED");
    assertEquals(calls, 0);
  },
);

/** Asks a question for each letter of a name, and knows who answers. */
const QUESTIONS: ServerAuthHandler = {
  async authenticate({ send, receive }, call) {
    call.responseHeaders.set("x-challenge", "yes");
    let name = "";
    for (let i = 0; i < 3; i++) {
      await send(text(`letter ${i}?`));
      const answer = await receive();
      if (answer === undefined) {
        throw new FlightError("UNAUTHENTICATED", "no answer");
      }
      name += read(answer);
    }
    if (name !== "ada") throw new FlightError("UNAUTHENTICATED", "not ada");
    await send(text(`token of ${name}`));
  },
  validate: (token) => /^token of (.*)$/.exec(read(token))?.[1],
};

function answering(answers: readonly string[]): FlightInterceptor {
  return clientHandshakeAuth(async ({ send, receive }) => {
    for (const [i, answer] of answers.entries()) {
      assertEquals(read(await receive()), `letter ${i}?`);
      await send(text(answer));
    }
    return read(await receive());
  });
}

interceptorTest(
  "handshake authentication: any number of messages, the server first",
  async (connectTo) => {
    const connect = (answers: string[]) =>
      connectTo(WHO, {
        serverInterceptors: [serverHandshakeAuth(QUESTIONS)],
        clientInterceptors: [answering(answers)],
      });
    await using ada = await connect(["a", "d", "a"]);
    assertEquals(await who(ada), "ada");
    await using eve = await connect(["e", "v", "e"]);
    await assertFlightError(
      who(eve),
      "UNAUTHENTICATED",
      "[unauthenticated] Handshake: not ada",
    );
  },
);

interceptorTest(
  "handshake authentication: a client that says nothing, or leaves early",
  async (connectTo) => {
    await using silent = await connectTo(WHO, {
      serverInterceptors: [serverHandshakeAuth(QUESTIONS)],
      clientInterceptors: [clientHandshakeAuth(() => Promise.resolve("token"))],
    });
    // The server has the last word on whether it agrees.
    await assertFlightError(
      who(silent),
      "UNAUTHENTICATED",
      "[unauthenticated] Handshake: no answer",
    );

    const ended = event<unknown>();
    const started = event();
    await using leaving = await connectTo(WHO, {
      serverInterceptors: [serverHandshakeAuth({
        async authenticate({ receive }, { signal }) {
          started.resolve();
          ended.resolve(await Promise.race([aborted(signal), receive()]));
        },
        validate: () => undefined,
      })],
      clientInterceptors: [clientHandshakeAuth(async () => {
        await started.promise;
        throw new Error("no credentials");
      })],
    });
    await assertRejects(() => who(leaving), Error, "no credentials");
    await ended.promise;
  },
);

interceptorTest(
  "handshake authentication: a handler that fails, and one that never answers",
  async (connectTo) => {
    const failing: ServerAuthHandler = {
      authenticate: () => Promise.reject(new Error("password of the database")),
      validate: () => {
        throw new Error("password of the database");
      },
    };
    await using failed = await connectTo(WHO, {
      serverInterceptors: [serverHandshakeAuth(failing)],
      clientInterceptors: [
        clientHandshakeAuth(({ receive }) => receive().then(() => "x")),
      ],
    });
    await assertFlightError(
      who(failed),
      "UNKNOWN",
      "[unknown] Handshake: the service failed to handle the call",
    );
    assertEquals(failed.errors.length, 1);

    await using stuck = await connectTo(WHO, {
      serverInterceptors: [serverHandshakeAuth({
        async authenticate(_conversation, { signal }) {
          await aborted(signal);
        },
        validate: () => undefined,
      })],
      clientInterceptors: [
        // Does not even wait for the server.
        clientHandshakeAuth(() => new Promise(() => {}), { timeoutMs: 200 }),
      ],
    });
    await assertFlightError(
      who(stuck),
      "DEADLINE_EXCEEDED",
      /^\[deadline exceeded\] Handshake: /,
    );
  },
);

/** Tokens that can be taken back. */
function revocable(): AuthTokens & { valid: Set<string>; issued: number } {
  const tokens = {
    valid: new Set<string>(),
    issued: 0,
    issue(identity: string) {
      const token = `${identity} ${++tokens.issued}`;
      tokens.valid.add(token);
      return token;
    },
    verify: (token: string) =>
      tokens.valid.has(token) ? token.split(" ")[0] : undefined,
  };
  return tokens;
}

async function connectAsAda(
  connectTo: ConnectTo,
  tokens: AuthTokens,
): Promise<Connected> {
  return await connectTo(WHO, {
    serverInterceptors: [
      serverHandshakeAuth(
        serverBasicHandshake({ verifyPassword: PASSWORDS, tokens }),
      ),
    ],
    clientInterceptors: [clientHandshakeAuth(
      clientBasicHandshake({ username: "ada", password: "1815" }),
    )],
  });
}

interceptorTest(
  "handshake authentication: a token that has ended is replaced once for all",
  async (connectTo) => {
    const tokens = revocable();
    await using peer = await connectAsAda(connectTo, tokens);
    assertEquals(await who(peer), "ada");
    tokens.valid.clear();
    const all = await Promise.all(Array.from({ length: 5 }, () => who(peer)));
    assertEquals(all, Array.from({ length: 5 }, () => "ada"));
    assertEquals(tokens.issued, 2);

    // An upload is not repeated; the next call has a new token.
    tokens.valid.clear();
    await assertFlightError(whoUploads(peer), "UNAUTHENTICATED");
    assertEquals(tokens.issued, 2);
    assertEquals(await whoUploads(peer), "ada");
    assertEquals(tokens.issued, 3);
  },
);

interceptorTest(
  "handshake authentication: a token that is never accepted is replaced once",
  async (connectTo) => {
    let issued = 0;
    await using peer = await connectAsAda(connectTo, {
      issue: () => `${++issued}`,
      verify: () => undefined,
    });
    await assertFlightError(
      who(peer),
      "UNAUTHENTICATED",
      "[unauthenticated] DoAction: the token is not valid (header auth-token-bin)",
    );
    assertEquals(issued, 2);
  },
);

interceptorTest(
  "handshake authentication: a handshake serves those who wait, also when the first of them gives up",
  async (connectTo) => {
    const asked = event();
    const release = event();
    let handshakes = 0;
    await using peer = await connectTo(WHO, {
      serverInterceptors: [serverHandshakeAuth({
        async authenticate({ send }) {
          handshakes++;
          asked.resolve();
          await release.promise;
          await send(text("token"));
        },
        validate: (token) => read(token) === "token" ? "ada" : undefined,
      })],
      clientInterceptors: [
        clientHandshakeAuth(async ({ receive }) => read(await receive())),
      ],
    });
    const controller = new AbortController();
    const first = rejection(
      Array.fromAsync(
        peer.client.doAction("who", { signal: controller.signal }),
      ),
    );
    const second = who(peer);
    await asked.promise;
    const reason = new Error("no patience");
    controller.abort(reason);
    assertStrictEquals(await first, reason);
    release.resolve();
    assertEquals(await second, "ada");
    assertEquals(handshakes, 1);
  },
);

interceptorTest(
  "handshake authentication: calls that nobody knows may be allowed",
  async (connectTo) => {
    await using peer = await connectTo(WHO, {
      serverInterceptors: [serverHandshakeAuth({
        authenticate: () => Promise.resolve(),
        validate: () => "",
      })],
    });
    assertEquals(await who(peer), "nobody");
    // A Handshake of the client's own is answered too.
    const { readable, writable } = peer.client.handshake();
    await writable.close();
    assertEquals(await Array.fromAsync(readable), []);
  },
);

interceptorTest(
  "handshake authentication: messages that are no BasicAuth",
  async (connectTo) => {
    await using peer = await connectTo(WHO, {
      serverInterceptors: [
        serverHandshakeAuth(
          serverBasicHandshake({ verifyPassword: PASSWORDS }),
        ),
      ],
    });
    const shake = async (...payloads: (Uint8Array | undefined)[]) => {
      const { writable, readable } = peer.client.handshake();
      const writer = writable.getWriter();
      for (const payload of payloads) writer.write({ payload }).catch(() => {});
      writer.close().catch(() => {});
      return await Array.fromAsync(readable);
    };
    await assertFlightError(shake(), "UNAUTHENTICATED", /without BasicAuth/);
    await assertFlightError(shake(undefined), "UNAUTHENTICATED", /wrong user/);
    await assertFlightError(
      shake(Uint8Array.of(0xff, 0xff)),
      "INVALID_ARGUMENT",
      /Cannot decode BasicAuth/,
    );
    assertEquals(peer.errors, []);
  },
);

interceptorTest(
  "handshake authentication: the headers of a handshake are its own",
  async (connectTo) => {
    const seen: unknown[] = [];
    await using peer = await connectTo(WHO, {
      serverInterceptors: [
        (call, next) => {
          seen.push([
            call.method,
            call.headers.get("x-route"),
            call.headers.get("x-call"),
          ]);
          return next(call);
        },
        serverHandshakeAuth(
          serverBasicHandshake({ verifyPassword: PASSWORDS }),
        ),
      ],
      clientInterceptors: [clientHandshakeAuth(
        clientBasicHandshake({ username: "ada", password: "1815" }),
        { headers: { "x-route": "auth" } },
      )],
    });
    await Array.fromAsync(
      peer.client.doAction("who", { headers: { "x-call": "1" } }),
    );
    assertEquals(seen, [
      ["Handshake", "auth", undefined],
      ["DoAction", undefined, "1"],
    ]);
  },
);

interceptorTest(
  "handshake authentication: a server without handshakes is named as such",
  async (connectTo) => {
    await using peer = await connectTo(WHO, {
      clientInterceptors: [clientHandshakeAuth(
        clientBasicHandshake({ username: "ada", password: "1815" }),
      )],
    });
    const error = await assertFlightError(
      who(peer),
      "UNIMPLEMENTED",
      "[unimplemented] Handshake: the service does not implement Handshake",
    );
    assert(!/1815/.test(`${error.message}${error.stack}`));
  },
);

test("handshake authentication: options and credentials are checked", () => {
  for (const timeoutMs of [0, -1, NaN, Infinity]) {
    assertThrows(
      () => clientHandshakeAuth(() => Promise.resolve("x"), { timeoutMs }),
      RangeError,
      `Cannot use option timeoutMs: ${timeoutMs} `,
    );
  }
  assertThrows(
    () => clientBasicHandshake({ username: "ada" } as never),
    TypeError,
    "BasicAuth.password",
  );
});
