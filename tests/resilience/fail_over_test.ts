/** `read` of endpoints whose first location is lost in silence. */

import { assert, assertEquals } from "@std/assert";
import { connect } from "@contrail/flight";
import { aborted, event } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { numbers, values } from "../support/numbers.ts";
import { infoAt, numbersOf, textOf } from "../support/endpoints.ts";
import { infoOfMany, serverOf } from "../support/locations.ts";
import { CutProxy } from "./cut_proxy.ts";
import { cutTest, KEEPALIVE } from "./cut_test_case.ts";

/** Number of endpoints, and of those that are read at once. */
const ENDPOINTS = 12;
const PARALLEL = 4;

cutTest(
  "read: a location that is silent from the beginning",
  async (options) => {
    await using home = await serverOf(0, options);
    await using first = await serverOf(1, options);
    await using second = await serverOf(2, options);
    await using proxy = await CutProxy.to(first.port);
    await using client = connect(home.location, {
      ...options,
      connectTimeoutMs: 1500,
    });
    proxy.silence();
    const info = infoAt(proxy.location, second.location);
    assertEquals(await numbersOf(client.read(info)), [2]);
    await assertFlightError(
      numbersOf(client.read(infoAt(proxy.location))),
      "UNAVAILABLE",
      /no connection within 1500 ms \(option connectTimeoutMs\).* \(endpoints\[0\], read from grpc\+tcp:/,
    );
    assertEquals(first.seen.length, 0);
  },
);

for (const cut of ["silence", "reset"] as const) {
  cutTest(
    `read: ${cut} under endpoints of which nothing had come loses no batch, and doubles none`,
    async (options) => {
      const waiting = event();
      let calls = 0;
      await using home = await serverOf(0, options);
      // Answers the first endpoints, and then no more.
      await using first = await serverOf(1, options, {
        async *doGet(ticket, { signal }) {
          const n = Number(textOf(ticket));
          if (n >= PARALLEL) {
            if (++calls === PARALLEL) waiting.resolve();
            await aborted(signal);
            return;
          }
          for (let i = 0; i < 3; i++) yield numbers(10 * n + i);
        },
      });
      await using second = await serverOf(2, options, {
        *doGet(ticket) {
          const n = Number(textOf(ticket));
          for (let i = 0; i < 3; i++) yield numbers(10 * n + i);
        },
      });
      await using proxy = await CutProxy.to(first.port);
      await using client = connect(home.location, { ...options, ...KEEPALIVE });
      const info = infoOfMany(ENDPOINTS, proxy.location, second.location.uri);
      const all = numbersOf(
        client.read(info, { maxParallelEndpoints: PARALLEL }),
      );
      await waiting.promise;
      proxy[cut]();
      const expected = Array.from(
        { length: ENDPOINTS },
        (_, n) => [10 * n, 10 * n + 1, 10 * n + 2],
      ).flat();
      assertEquals((await all).sort((a, b) => a - b), expected);
      // Those that were answered were not asked for again.
      assertEquals(second.seen.length, ENDPOINTS - PARALLEL);
    },
  );
}

cutTest(
  "read: silence after the first batch is an error that names the location",
  async (options) => {
    await using home = await serverOf(0, options);
    await using first = await serverOf(1, options, {
      async *doGet(_ticket, { signal }) {
        yield numbers(1);
        await aborted(signal);
      },
    });
    await using second = await serverOf(2, options);
    await using proxy = await CutProxy.to(first.port);
    await using client = connect(home.location, { ...options, ...KEEPALIVE });
    const info = infoAt(proxy.location, second.location);
    const reader = client.read(info).getReader();
    assertEquals(values((await reader.read()).value!), [1]);
    proxy.silence();
    const error = await assertFlightError(
      reader.read(),
      "UNAVAILABLE",
      / was lost.*; a part of it was delivered, so no other location is tried\)$/,
    );
    assert(
      error.details.includes(`endpoints[0], read from ${proxy.location};`),
      error.details,
    );
    assertEquals(second.seen.length, 0);
  },
);
