/** Data that is given to a call as a whole: it is sent without streams, as the transport asks for it. */

import { type FlightClient, pathDescriptor } from "@contrail/flight";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { putClientParts } from "../../internal/client/client_parts.ts";
import { FlightClient as ClientOf } from "../../internal/client/flight_client.ts";
import { FlightHeaders } from "../../internal/core/flight_headers.ts";
import type { ClientRequest } from "../../internal/seam/transport.ts";
import { event } from "../support/events.ts";
import { numbers, values } from "../support/numbers.ts";
import { assertFlightError } from "../support/rejections.ts";
import { callTest as rpcTest } from "../support/transports.ts";

putClientParts();

const HERE = pathDescriptor("here");

rpcTest(
  "DoPut: writeAll sends its data after all that was written",
  async (connectTo) => {
    const stored: number[] = [];
    await using peer = await connectTo({
      async doPut(upload) {
        for await (const batch of upload) stored.push(...values(batch));
        return [{ appMetadata: "stored" }];
      },
    });
    const upload = peer.client.doPut(HERE);
    const writer = upload.writable.getWriter();
    const written = writer.write(numbers(1));
    writer.releaseLock();
    const answers = upload.writeAll([numbers(2), numbers(3)]);
    assertThrows(() => upload.results.getReader(), TypeError);
    assertEquals((await answers).map((answer) => answer.text()), ["stored"]);
    await written;
    await upload.writable.getWriter().closed;
    assertEquals(stored, [1, 2, 3]);
    assertEquals(upload.isPartial, false);
  },
);

/** A client whose server completes each call at once; `taken` gets the request before that. */
function completing(taken: (request: ClientRequest) => void): FlightClient {
  return new ClientOf({
    peer: "test",
    call(request) {
      taken(request);
      return {
        headers: Promise.resolve(new FlightHeaders()),
        messages: { read: () => Promise.resolve(undefined), cancel() {} },
        trailers: () => new FlightHeaders(),
      };
    },
    close: () => Promise.resolve(),
  });
}

for (
  const [end, isPartial] of [["is taken", false], ["is refused", true]] as const
) {
  test(`DoPut: an upload waits until its end ${end}, though its call is complete`, async () => {
    let request!: ClientRequest;
    const client = completing((given) => request = given);
    const upload = client.doPut(HERE);
    const written = upload.writeAll(numbers(1));
    const outcome = isPartial
      ? assertFlightError(written, "CANCELLED")
      : written;
    const isOver = event();
    outcome.then(() => isOver.resolve(), () => isOver.resolve());
    const { messages } = request;
    // The schema, and the batch.
    assert(await messages.read());
    assert(await messages.read());
    if (isPartial) messages.cancel(undefined);
    else assertEquals(await messages.read(), undefined);
    await isOver.promise;
    await outcome;
    assertEquals(upload.isPartial, isPartial);
  });
}

test("DoPut: the last message of a table is known to be the last", async () => {
  const ends: (boolean | undefined)[] = [];
  const client = completing(async ({ messages }) => {
    while (await messages.read()) ends.push(messages.hasEnded?.());
  });
  await client.putTable(HERE, numbers(1));
  assertEquals(ends, [false, true]);
});
