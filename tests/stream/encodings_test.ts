/** Runs and list views, in every way in which data comes and goes. */

import { assertEquals } from "@std/assert";
import {
  encodeSchema,
  encodingOf,
  type FlightMessageInit,
  pathDescriptor,
  runEndEncoded,
  withoutEncodings,
} from "@contrail/flight";
import {
  Field,
  Int32,
  type RecordBatch,
  Schema,
  vectorFromArray,
} from "apache-arrow";
import { infoOf, textOf } from "../support/endpoints.ts";
import { columnOf } from "../support/ipc/ipc_streams.ts";
import { batchOf } from "../support/ipc/samples.ts";
import { rpcTest } from "../support/transports.ts";

const RUNS = new Schema([new Field("n", runEndEncoded(new Int32()), true)]);
const PLAIN = withoutEncodings(RUNS);

function batch(...values: (number | null)[]): RecordBatch {
  return batchOf({ n: vectorFromArray(values, new Int32()).data[0]! });
}

function kindOf(schema: Schema): string | undefined {
  return encodingOf(schema.fields[0]!.type)?.kind;
}

rpcTest(
  "read() of endpoints with runs and without them is one table",
  async (connectTo) => {
    const sent: Record<string, FlightMessageInit[]> = {
      runs: [{ schema: RUNS, batch: batch(1, 1, null) }],
      plain: [{ schema: PLAIN, batch: batch(2, 2) }],
      again: [{ schema: RUNS }, { batch: batch(3, 3, 3) }],
    };
    await using peer = await connectTo({
      doGet: (ticket) => sent[textOf(ticket)]!,
    });
    for (const schema of [RUNS, PLAIN]) {
      const info = infoOf(["runs", "plain", "again"], {
        schemaBytes: encodeSchema(schema),
        ordered: true,
      });
      const stream = peer.client.read(info);
      assertEquals(kindOf(await stream.schema), kindOf(schema));
      const table = await stream.table();
      assertEquals([...table.getChild("n")!], [1, 1, null, 2, 2, 3, 3, 3]);
    }
  },
);

rpcTest(
  "doPut() of runs stores them, and doGet() gives them back",
  async (connectTo) => {
    const stored: RecordBatch[] = [];
    await using peer = await connectTo({
      async doPut(upload) {
        for await (const batch of upload) stored.push(batch);
      },
      doGet: () => stored,
    });
    const batches = [batch(1, 1, 1), batch(null, null, 2)];
    await peer.client.doPut(pathDescriptor("runs"), { schema: RUNS })
      .writeAll(batches);
    assertEquals(stored.map((batch) => kindOf(batch.schema)), [
      "run ends",
      "run ends",
    ]);
    const stream = peer.client.doGet("runs");
    assertEquals(kindOf(await stream.schema), "run ends");
    const table = await stream.table();
    assertEquals([...table.getChild("n")!], [1, 1, 1, null, null, 2]);
  },
);

rpcTest(
  "doExchange() of runs answers with slices of them",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doExchange(upload) {
        for await (const batch of upload) yield batch.slice(1);
      },
    });
    const answers = await Array.fromAsync(
      peer.client.doExchange(pathDescriptor("runs"), [
        { schema: RUNS, batch: batch(1, 1, 1, 2) },
      ]),
    );
    assertEquals(answers.map((batch) => columnOf(batch, "n")), [[1, 1, 2]]);
    assertEquals(kindOf(answers[0]!.schema), "run ends");
  },
);

rpcTest(
  "getFlightInfo() and getSchema() announce runs as doGet() sends them",
  async (connectTo) => {
    const info = infoOf(["runs"], { schemaBytes: encodeSchema(RUNS) });
    await using peer = await connectTo({
      getFlightInfo: () => info,
      getSchema: () => RUNS,
      doGet: () => [{ schema: RUNS, batch: batch(1) }],
    });
    const path = pathDescriptor("runs");
    const announced = await peer.client.getFlightInfo(path);
    const schemas = [
      announced.schema!,
      await peer.client.getSchema(path),
      await peer.client.doGet("runs").schema,
    ];
    for (const schema of schemas) {
      assertEquals(encodeSchema(schema), encodeSchema(RUNS));
    }
  },
);
