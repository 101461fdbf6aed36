/** `read` of endpoints that expire. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  type FlightEndpoint,
  FlightError,
  type FlightService,
} from "@contrail/flight";
import { aborted, event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { numbers } from "../support/numbers.ts";
import { endpointOf, infoOf, numbersOf, textOf } from "../support/endpoints.ts";
import { rpcTest } from "../support/transports.ts";

const HOUR = 3_600_000;

/** An endpoint that expires in so many milliseconds. */
function expiring(ticket: string, milliseconds: number): FlightEndpoint {
  return endpointOf(ticket, [], {
    expirationTime: new Date(Date.now() + milliseconds),
  });
}

/** A service that gives the numbers in tickets, and what was renewed. */
function renewingService(
  renew: FlightService["renewFlightEndpoint"] = (endpoint) => ({
    ...endpoint,
    ticket: `1${textOf(endpoint.ticket)}`,
    expirationTime: new Date(Date.now() + HOUR),
  }),
): FlightService & { readonly renewed: string[] } {
  const renewed: string[] = [];
  return {
    renewed,
    doGet: (ticket) => numbers(Number(textOf(ticket))),
    renewFlightEndpoint(endpoint, context) {
      renewed.push(textOf(endpoint.ticket));
      return renew!(endpoint, context);
    },
  };
}

rpcTest("read renews endpoints that are about to expire", async (connectTo) => {
  const service = renewingService();
  await using peer = await connectTo(service);
  const info = infoOf([], {
    endpoints: [
      endpointOf("0"),
      expiring("1", HOUR),
      expiring("2", 5000),
      expiring("3", -HOUR),
    ],
    ordered: true,
  });
  assertEquals(await numbersOf(peer.client.read(info)), [0, 1, 12, 13]);
  assertEquals(service.renewed.toSorted(), ["2", "3"]);

  service.renewed.length = 0;
  const none = peer.client.read(
    infoOf([], { endpoints: [expiring("2", 30_000)] }),
    { renewBeforeMs: 0 },
  );
  assertEquals(await numbersOf(none), [2]);
  const all = peer.client.read(
    infoOf([], { endpoints: [expiring("1", HOUR)] }),
    { renewBeforeMs: 2 * HOUR },
  );
  assertEquals(await numbersOf(all), [11]);
  assertEquals(service.renewed, ["1"]);
});

rpcTest("read renews an endpoint when its turn has come", async (connectTo) => {
  const service = renewingService();
  await using peer = await connectTo(service);
  const info = infoOf([], {
    endpoints: ["1", "2", "3"].map((ticket) => expiring(ticket, 5000)),
    ordered: true,
  });
  const reader = peer.client.read(info, { maxParallelEndpoints: 1 })
    .getReader();
  for (const renewed of [["1"], ["1", "2"], ["1", "2", "3"]]) {
    await reader.read();
    assertEquals(service.renewed, renewed);
  }
});

rpcTest("read sends its headers with renewals", async (connectTo) => {
  const seen: unknown[] = [];
  await using peer = await connectTo(
    renewingService((endpoint, { headers }) => {
      seen.push(headers.get("x-read"));
      return endpoint;
    }),
  );
  const info = infoOf([], { endpoints: [expiring("1", 5000)] });
  await numbersOf(peer.client.read(info, { headers: { "x-read": "yes" } }));
  assertEquals(seen, ["yes"]);
});

rpcTest(
  "read goes on where the server does not renew, as long as it can",
  async (connectTo) => {
    let asked = 0;
    await using peer = await connectTo({
      doGet: (ticket) => numbers(Number(textOf(ticket))),
      doAction() {
        asked++;
        throw new FlightError("UNIMPLEMENTED", "no such action");
      },
    });
    const valid = ["1", "2", "3"].map((ticket) => expiring(ticket, 9000));
    const info = infoOf([], { endpoints: valid, ordered: true });
    assertEquals(
      await numbersOf(peer.client.read(info, { maxParallelEndpoints: 1 })),
      [1, 2, 3],
    );
    // Once is enough.
    assertEquals(asked, 1);

    const expirationTime = new Date("2026-11-21T01:02:03.456Z");
    const expired = infoOf([], {
      endpoints: [
        expiring("1", HOUR),
        { ...expiring("2", 0), expirationTime },
        { ...expiring("3", 0), expirationTime },
      ],
      ordered: true,
    });
    const error = await assertFlightError(
      numbersOf(peer.client.read(expired, { maxParallelEndpoints: 1 })),
      "FAILED_PRECONDITION",
      "[failed precondition] DoGet: endpoints[1] expired at 2026-11-21T01:02:03.456Z, " +
        "and the server did not renew it: no such action",
    );
    assertEquals((error.cause as FlightError).code, "UNIMPLEMENTED");
  },
);

rpcTest("read: other failures of a renewal", async (connectTo) => {
  await using peer = await connectTo(renewingService(() => {
    throw new FlightError("NOT_FOUND", "no such endpoint");
  }));
  const read = (milliseconds: number) =>
    numbersOf(
      peer.client.read(
        infoOf([], { endpoints: [expiring("1", milliseconds)] }),
      ),
    );
  assertEquals(await read(5000), [1]);
  await assertFlightError(
    read(-1000),
    "FAILED_PRECONDITION",
    /^\[failed precondition\] DoGet: endpoints\[0\] expired at \S+, and the server did not renew it: no such endpoint$/,
  );
});

rpcTest("read: cancelling ends a renewal, too", async (connectTo) => {
  let called = event();
  let ended = event<unknown>();
  await using peer = await connectTo(
    renewingService(async (endpoint, { signal }) => {
      called.resolve();
      ended.resolve(await aborted(signal));
      return endpoint;
    }),
  );
  const info = infoOf([], { endpoints: [expiring("1", -1)] });
  const reader = peer.client.read(info).getReader();
  const pending = reader.read();
  await called.promise;
  await reader.cancel();
  const reason = await ended.promise;
  assert(FlightError.is(reason) && reason.code === "CANCELLED");
  assert((await pending).done);

  [called, ended] = [event(), event()];
  const controller = new AbortController();
  const rejected = rejection(
    numbersOf(peer.client.read(info, { signal: controller.signal })),
  );
  await called.promise;
  const why = new Error("enough");
  controller.abort(why);
  assertStrictEquals(await rejected, why);
  await ended.promise;
});
