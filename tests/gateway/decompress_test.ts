/** Results that a gateway decompresses. */

import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import type { FlightClient, FlightService } from "@contrail/flight";
import { flightSqlGateway } from "@contrail/flight/gateway";
import { connectInMemory } from "@contrail/flight/memory";
import { Table, tableFromArrays } from "apache-arrow";
import type { Compression } from "../../internal/core/ipc_options.ts";
import { everything } from "../support/ipc/samples.ts";
import { assertFlightError } from "../support/rejections.ts";
import { rpcTest } from "../support/transports.ts";
import { gatewayOver } from "./backends.ts";

/** A flight that sends a table, with its buffers compressed if a codec is given. */
function serviceOf(table: Table, compression?: Compression): FlightService {
  return {
    getFlightInfo: () => ({ endpoints: [{ ticket: "all" }] }),
    doGet(_ticket, { setWriteOptions }) {
      setWriteOptions({ compression });
      return table;
    },
  };
}

async function ticketOf(client: FlightClient) {
  const { endpoints } = await client.getFlightInfo("all");
  return endpoints[0]!.ticket;
}

/** The bodies of the messages of the flight. */
async function bodiesOf(client: FlightClient): Promise<Uint8Array[]> {
  const ticket = await ticketOf(client);
  const messages = client.doGet(ticket).flightData();
  return (await Array.fromAsync(messages)).map(({ dataBody }) => dataBody);
}

for (const compression of ["lz4", "zstd"] as const) {
  rpcTest(
    `a gateway with decompress restores every type from ${compression}`,
    async (connectTo) => {
      const table = new Table([everything()]);
      await using plain = connectInMemory(serviceOf(table));
      const expected = await bodiesOf(plain);

      const service = serviceOf(table, compression);
      await using asItIs = await gatewayOver([service]);
      await using unread = await connectTo(asItIs.gateway);
      assertNotEquals(await bodiesOf(unread.client), expected);

      await using front = await gatewayOver([service], { decompress: true });
      await using joined = await connectTo(front.gateway);
      const { client } = joined;
      assertEquals(await bodiesOf(client), expected);
      const copy = await client.doGet(await ticketOf(client)).table();
      assertEquals(copy.toString(), table.toString());
    },
  );
}

test("a gateway with decompress bounds the bytes of a batch", async () => {
  const numbers = tableFromArrays({ n: new Float64Array(1_000) });
  await using front = await gatewayOver([serviceOf(numbers, "lz4")], {
    decompress: true,
    connection: { maxDecompressedMessageBytes: 1_000 },
  });
  await using client = connectInMemory(front.gateway);
  const ticket = await ticketOf(client);
  await assertFlightError(
    client.doGet(ticket).table(),
    "RESOURCE_EXHAUSTED",
    /maxDecompressedMessageBytes is 1000/,
  );
});

test("a gateway with decompress blames the backend for a body that is malformed", async () => {
  const numbers = tableFromArrays({ n: new Float64Array(1_000) });
  await using source = connectInMemory(serviceOf(numbers, "lz4"));
  const messages = await Array.fromAsync(source.doGet("all").flightData());
  const damaged = messages.map((message) => ({
    ...message,
    dataBody: message.dataBody.map((byte, i) => i < 8 ? byte : 255),
  }));
  await using front = await gatewayOver([{
    getFlightInfo: () => ({ endpoints: [{ ticket: "all" }] }),
    doGet: () => damaged,
  }], { decompress: true });
  await using client = connectInMemory(front.gateway);
  const ticket = await ticketOf(client);
  await assertFlightError(
    client.doGet(ticket).table(),
    "INTERNAL",
    /Cannot decode RecordBatch: buffer 1, compressed with LZ4_FRAME, is malformed/,
  );
});

test("a gateway refuses a decompress that is not a boolean", () => {
  assertThrows(
    () =>
      flightSqlGateway("grpc://127.0.0.1:9", {
        decompress: "lz4" as unknown as boolean,
      }),
    TypeError,
    "decompress",
  );
});
