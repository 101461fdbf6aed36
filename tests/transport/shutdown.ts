/** The end of a server: the same tests for every transport over a network. */

import * as net from "node:net";
import { assert, assertEquals } from "@std/assert";
import type { FlightError } from "../../internal/core/flight_error.ts";
import type { OutgoingMessage } from "../../internal/seam/transport.ts";
import {
  answer,
  echo,
  flightError,
  request,
  type ServerRequest,
} from "../support/transport/call_parts.ts";
import { block, message, text } from "../support/transport/messages.ts";
import { never, rest, TestSource } from "../support/transport/test_source.ts";
import {
  tcp,
  type TestedTransport,
} from "../support/transport/tested_transport.ts";

/** Waits for an event of a socket. */
async function once(socket: net.Socket, event: string): Promise<void> {
  await new Promise((resolve) => socket.once(event, resolve));
}

/** Registers the tests for one transport. */
export function testShutdown(
  { clientTransport, pair, test }: TestedTransport,
): void {
  test("shutdown lets calls finish, and accepts no more", async () => {
    const gate = Promise.withResolvers<void>();
    const t = await pair(() =>
      answer(
        new TestSource<OutgoingMessage>(async (index) => {
          if (index === 0) return message("first");
          if (index === 1) {
            await gate.promise;
            return message("last");
          }
          return undefined;
        }),
      )
    );
    const { messages } = t.client.call(request());
    assertEquals(text((await messages.read())!), "first");
    let isDown = false;
    const down = t.server.shutdown(new AbortController().signal).then(() => {
      isDown = true;
    });
    const other = clientTransport(tcp(t.server.port));
    const refused = await flightError(other.call(request()).messages.read());
    assertEquals(refused.code, "UNAVAILABLE");
    assert(!isDown);
    gate.resolve();
    assertEquals((await rest(messages)).map(text), ["last"]);
    await down;
    await other.close();
    await t.client.close();
  });

  test("shutdown with idle connections ends by itself", async () => {
    const t = await pair(echo);
    await rest(t.client.call(request()).messages);
    await t.server.shutdown(new AbortController().signal);
    await t.client.close();
  });

  test("an aborted shutdown cancels the calls that are left", async () => {
    const requests: ServerRequest[] = [];
    const source = new TestSource(() => block(1 << 20));
    const t = await pair((request) => {
      requests.push(request);
      return answer(request.path === "/stuck" ? source : never());
    }, { client: { flowControlWindowBytes: 1 << 20 } });
    // One that waits, one that is out of window, and two that are no calls.
    const waiting = t.client.call(request());
    await waiting.headers;
    const stuck = t.client.call(request({ path: "/stuck" }));
    await stuck.messages.read();
    const silent = net.connect(t.server.port, "127.0.0.1");
    await once(silent, "connect");
    const controller = new AbortController();
    const down = t.server.shutdown(controller.signal);
    controller.abort();
    const error = await flightError(waiting.messages.read());
    assertEquals([error.code, error.details], [
      "UNAVAILABLE",
      "the server was shut down",
    ]);
    await down;
    for (const { signal } of requests) {
      assertEquals((signal.reason as FlightError).code, "UNAVAILABLE");
    }
    await source.cancelled;
    const last = await flightError(rest(stuck.messages));
    assertEquals(last.code, "UNAVAILABLE", last.message);
    silent.destroy();
    await t.client.close();
  });
}
