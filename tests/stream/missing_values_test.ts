/** Lists, generators and streams with `undefined` in them: what follows it is not lost without a word. */

import {
  type FlightDataInit,
  FlightError,
  type FlightService,
} from "@contrail/flight";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { rpcTest } from "../support/transports.ts";

const batch: RecordBatch = tableFromArrays({ n: Int32Array.of(1) }).batches[0]!;

/** Forms of values, the second of which is missing, and a count of those that were left early. */
function forms<T>(first: T, third: T) {
  const values = [first, undefined, third];
  let ended = 0;
  return {
    ended: () => ended,
    forms: {
      array: () => values,
      *generator() {
        try {
          yield* values;
        } finally {
          ended++;
        }
      },
      async *asyncGenerator() {
        try {
          for (const value of values) yield await value;
        } finally {
          ended++;
        }
      },
      promises: () => values.map((value) => Promise.resolve(value)),
      stream() {
        const left = [...values];
        return new ReadableStream({
          pull: (controller) => controller.enqueue(left.shift()),
          cancel: () => void ended++,
        }, { highWaterMark: 0 });
      },
    } satisfies Record<string, () => unknown>,
  };
}

rpcTest("data with undefined in it is refused", async (connectTo) => {
  const { forms: dataForms, ended } = forms(batch, batch);
  let stored = 0;
  await using peer = await connectTo({
    async doPut(upload) {
      stored += (await upload.table()).numRows;
    },
    doExchange: (input) => input,
  });
  for (const [form, make] of Object.entries(dataForms)) {
    const data = () => make() as unknown as FlightDataInit;
    const text = "not of undefined";
    const { client } = peer;
    await assertRejects(() => client.doPut(form, data()), TypeError, text);
    const exchange = () => client.doExchange(form, data()).table();
    await assertRejects(exchange, TypeError, text);
  }
  assertEquals(stored, 0);
  assertEquals(ended(), 6);
});

rpcTest("answers with undefined in them fail the call", async (connectTo) => {
  const info = forms({ totalRecords: 1 }, { totalRecords: 2 });
  const result = forms({ body: "a" }, { body: "b" });
  const data = forms(batch, batch);
  const names = Object.keys(info.forms) as (keyof typeof info.forms)[];
  for (const name of names) {
    const service = {
      listFlights: info.forms[name],
      doAction: result.forms[name],
      doGet: data.forms[name],
      doExchange: data.forms[name],
    } as unknown as FlightService;
    await using peer = await connectTo(service);
    const { client, errors } = peer;
    const calls: [call: () => Promise<unknown>, text: string][] = [
      [
        () => Array.fromAsync(client.listFlights()),
        "one of the FlightInfos is undefined",
      ],
      [
        () => Array.fromAsync(client.doAction("x")),
        "one of the Results is undefined",
      ],
      [() => client.doGet("x").table(), "not of undefined"],
      [() => client.doExchange("x", []).table(), "not of undefined"],
    ];
    for (const [call, text] of calls) {
      await assertRejects(
        call,
        FlightError,
        "answer of the service cannot be sent",
      );
      const error = errors.pop();
      assert(String(error).includes(text), String(error));
    }
    assertEquals(errors, []);
  }
  assertEquals([info.ended(), result.ended(), data.ended()], [3, 3, 6]);
});

rpcTest("requests with undefined in them are refused", async (connectTo) => {
  await using peer = await connectTo({}, {
    services: [{
      name: "a.B",
      methods: { C: (requests) => requests },
    }],
  });
  const bytes = Uint8Array.of(1);
  const { forms: requests, ended } = forms(bytes, bytes);
  for (const make of Object.values(requests)) {
    const given = make() as unknown as Iterable<Uint8Array>;
    await assertRejects(
      () => Array.fromAsync(peer.client.call("a.B/C", given)),
      TypeError,
      "Cannot use undefined as a value",
    );
  }
  assertEquals(ended(), 3);
});
