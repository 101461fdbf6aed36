import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { FlightError, type HandshakeResponse } from "@contrail/flight";
import { aborted, event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { callTest as rpcTest } from "../support/transports.ts";

const text = (value: string) => new TextEncoder().encode(value);
const read = (bytes?: Uint8Array) => new TextDecoder().decode(bytes);

rpcTest("Handshake exchanges any number of messages", async (connectTo) => {
  await using peer = await connectTo({
    async *handshake(requests, context) {
      context.responseHeaders.set("x-auth", "challenge");
      for await (const { payload, protocolVersion } of requests) {
        yield {
          protocolVersion,
          payload: text(`${read(payload)}?`),
        };
      }
      yield { payload: text("token") };
    },
  });
  const handshake = peer.client.handshake();
  const writer = handshake.writable.getWriter();
  const reader = handshake.readable.getReader();
  const said: (HandshakeResponse | undefined)[] = [];
  for (const word of ["who", "me"]) {
    await writer.write({ payload: text(word), protocolVersion: 7n });
    said.push((await reader.read()).value);
  }
  assertEquals((await handshake.headers).get("x-auth"), "challenge");
  await writer.close();
  said.push((await reader.read()).value);
  assertEquals((await reader.read()).done, true);
  assertEquals(said.map((response) => read(response?.payload)), [
    "who?",
    "me?",
    "token",
  ]);
  assertEquals(said[0]?.protocolVersion, 7n);
});

rpcTest(
  "Handshake may succeed without a word, or with one before the first request",
  async (connectTo) => {
    await using silent = await connectTo({ handshake: () => {} });
    assertEquals(await Array.fromAsync(silent.client.handshake().readable), []);
    await using first = await connectTo({
      handshake: () => [{ payload: text("hello") }],
    });
    const responses = await Array.fromAsync(first.client.handshake().readable);
    assertEquals(responses.map(({ payload }) => read(payload)), ["hello"]);
  },
);

rpcTest(
  "Handshake that is refused, before and after a message",
  async (connectTo) => {
    await using peer = await connectTo({
      async *handshake(requests) {
        for await (const { payload } of requests) {
          if (read(payload) === "wrong") {
            throw new FlightError("UNAUTHENTICATED", "wrong password");
          }
          yield { payload: text("go on") };
        }
      },
    });
    for (const words of [["wrong"], ["right", "wrong"]]) {
      const { writable, readable } = peer.client.handshake();
      const writer = writable.getWriter();
      const reader = readable.getReader();
      for (const word of words) {
        await writer.write({ payload: text(word) });
        if (word === "right") {
          assertEquals(
            read((await reader.read()).value?.payload),
            "go on",
          );
        }
      }
      const error = await assertFlightError(
        reader.read(),
        "UNAUTHENTICATED",
        "[unauthenticated] Handshake: wrong password",
      );
      assertEquals(error.origin, "remote");
      await assertFlightError(writer.closed, "UNAUTHENTICATED");
    }
  },
);

rpcTest("Handshake that is not implemented", async (connectTo) => {
  await using peer = await connectTo({});
  await assertFlightError(
    Array.fromAsync(peer.client.handshake().readable),
    "UNIMPLEMENTED",
  );
});

rpcTest(
  "Handshake: what a handler throws stays in the server",
  async (connectTo) => {
    await using peer = await connectTo({
      handshake() {
        throw new Error("no such user: root");
      },
    });
    await assertFlightError(
      Array.fromAsync(peer.client.handshake().readable),
      "UNKNOWN",
      "[unknown] Handshake: the service failed to handle the call",
    );
    assertEquals(peer.errors.length, 1);
  },
);

rpcTest(
  "Handshake: an error of the client's own, abort, cancel, signal and deadline",
  async (connectTo) => {
    let ended = event<unknown>();
    let started = event();
    await using peer = await connectTo({
      async handshake(_requests, { signal }) {
        started.resolve();
        ended.resolve(await aborted(signal));
      },
    });
    const { client } = peer;
    const own = new Error("no credentials");
    const aborting = client.handshake();
    const seen = rejection(aborting.readable.getReader().read());
    await started.promise;
    await aborting.writable.abort(own);
    assertStrictEquals(await seen, own);
    assert(FlightError.is(await ended.promise));

    ended = event();
    started = event();
    const cancelling = client.handshake();
    await cancelling.writable.getWriter().write({ payload: text("x") });
    await started.promise;
    await cancelling.readable.cancel();
    await ended.promise;

    const controller = new AbortController();
    const signalled = rejection(
      Array.fromAsync(client.handshake({ signal: controller.signal }).readable),
    );
    controller.abort("over");
    assertEquals(await signalled, "over");

    await assertFlightError(
      Array.fromAsync(client.handshake({ timeoutMs: 200 }).readable),
      "DEADLINE_EXCEEDED",
    );
  },
);

rpcTest(
  "Handshake: a request of the wrong type fails the write",
  async (connectTo) => {
    await using peer = await connectTo({
      async handshake(requests) {
        for await (const _ of requests);
      },
    });
    const { writable, readable } = peer.client.handshake();
    const reading = rejection(readable.getReader().read());
    const error = await rejection(
      writable.getWriter().write({ payload: "text" } as never),
    );
    assert(error instanceof TypeError, `got ${error}`);
    assertStrictEquals(await reading, error);
  },
);
