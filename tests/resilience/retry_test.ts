/** Calls that are made again, or not, when the network fails under them. */

import { assert, assertEquals } from "@std/assert";
import {
  connect,
  FlightError,
  type FlightServer,
  type FlightService,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import { clientRetry } from "@contrail/flight/middleware";
import { aborted, event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { numbers, values } from "../support/numbers.ts";
import { CutProxy } from "./cut_proxy.ts";
import { cutTest } from "./cut_test_case.ts";

const SOME = pathDescriptor("some");

/** A service that only answers when `isUp`; before, calls wait for their end. */
function sleeper(calls: number): {
  service: FlightService;
  state: { isUp: boolean; signals: AbortSignal[] };
  /** So many calls wait. */
  waiting: Promise<void>;
} {
  const state = { isUp: false, signals: [] as AbortSignal[] };
  const waiting = event();
  const gate = async (signal: AbortSignal) => {
    state.signals.push(signal);
    if (state.signals.length === calls) waiting.resolve();
    if (!state.isUp) await aborted(signal);
  };
  return {
    state,
    waiting: waiting.promise,
    service: {
      async getFlightInfo(_descriptor, { signal }) {
        await gate(signal);
        return { totalRecords: 7 };
      },
      async *doGet(_ticket, { signal }) {
        await gate(signal);
        yield numbers(1);
        yield numbers(2);
      },
      async doPut(_upload, { signal }) {
        await gate(signal);
      },
    },
  };
}

cutTest(
  "clientRetry(): a reset before the answer costs an attempt, no call",
  async (options) => {
    const { service, state, waiting } = sleeper(2);
    await using server = await serve(service, {
      ...options,
      shutdownTimeoutMs: 0,
    });
    await using proxy = await CutProxy.to(server.port);
    const errors: FlightError[] = [];
    await using client = connect(proxy.location, {
      ...options,
      interceptors: [
        clientRetry({
          maxAttempts: 20,
          onRetry: (r) => void errors.push(r.error),
        }),
      ],
    });
    const info = client.getFlightInfo(SOME);
    const batches = Array.fromAsync(client.doGet("t"));
    await waiting;
    state.isUp = true;
    proxy.reset();
    assertEquals((await info).totalRecords, 7n);
    assertEquals((await batches).map(values), [[1], [2]]);
    // Each was made twice, the first time in vain.
    assertEquals(state.signals.length, 4);
    await Promise.all(state.signals.slice(0, 2).map(aborted));
    assert(errors.length >= 2);
    for (const { code, origin } of errors) {
      assertEquals([code, origin], ["UNAVAILABLE", "transport"]);
    }
  },
);

cutTest(
  "clientRetry(): a server that restarts under calls answers them",
  async (options) => {
    const { service, state, waiting } = sleeper(2);
    const first = await serve(service, options);
    await using proxy = await CutProxy.to(first.port);
    const refused = event();
    await using client = connect(proxy.location, {
      ...options,
      interceptors: [
        clientRetry({
          maxAttempts: 1000,
          maxBackoffMs: 50,
          onRetry({ error }) {
            if (/cannot connect/.test(error.details)) refused.resolve();
          },
        }),
      ],
    });
    const info = client.getFlightInfo(SOME);
    const batches = Array.fromAsync(client.doGet("t"));
    await waiting;
    proxy.refuse();
    await first.shutdown({ timeoutMs: 0 });
    // It is away long enough for attempts to find no server.
    await refused.promise;
    state.isUp = true;
    await using _second: FlightServer = await serve(service, {
      ...options,
      port: first.port,
      shutdownTimeoutMs: 0,
    });
    await proxy.accept();
    assertEquals((await info).totalRecords, 7n);
    assertEquals((await batches).map(values), [[1], [2]]);
    assertEquals(state.signals.length, 4);
  },
);

cutTest("clientRetry(): an upload is never made again", async (options) => {
  const { service, state, waiting } = sleeper(1);
  await using server = await serve(service, {
    ...options,
    shutdownTimeoutMs: 0,
  });
  await using proxy = await CutProxy.to(server.port);
  let retries = 0;
  await using client = connect(proxy.location, {
    ...options,
    interceptors: [clientRetry({ onRetry: () => void retries++ })],
  });
  const results = client.doPut(SOME).writeAll([numbers(1)]);
  results.catch(() => {});
  await waiting;
  state.isUp = true;
  proxy.reset();
  await assertFlightError(results, "UNAVAILABLE");
  assertEquals(retries, 0);
  // The server is there again, and has heard of the upload once.
  await client.getFlightInfo(SOME);
  assertEquals(state.signals.length, 2);
});

cutTest(
  "clientRetry(): no attempt outlasts the deadline in silence",
  async (options) => {
    const { service, state, waiting } = sleeper(1);
    await using server = await serve(service, {
      ...options,
      shutdownTimeoutMs: 0,
    });
    await using proxy = await CutProxy.to(server.port);
    let retries = 0;
    const retry = clientRetry({
      maxAttempts: 1000,
      maxBackoffMs: 10,
      onRetry: () => void retries++,
    });
    const interceptors = [retry];
    await using client = connect(proxy.location, { ...options, interceptors });
    const info = client.getFlightInfo(SOME, { timeoutMs: 1500 });
    info.catch(() => {});
    await waiting;
    proxy.silence();
    await assertFlightError(info, "DEADLINE_EXCEEDED");
    assertEquals(retries, 0);
    // The deadline travels with the call: the server stops without a word.
    await aborted(state.signals[0]!);

    // No server answers at all: one attempt up to the deadline, or many short
    // ones.
    await using patient = connect(proxy.location, { ...options, interceptors });
    await assertFlightError(
      patient.getFlightInfo(SOME, { timeoutMs: 300 }),
      "DEADLINE_EXCEEDED",
    );
    assertEquals(retries, 0);
    await using hasty = connect(proxy.location, {
      ...options,
      interceptors,
      connectTimeoutMs: 20,
    });
    const error = await rejection(
      hasty.getFlightInfo(SOME, { timeoutMs: 3000 }),
    );
    assert(FlightError.is(error), `${error}`);
    assert(
      error.code === "DEADLINE_EXCEEDED" ||
        /within 20 ms \(option connectTimeoutMs\)/.test(error.details),
      error.message,
    );
    assert(retries > 1);
    assertEquals(state.signals.length, 1);
  },
);
