/** doPut and doExchange with their data as an argument. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { FlightError, pathDescriptor, recordBatches } from "@contrail/flight";
import {
  RecordBatchReader,
  type Schema,
  tableFromArrays,
  tableToIPC,
} from "apache-arrow";
import { event } from "../support/events.ts";
import { NUMBERS, numbers, values } from "../support/numbers.ts";
import { rejection } from "../support/rejections.ts";
import { rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");
const TABLE = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

/** Every form in which data may be given, with the numbers 1 to 3. */
const FORMS = {
  "a Table": () => TABLE,
  "a RecordBatch": () => numbers(1, 2, 3),
  "an array": () => [numbers(1), numbers(2, 3)],
  "a generator": function* () {
    yield numbers(1, 2);
    yield { batch: numbers(3) };
  },
  "an async generator": async function* () {
    yield await Promise.resolve(numbers(1, 2, 3));
  },
  "a ReadableStream": () => recordBatches([numbers(1), numbers(2, 3)]),
  "a RecordBatchReader": () => RecordBatchReader.from(tableToIPC(TABLE)),
};

/** Values that are neither data nor options, and a word of their errors. */
const NEITHER: readonly (readonly [unknown, RegExp])[] = [
  [Promise.resolve(TABLE), /: a Promise \(is an await missing\?\)/],
  [NUMBERS, /: a Schema \(as an option it is \{ schema \}\)/],
  [
    { batch: numbers(1) },
    /: a single message \(as data it is \[message\]\)/,
  ],
  [{ schema: NUMBERS, batch: numbers(1) }, /: a single message/],
  [{ appMetadata: Uint8Array.of(1) }, /: a single message/],
  [
    { dataHeader: Uint8Array.of(), dataBody: Uint8Array.of() },
    /: a single message/,
  ],
  ["numbers", /: string is neither/],
  [null, /: null is neither/],
  [() => TABLE, /: function is neither/],
];

rpcTest("doPut() with data uploads every form of it", async (connectTo) => {
  await using peer = await connectTo({
    async *doPut(upload) {
      assertEquals<unknown>(await upload.descriptor, HERE);
      for await (const batch of upload) {
        yield { appMetadata: Uint8Array.from(values(batch)) };
      }
    },
  });
  for (const [form, data] of Object.entries(FORMS)) {
    const results = await peer.client.doPut(HERE, data());
    assertEquals(
      results.flatMap(({ appMetadata }) => [...appMetadata!]),
      [1, 2, 3],
      form,
    );
  }
  assertEquals(await peer.client.doPut(HERE, []), []);
});

rpcTest(
  "doPut() with data takes the options of the call",
  async (connectTo) => {
    const seen: (string | undefined)[] = [];
    await using peer = await connectTo({
      async doPut(upload, { headers }) {
        seen.push(headers.get("x-a"));
        seen.push((await upload.schema).fields[0]?.name);
        return [{}];
      },
    });
    await peer.client.doPut(HERE, [], {
      schema: NUMBERS as Schema,
      headers: { "x-a": "b" },
    });
    assertEquals(seen, ["b", "n"]);
  },
);

rpcTest("doPut() with data rejects as the data fails", async (connectTo) => {
  await using peer = await connectTo({
    async doPut(upload) {
      await Array.fromAsync(upload);
    },
  });
  const broken = new Error("the disk is gone");
  const error = await rejection(
    peer.client.doPut(
      HERE,
      (function* () {
        yield numbers(1);
        throw broken;
      })(),
    ),
  );
  assertStrictEquals(error, broken);
});

rpcTest(
  "doPut() with data rejects where not all was read",
  async (connectTo) => {
    await using peer = await connectTo({ doPut: () => [] });
    function* endless() {
      while (true) yield numbers(1);
    }
    const error = await assertRejects(
      () => peer.client.doPut(HERE, endless()),
      FlightError,
    );
    assertEquals(error.code, "CANCELLED");
    assert(error.details.includes("allowPartial"), error.details);
    assertEquals(
      await peer.client.doPut(HERE, endless(), { allowPartial: true }),
      [],
    );
  },
);

rpcTest("doExchange() with data sends every form of it", async (connectTo) => {
  await using peer = await connectTo({
    async *doExchange(input) {
      assertEquals<unknown>(await input.descriptor, HERE);
      for await (const batch of input) yield batch;
    },
  });
  for (const [form, data] of Object.entries(FORMS)) {
    const echo = await peer.client.doExchange(HERE, data()).table();
    assertEquals(echo.batches.flatMap(values), [1, 2, 3], form);
  }
});

rpcTest(
  "doExchange() with data is read while data is sent",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doExchange(input) {
        for await (const batch of input) yield batch;
      },
    });
    const answered = event();
    async function* data() {
      yield numbers(1);
      await answered.promise;
      yield numbers(2);
    }
    const seen: number[] = [];
    for await (const batch of peer.client.doExchange(HERE, data())) {
      seen.push(...values(batch));
      answered.resolve();
    }
    assertEquals(seen, [1, 2]);
  },
);

rpcTest("doExchange() with data fails as the data fails", async (connectTo) => {
  await using peer = await connectTo({
    async *doExchange(input) {
      for await (const batch of input) yield batch;
    },
  });
  const broken = new Error("the disk is gone");
  const error = await rejection(
    peer.client.doExchange(
      HERE,
      (function* () {
        yield numbers(1);
        throw broken;
      })(),
    ).table(),
  );
  assertStrictEquals(error, broken);
});

rpcTest(
  "doExchange() with data cancels the data where the server ends first",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doExchange(input) {
        for await (const batch of input) {
          yield batch;
          break;
        }
      },
    });
    const ended = event();
    function* endless() {
      try {
        while (true) yield numbers(1);
      } finally {
        ended.resolve();
      }
    }
    const first = await peer.client.doExchange(HERE, endless()).table();
    assertEquals(first.numRows, 1);
    await ended.promise;
  },
);

rpcTest(
  "doPut() and doExchange() refuse what is neither data nor options",
  async (connectTo) => {
    let calls = 0;
    await using peer = await connectTo({
      doPut: () => void calls++,
      doExchange: () => void calls++,
    });
    for (const [value, message] of NEITHER) {
      for (const method of ["doPut", "doExchange"] as const) {
        const call = peer.client[method].bind(peer.client) as (
          ...args: unknown[]
        ) => unknown;
        const { message: text } = assertThrows(
          () => call(HERE, value),
          TypeError,
        );
        assert(message.test(text), text);
        assert(text.startsWith("Cannot use option options: "), text);
      }
    }
    const put = peer.client.doPut.bind(peer.client) as (
      ...args: unknown[]
    ) => unknown;
    assertThrows(
      () => put(HERE, undefined, { timeoutMs: 1 }),
      TypeError,
      "Cannot use data: it must be a Table, a RecordBatch, a RecordBatchReader, or a " +
        "ReadableStream, AsyncIterable or Iterable of them, not undefined",
    );
    assertThrows(() => put(HERE, {}, {}), TypeError, ", not Object");
    assertEquals(calls, 0);
  },
);

rpcTest(
  "doPut() with data cancels it where the call cannot start",
  async (connectTo) => {
    await using peer = await connectTo({});
    const cancelled = event();
    const data = new ReadableStream({ cancel: () => cancelled.resolve() });
    await assertRejects(
      () => peer.client.doPut(HERE, data, { timeoutMs: -1 }),
      RangeError,
      "timeoutMs",
    );
    await cancelled.promise;
  },
);
