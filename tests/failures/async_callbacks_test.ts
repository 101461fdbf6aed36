/**
 * Callbacks that return promises: a rejection counts as an error that is thrown. It never ends the process,
 * with all calls of a server, as a rejection without a listener would.
 */

import { connect, FlightError, serve } from "@contrail/flight";
import {
  callHooks,
  callLogging,
  clientRetry,
} from "@contrail/flight/middleware";
import { assertEquals, assertRejects } from "@std/assert";
import { tableFromArrays } from "apache-arrow";
import { after, before, test } from "node:test";
import process from "node:process";
import { event, turns } from "../support/events.ts";
import { interceptorTest } from "../support/transports.ts";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
const service = { doGet: () => table };
const TEXT = "the callback failed";

const unhandled: unknown[] = [];
const listener = (error: unknown): void => void unhandled.push(error);
before(() => void process.on("unhandledRejection", listener));
after(() => void process.off("unhandledRejection", listener));

/** Asserts that no rejection so far was without a listener, once sockets and timers have had their turns. */
async function assertAllHandled(): Promise<void> {
  await turns(20);
  assertEquals(unhandled.splice(0), []);
}

async function fail(): Promise<void> {
  await Promise.resolve();
  throw new FlightError("ABORTED", TEXT);
}

interceptorTest("callHooks(): hooks may return promises", async (connectTo) => {
  for (const hook of ["onHeaders", "onCompleted"]) {
    for (const side of ["clientInterceptors", "serverInterceptors"]) {
      const hooks = callHooks(() => ({ [hook]: fail }));
      await using peer = await connectTo(service, { [side]: [hooks] });
      const error = await assertRejects(
        () => peer.client.doGet("t").table(),
        FlightError,
        TEXT,
      );
      assertEquals(error.code, "ABORTED");
      // The call has ended when the hook fails.
      await peer.client.doGet("t").cancel();
    }
  }
  await assertAllHandled();
});

interceptorTest(
  "callHooks(): a call waits for its hooks",
  async (connectTo) => {
    for (const side of ["clientInterceptors", "serverInterceptors"]) {
      const steps: string[] = [];
      const late = async (step: string): Promise<void> => {
        await turns(3);
        steps.push(step);
      };
      const hooks = callHooks(() => ({
        onHeaders: () => late("headers"),
        onCompleted: () => late("completed"),
      }));
      await using peer = await connectTo(service, { [side]: [hooks] });
      const stream = peer.client.doGet("t");
      await stream.headers;
      assertEquals(steps, ["headers"]);
      assertEquals((await stream.table()).numRows, 3);
      assertEquals(steps, ["headers", "completed"]);
    }
  },
);

interceptorTest(
  "callLogging(): a log may be late, and fail",
  async (connectTo) => {
    const log = callLogging({ log: fail });
    await using peer = await connectTo(service, {
      clientInterceptors: [log],
      serverInterceptors: [log],
    });
    assertEquals((await peer.client.doGet("t").table()).numRows, 3);
    await assertAllHandled();
  },
);

interceptorTest(
  "clientRetry(): onRetry may be late, and fail",
  async (connectTo) => {
    let calls = 0;
    const failing = {
      doGet() {
        calls++;
        throw new FlightError("UNAVAILABLE", "later");
      },
    };
    await using peer = await connectTo(failing, {
      clientInterceptors: [clientRetry({ initialBackoffMs: 0, onRetry: fail })],
    });
    const call = () => peer.client.doGet("t").table();
    await assertRejects(call, FlightError, TEXT);
    assertEquals(calls, 1);
    await assertAllHandled();
  },
);

test("shutdown() waits for the services, and rejects with their error", async () => {
  const [isAsked, done] = [event(), event()];
  const steps: string[] = [];
  const server = await serve(service, {
    services: [
      { name: "a.Failing", methods: {}, onShutdown: fail },
      {
        name: "a.Throwing",
        methods: {},
        onShutdown() {
          throw new Error("another one");
        },
      },
      {
        name: "a.Slow",
        methods: {},
        async onShutdown() {
          isAsked.resolve();
          await done.promise;
          steps.push("slow");
        },
      },
    ],
  });
  await using client = connect(server.location);
  assertEquals((await client.doGet("t").table()).numRows, 3);
  const stopped = server.shutdown();
  await isAsked.promise;
  done.resolve();
  await assertRejects(() => stopped, FlightError, TEXT);
  await assertRejects(() => server.closed, FlightError, TEXT);
  assertEquals(steps, ["slow"]);
  await assertAllHandled();
});
