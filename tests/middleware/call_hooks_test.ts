/** The three hooks around a call, on both sides. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { FlightError, pathDescriptor } from "@contrail/flight";
import {
  callHooks,
  type FlightCallCompletion,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import { aborted, event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { numbers } from "../support/numbers.ts";
import { interceptorTest } from "../support/transports.ts";

const SOME = pathDescriptor("some");

/** Notes what the hooks are told, with the side before it. */
function noting(seen: string[]): FlightInterceptor {
  return callHooks(({ side, method }) => {
    seen.push(`${side} start ${method}`);
    return {
      onHeaders: (headers) =>
        void seen.push(`${side} headers ${headers.get("x-h")}`),
      onCompleted: ({ code, error, trailers }) =>
        void seen.push(
          `${side} completed ${code} ${error} ${trailers.get("x-t")}`,
        ),
    };
  });
}

interceptorTest(
  "callHooks(): hooks of calls that succeed and that fail",
  async (connectTo) => {
    const seen: string[] = [];
    await using peer = await connectTo({
      getFlightInfo(_descriptor, { responseHeaders, responseTrailers }) {
        responseHeaders.set("x-h", "1");
        responseTrailers.set("x-t", "2");
        return {};
      },
      getSchema: () => undefined,
      pollFlightInfo() {
        throw new Error("a secret");
      },
    }, {
      clientInterceptors: [noting(seen)],
      serverInterceptors: [noting(seen)],
    });
    const take = () => seen.splice(0).sort();
    await peer.client.getFlightInfo(SOME);
    assertEquals(take(), [
      "client completed OK undefined 2",
      "client headers 1",
      "client start GetFlightInfo",
      "server completed OK undefined 2",
      "server headers 1",
      "server start GetFlightInfo",
    ]);
    await assertFlightError(peer.client.getSchema(SOME), "NOT_FOUND");
    const missing = take().filter((line) => line.includes("completed"));
    assertEquals(missing, [
      "client completed NOT_FOUND FlightError: [not found] GetSchema: no such flight undefined",
      "server completed NOT_FOUND FlightError: [not found] no such flight undefined",
    ]);
    await assertFlightError(peer.client.pollFlightInfo(SOME), "UNKNOWN");
    const unknown = take().filter((line) => line.includes("completed"));
    assertEquals(unknown, [
      "client completed UNKNOWN FlightError: [unknown] PollFlightInfo: the service failed to handle the call undefined",
      "server completed UNKNOWN FlightError: [unknown] the service failed to handle the call undefined",
    ]);
  },
);

interceptorTest(
  "callHooks(): an interceptor of the server sees the original error as the cause",
  async (connectTo) => {
    const original = new Error("a secret");
    const completed = event<FlightCallCompletion>();
    await using peer = await connectTo({
      getSchema() {
        throw original;
      },
    }, {
      serverInterceptors: [
        callHooks(() => ({ onCompleted: completed.resolve })),
      ],
    });
    const error = await assertFlightError(
      peer.client.getSchema(SOME),
      "UNKNOWN",
    );
    assertEquals(error.cause, undefined);
    const { error: seen } = await completed.promise;
    assertStrictEquals((seen as FlightError).cause, original);
    assertEquals(peer.errors, [original]);
  },
);

interceptorTest(
  "callHooks(): hooks hear of headers at once, and of the end when it is read",
  async (connectTo) => {
    const headers = event<string | undefined>();
    const release = event();
    const seen: string[] = [];
    await using peer = await connectTo({
      async *doGet(_ticket, context) {
        context.responseHeaders.set("x-h", "early");
        context.sendHeaders();
        await release.promise;
        yield numbers(1);
      },
    }, {
      clientInterceptors: [callHooks(() => ({
        onHeaders: (received) => headers.resolve(received.get("x-h")),
        onCompleted: ({ code }) => void seen.push(code),
      }))],
    });
    const reader = peer.client.doGet("x").getReader();
    assertEquals(await headers.promise, "early");
    assertEquals(seen, []);
    release.resolve();
    await reader.read();
    assertEquals(seen, []);
    assertEquals((await reader.read()).done, true);
    assertEquals(seen, ["OK"]);
  },
);

interceptorTest(
  "callHooks(): hooks of calls that the client ends",
  async (connectTo) => {
    const completions: FlightCallCompletion[] = [];
    let server = event<FlightCallCompletion>();
    let started = event();
    await using peer = await connectTo({
      async doGet(_ticket, { signal }) {
        started.resolve();
        await aborted(signal);
        return [];
      },
    }, {
      clientInterceptors: [callHooks(() => ({
        onCompleted: (completion) => void completions.push(completion),
      }))],
      serverInterceptors: [callHooks(() => ({
        onCompleted: (completion) => server.resolve(completion),
      }))],
    });
    const cancelled = peer.client.doGet("x");
    await started.promise;
    await cancelled.cancel("enough");
    assertEquals((await server.promise).code, "CANCELLED");

    [server, started] = [event(), event()];
    const controller = new AbortController();
    const reason = new Error("stop");
    const reading = rejection(
      peer.client.doGet("x", { signal: controller.signal }).table(),
    );
    await started.promise;
    controller.abort(reason);
    assertStrictEquals(await reading, reason);
    assertEquals((await server.promise).code, "CANCELLED");

    [server, started] = [event(), event()];
    await assertFlightError(
      peer.client.doGet("x", { timeoutMs: 300 }).table(),
      "DEADLINE_EXCEEDED",
    );
    await server.promise;
    assertEquals(completions.map(({ code, error }) => [code, `${error}`]), [
      ["CANCELLED", "enough"],
      ["CANCELLED", "Error: stop"],
      ["DEADLINE_EXCEEDED", `${completions[2]!.error}`],
    ]);
  },
);

interceptorTest(
  "callHooks(): hooks of the server change what is sent",
  async (connectTo) => {
    await using peer = await connectTo({
      getFlightInfo: () => ({}),
      getSchema: () => undefined,
    }, {
      serverInterceptors: [callHooks(() => ({
        onHeaders: (headers) => void headers.set("x-h", "late"),
        onCompleted: ({ trailers, code }) => void trailers.set("x-t", code),
      }))],
    });
    const seen: unknown[] = [];
    await peer.client.getFlightInfo(SOME, {
      onHeaders: (headers) => void seen.push(headers.get("x-h")),
      onTrailers: (trailers) => void seen.push(trailers.get("x-t")),
    });
    assertEquals(seen, ["late", "OK"]);
    const error = await assertFlightError(
      peer.client.getSchema(SOME),
      "NOT_FOUND",
    );
    assertEquals(error.headers?.get("x-h"), "late");
    assertEquals(error.trailers?.get("x-t"), "NOT_FOUND");
  },
);

interceptorTest(
  "callHooks(): the first hook may wait, refuse, or leave out the others",
  async (connectTo) => {
    let calls = 0;
    await using peer = await connectTo({
      getFlightInfo(_descriptor, { headers }) {
        calls++;
        return {
          appMetadata: new TextEncoder().encode(headers.get("x-token") ?? ""),
        };
      },
    }, {
      clientInterceptors: [
        callHooks(() => {}),
        callHooks(async (call) => {
          await Promise.resolve();
          if (call.headers.has("x-refuse")) {
            throw new FlightError("PERMISSION_DENIED", "no");
          }
          call.headers.set("x-token", "fetched");
        }),
      ],
    });
    const { appMetadata } = await peer.client.getFlightInfo(SOME);
    assertEquals(new TextDecoder().decode(appMetadata), "fetched");
    await assertFlightError(
      peer.client.getFlightInfo(SOME, { headers: { "x-refuse": "1" } }),
      "PERMISSION_DENIED",
      "[permission denied] GetFlightInfo: no",
    );
    assertEquals(calls, 1);
  },
);

interceptorTest(
  "callHooks(): what the hooks throw fails the call",
  async (connectTo) => {
    const mistake = new Error("a mistake of the hook");
    const fail = () => {
      throw mistake;
    };
    for (const hook of ["onHeaders", "onCompleted"]) {
      const ended = event<unknown>();
      await using client = await connectTo({
        async doAction(_action, context) {
          aborted(context.signal).then(ended.resolve);
          context.sendHeaders();
          // The hook at the headers ends a call that would not end by itself.
          if (hook === "onHeaders") await ended.promise;
        },
        getSchema: () => undefined,
      }, { clientInterceptors: [callHooks(() => ({ [hook]: fail }))] });
      assertStrictEquals(
        await rejection(Array.fromAsync(client.client.doAction("x"))),
        mistake,
      );
      assert(FlightError.is(await ended.promise));
      // A call that has failed has its own error.
      if (hook === "onCompleted") {
        await assertFlightError(client.client.getSchema(SOME), "NOT_FOUND");
      }

      await using server = await connectTo({ getFlightInfo: () => ({}) }, {
        serverInterceptors: [callHooks(() => ({ [hook]: fail }))],
      });
      await assertFlightError(
        server.client.getFlightInfo(SOME),
        "UNKNOWN",
        "[unknown] GetFlightInfo: the service failed to handle the call",
      );
      assertEquals(server.errors, [mistake]);
    }
  },
);
