/** doGet with the schema that is expected. */

import { assertEquals, assertThrows } from "@std/assert";
import { Field, Float64, Int32, Schema, tableFromArrays } from "apache-arrow";
import { assertFlightError } from "../support/rejections.ts";
import { event, turns } from "../support/events.ts";
import { rpcTest } from "../support/transports.ts";

const SCHEMA = new Schema<{ n: Int32 }>([new Field("n", new Int32())]);
const TABLE = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

rpcTest("doGet() with a schema infers the types of rows", async (connectTo) => {
  await using peer = await connectTo({ doGet: () => TABLE });
  let sum = 0;
  for await (const batch of peer.client.doGet("x", { schema: SCHEMA })) {
    for (const { n } of batch) sum += n satisfies number;
  }
  assertEquals(sum, 6);
});

rpcTest(
  "doGet() with a schema fails for data of another",
  async (connectTo) => {
    let ended = event<void>();
    await using peer = await connectTo({
      async *doGet() {
        try {
          while (true) {
            yield TABLE;
            await turns(1);
          }
        } finally {
          ended.resolve();
        }
      },
    });
    const { client } = peer;
    const others: readonly (readonly [Schema, string])[] = [
      [
        new Schema([new Field("m", new Int32())]),
        'field 0 is "n": Int32, not "m": Int32',
      ],
      [
        new Schema([new Field("n", new Float64())]),
        'field 0 is "n": Int32, not "n": Float64',
      ],
      [new Schema([]), "it has 1 fields, not 0"],
    ];
    for (const [schema, problem] of others) {
      ended = event<void>();
      const error = await assertFlightError(
        client.doGet("x", { schema }).table(),
        "INTERNAL",
      );
      assertEquals(
        error.details,
        `the schema of the data is not that of the option schema: ${problem}`,
      );
      await ended.promise;
      await assertFlightError(client.doGet("x", { schema }).schema, "INTERNAL");
    }
    assertThrows(
      () => client.doGet("x", { schema: [] as never }),
      TypeError,
      "Cannot use option schema: it must be a Schema, not an array",
    );
  },
);
