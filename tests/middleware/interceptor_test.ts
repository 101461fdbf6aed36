/** Interceptors on both sides of a call, on every transport. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  connect,
  FlightError,
  FlightHeaders,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import { PEER_IDENTITY } from "@contrail/flight/auth";
import {
  createContextKey,
  type FlightCall,
  type FlightCallMessage,
  type FlightInterceptor,
  type Source,
} from "@contrail/flight/middleware";
import { connectInMemory } from "@contrail/flight/memory";
import { aborted, event } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { numbers, values } from "../support/numbers.ts";
import { interceptorTest } from "../support/transports.ts";

const SOME = pathDescriptor("some");

/** Messages that are given to `onMessage` on their way. */
function counted(
  messages: Source<FlightCallMessage>,
  onMessage: (byteLength: number) => void,
): Source<FlightCallMessage> {
  return {
    async read() {
      const message = await messages.read();
      if (message !== undefined) onMessage(message.byteLength);
      return message;
    },
    cancel: (reason) => messages.cancel(reason),
  };
}

interceptorTest(
  "interceptors stand around a call, the first outermost",
  async (connectTo) => {
    const seen: string[] = [];
    const noting = (name: string): FlightInterceptor => (call, next) => {
      seen.push(`${name}: ${call.side} ${call.method} ${call.path}`);
      call.headers.append("x-path", name);
      const response = next(call);
      return {
        ...response,
        headers: response.headers.then((headers) => {
          seen.push(`${name}: headers`);
          return headers;
        }),
      };
    };
    await using peer = await connectTo({
      getFlightInfo(descriptor, { headers }) {
        // grpc-js joins the values of one name.
        seen.push(`handler: ${headers.getAll("x-path").join(", ")}`);
        return { descriptor };
      },
    }, {
      clientInterceptors: [noting("a"), noting("b")],
      serverInterceptors: [noting("c"), noting("d")],
    });
    await peer.client.getFlightInfo(SOME);
    const path = "/arrow.flight.protocol.FlightService/GetFlightInfo";
    assertEquals(seen, [
      `a: client GetFlightInfo ${path}`,
      `b: client GetFlightInfo ${path}`,
      `c: server GetFlightInfo ${path}`,
      `d: server GetFlightInfo ${path}`,
      "handler: a, b, c, d",
      "d: headers",
      "c: headers",
      "b: headers",
      "a: headers",
    ]);
  },
);

interceptorTest(
  "an interceptor sees peer and deadline of a call",
  async (connectTo) => {
    const calls: FlightCall[] = [];
    const note: FlightInterceptor = (call, next) => {
      calls.push(call);
      return next(call);
    };
    await using peer = await connectTo({
      getFlightInfo: (descriptor) => ({ descriptor }),
    }, { clientInterceptors: [note], serverInterceptors: [note] });
    const before = Date.now();
    await peer.client.getFlightInfo(SOME, { timeoutMs: 100_000 });
    await peer.client.getFlightInfo(SOME);
    const [client, server, unbounded] = calls;
    assert(/^(memory|grpc\+tcp:\/\/127\.0\.0\.1:\d+)$/.test(client!.peer));
    assert(/^(memory|web|127\.0\.0\.1:\d+)$/.test(server!.peer));
    assert(client!.deadline!.getTime() >= before + 100_000);
    assert(server!.deadline!.getTime() >= before + 90_000);
    assertEquals(unbounded!.deadline, undefined);
  },
);

interceptorTest(
  "an interceptor changes headers and trailers, signal and deadline",
  async (connectTo) => {
    const controller = new AbortController();
    const started = event();
    await using peer = await connectTo({
      async getFlightInfo(descriptor, context) {
        context.responseHeaders.set("x-handler", "1");
        context.responseTrailers.set("x-handler-trailer", "2");
        if (descriptor.type === "CMD") {
          started.resolve();
          await aborted(context.signal);
        }
        return {
          appMetadata: new TextEncoder().encode(
            `${context.headers.get("x-client")} ${
              context.deadline!.getTime() > Date.now()
            }`,
          ),
        };
      },
    }, {
      clientInterceptors: [
        (call, next) => {
          call.headers.set("x-client", "yes");
          const deadline = new Date(Date.now() + 100_000);
          const response = next({ ...call, deadline });
          return {
            ...response,
            headers: response.headers.then((headers) =>
              new FlightHeaders([...headers, ["x-client-side", "3"]])
            ),
          };
        },
      ],
      serverInterceptors: [
        (call, next) => {
          assert(call.side === "server");
          call.responseHeaders.set("x-early", "4");
          const response = next({ ...call, signal: controller.signal });
          return {
            ...response,
            headers: response.headers.then((headers) =>
              headers.set("x-late", "5")
            ),
            trailers: () => response.trailers().set("x-last", "6"),
          };
        },
      ],
    });
    const seen: Record<string, unknown> = {};
    const note = (headers: FlightHeaders) =>
      Object.assign(seen, Object.fromEntries(headers));
    const { appMetadata } = await peer.client.getFlightInfo(SOME, {
      onHeaders: note,
      onTrailers: note,
    });
    assertEquals(new TextDecoder().decode(appMetadata), "yes true");
    assertEquals(seen, {
      "x-handler": "1",
      "x-handler-trailer": "2",
      "x-client-side": "3",
      "x-early": "4",
      "x-late": "5",
      "x-last": "6",
    });
    // The handler waits for the signal that the interceptor gave it.
    const waiting = peer.client.getFlightInfo({
      type: "CMD",
      cmd: new Uint8Array(),
    });
    await started.promise;
    controller.abort();
    await waiting;
  },
);

interceptorTest(
  "an interceptor sees the headers before the first message",
  async (connectTo) => {
    const release = event();
    const seen = event<string | undefined>();
    await using peer = await connectTo({
      async *doGet(_ticket, context) {
        context.responseHeaders.set("x-early", "here");
        context.sendHeaders();
        await release.promise;
        yield numbers(1);
      },
    }, {
      clientInterceptors: [
        (call, next) => {
          const response = next(call);
          response.headers.then((headers) =>
            seen.resolve(headers.get("x-early"))
          );
          return response;
        },
      ],
      serverInterceptors: [(call, next) => next(call)],
    });
    const reader = peer.client.doGet("x").getReader();
    const first = reader.read();
    assertEquals(await seen.promise, "here");
    release.resolve();
    assertEquals(values((await first).value!), [1]);
    assertEquals((await reader.read()).done, true);
  },
);

interceptorTest(
  "an interceptor counts messages of both directions",
  async (connectTo) => {
    const counts: Record<string, number[]> = {};
    const counting: FlightInterceptor = (call, next) => {
      const { side } = call;
      const requests: number[] = counts[`${side} requests`] = [];
      const responses: number[] = counts[`${side} responses`] = [];
      const response = next({
        ...call,
        messages: counted(call.messages, (length) => requests.push(length)),
      });
      return {
        ...response,
        messages: counted(
          response.messages,
          (length) => responses.push(length),
        ),
      };
    };
    await using peer = await connectTo({
      async *doExchange(input) {
        for await (const batch of input) {
          yield batch;
        }
      },
    }, { clientInterceptors: [counting], serverInterceptors: [counting] });
    const exchange = peer.client.doExchange(SOME);
    const sent = ReadableStream.from([numbers(1), numbers(2, 3)])
      .pipeTo(exchange.writable);
    const received = (await Array.fromAsync(exchange.readable)).map(values);
    await sent;
    assertEquals(received, [[1], [2, 3]]);
    // Descriptor, schema, two batches; schema, two batches.
    assertEquals(counts["client requests"]!.length, 4);
    assertEquals(counts["client requests"], counts["server requests"]);
    assertEquals(counts["client responses"]!.length, 3);
    assertEquals(counts["client responses"], counts["server responses"]);
  },
);

interceptorTest(
  "an interceptor calls next twice, on the client and on the server",
  async (connectTo) => {
    let calls = 0;
    /** Makes the call again after its first failure. */
    const twice: FlightInterceptor = async (call, next) => {
      const request = await call.messages.read();
      for (let attempt = 1;; attempt++) {
        let left = request;
        const response = next({
          ...call,
          headers: new FlightHeaders(call.headers),
          messages: {
            read() {
              const message = left;
              left = undefined;
              return Promise.resolve(message);
            },
            cancel: () => {},
          },
        });
        let first: Promise<typeof request> | undefined = response.messages
          .read();
        try {
          await first;
        } catch (error) {
          if (attempt < 2) continue;
          throw error;
        }
        return {
          ...response,
          messages: {
            read() {
              const message = first ?? response.messages.read();
              first = undefined;
              return message;
            },
            cancel: (reason) => response.messages.cancel(reason),
          },
        };
      }
    };
    for (const side of ["clientInterceptors", "serverInterceptors"]) {
      calls = 0;
      await using peer = await connectTo({
        getFlightInfo(descriptor) {
          calls++;
          if (calls === 2) return { descriptor };
          throw new FlightError("UNAVAILABLE", `attempt ${calls}`);
        },
      }, { [side]: [twice] });
      const { descriptor } = await peer.client.getFlightInfo(SOME);
      assertEquals(descriptor, SOME);
      assertEquals(calls, 2);
      await assertFlightError(
        peer.client.getFlightInfo(SOME),
        "UNAVAILABLE",
        "[unavailable] GetFlightInfo: attempt 4",
      );
    }
  },
);

interceptorTest(
  "interceptors put values into the context of a handler",
  async (connectTo) => {
    const count = createContextKey(0, { description: "count" });
    const unset = createContextKey<string | undefined>("default");
    const identities: unknown[] = [];
    await using peer = await connectTo({
      *doAction(_action, { values, peerIdentity }) {
        identities.push(peerIdentity);
        values.set(unset, "set by the handler").delete(unset);
        yield {
          body: Uint8Array.of(
            values.get(count),
            Number(values.get(unset) === "default"),
          ),
        };
      },
    }, {
      serverInterceptors: [
        // A copy of the call has the same values.
        (call, next) => next({ ...call }),
        (call, next) => {
          call.values.set(count, call.values.get(count) + 7);
          if (call.headers.has("x-who")) {
            call.values.set(PEER_IDENTITY, call.headers.get("x-who"));
          }
          return next(call);
        },
      ],
    });
    for (const headers of [[], [["x-who", "Ada"] as const]]) {
      const [result] = await Array.fromAsync(
        peer.client.doAction("x", { headers }),
      );
      assertEquals(result!.body, Uint8Array.of(7, 1));
    }
    assertEquals(identities, [undefined, "Ada"]);
  },
);

test("option interceptors is an array of functions", async () => {
  const wrong = [
    [{}, "Cannot use option interceptors: an object is not an array"],
    [[() => {}, 7], "Cannot use option interceptors[1]: 7 is not a function"],
  ] as const;
  for (const [interceptors, message] of wrong) {
    const options = { interceptors } as never;
    assertThrows(() => connectInMemory({}, options), TypeError, message);
    assertThrows(() => connect("grpc://a:1", options), TypeError, message);
    await assertRejects(() => serve({}, options), TypeError, message);
  }
});
