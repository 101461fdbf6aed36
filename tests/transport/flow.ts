/** Flow control, canceling and deadlines: requirements for every transport over a network. */

import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertStrictEquals,
} from "@std/assert";

import type { Source } from "../../internal/base/source.ts";
import type { FlightError } from "../../internal/core/flight_error.ts";
import type { OutgoingMessage } from "../../internal/seam/transport.ts";
import {
  answer,
  echo,
  flightError,
  request,
  type ServerRequest,
} from "../support/transport/call_parts.ts";
import { block, message } from "../support/transport/messages.ts";
import {
  never,
  rest,
  TestSource,
  values,
} from "../support/transport/test_source.ts";
import type { TestedTransport } from "../support/transport/tested_transport.ts";

/** Registers the tests for one transport. */
export function testFlow({ pair, test }: TestedTransport): void {
  const MIB = 1 << 20;

  /** Resolves with the reason of a signal, as soon as it is aborted. */
  function abortOf(signal: AbortSignal): Promise<FlightError> {
    return new Promise((resolve) => {
      if (signal.aborted) resolve(signal.reason);
      signal.addEventListener("abort", () => resolve(signal.reason));
    });
  }

  /** Settles once `source` has not been read for a while: it is stopped. */
  async function stopped(source: TestSource<OutgoingMessage>): Promise<number> {
    for (let before = -1; before !== source.reads;) {
      before = source.reads;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    return source.reads;
  }

  /** Waits until `source` has been read so many times. */
  async function readUntil(
    source: TestSource<OutgoingMessage>,
    reads: number,
  ): Promise<void> {
    while (source.reads < reads) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** A source of 64 messages of 1 MiB. */
  function megabytes(): TestSource<OutgoingMessage> {
    return new TestSource((index) => index < 64 ? block(MIB) : undefined);
  }

  for (const windowMib of [1, 4]) {
    const flowControlWindowBytes = windowMib * MIB;

    test(`flow: a client that does not read stops the server (${windowMib} MiB)`, async () => {
      const source = megabytes();
      await using t = await pair(() => answer(source), {
        client: { flowControlWindowBytes },
      });
      const { headers, messages } = t.client.call(request());
      await headers;
      // Messages that fit into the window, which may still grow, and the one that is being written.
      const ahead = await stopped(source);
      assertLessOrEqual(ahead, windowMib + 2);
      await messages.read();
      await messages.read();
      // Credit may be saved up to half a window.
      await readUntil(source, 2 + windowMib / 2);
      assertLessOrEqual(await stopped(source), windowMib + 6);
      assertEquals((await rest(messages)).length, 62);
    });

    test(`flow: a server that does not read stops the client (${windowMib} MiB)`, async () => {
      const called = Promise.withResolvers<ServerRequest>();
      await using t = await pair((request) => {
        called.resolve(request);
        return answer(never());
      }, { server: { flowControlWindowBytes } });
      const source = megabytes();
      t.client.call(request({ messages: source }));
      const { messages } = await called.promise;
      const ahead = await stopped(source);
      assertLessOrEqual(ahead, windowMib + 2);
      await messages.read();
      await messages.read();
      await readUntil(source, 2 + windowMib / 2);
      assertLessOrEqual(await stopped(source), windowMib + 6);
      assertEquals((await rest(messages)).length, 62);
    });
  }

  test("flow: a call that is not read does not stop the others", async () => {
    const source = megabytes();
    await using t = await pair(
      (request) => request.path === "/stuck" ? answer(source) : echo(request),
      {
        client: { flowControlWindowBytes: MIB },
        server: { flowControlWindowBytes: MIB },
      },
    );
    t.client.call(request({ path: "/stuck" }));
    await stopped(source);
    const response = t.client.call(request({
      messages: new TestSource((i) => i < 5 ? block(MIB) : undefined),
    }));
    assertEquals((await rest(response.messages)).length, 5);
  });

  test("flow: cancelling the messages cancels the call on the server", async () => {
    const called = Promise.withResolvers<ServerRequest>();
    const source = new TestSource((index) =>
      index === 0 ? message("first") : new Promise<undefined>(() => {})
    );
    await using t = await pair((request) => {
      called.resolve(request);
      return answer(source);
    });
    const outgoing = never<OutgoingMessage>();
    const { messages } = t.client.call(request({ messages: outgoing }));
    await messages.read();
    const pending = messages.read();
    const why = new Error("seen enough");
    messages.cancel(why);
    messages.cancel(why);
    assertStrictEquals(await pending.catch((error) => error), why);
    assertStrictEquals(await messages.read().catch((error) => error), why);
    assertStrictEquals(await outgoing.cancelled, why);

    const server = await called.promise;
    const reason = await abortOf(server.signal);
    assertEquals([reason.code, reason.origin], ["CANCELLED", "remote"]);
    assertStrictEquals(await source.cancelled, reason);
    assertStrictEquals(await flightError(server.messages.read()), reason);
  });

  test("flow: aborting the signal rejects with its reason and ends the call", async () => {
    const called = Promise.withResolvers<ServerRequest>();
    await using t = await pair((request) => {
      called.resolve(request);
      return answer(
        new TestSource<OutgoingMessage>(async () => {
          await rest(request.messages);
          return undefined;
        }),
      );
    });
    const controller = new AbortController();
    const outgoing = new TestSource((index) =>
      index === 0 ? message("x") : new Promise<undefined>(() => {})
    );
    const { headers, messages } = t.client.call(
      request({ messages: outgoing, signal: controller.signal }),
    );
    const pending = messages.read();
    const { signal } = await called.promise;
    await headers;
    const why = { not: "an error" };
    controller.abort(why);
    assertStrictEquals(await pending.catch((error) => error), why);
    assertStrictEquals(await messages.read().catch((error) => error), why);
    assertStrictEquals(await outgoing.cancelled, why);
    assertEquals((await abortOf(signal)).code, "CANCELLED");
  });

  test("flow: a signal that is aborted already starts no call", async () => {
    let calls = 0;
    await using t = await pair((request) => {
      calls++;
      return echo(request);
    });
    const outgoing = never<OutgoingMessage>();
    const { headers, messages } = t.client.call(
      request({ messages: outgoing, signal: AbortSignal.abort("no") }),
    );
    assertEquals(await headers.catch((error) => error), "no");
    assertEquals(await messages.read().catch((error) => error), "no");
    assertEquals(await outgoing.cancelled, "no");
    await rest(t.client.call(request()).messages);
    assertEquals(calls, 1);
  });

  test("flow: a stalled download can be cancelled, and frees the server", async () => {
    const called = Promise.withResolvers<ServerRequest>();
    const source = megabytes();
    await using t = await pair((request) => {
      called.resolve(request);
      return answer(source);
    }, { client: { flowControlWindowBytes: MIB } });
    const { messages } = t.client.call(request());
    await messages.read();
    await stopped(source);
    messages.cancel("enough");
    const { signal } = await called.promise;
    assertEquals((await abortOf(signal)).code, "CANCELLED");
    await source.cancelled;
  });

  test("flow: a server that is done with the request can go on answering", async () => {
    await using t = await pair((request: ServerRequest) => {
      request.messages.cancel("not needed");
      return answer(values(message("a"), message("b")));
    });
    const outgoing = new TestSource(() => block(MIB));
    const { messages } = t.client.call(request({ messages: outgoing }));
    assertEquals((await rest(messages)).length, 2);
    await outgoing.cancelled;
  });

  test("flow: the deadline ends the call on both sides", async () => {
    const called = Promise.withResolvers<ServerRequest>();
    const source: Source<OutgoingMessage> = never();
    await using t = await pair((request) => {
      if (request.deadline === undefined) return echo(request);
      called.resolve(request);
      return answer(source);
    });
    // The deadline is not for the connection.
    assertEquals(await rest(t.client.call(request()).messages), []);
    const deadline = performance.now() + 500;
    const outgoing = never<OutgoingMessage>();
    const { messages } = t.client.call(
      request({ messages: outgoing, deadline }),
    );
    const error = await flightError(messages.read());
    assertEquals(error.code, "DEADLINE_EXCEEDED");
    assert(performance.now() >= deadline - 5);
    const server = await called.promise;
    assert(Math.abs(server.deadline! - deadline) < 60_000);
    // The client may be the first to give up, which the server sees as such.
    const reason = await abortOf(server.signal);
    assert(["DEADLINE_EXCEEDED", "CANCELLED"].includes(reason.code));
    assertStrictEquals(await outgoing.cancelled, error);
  });

  test("flow: a deadline in the past fails at once", async () => {
    await using t = await pair(echo);
    const { messages } = t.client.call(
      request({ deadline: performance.now() - 1000 }),
    );
    assertEquals(
      (await flightError(messages.read())).code,
      "DEADLINE_EXCEEDED",
    );
  });

  test("flow: a deadline beyond every timer does not end the call, and the server knows it", async () => {
    const seen: ServerRequest[] = [];
    await using t = await pair((request) => {
      seen.push(request);
      return echo(request);
    });
    // A timer of 50 days would end after 17 hours if it had 32 bits, one of 30 at once.
    for (const days of [24, 30, 50, 100_000]) {
      const deadline = performance.now() + days * 86_400_000;
      const response = t.client.call(
        request({ messages: values(message("x")), deadline }),
      );
      assertEquals((await rest(response.messages)).length, 1);
      const hours = (seen.at(-1)!.deadline! - deadline) / 3_600_000;
      assert(Math.abs(hours) < 2, `${days} days: off by ${hours} hours`);
    }
  });

  test("flow: the signal of a finished call is aborted as well", async () => {
    const requests: ServerRequest[] = [];
    await using t = await pair((request) => {
      requests.push(request);
      return echo(request);
    });
    await rest(t.client.call(request()).messages);
    const reason = await abortOf(requests[0]!.signal);
    assertEquals([reason.code, reason.details], [
      "CANCELLED",
      "the call has ended",
    ]);
  });
}
