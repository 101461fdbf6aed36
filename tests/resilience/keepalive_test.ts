/** Peers that fall silent, and who notices. */

import { assert, assertEquals } from "@std/assert";
import {
  connect,
  FlightError,
  type FlightService,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import { clientRetry } from "@contrail/flight/middleware";
import { aborted, event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { filled, numbers, values } from "../support/numbers.ts";
import { CutProxy } from "./cut_proxy.ts";
import { type CutOptions, cutTest, KEEPALIVE } from "./cut_test_case.ts";

const SOME = pathDescriptor("some");

/** A service whose calls get as far as they can and then wait for their end. */
function waiting(): {
  service: FlightService;
  /** The signals of the three calls, once all of them are under way. */
  started: Promise<AbortSignal[]>;
} {
  const started = event<AbortSignal[]>();
  const signals: AbortSignal[] = [];
  const start = (signal: AbortSignal) => {
    if (signals.push(signal) === 3) started.resolve(signals);
  };
  return {
    started: started.promise,
    service: {
      async *doGet(_ticket, { signal }) {
        yield numbers(1);
        start(signal);
        await aborted(signal);
      },
      async doPut(upload, { signal }) {
        const reader = upload.getReader();
        await reader.read();
        start(signal);
        while (!(await reader.read()).done);
      },
      async getFlightInfo(_descriptor, { signal }) {
        start(signal);
        await aborted(signal);
        return {};
      },
      listActions: () => [{ type: "alive", description: "" }],
    },
  };
}

/** Begins a call of each kind; gives how each of them fails. */
function beginThree(
  client: ReturnType<typeof connect>,
): Promise<unknown>[] {
  const upload = client.doPut(SOME);
  const writer = upload.writable.getWriter();
  const writing = (async () => {
    for (let n = 0;; n++) await writer.write(filled(4096, n));
  })();
  return [
    Array.fromAsync(client.doGet("t")),
    Array.fromAsync(upload.results),
    writing,
    client.getFlightInfo(SOME),
  ].map((call: Promise<unknown>) => {
    call.catch(() => {});
    return call;
  });
}

cutTest(
  "keepalive of a client ends calls of every kind when the server is silent",
  async (options) => {
    const { service, started } = waiting();
    await using server = await serve(service, {
      ...options,
      shutdownTimeoutMs: 0,
    });
    await using proxy = await CutProxy.to(server.port);
    await using client = connect(proxy.location, { ...options, ...KEEPALIVE });
    const calls = beginThree(client);
    const signals = await started;
    proxy.silence();
    // grpc-js does not say how it has noticed.
    const cause = options.transport === undefined
      ? / was lost: no answer to a ping within 1500 ms \(option keepaliveTimeoutMs\)$/
      : / was lost$/;
    for (const call of calls) {
      const error = await assertFlightError(call, "UNAVAILABLE", cause);
      assertEquals(error.origin, "transport");
      assert(error.details.includes(proxy.location), error.details);
    }
    // It was silence and no closed connection: the server knows nothing of it.
    assertEquals(signals.map(({ aborted }) => aborted), [false, false, false]);
    proxy.unsilence();
    assertEquals((await Array.fromAsync(client.listActions())).length, 1);
    assertEquals(proxy.accepted, 2);
    // Now it has heard of the end of the old connection.
    await Promise.all(signals.map(aborted));
  },
);

cutTest(
  "keepalive of a client leaves a connection alone that only has nothing to say",
  async (options) => {
    const quiet = event();
    await using server = await serve({
      async *doGet() {
        yield numbers(1);
        await quiet.promise;
        yield numbers(2);
      },
    }, { ...options, shutdownTimeoutMs: 0 });
    await using proxy = await CutProxy.to(server.port);
    await using client = connect(proxy.location, { ...options, ...KEEPALIVE });
    const reader = client.doGet("t").getReader();
    assertEquals(values((await reader.read()).value!), [1]);
    setTimeout(
      quiet.resolve,
      2 * (KEEPALIVE.keepaliveTimeMs + KEEPALIVE.keepaliveTimeoutMs),
    );
    assertEquals(values((await reader.read()).value!), [2]);
    assertEquals((await reader.read()).done, true);
    assertEquals(proxy.accepted, 1);
  },
);

cutTest(
  "without keepalive the time-outs of a call end it, and the connection lives on",
  async (options) => {
    const { service, started } = waiting();
    await using server = await serve(service, {
      ...options,
      shutdownTimeoutMs: 0,
    });
    await using proxy = await CutProxy.to(server.port);
    await using client = connect(proxy.location, options);
    const get = client.doGet("t", { readTimeoutMs: 1500 }).getReader();
    const put = client.doPut(SOME, { writeTimeoutMs: 1500 });
    const writer = put.writable.getWriter();
    const first = writer.write(numbers(1));
    const info = client.getFlightInfo(SOME, { timeoutMs: 3000 });
    info.catch(() => {});
    assertEquals(values((await get.read()).value!), [1]);
    await first;
    const signals = await started;
    proxy.silence();
    await Promise.all([
      assertFlightError(get.read(), "DEADLINE_EXCEEDED", /readTimeoutMs/),
      assertFlightError(
        (async () => {
          while (true) await writer.write(filled(65_536, 1));
        })(),
        "DEADLINE_EXCEEDED",
        /writeTimeoutMs/,
      ),
      assertFlightError(info, "DEADLINE_EXCEEDED"),
    ]);
    // The server may know by its own clock of the deadline, and of nothing else.
    assert(signals.filter(({ aborted }) => aborted).length <= 1);
    // A cable that is plugged in again soon has cost the calls, and no more.
    proxy.unsilence();
    assertEquals((await Array.fromAsync(client.listActions())).length, 1);
    assertEquals(proxy.accepted, 1);
    await Promise.all(signals.map(aborted));
  },
);

cutTest(
  "keepalive of a server ends the calls of a silent client, and forgets it",
  async (options) => {
    const { service, started } = waiting();
    await using server = await serve(service, {
      ...options,
      ...KEEPALIVE,
      shutdownTimeoutMs: 0,
      // A second client finds a place only where nothing of the first is left.
      maxConnections: 1,
      maxConcurrentCalls: 3,
      maxCallsPerConnection: 3,
    });
    await using proxy = await CutProxy.to(server.port);
    await using client = connect(proxy.location, options);
    const calls = beginThree(client);
    const signals = await started;
    proxy.silence();
    for (const reason of await Promise.all(signals.map(aborted))) {
      assert(
        FlightError.is(reason) && reason.code === "CANCELLED",
        `${reason}`,
      );
    }
    const isGrpcJs = options.transport !== undefined;
    const isBun = "Bun" in globalThis;
    // On Bun, grpc-js's clients leave sockets behind that could not connect.
    if (!isGrpcJs || !isBun) await fromElsewhere(server.location.uri, options);
    // There is no call and no socket left that this would have to wait for; on
    // Deno and Node.js, grpc-js's server waits all the same.
    if (!isGrpcJs || isBun) await server.shutdown({ timeoutMs: Infinity });
    proxy.unsilence();
    // Runtimes differ in the order of resets and the end of the connection.
    for (const call of calls) {
      const error = await rejection(call);
      assert(FlightError.is(error), `${error}`);
      if (options.transport === undefined) {
        assertEquals(error.code, "UNAVAILABLE");
      }
    }
  },
);

/** Makes three calls at once from a new client, as soon as it is let in. */
async function fromElsewhere(
  location: string,
  options: CutOptions,
): Promise<void> {
  await using client = connect(location, {
    ...options,
    interceptors: [clientRetry({ maxAttempts: 100, maxBackoffMs: 100 })],
  });
  await Promise.all(
    [1, 2, 3].map(() => Array.fromAsync(client.listActions())),
  );
}
