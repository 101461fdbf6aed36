/** A client that sends an authorization header, on every transport. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { FlightError } from "@contrail/flight";
import {
  clientBasicAuth,
  clientBearerAuth,
  knownPasswords,
  serverHeaderAuth,
} from "@contrail/flight/auth";
import type {
  FlightInterceptor,
  FlightServerCall,
} from "@contrail/flight/middleware";
import { WHO, who, whoUploads } from "../support/who.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import { interceptorTest } from "../support/transports.ts";

const ADA = { username: "ada", password: "1815" };
const BASIC = "Basic YWRhOjE4MTU=";

/** Notes which credentials came with which call. */
function noting(seen: string[]): FlightInterceptor {
  return (call, next) => {
    const authorization = call.headers.get("authorization") ?? "nothing";
    seen.push(`${call.method} ${authorization.split(" ")[0]}`);
    return next(call);
  };
}

/** Lets `answer` decide on the calls of a server. */
function server(
  answer: (call: FlightServerCall) => void,
): FlightInterceptor {
  return (call, next) => {
    assert(call.side === "server");
    answer(call);
    return next(call);
  };
}

interceptorTest(
  "client header authentication: Basic once, Bearer from then on",
  async (connectTo) => {
    const seen: string[] = [];
    await using peer = await connectTo(WHO, {
      serverInterceptors: [
        noting(seen),
        serverHeaderAuth({ verifyPassword: knownPasswords({ ada: "1815" }) }),
      ],
      clientInterceptors: [clientBasicAuth(ADA)],
    });
    const all = await Promise.all([who(peer), who(peer), whoUploads(peer)]);
    assertEquals(all, ["ada", "ada", "ada"]);
    assertEquals(seen.sort(), [
      "DoAction Bearer",
      "DoAction Bearer",
      "DoPut Bearer",
      "Handshake Basic",
    ]);
  },
);

interceptorTest(
  "client header authentication: a wrong password fails the calls that wait",
  async (connectTo) => {
    const seen: string[] = [];
    await using peer = await connectTo(WHO, {
      serverInterceptors: [
        noting(seen),
        serverHeaderAuth({ verifyPassword: knownPasswords({ ada: "0" }) }),
      ],
      clientInterceptors: [clientBasicAuth(ADA)],
    });
    const errors = await Promise.all([
      rejection(who(peer)),
      rejection(who(peer)),
    ]);
    for (const error of errors) {
      assert(FlightError.is(error));
      assertEquals(
        error.message,
        "[unauthenticated] Handshake: wrong user name or password",
      );
    }
    assertEquals(seen, ["Handshake Basic"]);
    // It is not for ever: the next call tries again.
    await assertFlightError(who(peer), "UNAUTHENTICATED");
    assertEquals(seen.length, 2);
  },
);

interceptorTest(
  "client header authentication: the token may come in trailers",
  async (connectTo) => {
    await using peer = await connectTo({ ...WHO, handshake: () => {} }, {
      serverInterceptors: [server(({ method, headers, responseTrailers }) => {
        if (method !== "Handshake") return;
        assertEquals(headers.get("authorization"), BASIC);
        responseTrailers.set("authorization", "Bearer late");
      })],
      clientInterceptors: [clientBasicAuth(ADA)],
    });
    assertEquals(await who(peer), "Bearer late");
  },
);

interceptorTest(
  "client header authentication: a service without Handshake: a token all the same, or Basic with each call",
  async (connectTo) => {
    // As pyarrow without an auth_handler: the middleware answers, the method does not.
    for (const where of ["responseHeaders", "responseTrailers"] as const) {
      await using failing = await connectTo(WHO, {
        serverInterceptors: [server((call) => {
          if (call.method !== "Handshake") return;
          call[where].set("authorization", "Bearer early");
        })],
        clientInterceptors: [clientBasicAuth(ADA)],
      });
      assertEquals(await who(failing), "Bearer early");
    }

    const seen: string[] = [];
    await using plain = await connectTo(WHO, {
      serverInterceptors: [noting(seen)],
      clientInterceptors: [clientBasicAuth(ADA)],
    });
    assertEquals([await who(plain), await who(plain)], [BASIC, BASIC]);
    assertEquals(seen, ["Handshake Basic", "DoAction Basic", "DoAction Basic"]);

    // As Java: a token with the answer to any call.
    for (const where of ["responseHeaders", "responseTrailers"] as const) {
      let tokens = 0;
      await using any = await connectTo({ ...WHO, handshake: () => {} }, {
        serverInterceptors: [server((call) => {
          if (call.method === "Handshake") return;
          call[where].set("authorization", `Bearer ${++tokens}`);
        })],
        clientInterceptors: [clientBasicAuth(ADA)],
      });
      assertEquals(
        [await who(any), await who(any), await who(any)],
        [BASIC, "Bearer 1", "Bearer 2"],
      );
    }
  },
);

interceptorTest(
  "client header authentication: a token that has ended is replaced once for all",
  async (connectTo) => {
    const valid = new Set<string>();
    let issued = 0;
    await using peer = await connectTo(WHO, {
      serverInterceptors: [serverHeaderAuth({
        verifyPassword: knownPasswords({ ada: "1815" }),
        tokens: {
          issue() {
            valid.add(`t${++issued}`);
            return `t${issued}`;
          },
          verify: (token) => valid.has(token) ? token : undefined,
        },
      })],
      clientInterceptors: [clientBasicAuth(ADA)],
    });
    assertEquals(await who(peer), "t1");
    valid.clear();
    const all = await Promise.all(Array.from({ length: 5 }, () => who(peer)));
    assertEquals(all, ["t2", "t2", "t2", "t2", "t2"]);
    valid.clear();
    await assertFlightError(whoUploads(peer), "UNAUTHENTICATED");
    assertEquals(await whoUploads(peer), "t3");
  },
);

interceptorTest(
  "client header authentication: a Bearer token of a function, fetched when it is needed",
  async (connectTo) => {
    let fetched = 0;
    let release = event();
    const accepted = new Set(["t1"]);
    await using peer = await connectTo(WHO, {
      serverInterceptors: [serverHeaderAuth({
        tokens: { verify: (token) => accepted.has(token) ? token : undefined },
      })],
      clientInterceptors: [clientBearerAuth(async () => {
        fetched++;
        await release.promise;
        return `t${fetched}`;
      })],
    });
    assertEquals(fetched, 0);
    const all = Promise.all([who(peer), who(peer), whoUploads(peer)]);
    release.resolve();
    assertEquals(await all, ["t1", "t1", "t1"]);
    assertEquals(await who(peer), "t1");
    assertEquals(fetched, 1);

    accepted.clear();
    accepted.add("t2");
    release = event();
    const further = Promise.all([who(peer), who(peer)]);
    release.resolve();
    assertEquals(await further, ["t2", "t2"]);
    assertEquals(fetched, 2);

    // Once more, and not again.
    accepted.clear();
    await assertFlightError(
      who(peer),
      "UNAUTHENTICATED",
      "[unauthenticated] DoAction: the token is not valid",
    );
    assertEquals(fetched, 3);
  },
);

interceptorTest(
  "client header authentication: other failures are not repeated",
  async (connectTo) => {
    let calls = 0;
    await using peer = await connectTo({
      doAction() {
        calls++;
        throw new FlightError("PERMISSION_DENIED", "not for you");
      },
    }, { clientInterceptors: [clientBearerAuth(() => "token")] });
    await assertFlightError(who(peer), "PERMISSION_DENIED");
    assertEquals(calls, 1);
  },
);

interceptorTest(
  "client header authentication: what the function throws fails the calls that wait",
  async (connectTo) => {
    const mistake = new Error("no token to be had");
    let fail = true;
    await using peer = await connectTo(WHO, {
      clientInterceptors: [clientBearerAuth(() => {
        if (fail) throw mistake;
        return "late";
      })],
    });
    assertEquals(
      await Promise.all([rejection(who(peer)), rejection(whoUploads(peer))]),
      [mistake, mistake],
    );
    fail = false;
    assertEquals(await who(peer), "Bearer late");
  },
);

interceptorTest(
  "client header authentication: a token that is text, and headers of the caller's own",
  async (connectTo) => {
    const seen: string[] = [];
    for (
      const interceptor of [
        clientBearerAuth("fixed"),
        clientBearerAuth(() => "fetched"),
        clientBasicAuth(ADA),
      ]
    ) {
      await using peer = await connectTo(WHO, {
        serverInterceptors: [noting(seen)],
        clientInterceptors: [interceptor],
      });
      assertEquals(await who(peer, { authorization: "Own 1" }), "Own 1");
      const { readable } = peer.client.handshake({
        headers: { authorization: "Own 2" },
      });
      await rejection(Array.fromAsync(readable));
    }
    assertEquals(seen.filter((line) => !line.endsWith("Own")), []);
    await using fixed = await connectTo(WHO, {
      clientInterceptors: [clientBearerAuth("fixed")],
    });
    assertEquals(await who(fixed), "Bearer fixed");
  },
);

interceptorTest(
  "client header authentication: a token that no header can hold is not shown",
  async (connectTo) => {
    await using peer = await connectTo(WHO, {
      clientInterceptors: [clientBearerAuth(() => "hush\n")],
    });
    const error = await rejection(who(peer)) as Error;
    assert(error instanceof TypeError);
    assert(!`${error.message}${error.stack}`.includes("hush\n"));
    assertEquals(
      error.message,
      'Cannot set header "authorization": the value is not printable ASCII; use a "-bin" header',
    );
  },
);

test("client header authentication: credentials are checked, and not shown", () => {
  const error = assertThrows(
    () => clientBasicAuth({ username: "a:b", password: "hush" }),
    TypeError,
    "Cannot use option username",
  );
  assert(!error.message.includes("hush"));
  assertThrows(
    () => clientBasicAuth({ username: "a" } as never),
    TypeError,
    "Cannot use option credentials.password: undefined is not text",
  );
  const secret = assertThrows(
    () => clientBasicAuth({ username: "a", password: 1234 } as never),
    TypeError,
    "Cannot use option credentials.password: number is not text",
  );
  assert(!secret.message.includes("1234"));
  assertThrows(
    () => clientBasicAuth("a" as never),
    TypeError,
    "Cannot use option credentials: a text is not an object",
  );
});
