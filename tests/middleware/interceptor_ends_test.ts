/** Interceptors that answer by themselves, wait, fail or come too late. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { FlightError, FlightHeaders, pathDescriptor } from "@contrail/flight";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { aborted, event, turns } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { numbers } from "../support/numbers.ts";
import { interceptorTest } from "../support/transports.ts";

const SOME = pathDescriptor("some");

interceptorTest(
  "a client's interceptor refuses a call, which is never made",
  async (connectTo) => {
    let calls = 0;
    const refusal = new FlightError("PERMISSION_DENIED", "not this one");
    const mistake = new TypeError("a mistake of the interceptor");
    let thrown: unknown = refusal;
    await using peer = await connectTo({
      doPut: () => {
        calls++;
      },
      doGet: () => {
        calls++;
        return [];
      },
    }, {
      clientInterceptors: [() => {
        throw thrown;
      }],
    });
    for (thrown of [refusal, mistake]) {
      const stream = peer.client.doGet("x");
      const headers = await rejection(stream.headers);
      const error = await rejection(stream.getReader().read());
      assertEquals((headers as Error).message, (error as Error).message);
      if (thrown === mistake) assertStrictEquals(error, mistake);
      else {
        assert(FlightError.is(error));
        assertEquals(
          error.message,
          "[permission denied] DoGet: not this one",
        );
      }
      const upload = peer.client.doPut(SOME);
      await rejection(upload.results.getReader().read());
      await rejection(upload.writable.getWriter().closed);
    }
    assertEquals(calls, 0);
  },
);

interceptorTest("a server's interceptor refuses a call", async (connectTo) => {
  let calls = 0;
  const refusals: Record<string, () => unknown> = {
    flight: () =>
      new FlightError("UNAUTHENTICATED", "who are you?", {
        extraInfo: Uint8Array.of(1, 2),
        trailers: new FlightHeaders({ "x-own": "trailer" }),
      }),
    other: () => new Error("the password is 1234"),
  };
  await using peer = await connectTo({
    doPut: () => {
      calls++;
    },
  }, {
    serverInterceptors: [
      // deno-lint-ignore require-await -- a promise, as of one that waits
      async (call, next) => {
        assert(call.side === "server");
        call.responseHeaders.set("x-header", "sent");
        call.responseTrailers.set("x-trailer", "sent");
        return next(call);
      },
      (call) => {
        throw refusals[call.headers.get("x-refusal")!]!();
      },
    ],
  });
  const put = (refusal: string) => {
    const upload = peer.client.doPut(SOME, {
      headers: { "x-refusal": refusal },
    });
    return Array.fromAsync(upload.results);
  };
  const refused = await assertFlightError(
    put("flight"),
    "UNAUTHENTICATED",
    "[unauthenticated] DoPut: who are you?",
  );
  assertEquals(refused.extraInfo, Uint8Array.of(1, 2));
  assertEquals(refused.headers?.get("x-header"), "sent");
  assertEquals(refused.trailers?.get("x-trailer"), "sent");
  assertEquals(refused.trailers?.get("x-own"), "trailer");
  assertEquals(peer.errors, []);

  const failed = await assertFlightError(
    put("other"),
    "UNKNOWN",
    "[unknown] DoPut: the service failed to handle the call",
  );
  assertEquals(failed.headers?.get("x-header"), "sent");
  assertEquals(peer.errors.map(String), ["Error: the password is 1234"]);
  assertEquals(calls, 0);
});

interceptorTest(
  "an interceptor answers without calling next",
  async (connectTo) => {
    const answer: FlightInterceptor = (call) => ({
      headers: Promise.resolve(new FlightHeaders({ "x-by": call.side })),
      messages: { read: () => Promise.resolve(undefined), cancel: () => {} },
      trailers: () => new FlightHeaders({ "x-last": call.side }),
    });
    for (const side of ["client", "server"]) {
      let calls = 0;
      await using peer = await connectTo({
        doPut: () => {
          calls++;
        },
      }, { [`${side}Interceptors`]: [answer] });
      const seen: unknown[] = [];
      const upload = peer.client.doPut(SOME, {
        onHeaders: (headers) => void seen.push(headers.get("x-by")),
        onTrailers: (trailers) => void seen.push(trailers.get("x-last")),
      });
      assertEquals(await Array.fromAsync(upload.results), []);
      assertEquals(seen, [side, side]);
      // As where a server completes an upload early.
      await assertFlightError(
        upload.writable.getWriter().write(numbers(1)),
        "CANCELLED",
      );
      assertEquals(calls, 0);
    }
  },
);

interceptorTest(
  "a call that ends while an interceptor waits is never made",
  async (connectTo) => {
    let calls = 0;
    let waiting = event();
    let release = event();
    let ended = event<unknown>();
    await using peer = await connectTo({
      doGet: () => {
        calls++;
        return [];
      },
      doPut: () => {
        calls++;
      },
      listActions: () => [],
    }, {
      clientInterceptors: [async (call, next) => {
        if (call.method === "ListActions") return next(call);
        aborted(call.signal).then(ended.resolve);
        waiting.resolve();
        await release.promise;
        return next(call);
      }],
    });
    const { client } = peer;
    const released = async () => {
      release.resolve();
      // A call of its own: what the interceptor does next has been done by then.
      await Array.fromAsync(client.listActions());
      [waiting, release, ended] = [event(), event(), event()];
    };

    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const stream = client.doGet("x", { signal: controller.signal });
    await waiting.promise;
    controller.abort(reason);
    assertStrictEquals(await rejection(stream.headers), reason);
    assertStrictEquals(await rejection(stream.getReader().read()), reason);
    await released();

    const late = client.doGet("x", { timeoutMs: 50 });
    await assertFlightError(late.table(), "DEADLINE_EXCEEDED");
    await released();

    const cancelled = client.doGet("x");
    await waiting.promise;
    await cancelled.cancel("enough");
    assertEquals(await rejection(cancelled.headers), "enough");
    // An operation that the interceptor waits for can end too.
    assertEquals(await ended.promise, "enough");
    await released();

    const gone = new AbortController();
    const upload = client.doPut(SOME, { signal: gone.signal });
    await waiting.promise;
    gone.abort(reason);
    // Also if the answer is not read.
    assertStrictEquals(
      await rejection(upload.writable.getWriter().closed),
      reason,
    );
    await released();
    assertEquals(calls, 0);
  },
);

interceptorTest(
  "a call that ends while a server's interceptor waits is not handled",
  async (connectTo) => {
    let calls = 0;
    const waiting = event();
    const ended = event<unknown>();
    const release = event();
    const passed = event();
    await using peer = await connectTo({
      // A handler that is called before any request has come.
      doPut: () => {
        calls++;
      },
    }, {
      serverInterceptors: [async (call, next) => {
        waiting.resolve();
        ended.resolve(await aborted(call.signal));
        await release.promise;
        const response = next(call);
        await rejection(response.messages.read());
        passed.resolve();
        return response;
      }],
    });
    const controller = new AbortController();
    const results = rejection(
      Array.fromAsync(
        peer.client.doPut(SOME, { signal: controller.signal }).results,
      ),
    );
    await waiting.promise;
    controller.abort("over");
    assertEquals(await results, "over");
    assert(FlightError.is(await ended.promise));
    release.resolve();
    await passed.promise;
    assertEquals(calls, 0);
  },
);

interceptorTest(
  "an interceptor that fails after next ends what it has begun",
  async (connectTo) => {
    const ended = event<unknown>();
    const started = event();
    await using peer = await connectTo({
      async doAction(_action, { signal }) {
        started.resolve();
        ended.resolve(await aborted(signal));
      },
    }, {
      clientInterceptors: [async (call, next) => {
        next(call);
        await started.promise;
        throw new Error("on second thoughts");
      }],
    });
    await assertRejects(
      () => Array.fromAsync(peer.client.doAction("x")),
      Error,
      "on second thoughts",
    );
    assert(FlightError.is(await ended.promise));
  },
);

interceptorTest(
  "interceptors: a response that comes too late is cancelled",
  async (connectTo) => {
    const waiting = event();
    const release = event();
    const cancelled = event<unknown>();
    await using peer = await connectTo({}, {
      clientInterceptors: [async () => {
        waiting.resolve();
        await release.promise;
        return {
          headers: Promise.resolve(new FlightHeaders()),
          messages: {
            read: () => Promise.resolve(undefined),
            cancel: cancelled.resolve,
          },
          trailers: () => new FlightHeaders(),
        };
      }],
    });
    const stream = peer.client.doGet("x");
    await waiting.promise;
    await stream.cancel("enough");
    release.resolve();
    assertEquals(await cancelled.promise, "enough");
  },
);

interceptorTest(
  "interceptors: messages wait for headers that wait",
  async (connectTo) => {
    const seen: unknown[] = [];
    await using peer = await connectTo({ doGet: () => [numbers(1)] }, {
      serverInterceptors: [(call, next) => {
        const response = next(call);
        return {
          ...response,
          headers: response.headers.then(async (headers) => {
            await turns(3);
            return headers.set("x-late", "yes");
          }),
        };
      }],
    });
    const reader = peer.client.doGet("x", {
      onHeaders: (headers) => void seen.push(headers.get("x-late")),
    }).getReader();
    while (!(await reader.read()).done) seen.push("message");
    assertEquals(seen, ["yes", "message"]);
  },
);

interceptorTest(
  "an interceptor that returns nothing is reported",
  async (connectTo) => {
    const nothing = (() => {}) as unknown as FlightInterceptor;
    await using client = await connectTo({}, { clientInterceptors: [nothing] });
    await assertRejects(
      () => Array.fromAsync(client.client.listActions()),
      TypeError,
      "an interceptor must return a response",
    );
    await using server = await connectTo({}, { serverInterceptors: [nothing] });
    await assertFlightError(
      Array.fromAsync(server.client.listActions()),
      "UNKNOWN",
    );
    assert(server.errors[0] instanceof TypeError);
  },
);
