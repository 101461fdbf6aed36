/** A client that echoes the token of the answers, on every transport. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  FlightError,
  type FlightService,
  pathDescriptor,
} from "@contrail/flight";
import { clientAuthorization } from "@contrail/flight/auth";
import type {
  FlightInterceptor,
  FlightServerCall,
} from "@contrail/flight/middleware";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import { type Connected, interceptorTest } from "../support/transports.ts";

const encoder = new TextEncoder();

const SERVICE: FlightService = {
  *doAction({ type }, { headers }) {
    if (type === "fail") throw new FlightError("NOT_FOUND", "on purpose");
    yield { body: encoder.encode(String(headers.get("authorization"))) };
  },
  async *doPut(upload, { headers }) {
    for await (const _ of upload);
    yield { appMetadata: encoder.encode(String(headers.get("authorization"))) };
  },
};

async function act(
  { client }: Connected,
  type = "who",
  headers = {},
): Promise<string> {
  const [result] = await Array.fromAsync(client.doAction(type, { headers }));
  return new TextDecoder().decode(result!.body);
}

async function put({ client }: Connected): Promise<string> {
  const [result] = await client.doPut(pathDescriptor("x")).writeAll([]);
  return new TextDecoder().decode(result!.appMetadata);
}

/** Lets `answer` decide on the calls of a server. */
function server(
  answer: (call: FlightServerCall) => unknown,
): FlightInterceptor {
  return async (call, next) => {
    assert(call.side === "server");
    await answer(call);
    return next(call);
  };
}

/** As Deephaven: a session for each call without a token, which every answer names anew. */
class Sessions {
  readonly seen: string[] = [];
  readonly valid = new Set<string>();
  #count = 0;

  readonly interceptor = server(({ headers, responseHeaders }) => {
    const authorization = String(headers.get("authorization"));
    this.seen.push(authorization);
    if (authorization === "Anonymous") {
      const token = `Bearer ${++this.#count}.0`;
      this.valid.add(token);
      responseHeaders.set("authorization", token);
    } else if (!this.valid.has(authorization)) {
      throw new FlightError("UNAUTHENTICATED", "no such session");
    } else {
      const [session, age] = authorization.slice(7).split(".");
      const token = `Bearer ${session}.${Number(age) + 1}`;
      this.valid.add(token);
      responseHeaders.set("authorization", token);
    }
  });
}

interceptorTest(
  "clientAuthorization echoes the latest token of the answers",
  async (connectTo) => {
    const sessions = new Sessions();
    await using peer = await connectTo(SERVICE, {
      serverInterceptors: [sessions.interceptor],
      clientInterceptors: [clientAuthorization("Anonymous")],
    });
    assertEquals(await act(peer), "Anonymous");
    assertEquals(await act(peer), "Bearer 1.0");
    assertEquals(await put(peer), "Bearer 1.1");
    await assertFlightError(act(peer, "fail"), "NOT_FOUND");
    assertEquals(await act(peer), "Bearer 1.3");
    // A call with a header of its own is left alone.
    await assertFlightError(
      act(peer, "who", { authorization: "Own 1" }),
      "UNAUTHENTICATED",
    );
    assertEquals(sessions.seen.length, 6);
  },
);

interceptorTest(
  "clientAuthorization begins one session for calls at the same time",
  async (connectTo) => {
    const sessions = new Sessions();
    await using peer = await connectTo(SERVICE, {
      serverInterceptors: [sessions.interceptor],
      clientInterceptors: [clientAuthorization("Anonymous")],
    });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => i % 3 ? act(peer) : put(peer)),
    );
    assertEquals(answers.filter((text) => text === "Anonymous").length, 1);
    assert(answers.every((text) => /^(Anonymous|Bearer 1\.\d+)$/.test(text)));
  },
);

interceptorTest(
  "clientAuthorization: the token may come in trailers, or with a failure",
  async (connectTo) => {
    for (const where of ["responseHeaders", "responseTrailers"] as const) {
      let count = 0;
      await using peer = await connectTo(SERVICE, {
        serverInterceptors: [
          server((call) =>
            call[where].set("authorization", `Bearer ${++count}`)
          ),
        ],
        clientInterceptors: [clientAuthorization("Basic YWRhOjE4MTU=")],
      });
      await assertFlightError(act(peer, "fail"), "NOT_FOUND");
      assertEquals(await act(peer), "Bearer 1");
      assertEquals(await put(peer), "Bearer 2");
    }
  },
);

interceptorTest(
  "clientAuthorization begins anew when its token has ended",
  async (connectTo) => {
    const sessions = new Sessions();
    let asked = 0;
    await using peer = await connectTo(SERVICE, {
      serverInterceptors: [sessions.interceptor],
      clientInterceptors: [clientAuthorization(() => {
        asked++;
        return Promise.resolve("Anonymous");
      })],
    });
    await act(peer);
    assertEquals(await act(peer), "Bearer 1.0");
    sessions.valid.clear();
    const answers = await Promise.all([act(peer), act(peer), act(peer)]);
    assertEquals(asked, 2);
    assertEquals(answers.filter((text) => text === "Anonymous").length, 1);
    assert(answers.every((text) => /^(Anonymous|Bearer 2\.\d+)$/.test(text)));
    // A stream of requests cannot be made again: the next call begins anew.
    sessions.valid.clear();
    await assertFlightError(put(peer), "UNAUTHENTICATED");
    assertEquals(await put(peer), "Anonymous");
    assertEquals(asked, 3);
  },
);

interceptorTest(
  "clientAuthorization is sent with every call to a server without tokens",
  async (connectTo) => {
    const gate = event();
    let running = 0;
    await using peer = await connectTo(SERVICE, {
      serverInterceptors: [server(async ({ headers }) => {
        if (headers.get("x-wait") === undefined) return;
        if (++running === 3) gate.resolve();
        await gate.promise;
      })],
      clientInterceptors: [clientAuthorization("Anonymous")],
    });
    assertEquals(await act(peer), "Anonymous");
    // They do not wait for each other any more: all three are there at once.
    const wait = { "x-wait": "1" };
    assertEquals(
      await Promise.all([1, 2, 3].map(() => act(peer, "who", wait))),
      ["Anonymous", "Anonymous", "Anonymous"],
    );
  },
);

interceptorTest(
  "clientAuthorization: a first call that is not answered holds up the others for a while only",
  async (connectTo) => {
    const gate = event();
    await using peer = await connectTo(SERVICE, {
      serverInterceptors: [server(async ({ headers }) => {
        if (headers.get("x-wait") !== undefined) await gate.promise;
      })],
      clientInterceptors: [
        clientAuthorization("Anonymous", { firstCallTimeoutMs: 50 }),
      ],
    });
    const first = act(peer, "who", { "x-wait": "1" });
    assertEquals(await Promise.all([act(peer), put(peer)]), [
      "Anonymous",
      "Anonymous",
    ]);
    gate.resolve();
    assertEquals(await first, "Anonymous");
  },
);

interceptorTest(
  "clientAuthorization: a first call that fails makes way for the next",
  async (connectTo) => {
    const sessions = new Sessions();
    const gate = event();
    const mistake = new Error("no credentials to be had");
    let asked = 0;
    await using peer = await connectTo(SERVICE, {
      serverInterceptors: [sessions.interceptor],
      clientInterceptors: [clientAuthorization(async () => {
        await gate.promise;
        if (++asked === 1) throw mistake;
        return "Anonymous";
      }, { firstCallTimeoutMs: 60_000 })],
    });
    const calls = [rejection(act(peer)), act(peer), act(peer)] as const;
    gate.resolve();
    const [error, ...answers] = await Promise.all(calls);
    assertEquals(error, mistake);
    assertEquals(answers.sort(), ["Anonymous", "Bearer 1.0"]);
    assertEquals(asked, 2);
  },
);

interceptorTest(
  "clientAuthorization takes no token that later calls would not fit",
  async (connectTo) => {
    await using peer = await connectTo(SERVICE, {
      serverInterceptors: [
        server(({ responseHeaders }) =>
          responseHeaders.set("authorization", `Bearer ${"x".repeat(30_000)}`)
        ),
      ],
      clientInterceptors: [clientAuthorization("Anonymous")],
    });
    assertEquals([await act(peer), await act(peer)], [
      "Anonymous",
      "Anonymous",
    ]);
  },
);

test("clientAuthorization checks what it is given", () => {
  for (const firstCallTimeoutMs of [0, NaN, 2 ** 31]) {
    assertThrows(
      () => clientAuthorization("Anonymous", { firstCallTimeoutMs }),
      RangeError,
      "Cannot use option firstCallTimeoutMs",
    );
  }
  assertThrows(
    () => clientAuthorization(undefined as never),
    TypeError,
    "Cannot use authorization: it must be text or a function, not undefined",
  );
});
