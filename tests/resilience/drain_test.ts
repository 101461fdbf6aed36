/** Servers that are shut down while calls are under way. */

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
import { filled, numbers, values } from "../support/numbers.ts";
import { rejection } from "../support/rejections.ts";
import { CutProxy } from "./cut_proxy.ts";
import { cutTest } from "./cut_test_case.ts";

const SOME = pathDescriptor("some");

/** Number of batches in a stream; more than windows hold. */
const BATCHES = 100;

cutTest(
  "draining: two servers behind one port: one is shut down, and no call is lost",
  async (options) => {
    const answered = [0, 0];
    const enough = event();
    const service = (which: 0 | 1): FlightService => ({
      getFlightInfo(descriptor) {
        answered[which]!++;
        if (answered[which] === 40) enough.resolve();
        assert(descriptor.type === "PATH");
        return { totalRecords: Number(descriptor.path[0]) };
      },
      *doGet() {
        for (let n = 0; n < BATCHES; n++) yield filled(16_384, n);
      },
      async doPut(upload) {
        let batches = 0;
        for await (const _ of upload) batches++;
        return [{ appMetadata: Uint8Array.of(which, batches) }];
      },
    });
    const first = await serve(service(0), options);
    await using second = await serve(service(1), {
      ...options,
      shutdownTimeoutMs: 0,
    });
    await using proxy = await CutProxy.to(first.port);
    await using client = connect(proxy.location, {
      ...options,
      flowControlWindowBytes: 65_535,
      interceptors: [clientRetry({ maxAttempts: 50, maxBackoffMs: 50 })],
    });
    // A download and an upload that are in the middle.
    const reader = client.doGet("t").getReader();
    assertEquals(values((await reader.read()).value!)[0], 0);
    const upload = client.doPut(SOME);
    const writer = upload.writable.getWriter();
    await writer.write(numbers(1));
    const results = Array.fromAsync(upload.results);

    let isStopped = false;
    let calls = 0;
    const ask = async () => {
      while (!isStopped || answered[1]! < 40) {
        const n = calls++;
        const { totalRecords } = await client.getFlightInfo(
          pathDescriptor(String(n)),
        );
        assertEquals(totalRecords, BigInt(n));
      }
    };
    const asking = Promise.all([ask(), ask(), ask(), ask()]);
    await enough.promise;
    proxy.targetPort = second.port;
    const stopped = first.shutdown({ timeoutMs: Infinity });
    await enoughOf(() => answered[1]! > 0);
    // The old connection is still there for those that it has.
    for (let n = 1; n < BATCHES; n++) {
      assertEquals(values((await reader.read()).value!)[0], n);
      if (n === BATCHES / 2) {
        await writer.write(numbers(2));
        await writer.close();
      }
    }
    assertEquals((await reader.read()).done, true);
    assertEquals((await results)[0]!.appMetadata, Uint8Array.of(0, 2));
    await stopped;
    isStopped = true;
    await asking;
    assert(answered[0]! >= 40 && answered[1]! >= 40, `${answered}`);
    assertEquals(proxy.accepted, 2);
  },
);

cutTest(
  "draining: a silent client does not hold up a shutdown beyond its time-out",
  async (options) => {
    const signals: AbortSignal[] = [];
    const server = await serve({
      async *doGet(_ticket, { signal }) {
        yield numbers(1);
        signals.push(signal);
        await aborted(signal);
      },
      async doPut(upload, { signal }) {
        signals.push(signal);
        await Array.fromAsync(upload);
      },
    }, options);
    await using proxy = await CutProxy.to(server.port);
    await using client = connect(proxy.location, options);
    const batches = rejection(Array.fromAsync(client.doGet("t")));
    const results = rejection(Array.fromAsync(client.doPut(SOME).results));
    await enoughOf(() => signals.length === 2);
    proxy.silence();
    // The calls would never end by themselves.
    await server.shutdown({ timeoutMs: 200 });
    for (const { reason } of signals) {
      assert(
        FlightError.is(reason) && reason.code === "UNAVAILABLE",
        `${reason}`,
      );
    }
    proxy.unsilence();
    for (const error of await Promise.all([batches, results])) {
      assert(FlightError.is(error), `${error}`);
    }
  },
);

/** Waits until something is so. */
async function enoughOf(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}
